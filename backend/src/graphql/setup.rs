//! Setting a router up.

use super::{
    context::ContextExt,
    guard::manager,
    scalars::{int, parse_id},
};
use crate::ops::{
    OpResult as Result,
    authority::Installer,
    setup::{self, Report},
};
use async_graphql::{Context, ID, Object, SimpleObject};
use sallyport_shared::language::Language;

/// A part of a router's set-up.
#[derive(SimpleObject)]
#[graphql(guard = "manager")]
struct SetupStep {
    key: String,
    title: String,
    /// The same for the router's terminal.
    script: String,
    /// PRESENT, MISSING, DIFFERENT; after applying also APPLIED and FAILED.
    state: &'static str,
    /// What it is for, what was found, and what to do.
    detail: Option<String>,
    /// Only done when its key is given.
    optional: bool,
    /// How many of its changes can be taken back.
    undoable: i32,
}

/// How a router's set-up stands.
#[derive(SimpleObject)]
#[graphql(guard = "manager")]
struct SetupPlan {
    router_id: ID,
    steps: Vec<SetupStep>,
    /// Everything that is still to be done, for the router's terminal.
    script: String,
    /// Everything that is not optional is as it should be.
    clean: bool,
    /// How many changes can be taken back.
    undoable: i32,
    /// What an undo left as it is, and why; after applying, the tunnels that came up before and are not held whole.
    left: Vec<String>,
    /// After applying: does the box hold, by the doctor's proof? Null: nothing was applied, or the doctor could not look.
    box_holds: Option<bool>,
    /// Why it does not hold.
    openings: Vec<String>,
}

impl SetupPlan {
    fn new(report: &Report, language: Language) -> Self {
        Self {
            router_id: report.router.into(),
            steps: report.lines(language).map(SetupStep::from).collect(),
            script: report.script(language),
            clean: report.plan.is_clean(),
            undoable: int(report.standing as u64),
            left: {
                let left = report.left.iter().map(|words| words.say(language));
                left.chain(report.remarks(language)).collect()
            },
            box_holds: report.box_holds(),
            openings: report.openings(language),
        }
    }
}

impl From<setup::Line> for SetupStep {
    fn from(line: setup::Line) -> Self {
        Self {
            key: line.key,
            title: line.title,
            script: line.script,
            state: line.state,
            detail: Some(line.detail).filter(|detail| !detail.is_empty()),
            optional: line.optional,
            undoable: int(line.undoable as u64),
        }
    }
}

#[derive(Default)]
pub(super) struct SetupMutation;

#[Object]
impl SetupMutation {
    /// What a set-up of the router would do. Reads the router and changes nothing.
    #[graphql(guard = "manager")]
    async fn plan_router_setup(&self, ctx: &Context<'_>, id: ID) -> Result<SetupPlan> {
        let by = Installer::from(&ctx.manager()?);
        let report = setup::plan(ctx.app()?, &by, parse_id(&id, "router")?).await?;
        Ok(SetupPlan::new(&report, ctx.caller()?.admin.language))
    }

    /// Carries the set-up out: the steps with these keys, or all that are not optional.
    #[graphql(guard = "manager")]
    async fn apply_router_setup(
        &self,
        ctx: &Context<'_>,
        id: ID,
        keys: Option<Vec<String>>,
    ) -> Result<SetupPlan> {
        let by = Installer::from(&ctx.manager()?);
        let report = setup::apply(ctx.app()?, &by, parse_id(&id, "router")?, keys).await?;
        Ok(SetupPlan::new(&report, ctx.caller()?.admin.language))
    }

    /// Takes back what was changed here and is still as it was left: of the steps with these keys, or of all.
    #[graphql(guard = "manager")]
    async fn undo_router_setup(
        &self,
        ctx: &Context<'_>,
        id: ID,
        keys: Option<Vec<String>>,
    ) -> Result<SetupPlan> {
        let by = Installer::from(&ctx.manager()?);
        let report = setup::undo(ctx.app()?, &by, parse_id(&id, "router")?, keys).await?;
        Ok(SetupPlan::new(&report, ctx.caller()?.admin.language))
    }
}

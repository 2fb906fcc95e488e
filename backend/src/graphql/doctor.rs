//! The doctor's report about a router.

use super::{
    context::ContextExt,
    guard::{operator, viewer},
    scalars::{DateTime, parse_id},
};
use crate::ops::{
    OpResult as Result,
    doctor::{self, Visit},
};
use async_graphql::{Context, ID, Object, SimpleObject};
use sallyport_shared::{doctor as report, language::Language};

/// What the doctor says about a router.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct DoctorReport {
    router_id: ID,
    at: DateTime,
    /// What was looked at, the worst first.
    findings: Vec<Finding>,
    /// Nothing gets out of the box.
    box_holds: bool,
}

/// Something that the doctor looked at.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct Finding {
    key: String,
    /// `OK`, `WARNING` or `DANGER`.
    severity: String,
    title: String,
    detail: String,
    /// What to do, and what to type on the router.
    remedy: Option<String>,
}

impl Finding {
    fn new(finding: &report::Finding, language: Language) -> Self {
        let words = finding.words(language);
        Self {
            key: finding.key.to_owned(),
            severity: finding.severity.name().to_owned(),
            title: words.title,
            detail: words.detail,
            remedy: words.remedy,
        }
    }
}

impl DoctorReport {
    fn new(visit: &Visit, language: Language) -> Self {
        Self {
            router_id: visit.router.into(),
            at: visit.at.into(),
            findings: visit.report.findings.iter().map(|finding| Finding::new(finding, language)).collect(),
            box_holds: visit.report.box_holds,
        }
    }
}

#[derive(Default)]
pub(super) struct DoctorMutation;

#[Object]
impl DoctorMutation {
    /// Looks at a router: does its box hold, and is the rest as it should be? In the caller's language.
    #[graphql(guard = "operator")]
    async fn run_doctor(&self, ctx: &Context<'_>, id: ID) -> Result<DoctorReport> {
        let visit = doctor::run(ctx.app()?, &ctx.operator()?, parse_id(&id, "router")?).await?;
        Ok(DoctorReport::new(&visit, ctx.caller()?.admin.language))
    }
}

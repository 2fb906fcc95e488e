//! Policies.

use super::{
    context::ContextExt,
    enums::{AccessMode, Confirmation, OutageMode},
    guard::{manager, viewer},
    loaders::{UseOf, load},
    scalars::{DateTime, int, parse_field, parse_id},
    sessions::Decision,
};
use crate::{
    ops::{
        OpResult as Result,
        policies::{self, Hours, PolicyChange},
        what_if,
    },
    store::records::PolicyRecord,
};
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use sallyport_shared::{ids::PolicyId, language::Language, policy};
use std::sync::Arc;

/// What a person must do to get in, for how long, and what happens at the end.
pub(super) struct Policy(pub(super) Arc<PolicyRecord>);

impl From<PolicyRecord> for Policy {
    fn from(record: PolicyRecord) -> Self {
        Self(Arc::new(record))
    }
}

impl Policy {
    fn rules(&self) -> &policy::Policy {
        &self.0.policy
    }
}

#[Object(guard = "viewer")]
impl Policy {
    async fn id(&self) -> ID {
        self.rules().id.into()
    }

    async fn name(&self) -> &str {
        &self.rules().name
    }

    /// The one for everybody without a policy of their own.
    async fn is_default(&self) -> bool {
        self.rules().is_default
    }

    /// For how many people it is in force.
    async fn user_count(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(load(ctx, UseOf(self.rules().id)).await?.unwrap_or_default().users))
    }

    /// For how many live sessions it is in force.
    async fn live_session_count(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(load(ctx, UseOf(self.rules().id)).await?.unwrap_or_default().live_sessions))
    }

    async fn access_mode(&self) -> AccessMode {
        self.rules().access_mode.into()
    }

    /// An operator must approve each request.
    async fn needs_approval(&self) -> bool {
        self.rules().needs_approval
    }

    async fn confirmation(&self) -> Confirmation {
        self.rules().confirmation.into()
    }

    /// How long a prompt may be answered.
    async fn confirm_seconds(&self) -> i32 {
        int(self.rules().confirm_seconds.0)
    }

    async fn session_seconds(&self) -> i32 {
        int(self.rules().session_seconds.0)
    }

    /// How long after the grant the first tunnel must come.
    async fn connect_window_seconds(&self) -> i32 {
        int(self.rules().connect_window_seconds.0)
    }

    /// How long before the end the reminder is sent; 0 sends none.
    async fn remind_before_seconds(&self) -> i32 {
        int(self.rules().remind_before_seconds.0)
    }

    /// How often a person may extend.
    async fn max_extensions(&self) -> i32 {
        int(self.rules().max_extensions)
    }

    async fn extension_seconds(&self) -> i32 {
        int(self.rules().extension_seconds.0)
    }

    /// Cut the tunnel when the session ends.
    async fn cut_at_end(&self) -> bool {
        self.rules().cut_at_end
    }

    /// Disable the account on the router when the session ends.
    async fn disable_account_at_end(&self) -> bool {
        self.rules().disable_account_at_end
    }

    /// Disable the account after *Not me*, until an administrator acts.
    async fn disable_account_on_deny(&self) -> bool {
        self.rules().disable_account_on_deny
    }

    /// Most simultaneous tunnels of one account.
    async fn max_tunnels(&self) -> i32 {
        int(self.rules().max_tunnels)
    }

    /// More unconfirmed connects than this within the window lead to a ban.
    async fn max_unconfirmed(&self) -> i32 {
        int(self.rules().max_unconfirmed)
    }

    async fn unconfirmed_window_seconds(&self) -> i32 {
        int(self.rules().unconfirmed_window_seconds.0)
    }

    async fn ban_seconds(&self) -> i32 {
        int(self.rules().ban_seconds.0)
    }

    /// Most prompts a person gets within the window.
    async fn prompt_limit(&self) -> i32 {
        int(self.rules().prompt_limit)
    }

    async fn prompt_window_seconds(&self) -> i32 {
        int(self.rules().prompt_window_seconds.0)
    }

    /// How long a confirmed caller may come back without being asked; 0: never.
    async fn trusted_reconnect_seconds(&self) -> i32 {
        int(self.rules().trusted_reconnect_seconds.0)
    }

    async fn outage(&self) -> OutageMode {
        self.rules().outage.into()
    }

    /// Caller networks from which access is allowed; empty: from anywhere.
    async fn allowed_networks(&self) -> &[String] {
        &self.rules().allowed_networks
    }

    /// Countries from which access is allowed; empty: from anywhere.
    async fn allowed_countries(&self) -> &[String] {
        &self.rules().allowed_countries
    }

    /// When access is allowed; empty: always.
    async fn working_hours(&self) -> Vec<WorkingHours> {
        self.rules().working_hours.iter().map(WorkingHours::of).collect()
    }

    /// IANA name of the zone of the working hours.
    async fn time_zone(&self) -> &str {
        &self.rules().time_zone
    }
}

/// A span of a weekday in which access is allowed.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct WorkingHours {
    /// 1 = Monday.
    weekday: i32,
    /// `09:00`.
    from: String,
    /// `18:00`; `24:00` is midnight.
    to: String,
}

impl WorkingHours {
    fn of(hours: &policy::WorkingHours) -> Self {
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        Self { weekday: hours.weekday.into(), from: clock(hours.from), to: clock(hours.to) }
    }
}

/// A span of a weekday in which access is allowed.
#[derive(InputObject)]
struct WorkingHoursInput {
    /// 1 = Monday.
    weekday: i32,
    /// `09:00`.
    from: String,
    /// `18:00`; `24:00` is midnight.
    to: String,
}

/// What is set or changed of a policy; what is not given stays.
#[derive(InputObject)]
struct PolicyInput {
    name: Option<String>,
    is_default: Option<bool>,
    access_mode: Option<AccessMode>,
    needs_approval: Option<bool>,
    confirmation: Option<Confirmation>,
    confirm_seconds: Option<i32>,
    session_seconds: Option<i32>,
    connect_window_seconds: Option<i32>,
    remind_before_seconds: Option<i32>,
    max_extensions: Option<i32>,
    extension_seconds: Option<i32>,
    cut_at_end: Option<bool>,
    disable_account_at_end: Option<bool>,
    disable_account_on_deny: Option<bool>,
    max_tunnels: Option<i32>,
    max_unconfirmed: Option<i32>,
    unconfirmed_window_seconds: Option<i32>,
    ban_seconds: Option<i32>,
    prompt_limit: Option<i32>,
    prompt_window_seconds: Option<i32>,
    trusted_reconnect_seconds: Option<i32>,
    outage: Option<OutageMode>,
    allowed_networks: Option<Vec<String>>,
    allowed_countries: Option<Vec<String>>,
    working_hours: Option<Vec<WorkingHoursInput>>,
    time_zone: Option<String>,
}

impl From<PolicyInput> for PolicyChange {
    fn from(input: PolicyInput) -> Self {
        let hours = |hours: WorkingHoursInput| Hours {
            weekday: hours.weekday.into(),
            from: hours.from,
            to: hours.to,
        };
        Self {
            name: input.name,
            is_default: input.is_default,
            access_mode: input.access_mode.map(Into::into),
            needs_approval: input.needs_approval,
            confirmation: input.confirmation.map(Into::into),
            confirm_seconds: input.confirm_seconds.map(Into::into),
            session_seconds: input.session_seconds.map(Into::into),
            connect_window_seconds: input.connect_window_seconds.map(Into::into),
            remind_before_seconds: input.remind_before_seconds.map(Into::into),
            max_extensions: input.max_extensions.map(Into::into),
            extension_seconds: input.extension_seconds.map(Into::into),
            cut_at_end: input.cut_at_end,
            disable_account_at_end: input.disable_account_at_end,
            disable_account_on_deny: input.disable_account_on_deny,
            max_tunnels: input.max_tunnels.map(Into::into),
            max_unconfirmed: input.max_unconfirmed.map(Into::into),
            unconfirmed_window_seconds: input.unconfirmed_window_seconds.map(Into::into),
            ban_seconds: input.ban_seconds.map(Into::into),
            prompt_limit: input.prompt_limit.map(Into::into),
            prompt_window_seconds: input.prompt_window_seconds.map(Into::into),
            trusted_reconnect_seconds: input.trusted_reconnect_seconds.map(Into::into),
            outage: input.outage.map(Into::into),
            allowed_networks: input.allowed_networks,
            allowed_countries: input.allowed_countries,
            working_hours: input.working_hours.map(|all| all.into_iter().map(hours).collect()),
            time_zone: input.time_zone,
        }
    }
}

/// What a policy would have made of the past.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct WhatIf {
    /// How many tunnels came up.
    connections: i32,
    /// How many of them their owners would have been asked about.
    prompted: i32,
    /// How many would have been let through without a question.
    opened_silently: i32,
    /// How many would have been cut at once, or their callers banned.
    refused: i32,
    /// How many sessions would have ended before they did.
    sessions_ended_earlier: i32,
    /// How many that were turned away then would have been let in, asked about or not.
    let_in: i32,
    /// How many that were let in or asked about then would have been turned away.
    kept_out: i32,
    /// How many sessions began, or were asked for.
    sessions: i32,
    /// How many of them began with a tunnel, and would have had to be asked for in the bot.
    sessions_to_ask_for: i32,
    /// How many of them nobody had to approve, and an operator would have had to.
    sessions_to_approve: i32,
    /// How many of them were asked for, and a tunnel would have been enough.
    sessions_without_asking: i32,
    /// How many of them waited for an operator's approval, and would not have.
    sessions_without_approval: i32,
    /// Some of the sessions and tunnels with which it would have gone differently.
    examples: Vec<Decision>,
    /// What came before this moment was not looked at.
    since: DateTime,
    /// There was more in these days: only the newest were looked at, back to `since`.
    truncated: bool,
}

impl WhatIf {
    fn new(found: &what_if::LookedBack, language: Language) -> Self {
        let sum = &found.sum;
        Self {
            connections: int(sum.connections),
            prompted: int(sum.prompted),
            opened_silently: int(sum.opened_silently),
            refused: int(sum.refused),
            sessions_ended_earlier: int(sum.sessions_ended_earlier),
            let_in: int(sum.let_in),
            kept_out: int(sum.kept_out),
            sessions: int(sum.sessions),
            sessions_to_ask_for: int(sum.to_be_asked_for),
            sessions_to_approve: int(sum.to_be_approved),
            sessions_without_asking: int(sum.without_asking),
            sessions_without_approval: int(sum.without_approval),
            examples: sum.examples.iter().map(|example| Decision::of_example(example, language)).collect(),
            since: found.since.into(),
            truncated: found.truncated,
        }
    }
}

#[derive(Default)]
pub(super) struct PolicyQuery;

#[Object]
impl PolicyQuery {
    #[graphql(guard = "viewer", complexity = "1 + 10 * child_complexity")]
    async fn policies(&self, ctx: &Context<'_>) -> Result<Vec<Policy>> {
        let all = ctx.app()?.store.read().await?.policies().await?;
        Ok(all.into_iter().map(Policy::from).collect())
    }

    /// What this policy would have decided in the last days, worked out from what was recorded.
    #[graphql(guard = "viewer", complexity = "500 + child_complexity")]
    async fn what_if(
        &self,
        ctx: &Context<'_>,
        policy: PolicyInput,
        user_id: Option<ID>,
        #[graphql(default = 7)] days: Option<i32>,
    ) -> Result<WhatIf> {
        let user = user_id.map(|id| parse_field(&id, "userId")).transpose()?;
        let days = days.unwrap_or(7).into();
        let found = what_if::ask(ctx.app()?, policy.into(), user, days).await?;
        Ok(WhatIf::new(&found, ctx.caller()?.admin.language))
    }

    #[graphql(guard = "viewer")]
    async fn policy(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Policy>> {
        let Ok(id) = id.parse::<PolicyId>() else { return Ok(None) };
        Ok(ctx.app()?.store.read().await?.policy(id).await?.map(Policy::from))
    }
}

#[derive(Default)]
pub(super) struct PolicyMutation;

#[Object]
impl PolicyMutation {
    #[graphql(guard = "manager")]
    async fn create_policy(&self, ctx: &Context<'_>, input: PolicyInput) -> Result<Policy> {
        Ok(policies::create(ctx.app()?, &ctx.manager()?, input.into()).await?.into())
    }

    #[graphql(guard = "manager")]
    async fn update_policy(&self, ctx: &Context<'_>, id: ID, input: PolicyInput) -> Result<Policy> {
        let id = parse_id(&id, "policy")?;
        Ok(policies::update(ctx.app()?, &ctx.manager()?, id, input.into()).await?.into())
    }

    #[graphql(guard = "manager")]
    async fn delete_policy(&self, ctx: &Context<'_>, id: ID) -> Result<ID> {
        policies::delete(ctx.app()?, &ctx.manager()?, parse_id(&id, "policy")?).await?;
        Ok(id)
    }
}

//! What waits for a human, what lapses first on top.

use super::{
    bans::Ban,
    context::ContextExt,
    enums::AttentionKind,
    guard::{operator, viewer},
    routers::Router,
    scalars::{DateTime, parse_id, time},
    sessions::Session,
    users::User,
};
use crate::{
    app::App,
    ops::{OpResult as Result, attention},
};
use async_graphql::{Context, ID, Object, SimpleObject, Union};
use sallyport_shared::language::Language;

/// Whom or what it is about.
#[derive(Union)]
pub(super) enum Subject {
    User(User),
    Session(Session),
    Router(Router),
    Ban(Ban),
}

/// Something that waits for a human.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct Attention {
    /// By which somebody says that they have seen to it; none: it ends by itself.
    id: Option<ID>,
    /// Since when.
    at: DateTime,
    kind: AttentionKind,
    /// When it is too late.
    lapses_at: Option<DateTime>,
    subject: Subject,
    /// What it is, in the language of whoever asks.
    detail: String,
    /// The code of the same, for programs.
    reason_code: String,
}

impl Attention {
    fn new(item: attention::Item, language: Language) -> Self {
        Self {
            id: item.alert.map(|id| id.to_string().into()),
            at: item.at.into(),
            kind: item.kind.into(),
            lapses_at: time(item.lapses_at),
            subject: match item.subject {
                attention::Subject::User(user) => Subject::User((*user).into()),
                attention::Subject::Session(session) => Subject::Session((*session).into()),
                attention::Subject::Router(router) => Subject::Router((*router).into()),
                attention::Subject::Ban(ban) => Subject::Ban(Ban(ban)),
            },
            detail: item.detail.say(language),
            reason_code: item.detail.code(),
        }
    }
}

#[derive(Default)]
pub(super) struct AttentionQuery;

#[Object]
impl AttentionQuery {
    /// What waits for a human, what lapses first on top.
    #[graphql(guard = "viewer", complexity = "1 + 20 * child_complexity")]
    async fn attention(&self, ctx: &Context<'_>) -> Result<Vec<Attention>> {
        let app: &App = ctx.app()?;
        let language = ctx.caller()?.admin.language;
        Ok(attention::list(app).await?.into_iter().map(|item| Attention::new(item, language)).collect())
    }
}

#[derive(Default)]
pub(super) struct AttentionMutation;

#[Object]
impl AttentionMutation {
    /// Somebody has seen to it.
    #[graphql(guard = "operator")]
    async fn settle_attention(&self, ctx: &Context<'_>, id: ID) -> Result<ID> {
        attention::seen_to(ctx.app()?, &ctx.operator()?, parse_id(&id, "alert")?).await?;
        Ok(id)
    }
}

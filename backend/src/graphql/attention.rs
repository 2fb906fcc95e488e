//! What waits for a human, what lapses first on top.

use super::{
    bans::Ban,
    context::ContextExt,
    enums::AttentionKind,
    guard::viewer,
    routers::Router,
    scalars::{DateTime, time},
    sessions::Session,
    users::User,
};
use crate::{
    app::App,
    ops::{OpResult as Result, attention},
};
use async_graphql::{Context, Object, SimpleObject, Union};

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
    /// Since when.
    at: DateTime,
    kind: AttentionKind,
    /// When it is too late.
    lapses_at: Option<DateTime>,
    subject: Subject,
    /// In plain words.
    detail: String,
}

impl From<attention::Item> for Attention {
    fn from(item: attention::Item) -> Self {
        Self {
            at: item.at.into(),
            kind: item.kind.into(),
            lapses_at: time(item.lapses_at),
            subject: match item.subject {
                attention::Subject::User(user) => Subject::User((*user).into()),
                attention::Subject::Session(session) => Subject::Session((*session).into()),
                attention::Subject::Router(router) => Subject::Router((*router).into()),
                attention::Subject::Ban(ban) => Subject::Ban(Ban(ban)),
            },
            detail: item.detail,
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
        Ok(attention::list(app).await?.into_iter().map(Attention::from).collect())
    }
}

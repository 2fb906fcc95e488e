//! Live news. Each event of the bus becomes what it is about, read anew.
//!
//! Whoever is too slow misses events: their stream ends with an error, and they read everything again.

use super::{
    audit::AuditEvent,
    context::{ContextExt, Goodbye},
    enums::ChangeKind,
    guard::viewer,
    routers::Router,
    scalars::parse_field,
    sessions::Session,
    users::User,
};
use crate::{
    bus::Change,
    ops::{OpError, OpResult as Result},
};
use async_graphql::{Context, ID, SimpleObject, Subscription as Live};
use futures_util::{Stream, StreamExt, future, stream};
use sallyport_shared::ids::RouterId;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use uuid::Uuid;

/// Whoever missed news is asked to come again: the close code is *try again later*.
const MISSED: Goodbye = (1013, "Some news were missed: read everything again and subscribe again");

/// Something happened to a session.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct SessionChange {
    kind: ChangeKind,
    session: Session,
}

/// Something happened to a person.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct UserChange {
    kind: ChangeKind,
    user: User,
}

/// A piece of news; errors are the library's, because it wants to clone them.
type News<T> = async_graphql::Result<T>;

/// Live news.
pub(crate) struct Subscription;

#[Live]
impl Subscription {
    /// Sessions, of one router or of all.
    #[graphql(guard = "viewer")]
    async fn session_changed(
        &self,
        ctx: &Context<'_>,
        router_id: Option<ID>,
    ) -> Result<impl Stream<Item = News<SessionChange>> + use<>> {
        let wanted: Option<RouterId> = router_id.map(|id| parse_field(&id, "routerId")).transpose()?;
        let news = listen(ctx)?.filter_map(move |change| {
            future::ready(match change {
                Ok(Change::Session { id, router, kind }) if wanted.is_none_or(|only| only == router) => {
                    Some(Ok((id, kind)))
                }
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            })
        });
        let loaders = ctx.loaders()?.clone();
        Ok(read(news, move |(id, kind)| {
            let loaders = loaders.clone();
            async move {
                let session = loaders.one(id).await?;
                Ok(session.map(|record| SessionChange { kind: kind.into(), session: Session(record) }))
            }
        }))
    }

    /// People.
    #[graphql(guard = "viewer")]
    async fn user_changed(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = News<UserChange>> + use<>> {
        let news = listen(ctx)?.filter_map(|change| {
            future::ready(match change {
                Ok(Change::User { id, kind }) => Some(Ok((id, kind))),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            })
        });
        let loaders = ctx.loaders()?.clone();
        Ok(read(news, move |(id, kind)| {
            let loaders = loaders.clone();
            async move {
                let user = loaders.one(id).await?;
                Ok(user.map(|record| UserChange { kind: kind.into(), user: User(record) }))
            }
        }))
    }

    /// Routers: their settings, state and tunnels.
    #[graphql(guard = "viewer")]
    async fn router_changed(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = News<Router>> + use<>> {
        let news = listen(ctx)?.filter_map(|change| {
            future::ready(match change {
                Ok(Change::Router { id }) => Some(Ok(id)),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            })
        });
        let loaders = ctx.loaders()?.clone();
        Ok(read(news, move |id| {
            let loaders = loaders.clone();
            async move {
                let router = loaders.one(id).await?.filter(|router| router.deleted_at.is_none());
                Ok(router.map(Router::new))
            }
        }))
    }

    /// Rows that are added to the audit.
    #[graphql(guard = "viewer")]
    async fn audit_event_added(
        &self,
        ctx: &Context<'_>,
    ) -> Result<impl Stream<Item = News<AuditEvent>> + use<>> {
        let news = listen(ctx)?.filter_map(|change| {
            future::ready(match change {
                Ok(Change::Audit { id }) => id.parse::<Uuid>().ok().map(Ok),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            })
        });
        let app = ctx.app()?.clone();
        Ok(read(news, move |id| {
            let app = app.clone();
            async move { Ok(app.store.read().await?.audit_event(id).await?.map(AuditEvent)) }
        }))
    }
}

/// The changes from now on; whoever missed some gets an error, and nothing after it.
fn listen(ctx: &Context<'_>) -> Result<impl Stream<Item = Result<Change>> + Send + use<>> {
    let changes = ctx.app()?.bus.listen();
    let line = ctx.visit()?.line.clone();
    Ok(stream::unfold((Some(changes), line), |(changes, line)| async move {
        let mut changes: Receiver<Change> = changes?;
        match changes.recv().await {
            Ok(change) if change != Change::Missed => Some((Ok(change), (Some(changes), line))),
            Ok(_) | Err(RecvError::Lagged(_)) => {
                if let Some(line) = &line {
                    line.hang_up(MISSED);
                }
                Some((Err(OpError::Conflict(MISSED.1.to_owned())), (None, line)))
            }
            Err(RecvError::Closed) => None,
        }
    }))
}

/// Reads what each piece of news is about; what is gone by then is left out.
fn read<K, T, F>(
    news: impl Stream<Item = Result<K>> + Send + 'static,
    find: impl Fn(K) -> F + Send + 'static,
) -> impl Stream<Item = News<T>> + Send
where
    K: Send + 'static,
    T: Send + 'static,
    F: Future<Output = Result<Option<T>>> + Send + 'static,
{
    let found = news.then(move |key| {
        let found = key.map(&find);
        async move {
            match found {
                Ok(found) => found.await.transpose(),
                Err(error) => Some(Err(error)),
            }
        }
    });
    found.filter_map(|found| future::ready(found.map(|found| found.map_err(Into::into))))
}

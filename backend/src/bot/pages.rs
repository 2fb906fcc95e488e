//! The pages of `/admin`, as they are at this moment.

use super::data::View;
use crate::{
    app::App,
    ops::{OpResult, alarms},
    store::{
        Tx,
        records::{
            AccountRecord, Direction, SessionFilter, SessionOrder, SessionRecord, Slice, UserFilter,
            UserOrder, UserRecord, UserSort,
        },
    },
};
use sallyport_shared::{
    ids::{AccountId, SessionId, UserId},
    message::{About, AdminMessage, SessionEntry},
    person::UserStatus,
    session::SessionState,
};
use std::collections::HashMap;

/// So many items stand on a page.
const ITEMS: usize = 6;

/// The last page that is shown; who looks for more has the console, with its search.
const LAST: u16 = 49;

/// A page.
pub(super) async fn build(app: &App, view: View) -> OpResult<AdminMessage> {
    let mut tx = app.store.read().await?;
    match view {
        View::Menu => menu(&mut tx).await,
        View::Registrations(page) => registrations(&mut tx, page).await,
        View::Requests(page) => {
            let (page, pages, _, entries) = sessions(&mut tx, page, requested()).await?;
            Ok(AdminMessage::Requests { page, pages, entries })
        }
        View::Sessions(page) => {
            let live = SessionFilter { live: Some(true), ..SessionFilter::default() };
            let (page, pages, total, entries) = sessions(&mut tx, page, live).await?;
            Ok(AdminMessage::Sessions { page, pages, total, entries })
        }
        View::Person(user) => person(&mut tx, user).await,
        View::Session(session, page) => one_session(&mut tx, session, page).await,
        View::ConfirmEnd(session, page) => confirm_end(&mut tx, session, page).await,
    }
}

/// What became of something that was to be decided.
pub(super) async fn over(app: &App, about: About) -> OpResult<AdminMessage> {
    let mut tx = app.store.read().await?;
    let over = match about {
        About::Person { user } => alarms::registration_over(&mut tx, user).await?,
        About::Session { session } => alarms::request_over(&mut tx, session).await?,
    };
    Ok(over.unwrap_or(AdminMessage::Gone))
}

fn requested() -> SessionFilter {
    SessionFilter { state: vec![SessionState::Requested], ..SessionFilter::default() }
}

async fn menu(tx: &mut Tx) -> OpResult<AdminMessage> {
    let by_status = tx.users_by_status().await?;
    let waiting = by_status.iter().find(|(status, _)| *status == UserStatus::Pending);
    let none = Slice::first(1);
    let order = SessionOrder::default();
    let requests = tx.sessions_page(&requested(), order, &none).await?.total;
    let live = SessionFilter { live: Some(true), ..SessionFilter::default() };
    let sessions = tx.sessions_page(&live, order, &none).await?.total;
    Ok(AdminMessage::Menu {
        registrations: count(waiting.map_or(0, |(_, count)| *count)),
        requests: count(requests),
        sessions: count(sessions),
    })
}

async fn registrations(tx: &mut Tx, page: u16) -> OpResult<AdminMessage> {
    let filter = UserFilter { status: vec![UserStatus::Pending], ..UserFilter::default() };
    let order = UserOrder { by: UserSort::CreatedAt, direction: Direction::Asc };
    let all = tx.users_page(&filter, order, &upto(page)).await?;
    let (page, pages) = place(page, all.total);
    let people = cut(all.items, page).into_iter().map(|user| (user.id, user.display_name)).collect();
    Ok(AdminMessage::Registrations { page, pages, people })
}

async fn sessions(
    tx: &mut Tx,
    page: u16,
    filter: SessionFilter,
) -> OpResult<(u16, u16, u32, Vec<SessionEntry>)> {
    let all = tx.sessions_page(&filter, SessionOrder::default(), &upto(page)).await?;
    let (page, pages) = place(page, all.total);
    let total = count(all.total);
    let entries = entries(tx, cut(all.items, page)).await?;
    Ok((page, pages, total, entries))
}

async fn entries(tx: &mut Tx, sessions: Vec<SessionRecord>) -> OpResult<Vec<SessionEntry>> {
    let users: Vec<UserId> = sessions.iter().map(|record| record.session.user).collect();
    let accounts: Vec<AccountId> = sessions.iter().map(|record| record.session.account).collect();
    let users: HashMap<UserId, UserRecord> = tx.users_by_ids(&users).await?;
    let accounts: HashMap<AccountId, AccountRecord> = tx.accounts_by_ids(&accounts).await?;
    Ok(sessions
        .into_iter()
        .filter_map(|SessionRecord { session, .. }| {
            let account = accounts.get(&session.account)?;
            Some(SessionEntry {
                session: session.id,
                name: users.get(&session.user)?.display_name.clone(),
                account: account.account.username.clone(),
                router: account.account.router_name.clone(),
                state: session.state,
            })
        })
        .collect())
}

async fn person(tx: &mut Tx, user: UserId) -> OpResult<AdminMessage> {
    let Some(record) = tx.user(user).await?.filter(|user| user.deleted_at.is_none()) else {
        return Ok(AdminMessage::Gone);
    };
    if record.status != UserStatus::Pending {
        return Ok(alarms::registration_over(tx, user).await?.unwrap_or(AdminMessage::Gone));
    }
    Ok(AdminMessage::Registration {
        user,
        name: record.display_name,
        handle: record.telegram_username,
        menu: true,
    })
}

async fn one_session(tx: &mut Tx, session: SessionId, page: u16) -> OpResult<AdminMessage> {
    let Some(loaded) = tx.session(session).await? else { return Ok(AdminMessage::Gone) };
    let Some(AdminMessage::Request { name, account, router, .. }) = alarms::request(tx, session).await?
    else {
        return Ok(AdminMessage::Gone);
    };
    let session = loaded.session;
    if session.state == SessionState::Requested {
        return Ok(AdminMessage::Request { session: session.id, name, account, router, menu: true });
    }
    let caller = session.connections.iter().rev().find(|connection| connection.is_live());
    Ok(AdminMessage::Session {
        session: session.id,
        name,
        account,
        router,
        state: session.state,
        caller: caller.and_then(|connection| connection.tunnel.caller_id.clone()),
        until: session.until(session.review_at).filter(|_| session.state.is_live()).map(|until| until.at),
        page,
    })
}

async fn confirm_end(tx: &mut Tx, session: SessionId, page: u16) -> OpResult<AdminMessage> {
    match one_session(tx, session, page).await? {
        AdminMessage::Session { session, name, account, router, state, .. } if state.is_live() => {
            Ok(AdminMessage::ConfirmEnd { session, name, account, router, page })
        }
        other => Ok(other),
    }
}

/// Everything up to the end of a page.
fn upto(page: u16) -> Slice {
    Slice::first((usize::from(page.min(LAST)) + 1) * ITEMS)
}

/// The page that is shown, and how many there are: a list may have become shorter.
fn place(page: u16, total: i64) -> (u16, u16) {
    let total = usize::try_from(total).unwrap_or(0);
    let pages = u16::try_from(total.div_ceil(ITEMS)).unwrap_or(u16::MAX).clamp(1, LAST + 1);
    (page.min(pages - 1), pages)
}

fn cut<T>(items: Vec<(String, T)>, page: u16) -> Vec<T> {
    items.into_iter().map(|(_, item)| item).skip(usize::from(page) * ITEMS).take(ITEMS).collect()
}

fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_stay_within_what_is_there() {
        assert_eq!(place(0, 0), (0, 1));
        assert_eq!(place(3, 7), (1, 2));
        assert_eq!(place(1, 12), (1, 2));
        assert_eq!(place(u16::MAX, 1_000_000), (LAST, LAST + 1));
        let items: Vec<(String, i32)> = (0..13).map(|n| (String::new(), n)).collect();
        assert_eq!(cut(items, 2), [12]);
    }
}

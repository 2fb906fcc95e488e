//! What the sessions page makes of the rows: pure.

use std::collections::BTreeSet;

use crate::api::ops::sessions::{SessionFilter, SessionOrder, SessionSort, SortDirection, Variables};
use crate::api::types::{ChangeKind, Connection, ConnectionState, Session, SessionChange, SessionState};
use crate::i18n::Key;
use crate::key;
use crate::time::Moment;

/// The groups of the live list, from those who need somebody to those who need nobody.
pub const GROUPS: [SessionState; 4] =
    [SessionState::Requested, SessionState::Confirming, SessionState::Active, SessionState::Granted];

/// Rows of a group that are shown before "Show more".
pub const SHOWN_AT_FIRST: usize = 7;

/// The head of a group and what it means.
#[must_use]
pub fn group_words(state: SessionState) -> (Key, Key) {
    match state {
        SessionState::Requested => (key!("group-asks"), key!("group-asks-about")),
        SessionState::Confirming => (key!("group-box"), key!("group-box-about")),
        SessionState::Active => (key!("group-inside"), key!("group-inside-about")),
        SessionState::Granted | SessionState::Ended => (key!("group-allowed"), key!("group-allowed-about")),
    }
}

/// What is asked of the server for one page of sessions.
#[must_use]
pub fn variables(
    filter: SessionFilter,
    by: SessionSort,
    descending: bool,
    first: i64,
    after: Option<String>,
) -> Variables {
    let direction = if descending { SortDirection::DESC } else { SortDirection::ASC };
    Variables {
        filter: Some(filter),
        order_by: Some(SessionOrder { by, direction }),
        first: Some(first),
        after,
    }
}

/// A filter that lets everything through.
#[must_use]
pub fn any() -> SessionFilter {
    SessionFilter {
        state: None,
        live: None,
        user_id: None,
        router_id: None,
        search: None,
        from: None,
        to: None,
    }
}

/// Applies a change to the live rows: an ended or removed session leaves, a known one is replaced, a new one is added.
/// While the table is `held`, an ended one stays and says so.
pub fn patch(rows: &mut Vec<Session>, change: &SessionChange, held: bool) {
    let session = &change.session;
    let known = rows.iter().any(|row| row.id == session.id);
    let stays = change.kind != ChangeKind::Removed && (session.state.is_live() || (held && known));
    match (rows.iter().position(|row| row.id == session.id), stays) {
        (Some(at), true) => {
            // The feed does not carry the chain of decisions; what is known of it stays.
            let decisions = std::mem::take(&mut rows[at].decisions);
            rows[at] = Session { decisions, ..session.clone() };
        }
        (Some(at), false) => {
            rows.remove(at);
        }
        (None, true) => rows.push(session.clone()),
        (None, false) => {}
    }
}

/// The tunnel that matters: one that waits, else one that is open, else the newest.
#[must_use]
pub fn tunnel(session: &Session) -> Option<&Connection> {
    let rank = |connection: &&Connection| {
        let rank = match connection.state {
            ConnectionState::Pending => 0,
            ConnectionState::Confirmed => 1,
            ConnectionState::Closed => 2,
        };
        (rank, std::cmp::Reverse(connection.connected_at))
    };
    session.connections.iter().min_by_key(rank)
}

/// The tunnel that is up now.
#[must_use]
pub fn live_tunnel(session: &Session) -> Option<&Connection> {
    tunnel(session).filter(|connection| connection.state != ConnectionState::Closed)
}

/// Until when access lasts, as the person was told.
#[must_use]
pub fn until(session: &Session) -> Option<Moment> {
    session.access_until.or(session.expires_at)
}

/// The session's own end, where access ends before it, with the policy's hours. More time for the session is then of
/// no use, as long as the hours do not run longer.
#[must_use]
pub fn later_end(session: &Session) -> Option<Moment> {
    session.expires_at.filter(|end| until(session).is_some_and(|until| until < *end))
}

/// When the state of a session runs out by itself, and the whole length of that state in seconds.
#[must_use]
pub fn deadline(session: &Session) -> Option<(Moment, i64)> {
    let policy = &session.user.policy;
    match session.state {
        SessionState::Confirming => live_tunnel(session)
            .and_then(|c| c.prompt_expires_at)
            .map(|until| (until, policy.confirm_seconds)),
        SessionState::Requested => session.connect_by.map(|by| (by, policy.connect_window_seconds)),
        SessionState::Granted if session.connect_by.is_some() => {
            let lapses = session.connect_by.into_iter().chain(until(session)).min();
            lapses.map(|by| (by, policy.connect_window_seconds))
        }
        SessionState::Granted | SessionState::Active => {
            let start = session.granted_at.unwrap_or(session.requested_at);
            until(session).map(|until| (until, until.since(start).max(1)))
        }
        SessionState::Ended => None,
    }
}

/// Whether a row is looked for: every word is in the name, the account, the router or an address.
#[must_use]
pub fn matches(session: &Session, search: &str, router: Option<&str>) -> bool {
    if router.is_some_and(|router| session.account.router.id != router) {
        return false;
    }
    let tunnel = tunnel(session);
    let haystack = [
        Some(session.user.display_name.as_str()),
        Some(session.account.username.as_str()),
        Some(session.account.router.name.as_str()),
        tunnel.and_then(|connection| connection.caller_id.as_deref()),
        tunnel.and_then(|connection| connection.address.as_deref()),
    ];
    let haystack = haystack.into_iter().flatten().collect::<Vec<_>>().join(" ").to_lowercase();
    search.to_lowercase().split_whitespace().all(|word| haystack.contains(word))
}

/// The ids of one group, soonest to run out on top.
#[must_use]
pub fn group(rows: &[Session], state: SessionState, search: &str, router: Option<&str>) -> Vec<String> {
    let mut group: Vec<&Session> =
        rows.iter().filter(|row| row.state == state && matches(row, search, router)).collect();
    group.sort_by_key(|row| (deadline(row).map_or(Moment(i64::MAX), |(until, _)| until), row.id.clone()));
    group.into_iter().map(|row| row.id.clone()).collect()
}

/// The groups with the ids in them, as they are shown.
pub type Arrangement = [Vec<String>; GROUPS.len()];

/// The rows in their groups.
#[must_use]
pub fn arrange(rows: &[Session], search: &str, router: Option<&str>) -> Arrangement {
    GROUPS.map(|state| group(rows, state, search, router))
}

/// What is shown while somebody's hand is on the table: nothing that is there moves to another place, and what is new
/// comes to the end of its group. Whoever is not among those who are `there` leaves all the same.
#[must_use]
pub fn steady(shown: &Arrangement, wanted: &Arrangement, there: &BTreeSet<&str>) -> Arrangement {
    let known: BTreeSet<&str> = shown.iter().flatten().map(String::as_str).collect();
    let mut steady = shown.clone();
    for (group, wanted) in steady.iter_mut().zip(wanted) {
        group.retain(|id| there.contains(id.as_str()));
        group.extend(wanted.iter().filter(|id| !known.contains(id.as_str())).cloned());
    }
    steady
}

/// How long it lasted, or has lasted until `now`, from the first tunnel on; none if nothing ever connected.
#[must_use]
pub fn lasted(session: &Session, now: Moment) -> Option<i64> {
    let start = session.connections.iter().map(|connection| connection.connected_at).min()?;
    Some(session.ended_at.unwrap_or(now).since(start))
}

/// Bytes in and out of all tunnels; none if the router did not count.
#[must_use]
pub fn traffic(session: &Session) -> Option<(f64, f64)> {
    let counted = session.connections.iter().filter(|c| c.bytes_in.is_some() || c.bytes_out.is_some());
    counted.fold(None, |sum, c| {
        let (bytes_in, bytes_out) = sum.unwrap_or((0.0, 0.0));
        Some((bytes_in + c.bytes_in.unwrap_or(0.0), bytes_out + c.bytes_out.unwrap_or(0.0)))
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::api::types::{Named, SessionAccount, SessionPolicy, SessionUser};

    pub(crate) fn session(id: &str, state: SessionState) -> Session {
        Session {
            id: id.into(),
            state,
            requested_at: Moment(0),
            granted_at: Some(Moment(1_000)),
            expires_at: Some(Moment(3_600_000)),
            access_until: Some(Moment(3_600_000)),
            connect_by: None,
            ended_at: None,
            end_reason: None,
            extensions: 0,
            account: SessionAccount {
                id: format!("a{id}"),
                username: "a.lebedeva".into(),
                router: Named { id: "r1".into(), name: "hq-gw".into() },
            },
            user: SessionUser {
                id: "u1".into(),
                display_name: "Anna Lebedeva".into(),
                policy: SessionPolicy {
                    id: "p1".into(),
                    name: "Staff".into(),
                    session_seconds: 43_200,
                    remind_before_seconds: 900,
                    extension_seconds: 7200,
                    max_extensions: 2,
                    confirm_seconds: 60,
                    connect_window_seconds: 900,
                },
            },
            connections: Vec::new(),
            decisions: Vec::new(),
        }
    }

    fn connection(id: &str, state: ConnectionState, at: i64) -> Connection {
        Connection {
            id: id.into(),
            state,
            router_session_id: "0x81".into(),
            service: "l2tp".into(),
            caller_id: Some("203.0.113.52".into()),
            address: Some("10.8.0.14".into()),
            country: None,
            connected_at: Moment(at),
            confirmed_at: None,
            prompt_expires_at: Some(Moment(at + 60_000)),
            closed_at: None,
            close_reason: None,
            bytes_in: Some(10.0),
            bytes_out: None,
            open: false,
        }
    }

    fn change(kind: ChangeKind, session: Session) -> SessionChange {
        SessionChange { kind, session }
    }

    #[test]
    fn a_change_replaces_adds_and_removes_by_id() {
        let mut rows = vec![session("1", SessionState::Granted)];
        patch(&mut rows, &change(ChangeKind::Updated, session("1", SessionState::Active)), false);
        assert_eq!(rows[0].state, SessionState::Active);
        patch(&mut rows, &change(ChangeKind::Created, session("2", SessionState::Requested)), false);
        assert_eq!(rows.len(), 2);
        patch(&mut rows, &change(ChangeKind::Updated, session("1", SessionState::Ended)), false);
        patch(&mut rows, &change(ChangeKind::Removed, session("2", SessionState::Requested)), false);
        assert!(rows.is_empty());
        patch(&mut rows, &change(ChangeKind::Updated, session("3", SessionState::Ended)), false);
        assert!(rows.is_empty(), "an ended session that was not there does not come");
    }

    #[test]
    fn nothing_moves_under_the_hand_and_what_is_new_comes_last() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let shown = [ids(&[]), ids(&["a", "b"]), ids(&["c", "d"]), ids(&[])];
        // "b" went inside, "d" is gone, "e" came and would stand first.
        let wanted = [ids(&[]), ids(&["e", "a"]), ids(&["b", "c"]), ids(&[])];
        let steady = steady(&shown, &wanted, &BTreeSet::from(["a", "b", "c", "e"]));
        assert_eq!(steady, [ids(&[]), ids(&["a", "b", "e"]), ids(&["c"]), ids(&[])]);
    }

    #[test]
    fn an_ended_session_stays_as_long_as_the_table_is_held() {
        let mut rows = vec![session("1", SessionState::Active)];
        patch(&mut rows, &change(ChangeKind::Updated, session("1", SessionState::Ended)), true);
        assert_eq!(rows[0].state, SessionState::Ended);
        patch(&mut rows, &change(ChangeKind::Updated, session("2", SessionState::Ended)), true);
        assert_eq!(rows.len(), 1, "one that was not shown does not come");
    }

    #[test]
    fn a_tunnel_that_waits_matters_more_than_an_open_one() {
        let mut row = session("1", SessionState::Confirming);
        row.connections = vec![
            connection("closed", ConnectionState::Closed, 30),
            connection("open", ConnectionState::Confirmed, 20),
            connection("waits", ConnectionState::Pending, 10),
        ];
        assert_eq!(tunnel(&row).map(|c| c.id.as_str()), Some("waits"));
        assert_eq!(deadline(&row), Some((Moment(60_010), 60)));
    }

    #[test]
    fn who_never_connected_runs_out_with_the_connect_window() {
        let mut row = session("1", SessionState::Granted);
        row.connect_by = Some(Moment(901_000));
        assert_eq!(deadline(&row), Some((Moment(901_000), 900)));
        row.access_until = Some(Moment(600_000));
        assert_eq!(deadline(&row), Some((Moment(600_000), 900)), "access is over before");
    }

    #[test]
    fn nobody_lapses_while_nobody_can_come() {
        // The account is not on yet: what runs is the access alone.
        let waits = session("1", SessionState::Granted);
        assert_eq!(deadline(&waits), Some((Moment(3_600_000), 3_599)));
        // Granted in the evening: the time to connect begins with the hours.
        let mut row = session("2", SessionState::Granted);
        (row.connect_by, row.access_until) = (Some(Moment(47_700_000)), Some(Moment(86_400_000)));
        assert_eq!(deadline(&row), Some((Moment(47_700_000), 900)));
    }

    #[test]
    fn the_group_is_ordered_by_what_runs_out_first() {
        let (mut late, mut soon) = (session("a", SessionState::Active), session("b", SessionState::Active));
        late.access_until = Some(Moment(9_000_000));
        soon.access_until = Some(Moment(2_000_000));
        assert_eq!(group(&[late, soon], SessionState::Active, "", None), ["b", "a"]);
    }

    #[test]
    fn access_ends_with_the_hours_where_they_end_before_the_session() {
        let mut row = session("1", SessionState::Active);
        assert_eq!((until(&row), later_end(&row)), (Some(Moment(3_600_000)), None));
        row.access_until = Some(Moment(1_800_000));
        assert_eq!((until(&row), later_end(&row)), (Some(Moment(1_800_000)), Some(Moment(3_600_000))));
        assert_eq!(
            deadline(&row),
            Some((Moment(1_800_000), 1_799)),
            "what is left is what is left of the access"
        );
        row.access_until = None;
        assert_eq!((until(&row), later_end(&row)), (Some(Moment(3_600_000)), None));
    }

    #[test]
    fn the_search_wants_every_word_and_knows_addresses() {
        let mut row = session("1", SessionState::Active);
        row.connections = vec![connection("c", ConnectionState::Confirmed, 10)];
        assert!(matches(&row, "anna hq", None));
        assert!(matches(&row, "203.0.113", None));
        assert!(!matches(&row, "anna kazan", None));
        assert!(!matches(&row, "", Some("r2")));
    }

    #[test]
    fn traffic_that_was_not_counted_is_unknown_and_not_zero() {
        let mut row = session("1", SessionState::Active);
        assert_eq!(traffic(&row), None);
        row.connections = vec![connection("c", ConnectionState::Confirmed, 10)];
        assert_eq!(traffic(&row), Some((10.0, 0.0)));
    }
}

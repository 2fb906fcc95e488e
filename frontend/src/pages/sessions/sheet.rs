//! Sessions as a file: live ones as they are filtered on the page, ended ones of all pages.

use futures_util::FutureExt;
use leptos::prelude::*;

use super::model::{any, lasted, matches, traffic, tunnel, until, variables};
use crate::api::ops::Sessions;
use crate::api::ops::sessions::{SessionFilter, SessionSort};
use crate::api::pages::{AT_ONCE, every_page};
use crate::api::types::{CloseReason, EndReason, Session, SessionState};
use crate::api::{ApiError, use_api};
use crate::clock::use_clock;
use crate::parts::csv::{Sheet, export};
use crate::parts::query::use_url;
use crate::parts::remote::Remote;
use crate::t;
use crate::time::Moment;

/// The button.
#[must_use]
pub fn sheet_button(live: Remote<Vec<Session>>) -> AnyView {
    let (api, url, clock) = (use_api(), use_url(), use_clock());
    export("sessions", move || {
        let (search, router) = (url.get_untracked("q"), url.get_untracked("router"));
        let now = clock.read();
        if url.get_untracked("state").as_deref() != Some("ended") {
            let rows = live.data.get_untracked().unwrap_or_default();
            let search = search.unwrap_or_default();
            let rows: Vec<_> =
                rows.into_iter().filter(|row| matches(row, &search, router.as_deref())).collect();
            return async move { Ok::<_, ApiError>(sheet(&rows, now)) }.boxed_local();
        }
        let state = Some(vec![SessionState::Ended]);
        let filter = SessionFilter { state, router_id: router, search, ..any() };
        let rows = every_page(move |after| {
            let wanted = variables(filter.clone(), SessionSort::STARTED_AT, true, AT_ONCE, after);
            api.call::<Sessions, _>(wanted).boxed_local()
        });
        async move { Ok(sheet(&rows.await?, now)) }.boxed_local()
    })
}

fn sheet(rows: &[Session], now: Moment) -> Sheet {
    let head = vec![
        t!("column-person"),
        t!("column-account"),
        t!("fact-router"),
        t!("fact-policy"),
        t!("column-status"),
        t!("column-end"),
        t!("column-asked"),
        t!("column-begun"),
        t!("column-until"),
        t!("column-ended"),
        t!("column-seconds"),
        t!("column-from"),
        t!("fact-address"),
        t!("column-closed-by"),
        t!("column-bytes-in"),
        t!("column-bytes-out"),
    ];
    Sheet { head, rows: rows.iter().map(|row| cells(row, now)).collect() }
}

fn cells(session: &Session, now: Moment) -> Vec<String> {
    let time = |at: Option<Moment>| at.map(Moment::rfc3339).unwrap_or_default();
    let bytes = traffic(session);
    let figure = |bytes: Option<f64>| bytes.map(|bytes| format!("{bytes:.0}")).unwrap_or_default();
    let tunnel = tunnel(session);
    let of_tunnel = |text: Option<&String>| text.cloned().unwrap_or_default();
    vec![
        session.user.display_name.clone(),
        session.account.username.clone(),
        session.account.router.name.clone(),
        session.user.policy.name.clone(),
        session.state.label().text(),
        session.end_reason.map(EndReason::label).map(|key| key.text()).unwrap_or_default(),
        time(Some(session.requested_at)),
        time(session.granted_at),
        time(until(session)),
        time(session.ended_at),
        lasted(session, now).map(|seconds| seconds.to_string()).unwrap_or_default(),
        of_tunnel(tunnel.and_then(|tunnel| tunnel.caller_id.as_ref())),
        of_tunnel(tunnel.and_then(|tunnel| tunnel.address.as_ref())),
        tunnel.and_then(|t| t.close_reason).map(CloseReason::label).map(|key| key.text()).unwrap_or_default(),
        figure(bytes.map(|(bytes_in, _)| bytes_in)),
        figure(bytes.map(|(_, bytes_out)| bytes_out)),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::session;
    use super::*;

    #[test]
    fn each_row_is_as_long_as_the_head_and_knows_utc() {
        let by_hours =
            Session { access_until: Some(Moment(1_800_000)), ..session("2", SessionState::Active) };
        let sheet = sheet(&[session("1", SessionState::Active), by_hours], Moment(0));
        assert_eq!(sheet.rows[0].len(), sheet.head.len());
        let column = sheet.head.iter().position(|head| *head == t!("column-until")).expect("an end");
        assert_eq!(sheet.rows[0][column], "1970-01-01T01:00:00Z");
        assert_eq!(sheet.rows[1][column], "1970-01-01T00:30:00Z", "until the hours end");
        assert!(sheet.rows[0].contains(&String::new()), "unknown is empty, not 0");
    }
}

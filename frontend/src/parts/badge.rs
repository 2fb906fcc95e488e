//! Badges: a mark and a word. The mark alone tells the states apart without colour.

use leptos::prelude::*;

use super::icon::{doors, icon};
use crate::api::types::{ConnectionState, EndReason, RouterMode, RouterState, SessionState, UserStatus};
use crate::t;

/// The colour of a state: a class that sets foreground, ground and mark.
#[must_use]
pub fn session_tone(state: SessionState, reason: Option<EndReason>) -> &'static str {
    match (state, reason) {
        (SessionState::Requested, _) => "ask",
        (SessionState::Granted, _) => "info",
        (SessionState::Confirming, _) => "warn",
        (SessionState::Active, _) => "ok",
        (SessionState::Ended, Some(EndReason::Denied | EndReason::Banned | EndReason::UserBlocked)) => {
            "danger"
        }
        (SessionState::Ended, Some(EndReason::ConfirmTimeout | EndReason::Refused)) => "warn",
        (SessionState::Ended, _) => "",
    }
}

/// The glyph of a session's state.
#[must_use]
pub fn session_glyph(state: SessionState) -> &'static str {
    match state {
        SessionState::Requested => "d-requested",
        SessionState::Granted => "d-granted",
        SessionState::Confirming => "d-confirming",
        SessionState::Active => "d-active",
        SessionState::Ended => "d-ended",
    }
}

/// Where a session stands; an ended one says how it ended.
#[must_use]
pub fn session_badge(state: SessionState, reason: Option<EndReason>) -> AnyView {
    let word = reason.filter(|_| state == SessionState::Ended).map_or(state.label(), EndReason::label);
    let class = format!("badge {}", session_tone(state, reason));
    view! { <span class=class>{doors(session_glyph(state))}{word.text()}</span> }.into_any()
}

/// An account without a live session.
#[must_use]
pub fn no_access_badge() -> AnyView {
    view! { <span class="badge">{doors("d-ended")}{t!("session-none")}</span> }.into_any()
}

/// The mark and the tone of a router's state.
#[must_use]
pub fn router_look(state: RouterState) -> (&'static str, &'static str) {
    match state {
        RouterState::Connecting => ("info", "s-conn"),
        RouterState::Online => ("ok", "s-online"),
        RouterState::Degraded => ("warn", "s-degraded"),
        RouterState::Offline => ("danger", "s-offline"),
        RouterState::Disabled => ("", "s-off"),
    }
}

/// Whether a router can be worked with.
#[must_use]
pub fn router_badge(state: RouterState) -> AnyView {
    let (tone, mark) = router_look(state);
    badge(tone, mark, state.label().text())
}

/// Where a person stands with the administrators.
#[must_use]
pub fn status_badge(status: UserStatus) -> AnyView {
    let (tone, mark) = match status {
        UserStatus::Pending => ("ask", "s-wait"),
        UserStatus::Approved => ("ok", "s-ok"),
        UserStatus::Rejected => ("", "s-no"),
        UserStatus::Blocked => ("danger", "s-block"),
    };
    badge(tone, mark, status.label().text())
}

/// Where a tunnel stands.
#[must_use]
pub fn connection_badge(state: ConnectionState) -> AnyView {
    let (tone, mark) = match state {
        ConnectionState::Pending => ("warn", "s-wait"),
        ConnectionState::Confirmed => ("ok", "s-ok"),
        ConnectionState::Closed => ("", "s-off"),
    };
    badge(tone, mark, state.label().text())
}

/// Whether anything is written to a router; dashed where nothing is.
#[must_use]
pub fn mode_tag(mode: RouterMode) -> AnyView {
    let class = if mode == RouterMode::Observe { "tag dashed" } else { "tag" };
    view! { <span class=class>{mode.label().text()}</span> }.into_any()
}

/// A badge with a mark of 16 by 16.
#[must_use]
pub fn badge(tone: &str, mark: &'static str, word: String) -> AnyView {
    view! { <span class=format!("badge {tone}")>{icon(mark)}{word}</span> }.into_any()
}

/// Two letters of a name; decoration.
#[must_use]
pub fn avatar(name: &str, big: bool) -> AnyView {
    let class = if big { "avatar big" } else { "avatar" };
    view! { <span class=class aria-hidden="true">{initials(name)}</span> }.into_any()
}

/// The first letters of the first two words.
#[must_use]
pub fn initials(name: &str) -> String {
    name.split(|c: char| c.is_whitespace() || c == '.' || c == '_')
        .filter_map(|word| word.chars().next())
        .take(2)
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_come_from_names_and_sign_in_names() {
        assert_eq!(initials("Анна Лебедева"), "АЛ");
        assert_eq!(initials("m.volkova"), "MV");
        assert_eq!(initials("Cher"), "C");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn an_end_that_somebody_must_know_about_is_not_grey() {
        assert_eq!(session_tone(SessionState::Ended, Some(EndReason::Denied)), "danger");
        assert_eq!(session_tone(SessionState::Ended, Some(EndReason::Expired)), "");
    }
}

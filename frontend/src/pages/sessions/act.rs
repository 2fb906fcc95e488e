//! What an operator does to a session. Everything that lets in or cuts asks first and keeps the reason.

use leptos::prelude::*;

use super::model::{later_end, live_tunnel};
use crate::api::ops::{
    ApproveSession, ConfirmConnection, DenyConnection, EndSession, ExtendSession, RefuseSession,
    approve_session, confirm_connection, deny_connection, end_session, extend_session, refuse_session,
};
use crate::api::types::{Session, SessionState};
use crate::api::{Api, use_api};
use crate::parts::act::ActButton;
use crate::parts::confirm::{Ask, Confirm, Reason, use_confirm};
use crate::parts::toast::{Toasts, use_toasts};
use crate::t;
use crate::time;

/// A reason that was left empty is none.
pub(crate) fn some(reason: String) -> Option<String> {
    Some(reason).filter(|reason| !reason.is_empty())
}

/// What the buttons of a session need.
#[derive(Clone, Copy)]
pub struct Hands {
    api: Api,
    confirm: Confirm,
    toasts: Toasts,
}

/// The hands of this page.
#[must_use]
pub fn use_hands() -> Hands {
    Hands { api: use_api(), confirm: use_confirm(), toasts: use_toasts() }
}

impl Hands {
    /// Lets the waiting tunnel in, with a reason.
    pub fn let_in(self, session: &Session) {
        let Some(tunnel) = live_tunnel(session) else { return };
        let (id, name) = (tunnel.id.clone(), session.user.display_name.clone());
        let from = tunnel.caller_id.clone().unwrap_or_default();
        let ask = Ask {
            title: t!("let-in-title", name = &name),
            effects: vec![t!("let-in-effect", from = from, router = &session.account.router.name)],
            verb: t!("action-let-in"),
            danger: false,
            reason: Reason::Must,
        };
        self.confirm.ask(ask, move |reason| {
            let variables = confirm_connection::Variables { id: id.clone(), reason };
            let (api, toasts, name) = (self.api, self.toasts, name.clone());
            async move {
                api.call::<ConfirmConnection, _>(variables).await?;
                toasts.done(t!("let-in-done", name = name));
                Ok(())
            }
        });
    }

    /// Cuts the waiting tunnel and bans its address, as "Not me" would.
    pub fn cut(self, session: &Session) {
        let Some(tunnel) = live_tunnel(session) else { return };
        let (id, name) = (tunnel.id.clone(), session.user.display_name.clone());
        let mut effects = vec![t!("cut-effect-tunnel", router = &session.account.router.name)];
        if let Some(from) = &tunnel.caller_id {
            effects.push(t!("cut-effect-ban", address = from));
        }
        let ask = Ask {
            title: t!("cut-title", name = &name),
            effects,
            verb: t!("action-cut"),
            danger: true,
            reason: Reason::May,
        };
        self.confirm.ask(ask, move |reason| {
            let variables = deny_connection::Variables { id: id.clone(), reason: some(reason) };
            let (api, toasts, name) = (self.api, self.toasts, name.clone());
            async move {
                api.call::<DenyConnection, _>(variables).await?;
                toasts.done(t!("cut-done", name = name));
                Ok(())
            }
        });
    }

    /// Ends a session.
    pub fn end(self, session: &Session) {
        let (id, name) = (session.id.clone(), session.user.display_name.clone());
        let mut effects = Vec::new();
        if live_tunnel(session).is_some() {
            effects.push(t!("end-effect-tunnel", router = &session.account.router.name));
        }
        effects.push(t!("end-effect-account", account = &session.account.username));
        let ask = Ask {
            title: t!("end-title", name = &name),
            effects,
            verb: t!("action-end"),
            danger: true,
            reason: Reason::May,
        };
        self.confirm.ask(ask, move |reason| {
            let variables = end_session::Variables { id: id.clone(), reason: some(reason) };
            let (api, toasts, name) = (self.api, self.toasts, name.clone());
            async move {
                api.call::<EndSession, _>(variables).await?;
                toasts.done(t!("end-done", name = name));
                Ok(())
            }
        });
    }

    /// Extends a session by what its policy adds.
    pub fn extend(self, session: &Session) {
        let seconds = session.user.policy.extension_seconds.max(60);
        let Some(end) = session.expires_at.map(|end| end.plus(seconds)) else { return };
        let (id, name) = (session.id.clone(), session.user.display_name.clone());
        let of_no_use = later_end(session).map(|_| t!("extend-hours"));
        let ask = Ask {
            title: t!("extend-title", name = &name, time = time::clock(end)),
            effects: std::iter::once(t!("extend-effect", length = time::length(seconds)))
                .chain(of_no_use)
                .collect(),
            verb: t!("extend-to", time = time::clock(end)),
            danger: false,
            reason: Reason::May,
        };
        self.confirm.ask(ask, move |reason| {
            let variables = extend_session::Variables { id: id.clone(), seconds, reason: some(reason) };
            let (api, toasts, name) = (self.api, self.toasts, name.clone());
            async move {
                api.call::<ExtendSession, _>(variables).await?;
                toasts.done(t!("extend-done", name = name));
                Ok(())
            }
        });
    }

    /// Refuses a request.
    pub fn refuse(self, session: &Session) {
        let (id, name) = (session.id.clone(), session.user.display_name.clone());
        let ask = Ask {
            title: t!("refuse-title", name = &name),
            effects: vec![t!("refuse-effect")],
            verb: t!("action-refuse"),
            danger: true,
            reason: Reason::May,
        };
        self.confirm.ask(ask, move |reason| {
            let variables = refuse_session::Variables { id: id.clone(), reason: some(reason) };
            let api = self.api;
            async move { api.call::<RefuseSession, _>(variables).await.map(drop) }
        });
    }
}

/// The buttons of a row, those that make sense in its state.
#[must_use]
pub fn row_buttons(session: &Session) -> AnyView {
    let hands = use_hands();
    if !hands.api.role().operates() {
        return ().into_any();
    }
    let name = session.user.display_name.clone();
    let named = move |verb: &str| format!("{} {name}", verb.trim_end_matches('…'));
    let button = |class: &'static str, key: Option<&'static str>, verb: String, run: fn(Hands, &Session)| {
        let session = session.clone();
        view! {
            <button
                type="button"
                class=format!("btn small {class}")
                data-key=key
                aria-label=named(&verb)
                on:click=move |event| {
                    event.stop_propagation();
                    run(hands, &session);
                }
            >
                {verb.clone()}
            </button>
        }
        .into_any()
    };
    let buttons = match session.state {
        SessionState::Requested => {
            let (api, id) = (hands.api, session.id.clone());
            let allow = move || {
                let variables = approve_session::Variables { id: id.clone() };
                async move { api.call::<ApproveSession, _>(variables).await.map(drop) }
            };
            let verb = t!("action-allow");
            let name = named(&verb);
            [
                view! { <ActButton label=verb class="small" name=name run=allow /> }.into_any(),
                button("quiet danger", None, t!("action-refuse-ask"), Hands::refuse),
            ]
        }
        SessionState::Confirming => [
            button("", None, t!("action-let-in-ask"), Hands::let_in),
            button("quiet danger", None, t!("action-cut-ask"), Hands::cut),
        ],
        SessionState::Active | SessionState::Granted => [
            button("quiet", Some("e"), t!("action-extend-ask"), Hands::extend),
            button("quiet danger", None, t!("action-end-ask"), Hands::end),
        ],
        SessionState::Ended => return ().into_any(),
    };
    view! { <span class="row">{buttons.into_iter().collect_view()}</span> }.into_any()
}

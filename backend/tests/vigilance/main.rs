//! Nobody is worn down, also when tunnels race, the server is killed, Telegram is out of reach or somebody sets the
//! clock; a changed policy reaches those who are inside; and what was recorded explains itself.

mod apart;
#[path = "../bot_cast/mod.rs"]
mod bot_cast;
mod explained;
mod fatigue;
mod lifted;
mod times;

use bot_cast::{BotCast, tunnel_seen};
use sallyport::{
    ops::{
        Who, admins,
        authority::{Manager, Owner, Viewer},
        sessions::{Target, apply},
    },
    store::records::Role,
};
use sallyport_shared::{
    ids::AccountId,
    policy::{AccessMode, Policy},
    session::{Event, Session},
};

pub(crate) const HOME: &str = "203.0.113.7";

pub(crate) fn tunnel(username: &str, session_id: &str, caller: &str) -> Event {
    tunnel_seen(username, session_id, caller, &format!("10.8.0.{}", session_id.len()))
}

/// A tunnel comes up and goes away unconfirmed.
pub(crate) async fn try_once(cast: &BotCast, account: AccountId, number: u32) {
    let session_id = format!("0x{number}");
    cast.happen(account, tunnel("anna", &session_id, HOME)).await.unwrap();
    let session = cast.sessions().await.pop().unwrap();
    if let Some(connection) = session.live_connections().next() {
        let gone = Event::TunnelGone { connection: connection.id, restarted: false };
        apply(&cast.app, &Target::Session(session.id), &gone, &Who::System).await.unwrap();
    }
    cast.advance(1);
}

pub(crate) fn questions(sessions: &[Session]) -> usize {
    sessions.iter().flat_map(|session| &session.connections).filter(|c| c.prompt.is_some()).count()
}

pub(crate) async fn manager(cast: &BotCast) -> Manager {
    viewer(cast).await.manager().unwrap()
}

pub(crate) async fn viewer(cast: &BotCast) -> Viewer {
    let owner = Owner::of_command_line();
    let name = format!("marina{}", cast.app.store.read().await.unwrap().admins().await.unwrap().len());
    let admin =
        admins::create(&cast.app, &owner, &name, "correct horse battery staple", Role::Admin).await.unwrap();
    Viewer::of(&admin, None, None).unwrap()
}

pub(crate) async fn always(cast: &BotCast, change: impl FnOnce(&mut Policy)) {
    cast.policy(|policy| {
        policy.access_mode = AccessMode::Always;
        change(policy);
    })
    .await;
}

//! Administrators in Telegram: what waits for them, decisions, and the pages of `/admin`. Whether whoever taps may do
//! it is looked up at every tap, from their Telegram number: a demoted or disabled administrator is refused at once.

use super::{
    data::{Press, View, Why},
    desk::{Desk, Toast, Visitor},
    pages,
    talk::greet,
    words::line,
};
use crate::{
    ops::{
        OpError, OpResult,
        authority::{Operator, Viewer},
        chats::{self, ReasonWanted},
        letters::{Addressee, letter_to},
        links, operate,
        sessions::Delivery,
        users,
    },
    store::records::AdminRecord,
};
use sallyport_shared::{
    ids::{SessionId, UserId},
    language::Language,
    message::{About, AdminMessage, Message},
    person::UserStatus,
    session::SessionState,
    text::Reason,
};
use teloxide::types::MessageId;

/// The most characters of a [`Reason`].
const LONGEST_REASON: u32 = 500;

/// As the audit says from where an administrator did something.
const PLACE: &str = "Telegram";

/// An administrator in their chat.
struct Admin {
    viewer: Viewer,
    language: Language,
}

impl Admin {
    fn operator(&self) -> Option<Operator> {
        self.viewer.operator().ok()
    }
}

/// `/admin`; nobody else learns that there is such a command.
pub(super) async fn menu(desk: &Desk, visitor: &Visitor) -> OpResult<()> {
    let Some(admin) = admin(desk, visitor).await? else { return greet(desk, visitor).await };
    let page = pages::build(&desk.app, View::Menu).await?;
    let to = Addressee { chat: visitor.telegram(), user: None, language: Some(admin.language) };
    desk.post(to, vec![Message::Admin(page)]).await
}

/// `/stop` of an administrator: the chat is not theirs any more. False: they are none.
pub(super) async fn stop(desk: &Desk, visitor: &Visitor) -> OpResult<bool> {
    let unlinked = links::unlink_admin(&desk.app, visitor.telegram()).await?;
    if unlinked {
        desk.set_admin_commands(visitor.telegram(), None);
    }
    Ok(unlinked)
}

/// An administrator taps a button of theirs.
pub(super) async fn press(
    desk: &Desk,
    visitor: &Visitor,
    press: Press,
    message: Option<MessageId>,
) -> OpResult<Toast> {
    let Some(admin) = admin(desk, visitor).await? else {
        return Ok(Toast::refused(visitor.language(), "toast-no-right"));
    };
    let Some(place) = message.map(|message| i64::from(message.0)) else {
        return Ok(Toast::refused(admin.language, "refusal-unknown-prompt"));
    };
    if let Press::View(view) = press {
        chats::want_reason(&desk.app, visitor.telegram(), None).await?;
        let page = pages::build(&desk.app, view).await?;
        revise(desk, visitor, &admin, place, page).await?;
        return Ok(Toast::silent());
    }
    let Some(by) = admin.operator() else { return Ok(Toast::refused(admin.language, "toast-role")) };
    match press {
        Press::Approve(about) => decide(desk, visitor, &admin, &by, about, None, place).await,
        Press::Reject(about) => ask_reason(desk, visitor, &admin, about, place).await,
        Press::Because(why, about) => {
            let no = No::of(desk, about, why).await?;
            decide(desk, visitor, &admin, &by, about, Some(no), place).await
        }
        Press::End(session) => end(desk, visitor, &admin, &by, session, place).await,
        _ => Ok(Toast::refused(admin.language, "refusal-unknown-prompt")),
    }
}

/// The text that an administrator wrote when they were asked why.
pub(super) async fn reason(desk: &Desk, visitor: &Visitor, wanted: ReasonWanted, text: &str) -> OpResult<()> {
    let Some(admin) = admin(desk, visitor).await? else {
        chats::want_reason(&desk.app, visitor.telegram(), None).await?;
        return greet(desk, visitor).await;
    };
    let to = Addressee { chat: visitor.telegram(), user: None, language: Some(admin.language) };
    let Ok(reason) = Reason::parse(text) else {
        let message = Message::Admin(AdminMessage::BadReason { max: LONGEST_REASON });
        return desk.post(to, vec![message]).await;
    };
    let toast = match admin.operator() {
        Some(by) => {
            let no = Some(No(Some(reason.to_string())));
            decide(desk, visitor, &admin, &by, wanted.about, no, wanted.message).await?
        }
        None => Toast::refused(admin.language, "toast-role"),
    };
    chats::want_reason(&desk.app, visitor.telegram(), None).await?;
    if toast.is_refusal() {
        let key = if admin.operator().is_some() { "toast-decided" } else { "toast-role" };
        return desk.post(to, vec![Message::Refused { refusal: key.to_owned() }]).await;
    }
    Ok(())
}

/// A no, with its reason in the words of the person who will read it.
struct No(Option<String>);

impl No {
    async fn of(desk: &Desk, about: About, why: Why) -> OpResult<Self> {
        let Some(key) = why.key() else { return Ok(Self(None)) };
        let mut tx = desk.app.store.read().await?;
        let user = match about {
            About::Person { user } => Some(user),
            About::Session { session } => tx.session(session).await?.map(|loaded| loaded.session.user),
        };
        let person = match user {
            Some(user) => tx.user(user).await?,
            None => None,
        };
        let language = person.map(|person| person.language).unwrap_or_default();
        Ok(Self(Some(line(language, key))))
    }
}

/// Asks why, in place of the question.
async fn ask_reason(
    desk: &Desk,
    visitor: &Visitor,
    admin: &Admin,
    about: About,
    place: i64,
) -> OpResult<Toast> {
    let Some(name) = waits(desk, about).await? else {
        return over(desk, visitor, admin, about, place).await;
    };
    chats::want_reason(&desk.app, visitor.telegram(), Some((about, place))).await?;
    revise(desk, visitor, admin, place, AdminMessage::AskReason { about, name }).await?;
    Ok(Toast::done(admin.language, "toast-chosen"))
}

/// Says yes, or no with a reason.
async fn decide(
    desk: &Desk,
    visitor: &Visitor,
    admin: &Admin,
    by: &Operator,
    about: About,
    no: Option<No>,
    place: i64,
) -> OpResult<Toast> {
    if waits(desk, about).await?.is_none() {
        return over(desk, visitor, admin, about, place).await;
    }
    let app = &desk.app;
    let key = if no.is_none() { "toast-approved" } else { "toast-rejected" };
    let decided = match (about, no) {
        (About::Person { user }, None) => users::approve(app, by, user).await.map(|_| ()),
        (About::Person { user }, Some(No(reason))) => {
            users::reject(app, by, user, &reason.unwrap_or_default()).await.map(|_| ())
        }
        (About::Session { session }, None) => operate::approve(app, by, session).await,
        (About::Session { session }, Some(No(reason))) => {
            operate::refuse(app, by, session, reason.as_deref()).await
        }
    };
    match decided {
        Ok(()) => {
            revise(desk, visitor, admin, place, pages::over(&desk.app, about).await?).await?;
            Ok(Toast::done(admin.language, key))
        }
        Err(error @ OpError::Store(_)) => Err(error),
        // Another administrator was faster.
        Err(_) => over(desk, visitor, admin, about, place).await,
    }
}

/// It was decided already: the message shows how.
async fn over(desk: &Desk, visitor: &Visitor, admin: &Admin, about: About, place: i64) -> OpResult<Toast> {
    revise(desk, visitor, admin, place, pages::over(&desk.app, about).await?).await?;
    Ok(Toast::refused(admin.language, "toast-decided"))
}

/// The name of the one who waits for a decision; none: nobody does.
async fn waits(desk: &Desk, about: About) -> OpResult<Option<String>> {
    let mut tx = desk.app.store.read().await?;
    let user: UserId = match about {
        About::Person { user } => user,
        About::Session { session } => {
            let loaded = tx.session(session).await?;
            let waiting = loaded.filter(|loaded| loaded.session.state == SessionState::Requested);
            let Some(loaded) = waiting else { return Ok(None) };
            loaded.session.user
        }
    };
    let person = tx.user(user).await?.filter(|user| user.deleted_at.is_none());
    let waiting = |status| matches!(about, About::Session { .. }) || status == UserStatus::Pending;
    Ok(person.filter(|person| waiting(person.status)).map(|person| person.display_name))
}

async fn end(
    desk: &Desk,
    visitor: &Visitor,
    admin: &Admin,
    by: &Operator,
    session: SessionId,
    place: i64,
) -> OpResult<Toast> {
    let ended = operate::end(&desk.app, by, session, None).await;
    let page = pages::build(&desk.app, View::Session(session, 0)).await?;
    revise(desk, visitor, admin, place, page).await?;
    match ended {
        Ok(()) => Ok(Toast::done(admin.language, "toast-ended")),
        Err(error @ OpError::Store(_)) => Err(error),
        Err(OpError::Refused(refusal)) => Ok(Toast::refused(admin.language, refusal.key())),
        Err(OpError::NotFound(_)) => Ok(Toast::refused(admin.language, "refusal-session-over")),
        Err(error) => {
            tracing::warn!(%error, "an administrator could not end a session in Telegram");
            Ok(Toast::refused(admin.language, "trouble"))
        }
    }
}

/// Changes a message in the chat, after everything that was sent to it before.
async fn revise(
    desk: &Desk,
    visitor: &Visitor,
    admin: &Admin,
    message: i64,
    page: AdminMessage,
) -> OpResult<()> {
    let to = Addressee { chat: visitor.telegram(), user: None, language: Some(admin.language) };
    let delivery = Delivery::Revise { message, text: Message::Admin(page) };
    let mut tx = desk.app.store.begin().await?;
    letter_to(&mut tx, to, delivery, desk.app.clock.now()).await?;
    tx.commit().await?;
    desk.app.bus.deliveries.notify_one();
    Ok(())
}

/// The administrator that the visitor is, if they may come in at all.
async fn admin(desk: &Desk, visitor: &Visitor) -> OpResult<Option<Admin>> {
    let record = desk.app.store.read().await?.admin_by_telegram(visitor.telegram()).await?;
    Ok(record.and_then(|record: AdminRecord| {
        let viewer = Viewer::of(&record, None, Some(PLACE.to_owned())).ok()?;
        Some(Admin { viewer, language: record.language })
    }))
}

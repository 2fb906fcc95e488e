//! What a message looks like at the moment it is sent: its reader's language, zone and buttons.

use super::current::is_over;
use crate::{
    app::App,
    bot::{
        Times, account_name,
        render::{Buttons, html},
    },
    ops::{
        OpResult, alarms, boxed, letters::Letter, offline, policies, sessions::Delivery, settings, templates,
    },
    picture::qr,
    store::{
        Tx,
        records::{AccountScene, ConnectionRecord, DeliveryRecord, UserRecord},
    },
};
use sallyport_shared::{
    ids::{ConnectionId, RouterId, SessionId, UserId},
    language::Language,
    message::{AdminMessage, Message, Texts},
    person::{TelegramId, UserStatus},
    policy::Policy,
    session::{ConnectionState, Outcome},
    time::Timestamp,
};
use teloxide::types::{InlineKeyboardMarkup, ReplyMarkup};
use uuid::Uuid;

/// A call that is ready to be made.
pub(super) enum Composed {
    /// A new message.
    Send {
        html: String,
        markup: Option<ReplyMarkup>,
        /// It is a prompt.
        asks: Option<Asks>,
        /// The built-in words, if `html` is a manager's text: should Telegram not take that, these are sent.
        built_in: Option<String>,
    },
    /// A message that stands in the chat: its words change, its buttons change or go.
    Edit { message: i64, html: String, markup: Option<InlineKeyboardMarkup>, built_in: Option<String> },
    /// A picture with words below it.
    Photo { picture: Vec<u8>, html: String, built_in: Option<String> },
    /// A message that goes.
    Delete { message: i64 },
    /// There is nothing to be said any more.
    Nothing,
}

impl Composed {
    /// The same, but in a message that stands in the chat.
    fn in_place_of(self, message: i64) -> Self {
        match self {
            Self::Send { html, markup, built_in, .. } => {
                let markup = match markup {
                    Some(ReplyMarkup::InlineKeyboard(markup)) => Some(markup),
                    _ => None,
                };
                Self::Edit { message, html, markup, built_in }
            }
            other => other,
        }
    }
}

/// What a prompt is about.
pub(super) struct Asks {
    /// Which connection.
    pub(super) connection: ConnectionId,
    /// When its tunnel was first seen.
    pub(super) connected_at: Timestamp,
}

/// Composes what a letter says now.
pub(super) async fn compose(app: &App, delivery: &DeliveryRecord, letter: &Letter) -> OpResult<Composed> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    match &letter.delivery {
        Delivery::Tell { message } if is_late(&mut tx, delivery, message, now).await? => {
            Ok(Composed::Nothing)
        }
        Delivery::Tell { message } => tell(app, &mut tx, delivery, letter.language, message, now).await,
        Delivery::Rewrite { letter: earlier, text } => {
            let Some(message) = tx.delivered_message(*earlier).await? else { return Ok(Composed::Nothing) };
            let told = tell(app, &mut tx, delivery, letter.language, text, now).await?;
            Ok(told.in_place_of(message))
        }
        Delivery::Revise { message, text } => {
            let told = tell(app, &mut tx, delivery, letter.language, text, now).await?;
            Ok(told.in_place_of(*message))
        }
        Delivery::Follow { alert } => follow(app, &mut tx, delivery, letter.language, *alert, now).await,
        Delivery::Ask { connection } => ask(app, &mut tx, *connection, now).await,
        Delivery::Seed { user } => seed(app, &mut tx, letter.language, *user).await,
        Delivery::Erase { letter } => {
            let message = tx.delivered_message(*letter).await?;
            Ok(message.map_or(Composed::Nothing, |message| Composed::Delete { message }))
        }
        Delivery::CloseAsk { connection, outcome } => close(&mut tx, *connection, *outcome, now).await,
    }
}

async fn tell(
    app: &App,
    tx: &mut Tx,
    delivery: &DeliveryRecord,
    language: Option<Language>,
    message: &Message,
    now: Timestamp,
) -> OpResult<Composed> {
    let user = match delivery.user {
        Some(id) => tx.user(id).await?,
        None => tx.user_by_telegram(delivery.chat).await?,
    };
    let language = language.or(user.as_ref().map(|user| user.language)).unwrap_or_default();
    let policy = policies::of_person(tx, user.as_ref().and_then(|user| user.policy)).await?;
    let times = Times::new(policy.as_ref().map_or("UTC", |policy| &policy.time_zone), language, now);
    let message = match message {
        Message::Codes { enabled: true, .. } => {
            Message::Codes { enabled: true, page: Some(own_page(app, tx, user.as_ref(), language).await?) }
        }
        Message::CodesOn { .. } => {
            Message::CodesOn { page: Some(own_page(app, tx, user.as_ref(), language).await?) }
        }
        message => under(user.as_ref(), policy.as_ref(), message),
    };
    let buttons = buttons(tx, &message, user.as_ref(), policy.as_ref(), delivery.chat).await?;
    let (html, built_in) = words(tx, &message, language, &times).await?;
    Ok(Composed::Send { html, markup: buttons.markup(language), asks: None, built_in })
}

/// The words of a message: a manager's, with the built-in ones in reserve, or the built-in ones.
async fn words(
    tx: &mut Tx,
    message: &Message,
    language: Language,
    times: &Times,
) -> OpResult<(String, Option<String>)> {
    let texts = templates::texts(tx, language).await?;
    let told = html(message, &texts, times);
    let built_in = html(message, &Texts::of(language), times);
    let reserve = (told != built_in).then_some(built_in);
    Ok((told, reserve))
}

/// A message as it is for this reader: whether they are registered, and what their policy has them do.
fn under(user: Option<&UserRecord>, policy: Option<&Policy>, message: &Message) -> Message {
    let approved = user.is_some_and(|user| user.status == UserStatus::Approved);
    let unasked = policy.is_some_and(Policy::lets_come_unasked);
    let codes = policy.is_some_and(Policy::takes_codes);
    match message {
        Message::Help { .. } if !approved => Message::HelpStranger,
        Message::Help { .. } if unasked => Message::HelpAlways { codes },
        Message::Help { .. } => Message::Help { codes },
        Message::RegistrationApproved { name } if policy.is_some_and(|policy| policy.needs_approval) => {
            Message::RegistrationApprovedOnApproval { name: name.clone() }
        }
        Message::RegistrationApproved { name } if unasked => {
            Message::RegistrationApprovedAlways { name: name.clone() }
        }
        Message::NoSessions if unasked => Message::NoSessionsAlways,
        message => message.clone(),
    }
}

/// The keyboard below the input field of a chat.
async fn keyboard(
    tx: &mut Tx,
    policy: Option<&Policy>,
    chat: TelegramId,
    approved: bool,
) -> OpResult<Buttons> {
    let admin = tx.admin_by_telegram(chat).await?.is_some_and(|admin| admin.enabled);
    Ok(Buttons::Keyboard { approved, admin, unasked: policy.is_some_and(Policy::lets_come_unasked) })
}

/// The buttons that go with a message.
async fn buttons(
    tx: &mut Tx,
    message: &Message,
    user: Option<&UserRecord>,
    policy: Option<&Policy>,
    chat: TelegramId,
) -> OpResult<Buttons> {
    let approved = user.is_some_and(|user| user.status == UserStatus::Approved);
    Ok(match message {
        Message::Welcome | Message::RegistrationRejected { .. } | Message::BadInvitation if !approved => {
            keyboard(tx, policy, chat, false).await?
        }
        Message::Help { .. } | Message::HelpAlways { .. } | Message::JustConnect { .. } if approved => {
            keyboard(tx, policy, chat, true).await?
        }
        Message::LanguageSet
        | Message::Admin(AdminMessage::Linked { .. } | AdminMessage::Unlinked { .. }) => {
            keyboard(tx, policy, chat, approved).await?
        }
        Message::Menu { .. } | Message::RegistrationApproved { .. } => {
            keyboard(tx, policy, chat, true).await?
        }
        Message::RegistrationApprovedAlways { .. } | Message::RegistrationApprovedOnApproval { .. } => {
            keyboard(tx, policy, chat, true).await?
        }
        Message::ChooseLanguage => Buttons::Languages,
        Message::Codes { enabled, .. } => Buttons::Codes { enabled: *enabled },
        Message::CodesUnused { enabled: true } => Buttons::UnusedCodes,
        Message::Status { .. } => of_status(policy),
        Message::ChooseAccount => {
            let Some(user) = user else { return Ok(Buttons::None) };
            let mut of_users = tx.accounts_of_users(&[user.id]).await?;
            let accounts = of_users.remove(&user.id).unwrap_or_default();
            Buttons::Accounts(
                accounts.iter().map(|record| (record.account.id, account_name(record))).collect(),
            )
        }
        Message::Reminder { session, may_extend, .. } | Message::SessionLine { session, may_extend, .. } => {
            of_session(tx, *session, *may_extend).await?
        }
        Message::Admin(message) => Buttons::Admin(message.clone()),
        _ => Buttons::None,
    })
}

/// Is what the message tells of over before it could be sent?
async fn is_late(
    tx: &mut Tx,
    delivery: &DeliveryRecord,
    message: &Message,
    now: Timestamp,
) -> OpResult<bool> {
    if let Some(alert) = delivery.alert {
        return Ok(tx.alert(alert).await?.is_some_and(|alert| alert.resolved_at.is_some()));
    }
    match delivery.user {
        Some(user) => is_over(tx, user, message, now).await,
        None => Ok(false),
    }
}

/// What came of an alert, in the message that told of it; a router that is back is worth a message of its own.
async fn follow(
    app: &App,
    tx: &mut Tx,
    delivery: &DeliveryRecord,
    language: Option<Language>,
    alert: Uuid,
    now: Timestamp,
) -> OpResult<Composed> {
    let told = tx.deliveries_of_alert(alert).await?;
    let told = told.iter().find(|told| told.chat == delivery.chat).and_then(|told| told.message);
    let Some((alert, message)) = tx.alert(alert).await?.zip(told) else { return Ok(Composed::Nothing) };
    let Some(text) = alarms::outcome(tx, &alert).await? else { return Ok(Composed::Nothing) };
    let is_news = matches!(text, AdminMessage::Alarm { .. });
    let composed = tell(app, tx, delivery, language, &Message::Admin(text), now).await?;
    Ok(if is_news { composed } else { composed.in_place_of(message) })
}

/// One-time codes are offered where they are of use.
fn of_status(policy: Option<&Policy>) -> Buttons {
    if policy.is_some_and(Policy::takes_codes) { Buttons::OfferCodes } else { Buttons::None }
}

async fn of_session(tx: &mut Tx, id: SessionId, may_extend: bool) -> OpResult<Buttons> {
    let loaded = tx.session(id).await?.filter(|loaded| loaded.session.state.is_live());
    Ok(loaded.map_or(Buttons::None, |loaded| Buttons::Session {
        id,
        extend_after: may_extend.then_some(loaded.session.extensions),
    }))
}

/// The question, if its answer would still count.
async fn ask(app: &App, tx: &mut Tx, id: ConnectionId, now: Timestamp) -> OpResult<Composed> {
    let Some((record, scene)) = scene_of(tx, id).await? else { return Ok(Composed::Nothing) };
    // It has been put: a question that was asked again because the first one did not arrive is put once.
    if record.prompt_message.is_some() {
        return Ok(Composed::Nothing);
    }
    let connection = &record.connection;
    let open = connection
        .prompt
        .as_ref()
        .filter(|prompt| prompt.answered_at.is_none() && prompt.expires_at > now)
        .filter(|_| connection.state == ConnectionState::Pending);
    let Some(prompt) = open else { return Ok(Composed::Nothing) };
    let language = scene.person.language;
    let message = Message::Prompt {
        account: scene.account.username.clone(),
        router: scene.account.router_name.clone(),
        caller: connection.tunnel.caller_id.clone(),
        country: connection.country.clone(),
        address: connection.tunnel.address.clone(),
        at: connection.connected_at,
        seconds: seconds_left(prompt.expires_at, now),
        number_at: match prompt.numbers {
            Some(_) => Some(captive_page(app, tx, record.router, language).await?),
            None => None,
        },
    };
    let times = Times::new(&scene.policy.time_zone, language, now);
    let (html, built_in) = words(tx, &message, language, &times).await?;
    let markup = Buttons::Prompt(prompt.nonce.clone(), prompt.numbers).markup(language);
    let asks = Asks { connection: id, connected_at: connection.connected_at };
    Ok(Composed::Send { html, markup, asks: Some(asks), built_in })
}

/// Where a person's captive page is, told while nothing waits. It names a router only where all their accounts are on it:
/// whoever keeps the address may come back by another one.
async fn own_page(app: &App, tx: &mut Tx, user: Option<&UserRecord>, language: Language) -> OpResult<String> {
    let accounts = match user {
        Some(user) => tx.accounts_of_user(user.id).await?,
        None => Vec::new(),
    };
    let mut routers = accounts.iter().map(|record| record.account.router);
    let first = routers.next();
    let only = first.filter(|first| routers.all(|router| router == *first));
    page_address(app, tx, first, only, language).await
}

/// The same for a tunnel that waits at a router.
async fn captive_page(app: &App, tx: &mut Tx, router: RouterId, language: Language) -> OpResult<String> {
    page_address(app, tx, Some(router), Some(router), language).await
}

/// Where the captive page is: below the public URL, else where the router `seen_from` finds this server; or, if neither is
/// known, words in the address's place. Where there are several routers it is the page of `at`, as they may give out the
/// same addresses.
async fn page_address(
    app: &App,
    tx: &mut Tx,
    seen_from: Option<RouterId>,
    at: Option<RouterId>,
    language: Language,
) -> OpResult<String> {
    let base = match (settings::public_url(app, tx).await?, seen_from) {
        (None, Some(router)) => tx.router(router).await?.and_then(|router| app.config.url_for(&router.host)),
        (url, _) => url,
    };
    let Some(base) = base else { return Ok(templates::texts(tx, language).await?.line("page-unknown", &[])) };
    let several = tx.routers().await?.iter().filter(|router| router.enabled).count() > 1;
    Ok(match at {
        Some(router) if several => format!("{base}/box/{}", boxed::mark(router)),
        _ => format!("{base}/box"),
    })
}

/// The seed that a person is setting up, as a picture.
async fn seed(app: &App, tx: &mut Tx, language: Option<Language>, user: UserId) -> OpResult<Composed> {
    let Some(seed) = offline::new_seed(app, tx, user).await? else { return Ok(Composed::Nothing) };
    let person = tx.user(user).await?;
    let language = language.or(person.map(|person| person.language)).unwrap_or_default();
    let message = Message::CodesSeed { secret: seed.secret };
    let times = Times::new("UTC", language, app.clock.now());
    let (html, built_in) = words(tx, &message, language, &times).await?;
    Ok(match qr(&seed.uri) {
        Some(picture) => Composed::Photo { picture, html, built_in },
        // The key can be typed as well.
        None => Composed::Send { html, markup: None, asks: None, built_in },
    })
}

/// Rounded up, so that a minute that has just begun is called a minute.
fn seconds_left(until: Timestamp, now: Timestamp) -> u32 {
    let micros = until.micros().saturating_sub(now.micros()).max(0);
    u32::try_from((micros + 999_999) / 1_000_000).unwrap_or(u32::MAX)
}

/// What came of the question, in place of it. A question that was never put needs no word.
async fn close(tx: &mut Tx, id: ConnectionId, outcome: Outcome, now: Timestamp) -> OpResult<Composed> {
    let Some((record, scene)) = scene_of(tx, id).await? else { return Ok(Composed::Nothing) };
    let Some((_, message)) = record.prompt_message else { return Ok(Composed::Nothing) };
    let language = scene.person.language;
    let over = Message::PromptOver {
        account: scene.account.username,
        caller: record.connection.tunnel.caller_id,
        at: record.connection.connected_at,
        outcome,
    };
    let times = Times::new(&scene.policy.time_zone, language, now);
    let (html, built_in) = words(tx, &over, language, &times).await?;
    Ok(Composed::Edit { message, html, markup: None, built_in })
}

async fn scene_of(tx: &mut Tx, id: ConnectionId) -> OpResult<Option<(ConnectionRecord, AccountScene)>> {
    let Some(record) = tx.connection(id).await? else { return Ok(None) };
    let scene = tx.scene(record.account).await?;
    Ok(scene.map(|scene| (record, scene)))
}

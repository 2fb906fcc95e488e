//! Where updates are handled: what a handler needs, and the short answers that go straight back. Everything else
//! that people are told goes through the outbox, so that it survives a crash and keeps its order.

use super::{
    client::{CallError, Telegram},
    flood::{Flood, Kind, Verdict},
    menu,
};
use crate::{
    app::App,
    ops::{
        OpResult, Who,
        chats::Conversation,
        letters::{Addressee, tell},
        policies,
        registration::{self, Newcomer},
        templates,
    },
    store::records::UserRecord,
};
use sallyport_shared::{language::Language, message::Message, person::TelegramId};
use serde::de::IgnoredAny;
use std::time::Duration;
use teloxide::{
    payloads::{AnswerCallbackQuery, EditMessageReplyMarkup, setters::*},
    types::{CallbackQuery, CallbackQueryId, ChatId, MaybeInaccessibleMessage, MessageId, User},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How often an answer to a button is tried; after that Telegram's own spinner has run out.
const TRIES: u32 = 3;

/// The pause between two tries.
const PAUSE: Duration = Duration::from_secs(1);

/// The most characters that Telegram shows in answer to a tap.
const LONGEST_TOAST: usize = 200;

/// Who is told to wait for longer than that before answering a tap need not answer it any more.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// How long those that are on their way are waited for at the end. Whoever takes the work over must not wait longer, and
/// an answer that does not arrive changes nothing.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// Where updates are handled. Cheap to clone.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) app: App,
    telegram: Telegram,
    flood: Flood,
    /// Calls that answer buttons and that nothing waits for.
    answers: TaskTracker,
    /// They are waited for no longer.
    over: CancellationToken,
}

/// Whoever wrote or tapped.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    /// Who it is, as Telegram shows them.
    pub(super) newcomer: Newcomer,
    /// The person that they are, if they are registered.
    pub(super) user: Option<UserRecord>,
    /// What is remembered of the chat.
    pub(super) conversation: Conversation,
}

impl Visitor {
    pub(super) fn telegram(&self) -> TelegramId {
        self.newcomer.telegram
    }

    pub(super) fn language(&self) -> Language {
        self.newcomer.language
    }

    /// As the audit names them.
    pub(super) fn who(&self) -> Who {
        let name = self.user.as_ref().map_or("a stranger", |user| user.display_name.as_str());
        Who::Person { telegram: self.telegram(), name: name.to_owned() }
    }
}

/// What a tap is answered with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Toast {
    /// The key of its words, and their language; none: there is nothing to be said.
    words: Option<(Language, String)>,
    /// To be closed by hand: something was not done.
    alert: bool,
    /// The buttons are used up.
    strip: bool,
}

impl Toast {
    /// It was done.
    pub(super) fn done(language: Language, key: &str) -> Self {
        Self { words: Some((language, key.to_owned())), alert: false, strip: false }
    }

    /// It was not done.
    pub(super) fn refused(language: Language, key: &str) -> Self {
        Self { words: Some((language, key.to_owned())), alert: true, strip: false }
    }

    /// There is nothing to be said: the message itself changes.
    pub(super) fn silent() -> Self {
        Self { words: None, alert: false, strip: false }
    }

    /// Was something not done?
    pub(super) fn is_refusal(&self) -> bool {
        self.alert
    }

    /// The message's buttons are of no use any more.
    pub(super) fn stripping(self) -> Self {
        Self { strip: true, ..self }
    }
}

impl Desk {
    pub(super) fn new(app: App, telegram: Telegram) -> Self {
        Self {
            app,
            telegram,
            flood: Flood::default(),
            answers: TaskTracker::new(),
            over: CancellationToken::new(),
        }
    }

    /// Takes one out of a chat's allowance.
    pub(super) fn take(&self, chat: TelegramId, kind: Kind) -> Verdict {
        self.flood.take(chat.0, kind, self.app.clock.now())
    }

    /// Looks up who wrote or tapped.
    pub(super) async fn visitor(&self, from: &User) -> OpResult<Visitor> {
        let telegram = TelegramId(i64::try_from(from.id.0).unwrap_or(i64::MAX));
        let (user, conversation) = registration::find(&self.app, telegram).await?;
        let language = user
            .as_ref()
            .map(|user| user.language)
            .or(conversation.language)
            .unwrap_or_else(|| language_of(from));
        let newcomer = Newcomer { telegram, username: from.username.clone(), language };
        Ok(Visitor { newcomer, user, conversation })
    }

    /// Says something to a visitor.
    pub(super) async fn tell(&self, visitor: &Visitor, message: Message) -> OpResult<()> {
        self.tell_all(visitor, vec![message]).await
    }

    /// Says several things to a visitor, in order.
    pub(super) async fn tell_all(&self, visitor: &Visitor, messages: Vec<Message>) -> OpResult<()> {
        let to = Addressee {
            chat: visitor.telegram(),
            user: visitor.user.as_ref().map(|user| user.id),
            language: Some(visitor.language()),
        };
        self.post(to, messages).await
    }

    /// Says something to a chat.
    pub(super) async fn post(&self, to: Addressee, messages: Vec<Message>) -> OpResult<()> {
        let now = self.app.clock.now();
        let mut tx = self.app.store.begin().await?;
        for message in messages {
            tell(&mut tx, to, message, now).await?;
        }
        tx.commit().await?;
        self.app.bus.deliveries.notify_one();
        Ok(())
    }

    /// Answers a tap, so that the button stops waiting, and takes used-up buttons away. Nothing waits for it: a
    /// hanging answer must not hold up the next update.
    pub(super) fn answer(&self, query: &CallbackQuery, toast: Toast) {
        // Only in their own chat: what others read is not theirs to change.
        let own =
            |message: &&MaybeInaccessibleMessage| u64::try_from(message.chat().id.0) == Ok(query.from.id.0);
        let message = query.message.as_ref().filter(|_| toast.strip).filter(own);
        let place = message.map(|message| (message.chat().id, message.id()));
        let (desk, query) = (self.clone(), query.id.clone());
        self.beside(async move {
            desk.show(query, toast).await;
            if let Some((chat, message)) = place {
                desk.strip(chat, message).await;
            }
        });
    }

    /// Does something that nothing waits for, and that nothing depends on.
    fn beside(&self, work: impl Future<Output = ()> + Send + 'static) {
        let over = self.over.clone();
        self.answers.spawn(async move { over.run_until_cancelled(work).await });
    }

    async fn show(&self, query: CallbackQueryId, toast: Toast) {
        let mut answer = AnswerCallbackQuery::new(query).show_alert(toast.alert);
        if let Some((language, key)) = toast.words {
            let text = templates::texts_now(&self.app, language).await.line(&key, &[]);
            answer.text = Some(text.chars().take(LONGEST_TOAST).collect());
        }
        for _ in 1..TRIES {
            match self.telegram.call(answer.clone()).await {
                Err(CallError::Flood(wait)) if wait > LONGEST_PAUSE => {
                    return note(Err(CallError::Flood(wait)));
                }
                Err(CallError::Flood(wait)) => self.app.clock.sleep(wait).await,
                Err(error) if error.is_transient() => self.app.clock.sleep(PAUSE).await,
                answered => return note(answered.map(|_| ())),
            }
        }
        note(self.telegram.call(answer).await.map(|_| ()));
    }

    async fn strip(&self, chat: ChatId, message: MessageId) {
        // Without a keyboard in the call, the message's own is removed.
        let strip = EditMessageReplyMarkup::new(chat, message);
        match self.telegram.call_for::<_, IgnoredAny>(strip).await {
            Err(error) if error.is_not_modified() => {}
            stripped => note(stripped.map(|_| ())),
        }
    }

    /// Shows `/admin` in Telegram's menu of a chat, in this language; none: no longer. Nothing waits for it, and
    /// the command works without.
    pub(super) fn set_admin_commands(&self, chat: TelegramId, language: Option<Language>) {
        let desk = self.clone();
        self.beside(async move {
            match policies::take_codes(&desk.app).await {
                Ok(codes) => note(menu::set_of_admin(&desk.telegram, chat, language, codes).await),
                Err(error) => tracing::warn!(%error, "the menu of an administrator could not be set"),
            }
        });
    }

    /// Waits until every answer that is on its way has arrived or failed, and gives up those that take too long.
    pub(super) async fn close(self) {
        self.answers.close();
        tokio::select! {
            () = self.answers.wait() => return,
            () = self.app.clock.sleep(LAST_ANSWERS) => {}
        }
        tracing::debug!(left = self.answers.len(), "answers to taps are given up at the end");
        self.over.cancel();
        self.answers.wait().await;
    }
}

/// An answer that does not arrive changes nothing: what was decided stands, and is told through the outbox.
fn note(result: Result<(), CallError>) {
    if let Err(error) = result {
        tracing::debug!(%error, "a tap could not be answered");
    }
}

/// A new person's language: the one of their Telegram.
pub(super) fn language_of(from: &User) -> Language {
    from.language_code.as_deref().map(Language::from_tag).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bot::client::Address, clock::Clock, config::Secret};
    use sallyport_shared::time::Timestamp;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_end_waits_for_no_answer_that_does_not_come() {
        let (app, _folder) = App::of_a_test(Clock::manual(Timestamp::from_micros(0))).await;
        let api_url = "http://127.0.0.1:9".parse().unwrap();
        let address = Address { token: Secret::new("123456:token".to_owned()), api_url, proxy: None };
        let desk = Desk::new(app.clone(), Telegram::new(&address).unwrap());
        let (begun, arrived) = tokio::sync::oneshot::channel::<()>();
        desk.beside(async move {
            let _begun = begun;
            // Telegram asks to wait.
            std::future::pending::<()>().await;
        });
        let mut passing = app.clock.passing();
        let mut closing = tokio::spawn(desk.close());
        loop {
            tokio::select! {
                closed = &mut closing => break closed.unwrap(),
                () = passing.step() => {}
            }
        }
        assert!(arrived.await.is_err(), "it was given up");
        assert_eq!(app.clock.now().micros(), 5_000_000);
    }
}

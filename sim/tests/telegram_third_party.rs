//! The simulator must content Bot API clients that know nothing of it: python-telegram-bot, aiogram and teloxide.

use std::process::Stdio;
use std::time::Duration;

use sim::telegram::{Call, Fault, FaultRule, TelegramSim};
use teloxide::prelude::*;
use teloxide::types::{InlineKeyboardButton, InlineKeyboardMarkup, ParseMode};
use teloxide::{ApiError, RequestError};

const TOKEN: &str = "424242:a-simulated-token";
/// A run of both bots takes a few seconds.
const BACKSTOP: Duration = Duration::from_secs(180);

/// Needs a Python with both clients: `SALLYPORT_PYTHON`, which `cargo xtask test` prepares.
#[tokio::test]
async fn python_bots_are_content() {
    let Some(python) = std::env::var_os("SALLYPORT_PYTHON") else {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "SALLYPORT_PYTHON must name a Python with python-telegram-bot and aiogram"
        );
        eprintln!("SKIPPED: set SALLYPORT_PYTHON to a Python with python-telegram-bot and aiogram");
        return;
    };
    let telegram = TelegramSim::start(TOKEN, "sally_bot").await.unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/telegram_clients.py");
    let run = tokio::process::Command::new(python)
        .arg(script)
        .args([telegram.url().as_str(), TOKEN])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(BACKSTOP, run).await.expect("the bots end").unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains("python-telegram-bot: content") && said.contains("aiogram: content"), "{said}");
}

#[tokio::test]
async fn teloxide_is_content() {
    let telegram = TelegramSim::start(TOKEN, "sally_bot").await.unwrap();
    let bot = Bot::new(TOKEN).set_api_url(telegram.url().parse().unwrap());
    let handlers = dptree::entry()
        .branch(Update::filter_message().endpoint(greet))
        .branch(Update::filter_callback_query().endpoint(confirm));
    let mut dispatcher = Dispatcher::builder(bot.clone(), handlers).build();
    let stop = dispatcher.shutdown_token();
    let running = tokio::spawn(async move { dispatcher.dispatch().await });

    let anna = telegram.person(1001, "Anna", Some("ru"), None);
    anna.send("/start").await;
    let asked = anna.wait_message(|message| message.text == "Hello, Anna").await.unwrap();
    assert_eq!(asked.entities[0].kind, "bold");
    let answer = anna.press(asked.message_id, "Confirm").await.unwrap();
    assert_eq!(answer.text.as_deref(), Some("Thanks"));
    anna.wait_edit(asked.message_id, |message| message.text == "Confirmed").await.unwrap();

    teloxide_errors(&telegram, &bot).await;
    stop.shutdown().expect("the dispatcher runs").await;
    running.await.unwrap();
}

async fn greet(bot: Bot, message: Message) -> ResponseResult<()> {
    let name = message.from.map_or_else(String::new, |from| from.first_name);
    let keyboard = InlineKeyboardMarkup::new([[InlineKeyboardButton::callback("Confirm", "c:1")]]);
    bot.send_message(message.chat.id, format!("<b>Hello</b>, {name}"))
        .parse_mode(ParseMode::Html)
        .reply_markup(keyboard)
        .await?;
    Ok(())
}

async fn confirm(bot: Bot, query: CallbackQuery) -> ResponseResult<()> {
    bot.answer_callback_query(query.id.clone()).text("Thanks").await?;
    if let Some(message) = query.message {
        bot.edit_message_text(message.chat().id, message.id(), "Confirmed").await?;
    }
    Ok(())
}

/// The errors come as the variants that teloxide knows, which it tells by Telegram's exact words.
async fn teloxide_errors(telegram: &TelegramSim, bot: &Bot) {
    let send = |chat: i64, text: String| bot.send_message(ChatId(chat), text).into_future();
    let api = |result: Result<Message, RequestError>| match result.unwrap_err() {
        RequestError::Api(error) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(api(send(5, "x".into()).await), ApiError::ChatNotFound);
    assert_eq!(api(send(1001, "x".repeat(4097)).await), ApiError::MessageIsTooLong);
    assert_eq!(api(send(1001, String::new()).await), ApiError::MessageTextIsEmpty);
    let boris = telegram.person(2002, "Boris", None, None);
    // teloxide still waits for the older wording "Unauthorized: …"; today's Telegram says this.
    let stranger = "Forbidden: bot can't initiate conversation with a user";
    assert_eq!(api(send(2002, "x".into()).await), ApiError::Unknown(stranger.into()));
    boris.send("hi").await;
    boris.block();
    assert_eq!(api(send(2002, "x".into()).await), ApiError::BotBlocked);
    telegram.inject(FaultRule::new(Fault::FloodWait { retry_after: 4 }).on("sendMessage").times(1));
    let flood = send(1001, "x".into()).await.unwrap_err();
    assert!(matches!(flood, RequestError::RetryAfter(wait) if wait.duration() == Duration::from_secs(4)));
    // The dispatcher polls all the while: another instance ends that poll, and it goes on.
    let polls = |call: &Call, status| {
        call.is("getUpdates") && call.outcome.as_ref().is_none_or(|o| o.status == status)
    };
    telegram.interrupt_poll();
    let conflict = telegram.wait_answered(0, |call| polls(call, 409)).await.unwrap();
    telegram.wait_call(conflict.seq + 1, |call| polls(call, 200)).await.unwrap();
}

//! The menu of commands that Telegram shows beside the input field, per language and for administrators. One-time codes
//! are in it where any policy takes them. Who exactly may use them is said by `/code` itself: a menu for each chat would be
//! a call for each person whenever a policy changes.

use super::{
    client::{CallError, Telegram},
    words::{ADMIN_COMMAND, CODE_COMMAND, COMMANDS, line},
};
use sallyport_shared::{language::Language, person::TelegramId};
use teloxide::{
    payloads::{DeleteMyCommands, SetMyCommands},
    types::{BotCommand, BotCommandScope, ChatId, Recipient},
};

/// Sets everybody's menu, in each language; English for all others. With `codes` one-time codes are in it.
pub(super) async fn set(telegram: &Telegram, codes: bool) -> Result<(), CallError> {
    for (code, language) in [(None, Language::En), (Some("ru"), Language::Ru), (Some("en"), Language::En)] {
        let mut set = SetMyCommands::new(commands(codes, language));
        set.language_code = code.map(str::to_owned);
        settle(telegram.call(set).await)?;
    }
    Ok(())
}

/// Sets the menu of an administrator's chat; without a language it is as everybody's again.
pub(super) async fn set_of_admin(
    telegram: &Telegram,
    chat: TelegramId,
    language: Option<Language>,
    codes: bool,
) -> Result<(), CallError> {
    let scope = BotCommandScope::Chat { chat_id: Recipient::Id(ChatId(chat.0)) };
    let Some(language) = language else {
        let mut delete = DeleteMyCommands::new();
        delete.scope = Some(scope);
        return settle(telegram.call(delete).await);
    };
    let own = std::iter::once(command(ADMIN_COMMAND, language));
    let mut set = SetMyCommands::new(own.chain(commands(codes, language)));
    set.scope = Some(scope);
    settle(telegram.call(set).await)
}

fn commands(codes: bool, language: Language) -> impl Iterator<Item = BotCommand> {
    let listed = COMMANDS.into_iter().filter(move |entry| codes || *entry != CODE_COMMAND);
    listed.map(move |entry| command(entry, language))
}

fn command((name, key): (&str, &str), language: Language) -> BotCommand {
    BotCommand::new(name, line(language, key))
}

/// A menu that Telegram does not take is no reason to stop: the commands work without.
fn settle<T>(set: Result<T, CallError>) -> Result<(), CallError> {
    match set {
        Err(error) if error.is_transient() => Err(error),
        Err(error) => {
            tracing::warn!(%error, "a menu of the bot could not be set");
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}

//! What people can ask the bot for: the same things by command and by the buttons below the input field.

use sallyport_shared::{
    language::Language,
    message::{Text, Texts},
};

/// Something that a person asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Wanted {
    /// `/start`, with what the link that they followed carried.
    Start(Option<String>),
    /// To be registered.
    Register,
    /// Access.
    Vpn,
    /// Their sessions.
    Sessions,
    /// Where they stand.
    Status,
    /// Another language.
    Language,
    /// Help.
    Help,
    /// What waits for an administrator.
    Admin,
    /// One-time codes.
    Code,
    /// To be asked nothing more.
    Stop,
}

/// The commands of the menu, with the keys of their descriptions.
pub(super) const COMMANDS: [(&str, &str); 9] = [
    ("start", "command-start"),
    ("register", "command-register"),
    ("vpn", "command-vpn"),
    ("sessions", "command-sessions"),
    ("status", "command-status"),
    ("language", "command-language"),
    ("help", "command-help"),
    CODE_COMMAND,
    ("stop", "command-stop"),
];

/// What is in the menu only where codes are of use.
pub(super) const CODE_COMMAND: (&str, &str) = ("code", "command-code");

/// What administrators find in the menu as well.
pub(super) const ADMIN_COMMAND: (&str, &str) = ("admin", "command-admin");

/// The buttons below the input field, with the commands that they stand for.
const BUTTONS: [(&str, &str); 7] = [
    ("button-register", "register"),
    ("button-get-vpn", "vpn"),
    ("button-sessions", "sessions"),
    ("button-status", "status"),
    ("button-language", "language"),
    ("button-help", "help"),
    ("button-admin", "admin"),
];

/// A text of the locales without blanks.
pub(super) fn line(language: Language, key: &str) -> String {
    let none: [(&str, Text); 0] = [];
    Texts::of(language).line(key, &none)
}

impl Wanted {
    /// Reads a command or the text of a button, in whichever language it was shown; none for all other texts.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(command) = text.strip_prefix('/') {
            let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
            let name = name.split('@').next().unwrap_or_default().to_lowercase();
            return Self::of(&name, rest.trim());
        }
        let (_, command) = BUTTONS
            .iter()
            .find(|(key, _)| Language::ALL.iter().any(|language| line(*language, key) == text))?;
        Self::of(command, "")
    }

    fn of(command: &str, rest: &str) -> Option<Self> {
        Some(match command {
            "start" => Self::Start(Some(rest.to_owned()).filter(|rest| !rest.is_empty())),
            "register" => Self::Register,
            "vpn" => Self::Vpn,
            "sessions" => Self::Sessions,
            "status" => Self::Status,
            "language" => Self::Language,
            "help" => Self::Help,
            "admin" => Self::Admin,
            "code" => Self::Code,
            "stop" => Self::Stop,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_understood_however_they_are_written() {
        assert_eq!(Wanted::parse(" /VPN "), Some(Wanted::Vpn));
        assert_eq!(Wanted::parse("/help@sally_bot"), Some(Wanted::Help));
        assert_eq!(Wanted::parse("/start"), Some(Wanted::Start(None)));
        assert_eq!(Wanted::parse("/start abc_1"), Some(Wanted::Start(Some("abc_1".to_owned()))));
        assert_eq!(Wanted::parse("/nonsense"), None);
        assert_eq!(Wanted::parse("vpn"), None);
        assert_eq!(Wanted::parse(""), None);
    }

    #[test]
    fn every_menu_command_and_button_is_understood_in_both_languages() {
        for (command, _) in COMMANDS {
            assert!(Wanted::parse(&format!("/{command}")).is_some(), "{command}");
        }
        for (key, _) in BUTTONS {
            for language in Language::ALL {
                assert!(Wanted::parse(&line(language, key)).is_some(), "{key} {language:?}");
            }
        }
    }
}

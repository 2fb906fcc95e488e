//! Admins, settings, records, the dashboard.

use super::{AttentionKind, ConnectionState, Language, Named, Person, Role, RouterState, TelegramUpdates};
use crate::api::json::{Read, Unreadable, field, shapes};
use crate::time::Moment;

shapes! {
    /// Somebody who may sign in to the console.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Admin {
        /// Their id.
        pub id: String,
        /// The sign-in name.
        pub username: String,
        /// What they may do.
        pub role: Role,
        /// The language of the console.
        pub language: Language,
        /// Whether a code is asked at sign-in.
        pub totp_enabled: bool,
        /// Telegram's number, if linked.
        pub telegram_id: Option<String>,
        /// Whether they may sign in.
        pub enabled: bool,
        /// When they last did.
        pub last_login_at: Option<Moment>,
        /// When they were made.
        pub created_at: Moment,
        /// How they want the console.
        pub preferences: Preferences,
    }

    /// How an admin wants the console.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Preferences {
        /// The language of the console.
        pub language: Language,
        /// `system`, `light` or `dark`.
        pub theme: String,
        /// `normal` or `compact`.
        pub density: String,
        /// An IANA name; none: the browser's.
        pub time_zone: Option<String>,
        /// Whether single keys do something.
        pub single_keys: bool,
    }

    /// The answer to a sign-in.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AuthPayload {
        /// Kept in memory only.
        pub access_token: String,
        /// When it stops working.
        pub expires_at: Moment,
        /// Who signed in.
        pub admin: Admin,
    }

    /// A browser that is signed in.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SignIn {
        /// Its id.
        pub id: String,
        /// Since when.
        pub created_at: Moment,
        /// When it was last used.
        pub last_used_at: Moment,
        /// From where.
        pub address: Option<String>,
        /// What the browser calls itself.
        pub user_agent: Option<String>,
        /// This one.
        pub current: bool,
    }

    /// What a second factor is set up with.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TotpSetup {
        /// To be typed in.
        pub secret: String,
        /// To be opened or scanned.
        pub uri: String,
        /// The same as a QR code, as the address of a picture.
        pub picture: Option<String>,
        /// For the day when the phone is lost.
        pub recovery_codes: Vec<String>,
    }

    /// One row of the audit.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AuditEvent {
        /// Its id.
        pub id: String,
        /// When.
        pub at: Moment,
        /// Who.
        pub actor: String,
        /// Did what.
        pub action: String,
        /// To what.
        pub subject: String,
        /// Before and after, and the reason.
        pub detail: Option<String>,
        /// From where.
        pub address: Option<String>,
        /// The link of the chain.
        pub hash: String,
    }

    /// An address that no prompt is sent for.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Ban {
        /// Its id.
        pub id: String,
        /// The public address.
        pub address: String,
        /// Why.
        pub reason: String,
        /// Until when.
        pub until: Option<Moment>,
        /// Since when.
        pub created_at: Moment,
        /// On which router.
        pub router: Named,
    }

    /// Settings of the installation.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Settings {
        /// Accounts that one person may have.
        pub max_accounts_per_user: i64,
        /// Whether accounts may be made and deleted on routers.
        pub allow_account_management: bool,
        /// The bot's name without @.
        pub bot_username: Option<String>,
        /// Whether a token is stored.
        pub telegram_token_set: bool,
        /// What people are spoken to in before they choose.
        pub language: Language,
        /// Where this server is reached.
        pub public_url: Option<String>,
        /// After how many seconds of silence Telegram counts as out of reach.
        pub outage_after_seconds: i64,
        /// What a router's set-up may open to the box.
        pub telegram_networks: Vec<String>,
        /// How the bot gets what people write and tap.
        pub telegram_updates: TelegramUpdates,
    }

    /// All texts of the bot.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Templates {
        /// Each in both languages.
        pub messages: Vec<MessageTemplate>,
    }

    /// A text of the bot.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct MessageTemplate {
        /// Its name.
        pub key: String,
        /// In which language.
        pub language: Language,
        /// What is told, with blanks such as `{ $name }`.
        pub text: String,
        /// The names of the blanks that it may hold.
        pub placeholders: Vec<String>,
        /// Whether a manager wrote it.
        pub custom: bool,
        /// How it arrives, as HTML of Telegram's kind.
        pub preview: String,
    }

    /// What Telegram says to a token.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BotTest {
        /// Whether it works.
        pub ok: bool,
        /// The bot's name without @.
        pub username: Option<String>,
        /// What went wrong.
        pub error: Option<String>,
    }

    /// The dashboard.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Overview {
        /// The figures.
        pub statistics: Statistics,
        /// What waits for a human, what lapses first on top.
        pub attention: Vec<Attention>,
    }

    /// The figures.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Statistics {
        /// Live sessions by state.
        pub sessions_by_state: Vec<Count>,
        /// People by status.
        pub users_by_status: Vec<Count>,
        /// Sessions that give a right now.
        pub live_sessions: i64,
        /// Tunnels.
        pub live_connections: i64,
        /// Prompts without an answer.
        pub pending_confirmations: i64,
        /// Registrations without an answer.
        pub pending_registrations: i64,
        /// Sessions begun, a day.
        pub sessions_per_day: Vec<DayCount>,
        /// "Not me" answers, a day.
        pub denied_per_day: Vec<DayCount>,
        /// Sessions ended in the span, by end reason; only the statistics page asks.
        pub ended_by_reason: Vec<Count> = Vec::new(),
        /// Sessions begun in the span, by the router's name; only the statistics page asks.
        pub sessions_by_router: Vec<Count> = Vec::new(),
        /// Tunnels that nobody confirmed, by the person's name; only the statistics page asks.
        pub top_unconfirmed: Vec<Count> = Vec::new(),
        /// From prompt to answer.
        pub confirm_seconds_median: Option<f64>,
        /// From answer to open.
        pub open_seconds_median: Option<f64>,
    }

    /// A figure with the API's name of what it counts.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Count {
        /// An enum value.
        pub key: String,
        /// How many.
        pub count: i64,
    }
}

/// The figure for `key`, 0 if the server does not list it.
#[must_use]
pub fn count_of(counts: &[Count], key: &str) -> i64 {
    counts.iter().find(|count| count.key == key).map_or(0, |count| count.count)
}

shapes! {
    /// A figure of one day.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DayCount {
        /// "2026-11-22".
        pub day: String,
        /// How many.
        pub count: i64,
    }

    /// Something that waits for a human.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Attention {
        /// By which somebody says that they have seen to it; none: it ends by itself.
        pub id: Option<String>,
        /// Since when.
        pub at: Moment,
        /// Why.
        pub kind: AttentionKind,
        /// When it settles itself.
        pub lapses_at: Option<Moment>,
        /// More about it.
        pub detail: String,
        /// What it is about.
        pub subject: Subject,
    }
}

/// What an [`Attention`] is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A person.
    User(SubjectUser),
    /// A session.
    Session(SubjectSession),
    /// A router.
    Router(Named),
    /// A ban.
    Ban(SubjectBan),
}

impl Read for Subject {
    fn read(value: &serde_json::Value) -> Result<Self, Unreadable> {
        match field::<String>(value, "__typename", None)?.as_str() {
            "User" => Read::read(value).map(Self::User),
            "Session" => Read::read(value).map(Self::Session),
            "Router" => Read::read(value).map(Self::Router),
            "Ban" => Read::read(value).map(Self::Ban),
            other => Err(Unreadable(format!("nothing is known of a {other}"))),
        }
    }
}

shapes! {
    /// A person who waits.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SubjectUser {
        /// Their id.
        pub id: String,
        /// The name that admins see.
        pub display_name: String,
        /// The name without @.
        pub telegram_username: Option<String>,
    }

    /// A session that waits.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SubjectSession {
        /// Its id.
        pub id: String,
        /// Its account.
        pub account: SubjectAccount,
        /// Whose it is.
        pub user: Person,
        /// Its tunnels.
        pub connections: Vec<ConnectionStateOnly>,
    }

    /// The account of a session that waits.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SubjectAccount {
        /// The name on the router.
        pub username: String,
        /// The router.
        pub router: Named,
    }

    /// A tunnel that is only pointed at.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ConnectionStateOnly {
        /// Its id.
        pub id: String,
        /// Where it stands.
        pub state: ConnectionState,
    }

    /// A ban that waits.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SubjectBan {
        /// Its id.
        pub id: String,
        /// The public address.
        pub address: String,
        /// On which router.
        pub router: Named,
    }

    /// The counts in the sidebar.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Due {
        /// The figures.
        pub statistics: DueStatistics,
        /// The routers' states.
        pub routers: Vec<RouterStateOnly>,
    }

    /// The figures of [`Due`].
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DueStatistics {
        /// Live sessions by state.
        pub sessions_by_state: Vec<Count>,
        /// People by status.
        pub users_by_status: Vec<Count>,
    }

    /// People by status alone.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct UserCounts {
        /// People by status.
        pub users_by_status: Vec<Count>,
    }

    /// A router that is only counted.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RouterStateOnly {
        /// Its id.
        pub id: String,
        /// Whether it answers.
        pub state: RouterState,
    }
}

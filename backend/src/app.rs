//! The composition root: the concrete things, put together in one place.

use crate::{
    bot::status::BotStatus,
    bus::Bus,
    clock::Clock,
    config::Config,
    countries::{Countries, CountriesError},
    driver::Fleet,
    store::{Store, StoreError},
    vault::{Vault, VaultError},
    work::duty::Duty,
};
use sallyport_shared::{ids::PolicyId, policy::Policy};
use std::sync::Arc;
use thiserror::Error;

/// Everything that a use case needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// What is remembered.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// Who has to hear of it.
    pub bus: Bus,
    /// How the program was started.
    pub config: Arc<Config>,
    /// Keeps secrets.
    pub vault: Vault,
    /// From which country an address is.
    pub countries: Countries,
    /// The routers that are being worked, for questions that only they can answer.
    pub fleet: Fleet,
    /// How the bot is doing, and the line to Telegram.
    pub bot: BotStatus,
    /// Whether this server works, or stands by for another one.
    pub duty: Duty,
}

/// Why the program cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The database cannot be used.
    #[error("the database: {0}")]
    Store(#[from] StoreError),
    /// The key of the stored secrets cannot be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database of countries cannot be used.
    #[error(transparent)]
    Countries(#[from] CountriesError),
}

impl App {
    /// Opens everything that the configuration names, brings the database up to date and sees that there is a
    /// default policy. Starts nothing.
    ///
    /// # Errors
    /// [`StartError`], which names what cannot be used.
    pub async fn open(config: Config, clock: Clock) -> Result<Self, StartError> {
        let store = Store::open(&config.database_url, &config.data_dir)?;
        Self::with(store, config, clock).await
    }

    /// The same beside a server that may be running on the same data, for commands that look on or make a single
    /// change.
    ///
    /// # Errors
    /// [`StartError`], which names what cannot be used.
    pub async fn beside(config: Config, clock: Clock) -> Result<Self, StartError> {
        let store = Store::beside(&config.database_url, &config.data_dir)?;
        Self::with(store, config, clock).await
    }

    async fn with(store: Store, config: Config, clock: Clock) -> Result<Self, StartError> {
        store.migrate().await?;
        let vault = Vault::open_file(&config.secret_key_file)?;
        let countries = Countries::open(config.country_database.as_deref())?;
        let duty = Duty::of(&store);
        let app = Self {
            countries,
            store,
            clock,
            bus: Bus::default(),
            config: Arc::new(config),
            vault,
            fleet: Fleet::default(),
            bot: BotStatus::default(),
            duty,
        };
        app.ensure_default_policy().await?;
        Ok(app)
    }

    async fn ensure_default_policy(&self) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        if tx.default_policy().await?.is_none() {
            tx.insert_policy(&Policy::initial(PolicyId(self.clock.new_id()))).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    impl App {
        /// A server of a test's own, with the folder that it lives in.
        pub(crate) async fn of_a_test(clock: Clock) -> (Self, TempDir) {
            let folder = TempDir::new().expect("a temporary folder");
            let variables = [("SALLYPORT_DATA_DIR".to_owned(), folder.path().display().to_string())];
            let config = Config::load(None, variables).expect("the configuration is sound");
            (Self::open(config, clock).await.expect("the server opens"), folder)
        }
    }
}

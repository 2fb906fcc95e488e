//! The composition root: the concrete things, put together in one place.

use crate::{bus::Bus, clock::Clock, config::Config, driver::Fleet, store::Store, vault::Vault};
use std::sync::Arc;

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
    /// The routers that are being worked, for questions that only they can answer.
    pub fleet: Fleet,
}

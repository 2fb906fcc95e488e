//! The sockets: listening, taking connections in, letting rows lapse, and the power switch.

mod connection;
mod tls;

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{Instant, sleep_until},
};

pub(crate) use self::tls::{Certificates, TlsError};
use super::world::World;

/// Between two tries to get the own port back after a time of refusing.
const REBIND_EVERY: Duration = Duration::from_millis(20);

/// Whether the router takes connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Open,
    /// Nothing listens: the machine answers with a TCP reset.
    Shut,
    /// The same, and no tunnel comes up either.
    Off,
    /// The simulator has been dropped.
    Gone,
}

/// What the sockets, the handle and the control server share.
#[derive(Debug)]
pub(crate) struct Shared {
    world: Mutex<World>,
    /// Counts the times that the world may have changed.
    pub(crate) changed: watch::Sender<u64>,
    pub(crate) door: watch::Sender<Door>,
    /// How many listening sockets there are.
    pub(crate) listening: watch::Sender<usize>,
    connections: AtomicU64,
}

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        Self {
            world: Mutex::new(world),
            changed: watch::Sender::new(0),
            door: watch::Sender::new(Door::Open),
            listening: watch::Sender::new(0),
            connections: AtomicU64::new(0),
        }
    }

    /// Changes the world, and wakes those who wait for a change.
    pub(crate) fn with<R>(&self, change: impl FnOnce(&mut World) -> R) -> R {
        let result = change(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner));
        self.announce_change();
        result
    }

    fn announce_change(&self) {
        self.changed.send_modify(|times| *times = times.wrapping_add(1));
    }

    /// Looks at the world as it is now, lapsed rows gone.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&World) -> R) -> R {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        if world.settle() {
            self.announce_change();
        }
        look(&world)
    }
}

/// The service that a socket belongs to.
#[derive(Debug, Clone)]
pub(crate) enum Service {
    Plain,
    Tls(Arc<Certificates>),
}

/// Takes connections until the simulator is dropped.
pub(crate) async fn serve(shared: Arc<Shared>, listener: TcpListener, address: SocketAddr, service: Service) {
    let mut door = shared.door.subscribe();
    let mut listener = Some(listener);
    loop {
        let state = *door.borrow_and_update();
        match state {
            Door::Gone => return,
            Door::Shut | Door::Off if listener.is_some() => {
                listener = None;
                shared.listening.send_modify(|count| *count -= 1);
            }
            Door::Open if listener.is_none() => match TcpListener::bind(address).await {
                Ok(bound) => {
                    listener = Some(bound);
                    shared.listening.send_modify(|count| *count += 1);
                }
                Err(_) => {
                    tokio::time::sleep(REBIND_EVERY).await;
                    continue;
                }
            },
            Door::Open | Door::Shut | Door::Off => {}
        }
        tokio::select! {
            changed = door.changed() => if changed.is_err() { return },
            accepted = accept(listener.as_ref()) => if let Ok((stream, peer)) = accepted {
                take_in(&shared, stream, peer, &service);
            },
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

fn take_in(shared: &Arc<Shared>, stream: TcpStream, peer: SocketAddr, service: &Service) {
    // Without it each short answer would wait for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let number = shared.connections.fetch_add(1, Ordering::Relaxed) + 1;
    let shared = Arc::clone(shared);
    match service {
        Service::Plain => {
            tokio::spawn(connection::run(shared, stream, peer, "api", number));
        }
        Service::Tls(certificates) => {
            let certificates = Arc::clone(certificates);
            tokio::spawn(async move {
                if let Some(stream) = certificates.accept(&shared, stream).await {
                    connection::run(shared, stream, peer, "api-ssl", number).await;
                }
            });
        }
    }
}

/// Removes rows when they lapse, so that listeners hear of it in time.
pub(crate) async fn lapse(shared: Arc<Shared>) {
    let mut changed = shared.changed.subscribe();
    let mut door = shared.door.subscribe();
    loop {
        changed.borrow_and_update();
        let due = {
            let world = shared.world.lock().unwrap_or_else(PoisonError::into_inner);
            let wait = world.next_due().map(|due| due.saturating_sub(world.now()));
            wait.filter(|wait| world.clock.is_running() || *wait == 0).map(Duration::from_micros)
        };
        if due == Some(Duration::ZERO) {
            shared.with(World::settle);
            continue;
        }
        let sleep = async {
            match due {
                Some(due) => sleep_until(Instant::now() + due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = sleep => {}
            changed = changed.changed() => if changed.is_err() { return },
            gone = door.wait_for(|door| *door == Door::Gone) => { let _ = gone; return }
        }
    }
}

//! Row ids, which mean something only on the connection they were read from.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;

/// A period in which ids stay valid: from one connect to the next.
///
/// RouterOS reuses ids, and all of them may change at a reboot, so an id must not outlive the connection. Generations are
/// unique within the process; an id of one router can't be used on another one either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Generation(u64);

impl Generation {
    /// A generation that no id has yet.
    #[must_use]
    pub fn fresh() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// For logs.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

/// The `.id` of a row: opaque bytes (`*8`, `*80000077`), compared as they are.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    generation: Generation,
    raw: Bytes,
}

impl Id {
    /// An id that was read in `generation`.
    #[must_use]
    pub fn new(generation: Generation, raw: impl Into<Bytes>) -> Self {
        Self { generation, raw: raw.into() }
    }

    /// When it was read.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// The bytes of the router.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// A copy that doesn't keep the receive buffer alive.
    #[must_use]
    pub fn compact(&self) -> Self {
        Self { generation: self.generation, raw: Bytes::copy_from_slice(&self.raw) }
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.raw.escape_ascii(), self.generation.0)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.raw.escape_ascii().fmt(f)
    }
}

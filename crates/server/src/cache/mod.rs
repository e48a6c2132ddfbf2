//! The cache: answers and other things that are made from the database, kept so that they need not be made again.
//!
//! ```text
//! request ─▶ memory of this process ─▶ Redis, when configured ─▶ made: database, serialised, compressed ─▶ kept in both
//!                 ▲ right as long as no tag was touched              │ tells what it was made from (`gather`)
//! write ─▶ commit ─▶ changes::Hub::publish ─▶ touches tags here, and on every node ─▶ the write is answered
//! ```
//!
//! - A key holds everything that changes an answer: who asks, and the whole address with all parameters (`http/cached.rs`).
//! - An entry is right as long as its time to live has not passed and none of its [`Tag`]s was touched since its making
//!   began (`tags.rs`); so an answer read before a write is never used after it.
//! - Every write publishes what it has changed ([`crate::changes`]), and that touches the tags: one place for both.
//! - In tests every hit is made again and compared ([`crate::Deps::doubts_cache`]): a forgotten tag fails whatever test
//!   comes by (`doubt.rs`).
//! - With Redis, nodes share answers and tell each other what was touched; a write is answered when the other nodes have
//!   heard. Without a connection to it, what is in memory is used for [`ALONE_TTL`] at most, and who may do what is asked
//!   of the database (`link.rs`, `changes/bus.rs`).

mod check;
mod doubt;
mod flight;
mod gather;
mod link;
mod namespace;
mod outcome;
pub mod routes;
mod space;
mod stats;
mod tags;

use std::any::Any;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sql::Time;

pub use self::check::{CacheError, redis_check};
pub use self::doubt::kept;
use self::flight::Flights;
pub use self::flight::{Making, Seat};
pub use self::gather::{Gathered, asked_by, made_from, passing, right_until};
pub use self::link::{Link, Look, RedisStats, SharedEpoch, shared_name};
pub use self::namespace::{Declared, Namespace};
pub use self::outcome::Outcome;
use self::space::{Entry, Space};
pub use self::stats::NamespaceStats;
use self::tags::Tags;
pub use self::tags::{Epoch, Tag};

/// How often entries that are not right any more are removed.
pub const SWEEP_EVERY: Duration = Duration::from_mins(5);
/// How long an entry is used while nothing can be heard of other nodes, because Redis is away.
pub const ALONE_TTL: Duration = Duration::from_secs(2);

/// A key: a keyed hash of everything that changes the value. Nobody outside can make two that are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(u128);

impl std::hash::Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(self.0);
    }
}

/// The cache of this process. Clones are the same cache.
#[derive(Clone)]
pub struct Cache(Arc<Inner>);

struct Inner {
    /// In the order of [`Namespace::ALL`].
    spaces: Vec<Space>,
    tags: Tags,
    flights: Arc<Flights>,
    hashers: (RandomState, RandomState),
    link: Option<Arc<Link>>,
    /// There are other nodes, perhaps, and nothing can be heard of them.
    alone: AtomicBool,
}

/// A making that has begun: what was written since then is not in it.
#[derive(Debug, Clone, Copy)]
pub struct Begun(Epoch);

/// How a value was made, and how long it is right.
#[derive(Debug)]
pub struct Keeping<'a> {
    /// The memory it takes, about.
    pub bytes: usize,
    /// Taken before the first reading of what it was made from.
    pub begun: Begun,
    /// What it was made from.
    pub tags: &'a [Tag],
    /// The time.
    pub now: Time,
    /// It is not right after this, whatever its namespace says.
    pub until: Option<Time>,
}

impl Keeping<'_> {
    /// When an entry of this namespace ends at the latest.
    pub fn ends(&self, namespace: Namespace) -> Time {
        let lives = self.now.plus(namespace.declared().ttl);
        self.until.map_or(lives, |until| until.min(lives))
    }
}

impl Cache {
    /// An empty cache with so much memory (0 keeps nothing), shared with other nodes over this link.
    pub fn new(memory_bytes: u64, link: Option<Arc<Link>>) -> Self {
        let space = |namespace: Namespace| {
            let budget = memory_bytes.saturating_mul(namespace.declared().share) / 1_000;
            Space::new(namespace, budget, memory_bytes > 0)
        };
        Self(Arc::new(Inner {
            spaces: Namespace::ALL.into_iter().map(space).collect(),
            tags: Tags::default(),
            flights: Arc::default(),
            hashers: (RandomState::new(), RandomState::new()),
            alone: AtomicBool::new(link.is_some()),
            link,
        }))
    }

    fn space(&self, namespace: Namespace) -> &Space {
        &self.0.spaces[namespace.index()]
    }

    /// The link to Redis, when it is configured.
    pub fn link(&self) -> Option<&Arc<Link>> {
        self.0.link.as_ref()
    }

    /// Redis in figures, when it is configured.
    pub fn redis(&self) -> Option<RedisStats> {
        self.0.link.as_ref().map(|link| link.stats())
    }

    /// Whether nothing can be heard of other nodes for now.
    pub fn set_alone(&self, alone: bool) {
        self.0.alone.store(alone, Ordering::SeqCst);
    }

    /// An entry of this age, while nothing can be heard of other nodes: who may do what is not taken from memory then.
    fn too_old_alone(&self, namespace: Namespace, made_at: Time, now: Time) -> bool {
        self.0.alone.load(Ordering::Acquire)
            && (matches!(namespace, Namespace::Users | Namespace::Memberships)
                || now.since(made_at) >= ALONE_TTL)
    }

    /// Whether anything is kept in this namespace.
    pub fn is_on(&self, namespace: Namespace) -> bool {
        self.space(namespace).is_on()
    }

    /// Switches a namespace on or off; off, its entries are gone.
    pub fn switch(&self, namespace: Namespace, enabled: bool) {
        let space = self.space(namespace);
        space.enabled.store(enabled, Ordering::SeqCst);
        if !enabled {
            space.clear();
        }
    }

    /// Empties a namespace.
    pub fn clear(&self, namespace: Namespace) {
        self.space(namespace).clear();
    }

    /// The key of these parts, in this order.
    pub fn key(&self, parts: &[&[u8]]) -> Key {
        let half = |state: &RandomState| {
            let mut hasher = state.build_hasher();
            for part in parts {
                hasher.write_usize(part.len());
                hasher.write(part);
            }
            hasher.finish()
        };
        let (one, other) = &self.0.hashers;
        Key((u128::from(half(one)) << 64) | u128::from(half(other)))
    }

    /// Before the first reading of what a value is made from.
    pub fn begin(&self) -> Begun {
        Begun(self.0.tags.now())
    }

    /// The value, if it is kept and right. Counts a hit, or nothing.
    pub fn get<V: Any + Send + Sync>(&self, namespace: Namespace, key: Key, now: Time) -> Option<Arc<V>> {
        let space = self.space(namespace);
        if !space.is_on() {
            return None;
        }
        let entry = space.find(key, &self.0.tags, now)?;
        if self.too_old_alone(namespace, entry.made_at, now) {
            return None;
        }
        let value = Arc::clone(&entry.value).downcast::<V>().ok()?;
        space.counts.hits.fetch_add(1, Ordering::Relaxed);
        Some(value)
    }

    /// Whether an entry is kept and right, without counting the look.
    pub fn holds(&self, namespace: Namespace, key: Key, now: Time) -> bool {
        let space = self.space(namespace);
        space.is_on() && space.find(key, &self.0.tags, now).is_some()
    }

    /// Counts a miss of somebody who makes the value now, or waits for another's making.
    pub fn missed(&self, namespace: Namespace, waited: bool) {
        let counts = &self.space(namespace).counts;
        counts.misses.fetch_add(1, Ordering::Relaxed);
        if waited {
            counts.shared.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Keeps a value.
    pub fn put<V: Any + Send + Sync>(
        &self,
        namespace: Namespace,
        key: Key,
        value: Arc<V>,
        keeping: &Keeping<'_>,
    ) {
        let space = self.space(namespace);
        let from = keeping.begun.0;
        if !space.is_on() || !self.0.tags.right(from, keeping.tags) {
            return;
        }
        space.put(
            key,
            Entry {
                value,
                bytes: keeping.bytes,
                from,
                tags: keeping.tags.into(),
                made_at: keeping.now,
                until: keeping.ends(namespace),
            },
        );
    }

    /// A seat for one who missed this entry; waits while somebody else makes it.
    pub async fn board(&self, key: Key) -> Seat {
        self.0.flights.board(key).await
    }

    /// What these tags stand for has changed. Called after the commit and before the write is answered.
    pub fn touch(&self, tags: impl IntoIterator<Item = Tag>) {
        self.0.tags.touch(tags);
    }

    /// Nothing that is kept is right any more.
    pub fn drop_all(&self) {
        self.0.tags.touch_all();
        for space in &self.0.spaces {
            space.clear();
        }
    }

    /// Removes what is not right any more.
    pub fn sweep(&self, now: Time) {
        let gone: usize = self
            .0
            .spaces
            .iter()
            .map(|space| space.sweep(&self.0.tags, now))
            .sum();
        tracing::debug!(gone, "The cache was swept");
    }
}

//! The entries of one namespace in this process, within its memory, with its counts and its switch.

use std::any::Any;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use moka::sync::Cache as Moka;
use sql::Time;

use super::Key;
use super::namespace::Namespace;
use super::tags::{Epoch, Tag, Tags};

/// What an entry costs beside its value: the key, the entry, moka's own records.
const OVERHEAD_BYTES: usize = 300;

/// A kept value, and how long it is right.
pub(super) struct Entry {
    pub value: Arc<dyn Any + Send + Sync>,
    pub bytes: usize,
    pub from: Epoch,
    pub tags: Box<[Tag]>,
    pub made_at: Time,
    pub until: Time,
}

/// Keys are hashes already: the table takes their lower half as it is.
#[derive(Default)]
pub(super) struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }
}

/// Counts of a namespace. All of them only grow.
#[derive(Default)]
pub(super) struct Counts {
    pub hits: AtomicU64,
    pub misses: AtomicU64,
    /// Misses that waited for another's making.
    pub shared: AtomicU64,
    /// Entries found that a write had dropped.
    pub dropped: AtomicU64,
    /// Entries found that were too old.
    pub expired: AtomicU64,
}

/// The entries of a namespace.
pub(super) struct Space {
    pub namespace: Namespace,
    pub budget_bytes: u64,
    pub enabled: AtomicBool,
    pub counts: Counts,
    entries: Moka<Key, Arc<Entry>, BuildHasherDefault<Identity>>,
}

impl Space {
    pub fn new(namespace: Namespace, budget_bytes: u64, enabled: bool) -> Self {
        let entries = Moka::builder()
            .name(namespace.declared().name)
            .max_capacity(budget_bytes)
            .weigher(|_, entry: &Arc<Entry>| u32::try_from(entry.bytes + OVERHEAD_BYTES).unwrap_or(u32::MAX))
            .build_with_hasher(BuildHasherDefault::default());
        Self {
            namespace,
            budget_bytes,
            enabled: AtomicBool::new(enabled),
            counts: Counts::default(),
            entries,
        }
    }

    pub fn is_on(&self) -> bool {
        self.enabled.load(Ordering::Relaxed)
    }

    /// The entry, if it is right at this time. Counts nothing as a hit or a miss: the caller knows what it looks for.
    pub fn find(&self, key: Key, tags: &Tags, now: Time) -> Option<Arc<Entry>> {
        let entry = self.entries.get(&key)?;
        let gone = if !tags.right(entry.from, &entry.tags) {
            &self.counts.dropped
        } else if now >= entry.until || now < entry.made_at {
            &self.counts.expired
        } else {
            return Some(entry);
        };
        gone.fetch_add(1, Ordering::Relaxed);
        self.entries.invalidate(&key);
        None
    }

    pub fn put(&self, key: Key, entry: Entry) {
        self.entries.insert(key, Arc::new(entry));
    }

    pub fn clear(&self) {
        self.entries.invalidate_all();
        self.entries.run_pending_tasks();
    }

    /// Removes what is not right any more, so that its memory is free before somebody looks for it.
    pub fn sweep(&self, tags: &Tags, now: Time) -> usize {
        let gone: Vec<Key> = self
            .entries
            .iter()
            .filter(|(_, entry)| now >= entry.until || !tags.right(entry.from, &entry.tags))
            .map(|(key, _)| *key)
            .collect();
        for key in &gone {
            self.entries.invalidate(key);
        }
        self.entries.run_pending_tasks();
        gone.len()
    }

    /// Entries, bytes, and when the oldest was made.
    pub fn measure(&self) -> (u64, u64, Option<Time>) {
        self.entries.run_pending_tasks();
        let oldest = self.entries.iter().map(|(_, entry)| entry.made_at).min();
        (self.entries.entry_count(), self.entries.weighted_size(), oldest)
    }
}

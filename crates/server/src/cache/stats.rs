//! What the cache says of itself.

use std::sync::atomic::{AtomicU64, Ordering};

use schemars::JsonSchema;
use serde::Serialize;
use sql::Time;

use super::Cache;

/// A namespace of the cache in figures, of this process since it started.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NamespaceStats {
    /// Its name.
    pub name: &'static str,
    /// What is kept in it.
    pub about: &'static str,
    /// What drops its entries before their time.
    pub dropped_by: &'static str,
    /// Whether it is switched on.
    pub enabled: bool,
    /// How long an entry is used at most.
    pub ttl_seconds: u64,
    /// How many bytes it may hold.
    pub budget_bytes: u64,
    /// How many entries it holds.
    pub entries: u64,
    /// How many bytes they take.
    pub bytes: u64,
    /// Looks that found an entry.
    pub hits: u64,
    /// Looks that did not.
    pub misses: u64,
    /// Those of the misses that waited for another's making.
    pub fills_shared: u64,
    /// Entries found that a write had dropped.
    pub drops: u64,
    /// Entries found that were too old.
    pub expired: u64,
    /// The age of the oldest entry.
    pub oldest_seconds: Option<u64>,
}

impl Cache {
    /// Every namespace in figures.
    pub fn stats(&self, now: Time) -> Vec<NamespaceStats> {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        self.0
            .spaces
            .iter()
            .map(|space| {
                let declared = space.namespace.declared();
                let (entries, bytes, oldest) = space.measure();
                NamespaceStats {
                    name: declared.name,
                    about: declared.about,
                    dropped_by: declared.dropped_by,
                    enabled: space.is_on(),
                    ttl_seconds: declared.ttl.as_secs(),
                    budget_bytes: space.budget_bytes,
                    entries,
                    bytes,
                    hits: read(&space.counts.hits),
                    misses: read(&space.counts.misses),
                    fills_shared: read(&space.counts.shared),
                    drops: read(&space.counts.dropped),
                    expired: read(&space.counts.expired),
                    oldest_seconds: oldest.map(|oldest| now.since(oldest).as_secs()),
                }
            })
            .collect()
    }
}

//! What an engine tells about itself, for the performance page and the tests.

/// A moment of an engine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Runs in the queue or asleep, per lane (`Lane::index`), of all nodes.
    pub queued: [u64; 2],
    /// Runs that run here, per lane.
    pub running: [u64; 2],
    /// Open subscriptions here.
    pub subscribers: u64,
    /// Events that are shown but not logged yet.
    pub unflushed: u64,
    /// The writes of the flusher.
    pub flush: FlushStats,
}

/// What the flusher has done since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlushStats {
    /// Writes.
    pub flushes: u64,
    /// Rows in them.
    pub chunks: u64,
    /// Events in those.
    pub events: u64,
    /// Writes that failed.
    pub failures: u64,
    /// Rows of the largest write.
    pub largest_chunks: u64,
    /// Time of the longest write.
    pub longest_micros: u64,
}

//! The limits of the local models. The server fills this from its configuration; every field has a default.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How much the local models may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocalConfig {
    /// Threads that compute chat answers: by default one core is left for the server, and no more than eight are taken,
    /// because memory is what a small model waits for.
    pub threads: usize,
    /// Threads that embed documents, beside the one that is kept for short texts.
    pub embed_threads: usize,
    /// Tokens that all conversations under way (and those kept for their continuation) share; also the most that one
    /// may have. A token costs some 12 KB of memory with the model that is delivered.
    pub context_tokens: u32,
    /// Answers that are generated at once, in one batch.
    pub parallel: usize,
    /// Tokens of a prompt that are read in one round. More reads a little faster, and makes the others wait longer for
    /// their next word, a cancelled call for its end, and the buffers larger.
    pub round_tokens: usize,
    /// Chat calls that may wait for a place, and embedding calls that may wait in each lane times eight.
    pub max_queue: usize,
    /// Most tokens of an answer when the call does not say.
    pub max_tokens: u32,
    /// Chat models that are kept loaded at once.
    pub max_loaded: usize,
    /// Texts of one embedding call.
    pub max_texts: usize,
    /// How far the priority of the model threads is lowered (0 to 19).
    pub nice: i32,
    /// Unload the chat model after so long without a call; never when absent.
    pub unload_after_seconds: Option<u64>,
}

impl Default for LocalConfig {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = cores.saturating_sub(1).clamp(1, 8);
        Self {
            threads,
            embed_threads: threads,
            context_tokens: 8192,
            parallel: 4,
            round_tokens: 128,
            max_queue: 32,
            max_tokens: 1024,
            max_loaded: 1,
            max_texts: 2048,
            nice: 10,
            unload_after_seconds: None,
        }
    }
}

impl LocalConfig {
    pub(crate) fn unload_after(&self) -> Option<Duration> {
        self.unload_after_seconds.map(Duration::from_secs)
    }
}

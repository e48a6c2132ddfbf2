//! The rate of a connection, from its settings: counted in Redis together with what other nodes send to it, or by this process
//! alone where there is none and while it is away.

use std::time::Duration;

use async_trait::async_trait;
use llm::{AdmissionLimits, OwnRate, Rate};

use super::{Limited, PLACE_STEP, shared};
use crate::cache::Cache;

/// Counts the calls of a connection.
pub struct ConnectionRate {
    cache: Cache,
    limited: [Limited; 1],
    own: OwnRate,
}

impl ConnectionRate {
    /// Of the connection of this id.
    pub fn new(cache: Cache, connection_id: &str, limits: AdmissionLimits) -> Self {
        Self {
            cache,
            limited: [Limited::connection(connection_id, limits)],
            own: OwnRate::new(limits),
        }
    }

    /// Asks Redis; none when nobody answers there.
    async fn together(&self, tokens: u64) -> Option<Result<(), Duration>> {
        let asked = shared::ask(&self.cache, &self.limited, Some(("", tokens))).await?;
        if asked.let_in {
            return Some(Ok(()));
        }
        let after = asked
            .refuses(&self.limited, tokens)
            .map(|(number, limited, what)| {
                asked.windows[number].lets_in_after(asked.now, what, &limited.rates, tokens)
            });
        // What has become free since the script looked is found when it looks again.
        Some(Err(after.unwrap_or(PLACE_STEP)))
    }
}

#[async_trait]
impl Rate for ConnectionRate {
    async fn take(&self, tokens: u64) -> Result<(), Duration> {
        match self.together(tokens).await {
            Some(taken) => taken,
            None => self.own.take(tokens).await,
        }
    }
}

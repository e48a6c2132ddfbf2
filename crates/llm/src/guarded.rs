//! Limits, retries, a circuit breaker and health counters around a provider.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::{
    CallContext, Catalog, ChatModel, ChatRequest, ChatStream, Embedder, Embeddings, Error, ModelInfo,
    Provider,
};

/// The limits of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The whole call, retries included.
    pub total: Duration,
    /// Longest silence; keep-alives do not count as sound.
    pub inactivity: Duration,
    /// Attempts after the first, on passing failures before the first event.
    pub retries: u32,
    /// Most tokens an answer may have.
    pub output_tokens: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(60),
            inactivity: Duration::from_secs(30),
            retries: 2,
            output_tokens: 16_000,
        }
    }
}

/// When a breaker opens and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerLimits {
    /// Failures in a row that open it.
    pub failures: u32,
    /// How long it stays open before one call probes.
    pub open_for: Duration,
}

impl Default for BreakerLimits {
    fn default() -> Self {
        Self {
            failures: 5,
            open_for: Duration::from_secs(30),
        }
    }
}

/// The state of a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// Calls pass.
    Closed,
    /// No call passes until then.
    Open {
        /// When one call may probe.
        until: Instant,
    },
    /// One call is probing.
    HalfOpen,
}

/// Remembers the failures of one upstream; shared by all who call it.
#[derive(Debug, Default)]
pub struct Breaker {
    #[expect(dead_code, reason = "skeleton")]
    limits: BreakerLimits,
}

impl Breaker {
    /// A closed breaker.
    pub fn new(limits: BreakerLimits) -> Self {
        Self { limits }
    }

    /// Whether calls pass.
    pub fn state(&self) -> BreakerState {
        BreakerState::Closed
    }
}

/// How an upstream is doing.
#[derive(Clone, Debug)]
pub struct Health {
    /// Whether calls pass.
    pub breaker: BreakerState,
    /// Calls that ended, cancelled ones apart.
    pub calls: u64,
    /// Those that failed for a reason of the upstream's.
    pub failures: u64,
    /// Failures since the last success.
    pub failures_in_row: u32,
    /// The last failure's text.
    pub last_error: Option<String>,
    /// How long ago that was.
    pub last_error_ago: Option<Duration>,
    /// Median time to the first token of the last calls.
    pub first_token_p50: Option<Duration>,
}

/// A provider behind limits.
pub struct Guarded {
    inner: Arc<dyn Provider>,
    #[expect(dead_code, reason = "skeleton")]
    limits: Limits,
    breaker: Arc<Breaker>,
}

/// Puts limits, retries and the breaker around a provider. `upstream` is what errors call it.
pub fn guarded(
    upstream: impl Into<String>,
    provider: Arc<dyn Provider>,
    limits: Limits,
    breaker: Arc<Breaker>,
) -> Arc<Guarded> {
    let _ = upstream.into();
    Arc::new(Guarded {
        inner: provider,
        limits,
        breaker,
    })
}

impl Guarded {
    /// How the upstream is doing.
    pub fn health(&self) -> Health {
        Health {
            breaker: self.breaker.state(),
            calls: 0,
            failures: 0,
            failures_in_row: 0,
            last_error: None,
            last_error_ago: None,
            first_token_p50: None,
        }
    }
}

#[async_trait]
impl ChatModel for Guarded {
    async fn chat(&self, request: ChatRequest, ctx: &CallContext) -> Result<ChatStream, Error> {
        self.inner.chat(request, ctx).await
    }
}

#[async_trait]
impl Embedder for Guarded {
    async fn embed(&self, model: &str, texts: Vec<String>, ctx: &CallContext) -> Result<Embeddings, Error> {
        self.inner.embed(model, texts, ctx).await
    }
}

#[async_trait]
impl Catalog for Guarded {
    async fn models(&self) -> Result<Vec<ModelInfo>, Error> {
        self.inner.models().await
    }
}

#[async_trait]
impl Provider for Guarded {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }
}

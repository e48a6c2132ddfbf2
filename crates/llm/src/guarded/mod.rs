//! Limits, retries, circuit breakers and health counters around a provider.
//!
//! The server keeps one [`Guarded`] for each connection and calls nothing else. What always holds: a call ends within its total
//! limit; silence ends it within the inactivity limit, whatever keep-alives come, because only [`ChatEvent`]s count as sound; it is
//! tried again only while the caller has seen nothing of it; and [`ChatModel::chat`] returns when the first event is there, so that
//! a failure before it is an `Err` with a status and not an event in a stream.
//!
//! ```text
//! chat ─ admission ─ breakers ─ attempt ─ first event? ──yes──> stream under both limits ─ Finish: success │ Err: failure
//!                                 ^            │ passing failure, retries left
//!                                 └── jitter ──┘
//! ```

mod admission;
mod breaker;
mod breakers;
mod health;
mod shorter;
mod stream;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

pub use admission::{AdmissionLimits, OwnRate, Rate};
pub use breaker::BreakerLimits;
pub use breakers::{Breakers, Suspended};
pub use health::Health;

use crate::{
    CallContext, Catalog, ChatEvent, ChatModel, ChatRequest, ChatStream, Embedder, Embeddings, Error,
    ModelInfo, Provider, TestReport, Upload,
};
use admission::{Admission, estimate};
use breakers::Verdict;
use health::Counters;
use shorter::{Longest, SHORTER_MAX, shorter};

/// First wait before another attempt, at most; it doubles each time.
const BACKOFF: Duration = Duration::from_millis(500);
/// Longest wait before another attempt that a jitter makes.
const BACKOFF_MAX: Duration = Duration::from_secs(8);

/// The limits of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The whole call, retries included.
    pub total: Duration,
    /// Longest silence, also before the first event; keep-alives do not count as sound.
    pub inactivity: Duration,
    /// Attempts after the first, on passing failures before the first event.
    pub retries: u32,
    /// Most tokens an answer may have; a longer one ends with [`crate::FinishReason::Length`].
    pub output_tokens: u32,
    /// How many calls and tokens it is sent within a minute.
    pub admission: AdmissionLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            total: Duration::from_mins(1),
            inactivity: Duration::from_secs(30),
            retries: 2,
            output_tokens: 16_000,
            admission: AdmissionLimits::default(),
        }
    }
}

/// A provider behind limits.
pub struct Guarded {
    upstream: Arc<str>,
    inner: Arc<dyn Provider>,
    limits: Limits,
    admission: Admission,
    breakers: Arc<Breakers>,
    counters: Arc<Counters>,
    longest: Longest,
    /// A number in [0, 1) for each wait; fixed in tests.
    jitter: fn() -> f64,
}

/// Puts limits, retries and the breakers around a provider, and counts its rate for this process alone. `upstream` is what errors
/// call it. The breakers are shared by all who call the same upstream and outlive a provider that is made again with other settings.
pub fn guarded(
    upstream: impl Into<String>,
    provider: Arc<dyn Provider>,
    limits: Limits,
    breakers: Arc<Breakers>,
) -> Arc<Guarded> {
    let rate = Arc::new(OwnRate::new(limits.admission));
    guarded_at(upstream, provider, limits, breakers, rate)
}

/// The same at a rate that somebody else counts.
pub fn guarded_at(
    upstream: impl Into<String>,
    provider: Arc<dyn Provider>,
    limits: Limits,
    breakers: Arc<Breakers>,
    rate: Arc<dyn Rate>,
) -> Arc<Guarded> {
    Arc::new(Guarded {
        upstream: Arc::from(upstream.into()),
        inner: provider,
        admission: Admission::new(limits.admission, rate),
        limits,
        breakers,
        counters: Arc::default(),
        longest: Longest::default(),
        jitter: rand::random::<f64>,
    })
}

/// What an attempt brought: the events up to the first that says something, and the rest.
struct Begun {
    events: Vec<ChatEvent>,
    rest: ChatStream,
}

impl Guarded {
    /// How the upstream is doing.
    pub fn health(&self) -> Health {
        self.counters.snapshot(self.breakers.suspended())
    }

    /// What of it no call passes to now.
    pub fn suspended(&self) -> Suspended {
        self.breakers.suspended()
    }

    /// Whether a call of this model would not be tried now.
    pub fn is_suspended(&self, model: &str) -> bool {
        self.breakers.is_suspended(model)
    }

    fn timed_out(&self) -> Error {
        Error::Timeout {
            upstream: self.upstream.to_string(),
        }
    }

    /// The earlier of the two limits of a first event from now on, and the error when it passes.
    fn limit(&self, ctx: &CallContext, deadline: Instant) -> (Instant, Error) {
        let inactivity = self.limits.inactivity;
        let after = ctx.limits.first_event.unwrap_or(inactivity).min(inactivity);
        let silent = Instant::now() + after;
        if silent < deadline {
            (
                silent,
                Error::Inactive {
                    upstream: self.upstream.to_string(),
                    after,
                },
            )
        } else {
            (deadline, self.timed_out())
        }
    }

    /// Asks the model, and again for a shorter answer where it gives none as long as was asked for.
    async fn ask(&self, request: &ChatRequest, ctx: &CallContext) -> Result<ChatStream, Error> {
        let mut most = self.longest.within(&request.model, request.max_tokens);
        let mut always = false;
        let mut left = SHORTER_MAX;
        loop {
            let mut asked = request.clone();
            asked.max_tokens = most;
            let result = self.inner.chat(asked, ctx).await;
            let less = match &result {
                Err(Error::BadRequest(message) | Error::ContextTooLong(message)) if left > 0 => {
                    shorter(message, most)
                }
                _ => None,
            };
            let Some(less) = less else {
                if let (Ok(_), true, Some(tokens)) = (&result, always, most) {
                    self.longest.learn(&request.model, tokens);
                }
                return result;
            };
            tracing::debug!(upstream = %self.upstream, tokens = less.tokens, "A shorter answer is asked for: the model refuses a longer one");
            (most, always) = (Some(less.tokens), less.always);
            left -= 1;
        }
    }

    /// One attempt, until its first event or its failure.
    async fn begin(
        &self,
        request: &ChatRequest,
        ctx: &CallContext,
        deadline: Instant,
    ) -> Result<Begun, Error> {
        let started = Instant::now();
        let (limit, error) = self.limit(ctx, deadline);
        let attempt = async {
            let mut rest = self.ask(request, ctx).await?;
            let mut events = Vec::new();
            loop {
                let event = rest
                    .next()
                    .await
                    .ok_or_else(|| Error::Protocol("the answer was empty".to_owned()))??;
                let says_something = stream::is_sound(&event);
                events.push(event);
                if says_something {
                    self.counters.first_token(started.elapsed());
                    return Ok(Begun { events, rest });
                }
            }
        };
        timeout_at(limit, attempt).await.unwrap_or(Err(error))
    }

    /// Runs attempts until one succeeds, fails for good, or the limits are used up.
    async fn attempts<'a, T>(
        &self,
        (model, ctx): (&str, &CallContext),
        deadline: Instant,
        attempt: impl Fn() -> BoxFuture<'a, Result<T, Error>> + Send + Sync,
    ) -> Result<(T, Verdict), Error> {
        let mut tried = 0;
        let model: Arc<str> = Arc::from(model);
        loop {
            let verdict = self
                .breakers
                .admit(&self.upstream, &model)?
                .watched_by(&self.counters);
            let result = tokio::select! {
                biased;
                () = ctx.cancel.cancelled() => Err(Error::Cancelled),
                result = attempt() => result,
            };
            let error = match result {
                Ok(value) => return Ok((value, verdict)),
                Err(error) => error,
            };
            let own_limit = ctx.limits.deadline.is_some_and(|at| at <= Instant::now());
            if own_limit && matches!(error, Error::Timeout { .. }) {
                // The caller gave it less time than the connection does: that is no fault of the model's.
                return Err(error);
            }
            verdict.failed(&error);
            let wait = self.wait(&error, tried);
            match wait {
                Some(wait)
                    if tried < ctx.limits.retries.unwrap_or(self.limits.retries)
                        && Instant::now() + wait < deadline
                        && self.breakers.are_closed(&model) =>
                {
                    tried += 1;
                    tracing::debug!(upstream = %self.upstream, attempt = tried, code = error.code(), "Trying a model call again");
                    tokio::select! {
                        biased;
                        () = ctx.cancel.cancelled() => return Err(Error::Cancelled),
                        () = tokio::time::sleep(wait) => {}
                    }
                }
                _ => return Err(error),
            }
        }
    }

    /// How long to wait before another attempt; none when another makes no sense.
    fn wait(&self, error: &Error, tried: u32) -> Option<Duration> {
        if !error.is_worth_repeating() {
            return None;
        }
        // Full jitter: callers that failed together do not come back together.
        let most = BACKOFF.saturating_mul(1 << tried.min(10)).min(BACKOFF_MAX);
        let wait = most.mul_f64((self.jitter)());
        Some(error.retry_after().unwrap_or_default() + wait)
    }

    /// Waits until a call fits into the upstream's minute.
    async fn admit(&self, tokens: u64, ctx: &CallContext) -> Result<(), Error> {
        tokio::select! {
            biased;
            () = ctx.cancel.cancelled() => Err(Error::Cancelled),
            admitted = self.admission.admit(&self.upstream, tokens) => admitted,
        }
    }

    /// A call with one answer, under the total limit.
    async fn whole<T>(
        &self,
        limit: Duration,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::time::timeout(limit, call)
            .await
            .unwrap_or_else(|_| Err(self.timed_out()))
    }
}

#[async_trait]
impl ChatModel for Guarded {
    async fn chat(&self, mut request: ChatRequest, ctx: &CallContext) -> Result<ChatStream, Error> {
        if let Some(field) = request.beyond_events()
            && !(ctx.verbatim && self.passes_chunks())
        {
            return Err(Error::BadRequest(format!(
                "`{field}` is answered by models of connections of the kind `openai` alone, at /v1/chat/completions"
            )));
        }
        request.max_tokens = request
            .max_tokens
            .map(|tokens| tokens.min(self.limits.output_tokens));
        self.admit(estimate(&request), ctx).await?;
        let own = Instant::now() + self.limits.total;
        let deadline = ctx.limits.deadline.map_or(own, |at| at.min(own));
        let attempt = || self.begin(&request, ctx, deadline).boxed();
        let (begun, verdict) = self.attempts((&request.model, ctx), deadline, attempt).await?;
        verdict.answered();
        let limits = stream::StreamLimits {
            deadline,
            inactivity: self.limits.inactivity,
            output_tokens: self.limits.output_tokens,
        };
        let events = stream::GuardedStream::new(begun.events, begun.rest, limits, &self.upstream, verdict);
        Ok(ctx.stop(Box::pin(events)))
    }
}

#[async_trait]
impl Embedder for Guarded {
    async fn embed(&self, model: &str, texts: Vec<String>, ctx: &CallContext) -> Result<Embeddings, Error> {
        let bytes: usize = texts.iter().map(String::len).sum();
        self.admit(admission::tokens_of(bytes), ctx).await?;
        let deadline = Instant::now() + self.limits.total;
        let attempt = || {
            let call = timeout_at(deadline, self.inner.embed(model, texts.clone(), ctx));
            call.map(|result| result.unwrap_or_else(|_| Err(self.timed_out())))
                .boxed()
        };
        let (embeddings, verdict) = self.attempts((model, ctx), deadline, attempt).await?;
        verdict.succeeded();
        Ok(embeddings)
    }
}

#[async_trait]
impl Catalog for Guarded {
    /// Goes past the breakers: a list that loads says nothing about answers, and the test button must be able to ask.
    async fn models(&self) -> Result<Vec<ModelInfo>, Error> {
        self.whole(self.limits.inactivity.min(self.limits.total), self.inner.models())
            .await
    }
}

#[async_trait]
impl Provider for Guarded {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }

    fn passes_chunks(&self) -> bool {
        self.inner.passes_chunks()
    }

    async fn test(&self) -> Result<TestReport, Error> {
        self.whole(self.limits.inactivity.min(self.limits.total), self.inner.test())
            .await
    }

    /// Tried once: what has been read of a file is gone.
    async fn send_file(&self, model: &str, file: Upload, ctx: &CallContext) -> Result<Value, Error> {
        self.admit(0, ctx).await?;
        let admitted = self.breakers.admit(&self.upstream, &Arc::from(model))?;
        let verdict = admitted.watched_by(&self.counters);
        let sent = self.inner.send_file(model, file, ctx).await;
        match &sent {
            Ok(_) => verdict.succeeded(),
            Err(error) => verdict.failed(error),
        }
        sent
    }
}

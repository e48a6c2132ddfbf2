//! The breakers of one upstream: its own, and one for each of its models that has failed lately.
//!
//! ```text
//! no connection to the host (name, network, TLS)                ──> a failure of the connection's
//! silence, 5xx, a broken protocol, an empty answer, "not found" ──> a failure of the model's; its siblings go on
//! a wrong key, a request it rejects, a rate limit               ──> an answer: it is there
//! ```
//!
//! When as many different models as would be failures have failed in a row and nothing has succeeded in between, it is not the
//! models: the connection's opens too. What is remembered of models is bounded, and forgotten after a while.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::breaker::{Breaker, BreakerLimits, Watch};
use super::health::Counters;
use crate::Error;

/// Models whose failures are remembered. Whoever asks may make names up; the one that failed longest ago gives way.
const MODELS_MAX: usize = 256;
/// After this time without another failure a model's are forgotten.
const FORGET_AFTER: Duration = Duration::from_mins(10);

/// Remembers the failures of one upstream and of its models; shared by all who call it.
#[derive(Default)]
pub struct Breakers {
    limits: BreakerLimits,
    watch: Option<Watch>,
    connection: Breaker,
    models: Mutex<Models>,
}

/// What is left alone for a while because it failed repeatedly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suspended {
    /// The connection, with all of its models.
    pub connection: bool,
    /// Models, by name, whose siblings may be well.
    pub models: Vec<String>,
    /// When the first of these may be tried again.
    pub first_ends_in: Option<Duration>,
}

#[derive(Default)]
struct Models {
    /// Those that have failed and have not succeeded since.
    failing: HashMap<Arc<str>, Failing>,
    /// The different ones that have failed since anything succeeded.
    in_row: Vec<Arc<str>>,
}

struct Failing {
    breaker: Arc<Breaker>,
    failed_at: Instant,
}

impl std::fmt::Debug for Breakers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Breakers")
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

/// Whose failure an error is.
enum Fault {
    /// It ended before anything was known.
    Unknown,
    /// The host could not be reached.
    Connection,
    /// The model's, and the host has answered.
    Model,
    /// The model's, for all that is known: nothing came.
    Silence,
    /// None: it is there and answers.
    Answer,
}

impl Fault {
    fn of(error: &Error) -> Self {
        match error {
            Error::Cancelled | Error::CircuitOpen { .. } => Self::Unknown,
            // The host took the call and hung up on it: its other models may be well.
            Error::Unreachable { source, .. } if hung_up(source.as_ref()) => Self::Silence,
            Error::Unreachable { .. } => Self::Connection,
            Error::Timeout { .. } | Error::Inactive { .. } => Self::Silence,
            Error::RateLimited { .. } => Self::Answer,
            Error::NotFound(_) => Self::Model,
            error if error.is_passing() => Self::Model,
            _ => Self::Answer,
        }
    }
}

fn hung_up(source: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    source
        .downcast_ref::<reqwest::Error>()
        .is_some_and(|error| !error.is_connect())
}

impl Breakers {
    /// Closed breakers that call `watch` after each change of a state.
    pub fn watched(watch: impl Fn() + Send + Sync + 'static) -> Self {
        Self::with(BreakerLimits::default(), Some(Arc::new(watch)))
    }

    fn with(limits: BreakerLimits, watch: Option<Watch>) -> Self {
        Self {
            limits,
            connection: Breaker::new(limits, watch.clone()),
            watch,
            models: Mutex::default(),
        }
    }

    /// Whether no call of this model passes now.
    pub fn is_suspended(&self, model: &str) -> bool {
        self.connection.suspended_until().is_some()
            || self
                .of(model)
                .is_some_and(|breaker| breaker.suspended_until().is_some())
    }

    /// What no call passes to now.
    pub fn suspended(&self) -> Suspended {
        let now = Instant::now();
        let connection = self.connection.suspended_until();
        let failing = &self.models.lock().failing;
        let mut models: Vec<(String, Instant)> = failing
            .iter()
            .filter_map(|(name, failing)| Some((name.to_string(), failing.breaker.suspended_until()?)))
            .collect();
        models.sort_unstable();
        let ends = models.iter().map(|(_, until)| *until).chain(connection);
        Suspended {
            first_ends_in: ends.min().map(|until| until.duration_since(now)),
            connection: connection.is_some(),
            models: models.into_iter().map(|(name, _)| name).collect(),
        }
    }

    /// How many models are remembered.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.models.lock().failing.len()
    }

    /// Whether a call that failed may be tried again.
    pub(super) fn are_closed(&self, model: &str) -> bool {
        self.connection.is_closed() && self.of(model).is_none_or(|breaker| breaker.is_closed())
    }

    /// Lets a call pass, or says until when none does.
    pub(super) fn admit(self: &Arc<Self>, upstream: &str, model: &Arc<str>) -> Result<Verdict, Error> {
        let open = |upstream: String| move |until| Error::CircuitOpen { upstream, until };
        let connection_probes = self.connection.admit().map_err(open(upstream.to_owned()))?;
        // Dropped when the model's refuses, and then the next call probes the connection.
        let mut verdict = Verdict {
            breakers: Arc::clone(self),
            model: Arc::clone(model),
            counters: None,
            connection_probes,
            model_probes: None,
            open: true,
        };
        if let Some(breaker) = self.of(model)
            && breaker.admit().map_err(open(format!("{model} of {upstream}")))?
        {
            verdict.model_probes = Some(breaker);
        }
        Ok(verdict)
    }

    fn of(&self, model: &str) -> Option<Arc<Breaker>> {
        let models = self.models.lock();
        Some(Arc::clone(&models.failing.get(model)?.breaker))
    }

    /// The breaker of a model that has failed just now, and whether so many different ones have that it is not the models.
    fn failing(&self, model: &Arc<str>) -> (Arc<Breaker>, bool) {
        let now = Instant::now();
        let mut models = self.models.lock();
        let Models { failing, in_row } = &mut *models;
        if !failing.contains_key(model) && failing.len() >= MODELS_MAX {
            failing.retain(|_, failing| now.duration_since(failing.failed_at) < FORGET_AFTER);
            let oldest = failing.iter().min_by_key(|(_, failing)| failing.failed_at);
            let oldest = oldest.map(|(name, _)| Arc::clone(name));
            if let Some(oldest) = oldest.filter(|_| failing.len() >= MODELS_MAX) {
                failing.remove(&oldest);
            }
        }
        let new = || Failing {
            breaker: Arc::new(Breaker::new(self.limits, self.watch.clone())),
            failed_at: now,
        };
        let entry = failing.entry(Arc::clone(model)).or_insert_with(new);
        if now.duration_since(entry.failed_at) >= FORGET_AFTER && entry.breaker.is_closed() {
            *entry = new();
        }
        entry.failed_at = now;
        if !in_row.contains(model) {
            in_row.push(Arc::clone(model));
        }
        let all = in_row.len() >= self.limits.failures as usize;
        if all {
            in_row.clear();
        }
        (Arc::clone(&entry.breaker), all)
    }

    /// A call of this model came to its end.
    fn succeeded(&self, model: &str) {
        self.connection.succeeded();
        let mut models = self.models.lock();
        models.in_row.clear();
        // A call from before the breaker opened proves nothing about now.
        let well = |failing: &Failing| failing.breaker.is_closed();
        if models.failing.get(model).is_some_and(well) {
            models.failing.remove(model);
        }
    }
}

/// What becomes of one admitted call. Exactly one of the ends is told; dropping it means that nobody knows.
#[derive(Debug)]
pub(super) struct Verdict {
    breakers: Arc<Breakers>,
    model: Arc<str>,
    counters: Option<Arc<Counters>>,
    connection_probes: bool,
    /// The model's breaker, when the call probes it.
    model_probes: Option<Arc<Breaker>>,
    open: bool,
}

impl Verdict {
    pub(super) fn watched_by(mut self, counters: &Arc<Counters>) -> Self {
        self.counters = Some(Arc::clone(counters));
        self
    }

    /// The first event came.
    pub(super) fn answered(&self) {
        self.breakers.connection.answered(self.connection_probes);
        if let Some(breaker) = &self.model_probes {
            breaker.answered(true);
        }
    }

    /// The call came to its end.
    pub(super) fn succeeded(mut self) {
        self.open = false;
        self.is_well();
        if let Some(counters) = &self.counters {
            counters.succeeded();
        }
    }

    /// The call met its total limit while the upstream was answering: too long, but no fault of the upstream's.
    pub(super) fn too_long(mut self, error: &Error) {
        self.open = false;
        if let Some(counters) = &self.counters {
            counters.failed(error, false);
        }
    }

    /// The call failed.
    pub(super) fn failed(mut self, error: &Error) {
        match Fault::of(error) {
            Fault::Unknown => return,
            Fault::Connection => {
                self.breakers.connection.failed(self.connection_probes);
                self.connection_probes = false;
                self.leave_unproven();
            }
            Fault::Model => {
                self.breakers.connection.answered(self.connection_probes);
                self.connection_probes = false;
                self.breakers.connection.succeeded();
                self.model_failed();
            }
            Fault::Silence => {
                self.model_failed();
                self.leave_unproven();
            }
            Fault::Answer => self.is_well(),
        }
        self.open = false;
        if let Some(counters) = &self.counters {
            let of_the_upstream = error.is_passing() && !matches!(error, Error::RateLimited { .. });
            counters.failed(error, of_the_upstream);
        }
    }

    fn is_well(&self) {
        self.answered();
        self.breakers.succeeded(&self.model);
    }

    fn model_failed(&mut self) {
        let (breaker, all) = self.breakers.failing(&self.model);
        match self.model_probes.take() {
            Some(probed) => probed.failed(true),
            None => breaker.failed(false),
        }
        if all {
            self.breakers.connection.open();
        }
    }

    /// What the call was to probe and told nothing of, the next one probes.
    fn leave_unproven(&self) {
        if self.connection_probes {
            self.breakers.connection.unproven();
        }
        if let Some(breaker) = &self.model_probes {
            breaker.unproven();
        }
    }
}

impl Drop for Verdict {
    fn drop(&mut self) {
        if self.open {
            self.leave_unproven();
        }
    }
}

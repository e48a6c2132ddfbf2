//! The circuit breaker: an upstream that keeps failing is left alone for a while.
//!
//! ```text
//!          failures in a row            open_for passed, one call
//! Closed ────────────────────> Open ────────────────────────────> HalfOpen
//!   ^                           ^  failed, or ended without word      │ answered
//!   │                           └─────────────────────────────────────┤
//!   └─────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Only failures of the upstream's count: an error that proves it is there and answers (a wrong key, a request it rejects, a rate
//! limit) counts as an answer.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::health::Counters;
use crate::Error;

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
    /// One call is probing; no other passes.
    HalfOpen,
}

/// Called when a breaker opens or closes.
type Watch = Box<dyn Fn() + Send + Sync>;

/// Remembers the failures of one upstream; shared by all who call it.
#[derive(Default)]
pub struct Breaker {
    limits: BreakerLimits,
    inner: Mutex<Inner>,
    watch: Option<Watch>,
}

impl std::fmt::Debug for Breaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Breaker")
            .field("limits", &self.limits)
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Inner {
    state: BreakerState,
    failures_in_row: u32,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            state: BreakerState::Closed,
            failures_in_row: 0,
        }
    }
}

impl Breaker {
    /// A closed breaker.
    pub fn new(limits: BreakerLimits) -> Self {
        Self {
            limits,
            inner: Mutex::default(),
            watch: None,
        }
    }

    /// A closed breaker that calls `watch` after each change of its state.
    pub fn watched(watch: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            watch: Some(Box::new(watch)),
            ..Self::default()
        }
    }

    /// Changes the state and tells who watches, when it is another one than before.
    fn change(&self, change: impl FnOnce(&mut Inner)) {
        let mut inner = self.inner.lock();
        let before = inner.state;
        change(&mut inner);
        let changed = inner.state != before;
        drop(inner);
        if let Some(watch) = self.watch.as_ref().filter(|_| changed) {
            watch();
        }
    }

    /// Whether calls pass.
    pub fn state(&self) -> BreakerState {
        self.inner.lock().state
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state() == BreakerState::Closed
    }

    /// Lets a call pass, or says until when none does.
    pub(super) fn admit(self: &Arc<Self>, upstream: &str) -> Result<Verdict, Error> {
        let mut inner = self.inner.lock();
        let now = Instant::now();
        let refused = |until| {
            Err(Error::CircuitOpen {
                upstream: upstream.to_owned(),
                until,
            })
        };
        let probe = match inner.state {
            BreakerState::Closed => false,
            BreakerState::Open { until } if now < until => return refused(until),
            BreakerState::Open { .. } => {
                inner.state = BreakerState::HalfOpen;
                true
            }
            // The probe ends soon; nobody knows when.
            BreakerState::HalfOpen => return refused(now + Duration::from_secs(1)),
        };
        drop(inner);
        if probe && let Some(watch) = &self.watch {
            watch();
        }
        Ok(Verdict {
            breaker: Arc::clone(self),
            counters: None,
            probe,
            open: true,
        })
    }

    fn answered(&self, probe: bool) {
        self.change(|inner| {
            if probe && inner.state == BreakerState::HalfOpen {
                *inner = Inner::default();
            }
        });
    }

    fn succeeded(&self) {
        let mut inner = self.inner.lock();
        // A call from before the breaker opened proves nothing about now.
        if inner.state == BreakerState::Closed {
            inner.failures_in_row = 0;
        }
    }

    fn failed(&self, probe: bool) {
        self.change(|inner| {
            inner.failures_in_row = inner.failures_in_row.saturating_add(1);
            let enough = inner.state == BreakerState::Closed && inner.failures_in_row >= self.limits.failures;
            if enough || (probe && inner.state == BreakerState::HalfOpen) {
                inner.state = BreakerState::Open {
                    until: Instant::now() + self.limits.open_for,
                };
            }
        });
    }

    /// The probe was dropped or cancelled: the next call probes.
    fn unproven(&self) {
        self.change(|inner| {
            if inner.state == BreakerState::HalfOpen {
                inner.state = BreakerState::Open {
                    until: Instant::now(),
                };
            }
        });
    }
}

/// What becomes of one admitted call. Exactly one of the ends is told; dropping it means that nobody knows.
#[derive(Debug)]
pub(super) struct Verdict {
    breaker: Arc<Breaker>,
    counters: Option<Arc<Counters>>,
    probe: bool,
    open: bool,
}

impl Verdict {
    pub(super) fn watched_by(mut self, counters: &Arc<Counters>) -> Self {
        self.counters = Some(Arc::clone(counters));
        self
    }

    /// The first event came.
    pub(super) fn answered(&self) {
        self.breaker.answered(self.probe);
    }

    /// The call came to its end.
    pub(super) fn succeeded(mut self) {
        self.open = false;
        self.breaker.answered(self.probe);
        self.breaker.succeeded();
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
        if matches!(error, Error::Cancelled | Error::CircuitOpen { .. }) {
            return;
        }
        self.open = false;
        let of_the_upstream = error.is_passing() && !matches!(error, Error::RateLimited { .. });
        if of_the_upstream {
            self.breaker.failed(self.probe);
        } else {
            self.breaker.answered(self.probe);
            self.breaker.succeeded();
        }
        if let Some(counters) = &self.counters {
            counters.failed(error, of_the_upstream);
        }
    }
}

impl Drop for Verdict {
    fn drop(&mut self) {
        if self.open && self.probe {
            self.breaker.unproven();
        }
    }
}

//! One circuit breaker: what keeps failing is left alone for a while. [`super::breakers`] says what has one.
//!
//! ```text
//!          failures in a row            open_for passed, one call
//! Closed ────────────────────> Open ────────────────────────────> HalfOpen
//!   ^                           ^  failed, or ended without word      │ answered
//!   │                           └─────────────────────────────────────┤
//!   └─────────────────────────────────────────────────────────────────┘
//! ```

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

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
pub(super) enum BreakerState {
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
pub(super) type Watch = Arc<dyn Fn() + Send + Sync>;

/// Remembers the failures of one thing; shared by all who call it.
#[derive(Default)]
pub(super) struct Breaker {
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
    /// A closed breaker that calls `watch` after each change of its state.
    pub fn new(limits: BreakerLimits, watch: Option<Watch>) -> Self {
        Self {
            limits,
            inner: Mutex::default(),
            watch,
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

    /// Whether calls pass.
    pub fn is_closed(&self) -> bool {
        self.state() == BreakerState::Closed
    }

    /// Until when no call passes, when none does now.
    pub fn suspended_until(&self) -> Option<Instant> {
        match self.state() {
            BreakerState::Open { until } if Instant::now() < until => Some(until),
            _ => None,
        }
    }
    /// Lets a call pass, and says whether it is the one that probes; or says until when none passes.
    pub fn admit(&self) -> Result<bool, Instant> {
        let mut inner = self.inner.lock();
        let now = Instant::now();
        match inner.state {
            BreakerState::Closed => return Ok(false),
            BreakerState::Open { until } if now < until => return Err(until),
            BreakerState::Open { .. } => inner.state = BreakerState::HalfOpen,
            // The probe ends soon; nobody knows when.
            BreakerState::HalfOpen => return Err(now + Duration::from_secs(1)),
        }
        drop(inner);
        if let Some(watch) = &self.watch {
            watch();
        }
        Ok(true)
    }

    /// The first event of a call came.
    pub fn answered(&self, probe: bool) {
        self.change(|inner| {
            if probe && inner.state == BreakerState::HalfOpen {
                *inner = Inner::default();
            }
        });
    }

    /// A call came to its end.
    pub fn succeeded(&self) {
        let mut inner = self.inner.lock();
        // A call from before the breaker opened proves nothing about now.
        if inner.state == BreakerState::Closed {
            inner.failures_in_row = 0;
        }
    }

    /// A call failed.
    pub fn failed(&self, probe: bool) {
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

    /// Opens it, whatever was counted.
    pub fn open(&self) {
        self.change(|inner| {
            if inner.state == BreakerState::Closed {
                inner.state = BreakerState::Open {
                    until: Instant::now() + self.limits.open_for,
                };
            }
        });
    }

    /// The probe was dropped or cancelled, or told nothing: the next call probes.
    pub fn unproven(&self) {
        self.change(|inner| {
            if inner.state == BreakerState::HalfOpen {
                inner.state = BreakerState::Open {
                    until: Instant::now(),
                };
            }
        });
    }
}

//! The profiler inside the product: what every request cost, as numbers that are always there.
//!
//! ```text
//! http/observe.rs ── Observation ──▶ Performance::observe ──▶ recorder: counts of the route (atomics)
//!                                                       └──▶ details of slow, failed and sampled requests
//! ```
//!
//! What always holds: an answer out of the cache costs a few atomic additions here, no lock and no memory; what is kept
//! of a request are names, counts and times, never a token, a content or a value of SQL; everything kept is bounded.

mod recorder;

use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use sql::Meter;

pub use self::recorder::{CacheCounts, RouteIndex, RouteStats, Totals};
use crate::cache::Outcome;
use crate::http::route::RouteSpec;
use recorder::Recorder;

/// One request that was answered, as `http/observe.rs` saw it.
pub struct Observation<'a> {
    /// Its route ([`Performance::route`]).
    pub route: RouteIndex,
    /// Its method.
    pub method: &'a Method,
    /// Its path, as it may be logged.
    pub path: &'a str,
    /// Its id.
    pub request_id: &'a Arc<str>,
    /// The status of the answer.
    pub status: StatusCode,
    /// How long it took until the answer began.
    pub took: Duration,
    /// The size of the body; none when it is a stream.
    pub bytes: Option<u64>,
    /// Its statements; none when it could not have any.
    pub meter: Option<&'a Meter>,
    /// What the cache had to do with it.
    pub cache: Outcome,
}

/// The measurements of this process.
pub struct Performance {
    recorder: Recorder,
}

impl Performance {
    /// Measures these routes.
    pub fn new(routes: impl IntoIterator<Item = RouteSpec>) -> Self {
        Self {
            recorder: Recorder::new(routes),
        }
    }

    /// Where the counts of this route are.
    pub fn route(&self, spec: &RouteSpec) -> RouteIndex {
        self.recorder.index_of(spec.id)
    }

    /// Takes note of a request. Called once for each, when its answer begins.
    pub fn observe(&self, observation: &Observation<'_>) {
        self.recorder.record(observation);
    }

    /// What each route has done, in the order of the router; those that were never called too.
    pub fn routes(&self) -> Vec<RouteStats> {
        self.recorder.routes()
    }

    /// All routes together.
    pub fn totals(&self) -> Totals {
        self.recorder.totals()
    }
}

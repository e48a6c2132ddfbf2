//! The profiler inside the product: what every request cost, as numbers that are always there.
//!
//! ```text
//! http/observe.rs ── Observation ──▶ Performance::observe ──▶ recorder: counts of the route (atomics)
//!        │ Trace, Meter                        └──▶ details: slow, failed and sampled requests
//!        └──▶ live: requests under way
//! sampler: a point of each series every ten seconds       calls: what each model did
//! ```
//!
//! What always holds: an answer out of the cache costs a few atomic additions here, no lock and no memory; what is kept
//! of a request are names, counts and times, never a token, a content or a value of SQL; everything kept is bounded.

mod calls;
mod details;
mod live;
mod plans;
mod process;
mod recorder;
pub mod routes;
mod sampler;
pub mod series;
mod trace;
mod views;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use sql::{Clock, Db, Meter, Record, Statement};

pub use self::calls::{ModelCall, ModelStats};
pub use self::details::{Detail, Kept};
pub use self::live::Entered;
pub use self::plans::Plan;
pub use self::process::Process;
pub use self::recorder::{CacheCounts, RouteIndex, RouteStats, Totals};
pub use self::sampler::{Window, keep_sampled, sample};
pub use self::series::Excerpt;
pub use self::trace::{Part, Span, Trace, begin, end, mark};
use crate::cache::Outcome;
use crate::http::route::RouteSpec;
use calls::Calls;
use details::Details;
use live::{Live, Running};
use recorder::Recorder;

/// Parameters of paths that name a credential or open something: their values are not kept.
const SECRETIVE: [&str; 3] = ["{key}", "{session}", "{invitation}"];
/// What is never slow news: whoever watches the process asks all day.
const NEVER_SLOW: [&str; 3] = ["/health", "/ready", "/metrics"];

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
    /// Its parts; none when it was answered at once.
    pub trace: Option<&'a Trace>,
    /// What the cache had to do with it.
    pub cache: Outcome,
}

/// The measurements of this process.
pub struct Performance {
    clock: Arc<dyn Clock>,
    slow: Duration,
    recorder: Recorder,
    details: Details,
    live: Arc<Live>,
    calls: Calls,
    process: process::Watch,
    series: series::Series,
    recent: sampler::Recent,
    plans: plans::Plans,
    streams: AtomicU64,
}

impl Performance {
    /// Measures these routes; a request is slow from `slow` on.
    pub fn new(routes: impl IntoIterator<Item = RouteSpec>, slow: Duration, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            slow,
            recorder: Recorder::new(routes),
            details: Details::new(),
            live: Arc::default(),
            calls: Calls::default(),
            process: process::Watch::new(),
            series: series::Series::new(),
            recent: sampler::Recent::new(),
            plans: plans::Plans::default(),
            streams: AtomicU64::new(0),
        }
    }

    /// Where the counts of this route are.
    pub fn route(&self, spec: &RouteSpec) -> RouteIndex {
        self.recorder.index_of(spec.id)
    }

    /// Takes note of a request. Called once for each, when its answer begins.
    pub fn observe(&self, observation: &Observation<'_>) {
        self.recorder.record(observation);
        let kept = if observation.status.is_server_error() {
            Kept::Failed
        } else if observation.took >= self.slow && !NEVER_SLOW.contains(&observation.path) {
            Kept::Slow
        } else if observation.meter.is_some() && self.details.samples() {
            Kept::Sampled
        } else {
            return;
        };
        self.details.keep(self.detail(observation, kept));
    }

    fn detail(&self, observation: &Observation<'_>, kept: Kept) -> Detail {
        let took = observation.took;
        let began = observation.trace.map(Trace::began);
        let spec = self.recorder.spec(observation.route);
        Detail {
            request_id: Arc::clone(observation.request_id),
            route: spec.map_or("", |spec| spec.id),
            method: observation.method.clone(),
            path: shown_path(spec.map_or("", |spec| spec.path), observation.path),
            status: observation.status.as_u16(),
            at: self.clock.now().minus(took),
            took,
            bytes: observation.bytes,
            statements: observation.meter.map_or(0, Meter::statements),
            rows: observation.meter.map_or(0, Meter::rows),
            records: observation
                .meter
                .map(|meter| records(meter, began))
                .unwrap_or_default(),
            spans: observation.trace.map(Trace::spans).unwrap_or_default(),
            cache: observation.cache,
            kept,
        }
    }

    /// A request begins that is not answered out of the cache. It is under way until what is returned is dropped.
    pub fn enter(
        &self,
        route: RouteIndex,
        method: &Method,
        path: &str,
        request_id: &Arc<str>,
        meter: &Meter,
        trace: &Trace,
    ) -> Entered {
        let spec = self.recorder.spec(route);
        self.live.enter(Running {
            route,
            method: method.clone(),
            path: shown_path(spec.map_or("", |spec| spec.path), path),
            request_id: Arc::clone(request_id),
            meter: meter.clone(),
            trace: trace.clone(),
        })
    }

    /// A stream of this route has begun.
    pub fn stream_begins(&self) {
        self.streams.fetch_add(1, Ordering::Relaxed);
    }

    /// A stream of this route has ended, after so many bytes.
    pub fn stream_ended(&self, route: RouteIndex, bytes: u64) {
        self.streams.fetch_sub(1, Ordering::Relaxed);
        self.recorder.add_bytes(route, bytes);
    }

    /// A call of a model has ended.
    pub fn model_call(&self, call: &ModelCall<'_>) {
        self.calls.record(call);
    }

    /// What each route has done, in the order of the router; those that were never called too.
    pub fn routes(&self) -> Vec<RouteStats> {
        self.recorder.routes()
    }

    /// All routes together.
    pub fn totals(&self) -> Totals {
        self.recorder.totals()
    }

    /// What each model has done, the most called first.
    pub fn models(&self) -> Vec<ModelStats> {
        self.calls.stats()
    }

    /// What the process takes of its machine.
    pub fn process(&self) -> Process {
        self.process.read()
    }

    /// Answers that are being streamed.
    pub fn streams_open(&self) -> u64 {
        self.streams.load(Ordering::Relaxed)
    }

    /// Requests whose answer has not begun.
    pub fn requests_running(&self) -> u64 {
        self.live.count() as u64
    }

    /// The requests that are kept, the latest first.
    pub fn requests(&self) -> Vec<Arc<Detail>> {
        self.details.all()
    }

    /// The requests that are under way for longer than is slow, the longest first.
    pub fn running(&self) -> Vec<Detail> {
        self.running_for(self.slow)
    }

    fn running_for(&self, limit: Duration) -> Vec<Detail> {
        let running = self.live.longer_than(limit);
        let mut running: Vec<Detail> = running.iter().map(|running| self.so_far(running)).collect();
        running.sort_by_key(|detail| detail.at);
        running
    }

    fn so_far(&self, running: &Running) -> Detail {
        let took = running.trace.began().elapsed();
        let spec = self.recorder.spec(running.route);
        Detail {
            request_id: Arc::clone(&running.request_id),
            route: spec.map_or("", |spec| spec.id),
            method: running.method.clone(),
            path: running.path.clone(),
            status: 0,
            at: self.clock.now().minus(took),
            took,
            bytes: None,
            statements: running.meter.statements(),
            rows: running.meter.rows(),
            records: records(&running.meter, Some(running.trace.began())),
            spans: running.trace.spans(),
            cache: Outcome::None,
            kept: Kept::Slow,
        }
        .bounded()
    }

    /// The request with this id: one that is kept, or one that is under way.
    pub fn request(&self, request_id: &str) -> Option<Arc<Detail>> {
        self.details.find(request_id).or_else(|| {
            let running = self.running_for(Duration::ZERO);
            let found = running
                .into_iter()
                .find(|detail| &*detail.request_id == request_id);
            found.map(Arc::new)
        })
    }

    /// The last `seconds` of these series, all when none is named.
    pub fn series(&self, names: &[&str], seconds: u64, points: usize) -> Excerpt {
        self.series.excerpt(self.clock.now(), names, seconds, points)
    }

    /// How the database runs a statement.
    pub async fn plan(&self, db: &Db, statement: &'static Statement) -> Arc<Plan> {
        self.plans.of(db, statement).await
    }
}

/// The statements of a meter, with offsets from the beginning of the request.
pub(crate) fn records(meter: &Meter, began: Option<Instant>) -> Vec<Record> {
    let before = began.map_or(Duration::ZERO, |began| meter.born().duration_since(began));
    let before = u64::try_from(before.as_micros()).unwrap_or(0);
    let mut records = meter.records();
    for record in &mut records {
        record.offset_micros += before;
    }
    records.sort_by_key(|record| record.offset_micros);
    records
}

/// The path without the values that name a credential or open something.
fn shown_path(template: &str, path: &str) -> String {
    if !SECRETIVE.iter().any(|parameter| template.contains(parameter)) {
        return path.to_owned();
    }
    let parts = template.split('/').zip(path.split('/'));
    let parts = parts.map(|(template, part)| {
        if SECRETIVE.contains(&template) {
            template
        } else {
            part
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_without_what_names_a_credential() {
        for (template, path, expected) in [
            ("/api/keys/{key}", "/api/keys/key_1", "/api/keys/{key}"),
            ("/api/runs/{run}", "/api/runs/run_1", "/api/runs/run_1"),
            (
                "/api/workspaces/{workspace}/invitations/{invitation}",
                "/api/workspaces/team/invitations/inv_1",
                "/api/workspaces/team/invitations/{invitation}",
            ),
        ] {
            assert_eq!(shown_path(template, path), expected);
        }
    }
}

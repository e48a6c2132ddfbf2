//! The counts of each route: a fixed table of atomics, made of the route table when the server starts.
//!
//! Recording an answer out of the cache is six relaxed additions (`examples/recorder.rs` measures them). Readers add the
//! routes up; nothing is counted twice on the way of a request.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{Method, StatusCode};
use sql::{Distribution, Histogram};

use super::Observation;
use crate::cache::Outcome;
use crate::http::route::RouteSpec;

/// Where the counts of a route are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteIndex(usize);

/// What a route has done since the start.
#[derive(Debug, Clone)]
pub struct RouteStats {
    /// Its operation id.
    pub id: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path with `{parameters}`.
    pub path: &'static str,
    /// How many statements one request may take.
    pub statements_max: u32,
    /// How many rows one request may read or change.
    pub rows_max: u64,
    /// What was counted.
    pub counts: Totals,
}

/// What one route, or all of them, have done since the start.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Answers by the first digit of their status: 1xx to 5xx.
    pub by_class: [u64; 5],
    /// Bytes of bodies, as they were sent.
    pub bytes: u64,
    /// SQL statements.
    pub statements: u64,
    /// The most statements of one request.
    pub statements_most: u64,
    /// Rows read or changed.
    pub rows: u64,
    /// Time that requests waited for the database.
    pub database: Duration,
    /// Requests that took more statements or rows than their route may.
    pub over_budget: u64,
    /// What the cache had to do with it.
    pub cache: CacheCounts,
    /// How long requests took until their answer began.
    pub times: Distribution,
}

/// Answers by what the cache had to do with them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheCounts {
    /// The kept body was sent.
    pub hits: u64,
    /// The client had what is kept.
    pub not_modified: u64,
    /// Made and kept.
    pub misses: u64,
}

impl Totals {
    /// How many requests.
    pub fn count(&self) -> u64 {
        self.by_class.iter().sum()
    }

    /// Requests that failed through no fault of the caller: 5xx.
    pub fn errors(&self) -> u64 {
        self.by_class[4]
    }

    /// The share (0 to 1) of cached answers among those that could be; none when there was none.
    pub fn hit_rate(&self) -> Option<f64> {
        let CacheCounts {
            hits,
            not_modified,
            misses,
        } = self.cache;
        let all = hits + not_modified + misses;
        (all > 0).then(|| (hits + not_modified) as f64 / all as f64)
    }

    /// What was counted after `earlier`; `statements_most` is of all time.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut by_class = self.by_class;
        for (now, before) in by_class.iter_mut().zip(earlier.by_class) {
            *now = now.saturating_sub(before);
        }
        Self {
            by_class,
            bytes: self.bytes.saturating_sub(earlier.bytes),
            statements: self.statements.saturating_sub(earlier.statements),
            statements_most: self.statements_most,
            rows: self.rows.saturating_sub(earlier.rows),
            database: self.database.saturating_sub(earlier.database),
            over_budget: self.over_budget.saturating_sub(earlier.over_budget),
            cache: CacheCounts {
                hits: self.cache.hits.saturating_sub(earlier.cache.hits),
                not_modified: self.cache.not_modified.saturating_sub(earlier.cache.not_modified),
                misses: self.cache.misses.saturating_sub(earlier.cache.misses),
            },
            times: self.times.since(&earlier.times),
        }
    }

    fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.by_class.iter_mut().zip(other.by_class) {
            *mine += theirs;
        }
        self.bytes += other.bytes;
        self.statements += other.statements;
        self.statements_most = self.statements_most.max(other.statements_most);
        self.rows += other.rows;
        self.database += other.database;
        self.over_budget += other.over_budget;
        self.cache.hits += other.cache.hits;
        self.cache.not_modified += other.cache.not_modified;
        self.cache.misses += other.cache.misses;
        self.times.add(&other.times);
    }
}

/// The counts of all routes.
pub(super) struct Recorder {
    routes: Vec<Counters>,
}

/// The counts of one route.
struct Counters {
    spec: RouteSpec,
    by_class: [AtomicU64; 5],
    /// Also those of streams, when they end.
    bytes: AtomicU64,
    statements: AtomicU64,
    statements_most: AtomicU64,
    rows: AtomicU64,
    database_micros: AtomicU64,
    over_budget: AtomicU64,
    hits: AtomicU64,
    not_modified: AtomicU64,
    misses: AtomicU64,
    times: Histogram,
}

/// Counts on.
pub(super) fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}

/// The count now.
pub(super) fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl Recorder {
    /// A table of these routes. The last one also counts what has no route.
    pub fn new(routes: impl IntoIterator<Item = RouteSpec>) -> Self {
        Self {
            routes: routes.into_iter().map(Counters::new).collect(),
        }
    }

    pub fn index_of(&self, id: &str) -> RouteIndex {
        let found = self.routes.iter().position(|route| route.spec.id == id);
        RouteIndex(found.unwrap_or_else(|| self.routes.len().saturating_sub(1)))
    }

    pub fn spec(&self, index: RouteIndex) -> Option<&RouteSpec> {
        self.routes.get(index.0).map(|route| &route.spec)
    }

    /// Counts what a stream has sent.
    pub fn add_bytes(&self, index: RouteIndex, bytes: u64) {
        if let Some(route) = self.routes.get(index.0) {
            add(&route.bytes, bytes);
        }
    }

    pub fn record(&self, observation: &Observation<'_>) {
        if let Some(route) = self.routes.get(observation.route.0) {
            route.record(observation);
        }
    }

    pub fn routes(&self) -> Vec<RouteStats> {
        self.routes.iter().map(Counters::stats).collect()
    }

    pub fn totals(&self) -> Totals {
        self.routes.iter().fold(Totals::default(), |mut all, route| {
            all.add(&route.counts());
            all
        })
    }
}

impl Counters {
    fn new(spec: RouteSpec) -> Self {
        Self {
            spec,
            by_class: Default::default(),
            bytes: AtomicU64::default(),
            statements: AtomicU64::default(),
            statements_most: AtomicU64::default(),
            rows: AtomicU64::default(),
            database_micros: AtomicU64::default(),
            over_budget: AtomicU64::default(),
            hits: AtomicU64::default(),
            not_modified: AtomicU64::default(),
            misses: AtomicU64::default(),
            times: Histogram::new(),
        }
    }

    fn record(&self, observation: &Observation<'_>) {
        add(self.class(observation.status), 1);
        self.times.record(observation.took);
        if let Some(bytes) = observation.bytes.filter(|bytes| *bytes > 0) {
            add(&self.bytes, bytes);
        }
        match observation.cache {
            Outcome::Hit => add(&self.hits, 1),
            Outcome::NotModified => add(&self.not_modified, 1),
            Outcome::Miss => add(&self.misses, 1),
            Outcome::None => {}
        }
        let Some(meter) = observation.meter else { return };
        let (statements, rows) = (meter.statements(), meter.rows());
        if statements > 0 {
            add(&self.statements, statements);
            add(&self.rows, rows);
            add(
                &self.database_micros,
                u64::try_from(meter.database_time().as_micros()).unwrap_or(u64::MAX),
            );
            self.statements_most.fetch_max(statements, Ordering::Relaxed);
        }
        if statements > u64::from(self.spec.statements_max) || rows > self.spec.rows_max {
            add(&self.over_budget, 1);
        }
    }

    fn class(&self, status: StatusCode) -> &AtomicU64 {
        let [informational, success, redirection, refused, failed] = &self.by_class;
        match status.as_u16() {
            ..200 => informational,
            200..300 => success,
            300..400 => redirection,
            400..500 => refused,
            500.. => failed,
        }
    }

    fn counts(&self) -> Totals {
        Totals {
            by_class: self.by_class.each_ref().map(get),
            bytes: get(&self.bytes),
            statements: get(&self.statements),
            statements_most: get(&self.statements_most),
            rows: get(&self.rows),
            database: Duration::from_micros(get(&self.database_micros)),
            over_budget: get(&self.over_budget),
            cache: CacheCounts {
                hits: get(&self.hits),
                not_modified: get(&self.not_modified),
                misses: get(&self.misses),
            },
            times: self.times.snapshot(),
        }
    }

    fn stats(&self) -> RouteStats {
        RouteStats {
            id: self.spec.id,
            method: self.spec.method.clone(),
            path: self.spec.path,
            statements_max: self.spec.statements_max,
            rows_max: self.spec.rows_max,
            counts: self.counts(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::http::router;

    fn observed(recorder: &Recorder, id: &str, status: u16, took: Duration, cache: Outcome) {
        recorder.record(&Observation {
            route: recorder.index_of(id),
            method: &Method::GET,
            path: "/",
            request_id: &Arc::from("req_1"),
            status: StatusCode::from_u16(status).unwrap(),
            took,
            bytes: Some(10),
            meter: None,
            trace: None,
            cache,
        });
    }

    #[test]
    fn a_route_has_counts_of_its_own_and_all_add_up() {
        let recorder = Recorder::new(router::routes().specs().cloned());
        let ms = Duration::from_millis;
        observed(&recorder, "list_workspaces", 200, ms(1), Outcome::Miss);
        observed(&recorder, "list_workspaces", 200, ms(3), Outcome::Hit);
        observed(&recorder, "list_workspaces", 304, ms(1), Outcome::NotModified);
        observed(&recorder, "get_health", 503, ms(9), Outcome::None);
        let routes = recorder.routes();
        let list = &routes
            .iter()
            .find(|route| route.id == "list_workspaces")
            .unwrap()
            .counts;
        assert_eq!(list.by_class, [0, 2, 1, 0, 0]);
        assert_eq!((list.bytes, list.errors()), (30, 0));
        assert_eq!(list.times.max(), ms(3));
        assert_eq!(list.hit_rate(), Some(2.0 / 3.0));
        let all = recorder.totals();
        assert_eq!((all.count(), all.errors(), all.times.max()), (4, 1, ms(9)));
        let untouched = routes.iter().filter(|route| route.counts.count() == 0).count();
        assert_eq!(untouched, routes.len() - 2);
    }
}

//! What is kept of single requests: the slow, the failed, and a sample of all others.
//!
//! Three rings, bounded by number and by bytes. The sample is at most twenty a second, so that it costs the same whatever
//! the load is.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::Method;
use parking_lot::Mutex;
use sql::{Record, Time};

use super::Span;
use crate::cache::Outcome;

/// Requests that a ring keeps.
const COUNT_MAX: usize = 500;
/// Bytes that a ring keeps, about.
const BYTES_MAX: usize = 1 << 20;
/// Statements that are kept of one request.
const STATEMENTS_MAX: usize = 100;
/// How long a path is kept.
const PATH_MAX: usize = 200;
/// Requests a second that are kept although they are neither slow nor failed.
const SAMPLES_PER_SECOND: u64 = 20;

/// Why a request was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It took longer than `log.slow_request`.
    Slow,
    /// It failed through no fault of the caller.
    Failed,
    /// As a sample.
    Sampled,
}

/// A request that was answered.
#[derive(Debug)]
pub struct Detail {
    /// Its id.
    pub request_id: Arc<str>,
    /// Its route.
    pub route: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path, without what could open something.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    /// When it began.
    pub at: Time,
    /// How long it took until its answer began.
    pub took: Duration,
    /// The size of the body; none when it is a stream.
    pub bytes: Option<u64>,
    /// How many statements it took.
    pub statements: u64,
    /// How many rows they read or changed.
    pub rows: u64,
    /// The first hundred of them; offsets count from the beginning of the request.
    pub records: Vec<Record>,
    /// Its parts.
    pub spans: Vec<Span>,
    /// What the cache had to do with it.
    pub cache: Outcome,
    /// Why it is here.
    pub kept: Kept,
}

impl Detail {
    /// Cuts what could be long, so that its size is bounded.
    pub(super) fn bounded(mut self) -> Self {
        self.records.truncate(STATEMENTS_MAX);
        if self.path.len() > PATH_MAX {
            let end = (0..=PATH_MAX).rev().find(|end| self.path.is_char_boundary(*end));
            self.path.truncate(end.unwrap_or(0));
        }
        self
    }

    fn size(&self) -> usize {
        size_of::<Self>()
            + self.path.len()
            + self.request_id.len()
            + self.records.len() * size_of::<Record>()
            + self.spans.len() * size_of::<Span>()
    }
}

/// The rings.
pub(super) struct Details {
    slow: Mutex<Ring>,
    failed: Mutex<Ring>,
    sampled: Mutex<Ring>,
    sampler: Sampler,
}

#[derive(Default)]
struct Ring {
    kept: VecDeque<Arc<Detail>>,
    bytes: usize,
}

impl Ring {
    fn push(&mut self, detail: Detail) {
        self.bytes += detail.size();
        self.kept.push_back(Arc::new(detail));
        while self.kept.len() > COUNT_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.kept.pop_front() else {
                break;
            };
            self.bytes -= oldest.size();
        }
    }
}

impl Details {
    pub fn new() -> Self {
        Self {
            slow: Mutex::default(),
            failed: Mutex::default(),
            sampled: Mutex::default(),
            sampler: Sampler::new(),
        }
    }

    /// Whether a request that is neither slow nor failed is one of the sample.
    pub fn samples(&self) -> bool {
        self.sampler.takes(Instant::now())
    }

    pub fn keep(&self, detail: Detail) {
        let ring = match detail.kept {
            Kept::Slow => &self.slow,
            Kept::Failed => &self.failed,
            Kept::Sampled => &self.sampled,
        };
        ring.lock().push(detail.bounded());
    }

    /// All that are kept, the latest first.
    pub fn all(&self) -> Vec<Arc<Detail>> {
        let mut all: Vec<Arc<Detail>> = Vec::new();
        for ring in [&self.slow, &self.failed, &self.sampled] {
            all.extend(ring.lock().kept.iter().cloned());
        }
        all.sort_by_key(|detail| std::cmp::Reverse(detail.at));
        all
    }

    /// The latest with this id.
    pub fn find(&self, request_id: &str) -> Option<Arc<Detail>> {
        self.all()
            .into_iter()
            .find(|detail| &*detail.request_id == request_id)
    }
}

/// A token bucket as one number, the time at which it would be full again (the generic cell rate algorithm): a second's
/// worth may come at once, then one in every interval.
struct Sampler {
    born: Instant,
    full_at_micros: AtomicU64,
}

impl Sampler {
    fn new() -> Self {
        Self {
            born: Instant::now(),
            full_at_micros: AtomicU64::new(0),
        }
    }

    fn takes(&self, now: Instant) -> bool {
        const INTERVAL: u64 = 1_000_000 / SAMPLES_PER_SECOND;
        let now = u64::try_from(now.duration_since(self.born).as_micros()).unwrap_or(u64::MAX);
        let taken = self
            .full_at_micros
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
                let next = full_at.max(now) + INTERVAL;
                (next <= now + INTERVAL * SAMPLES_PER_SECOND).then_some(next)
            });
        taken.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(number: usize, path: &str) -> Detail {
        Detail {
            request_id: Arc::from(format!("req_{number}")),
            route: "list_workspaces",
            method: Method::GET,
            path: path.to_owned(),
            status: 200,
            at: Time::from_micros(number as i64),
            took: Duration::from_millis(2),
            bytes: None,
            statements: 0,
            rows: 0,
            records: Vec::new(),
            spans: Vec::new(),
            cache: Outcome::None,
            kept: Kept::Slow,
        }
    }

    #[test]
    fn a_ring_keeps_the_latest_within_its_bounds() {
        let details = Details::new();
        for number in 0..COUNT_MAX + 10 {
            details.keep(detail(number, "/api/workspaces"));
        }
        let all = details.all();
        assert_eq!(all.len(), COUNT_MAX);
        assert_eq!(&*all[0].request_id, format!("req_{}", COUNT_MAX + 9));
        assert!(details.find("req_3").is_none() && details.find("req_100").is_some());
    }

    #[test]
    fn a_long_path_is_cut_and_bytes_are_bounded() {
        let details = Details::new();
        let mut large = detail(1, &"/ä".repeat(1_000));
        let record = Record {
            name: "x.y",
            rows: 0,
            offset_micros: 0,
            wait_micros: 0,
            micros: 0,
            after_micros: 0,
            failed: false,
        };
        large.records = vec![record; 5_000];
        details.keep(large);
        let kept = details.find("req_1").unwrap();
        assert!(kept.path.len() <= PATH_MAX && kept.records.len() == STATEMENTS_MAX);
        assert!(
            kept.size() * COUNT_MAX > BYTES_MAX,
            "otherwise the bytes need no bound"
        );
        for number in 0..COUNT_MAX {
            details.keep(Detail {
                records: kept.records.clone(),
                ..detail(number, "/")
            });
        }
        assert!(details.slow.lock().bytes <= BYTES_MAX);
        assert!(details.slow.lock().kept.len() < COUNT_MAX);
    }

    #[test]
    fn the_sample_is_a_second_at_once_and_then_twenty_a_second() {
        let sampler = Sampler::new();
        let at = |millis: u64| sampler.born + Duration::from_millis(millis);
        let taken = |at: Instant| (0..100).filter(|_| sampler.takes(at)).count();
        assert_eq!(taken(at(0)), 20);
        assert_eq!(taken(at(40)), 0);
        assert_eq!(taken(at(500)), 10);
        assert_eq!(taken(at(60_000)), 20);
    }
}

//! How an upstream is doing: counters of its calls, for the page of connections and for alerts.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::Suspended;
use crate::Error;

/// Calls that the median is taken over.
const SAMPLES: usize = 101;

/// How an upstream is doing.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// What no call passes to now.
    pub suspended: Suspended,
    /// Attempts that ended, cancelled ones apart.
    pub calls: u64,
    /// Those that failed for a reason of the upstream's.
    pub failures: u64,
    /// Such failures since the last success.
    pub failures_in_row: u32,
    /// The last error's text, whosever reason it was.
    pub last_error: Option<String>,
    /// Its code.
    pub last_error_code: Option<&'static str>,
    /// How long ago that was.
    pub last_error_ago: Option<Duration>,
    /// Median time to the first token of the last calls.
    pub first_token_p50: Option<Duration>,
}

/// The counters behind [`Health`].
#[derive(Debug, Default)]
pub(super) struct Counters(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    calls: u64,
    failures: u64,
    failures_in_row: u32,
    last_error: Option<(String, &'static str, Instant)>,
    first_tokens: VecDeque<Duration>,
}

impl Counters {
    pub(super) fn first_token(&self, after: Duration) {
        let mut inner = self.0.lock();
        if inner.first_tokens.len() == SAMPLES {
            inner.first_tokens.pop_front();
        }
        inner.first_tokens.push_back(after);
    }

    pub(super) fn succeeded(&self) {
        let mut inner = self.0.lock();
        inner.calls += 1;
        inner.failures_in_row = 0;
    }

    pub(super) fn failed(&self, error: &Error, of_the_upstream: bool) {
        let mut inner = self.0.lock();
        inner.calls += 1;
        if of_the_upstream {
            inner.failures += 1;
            inner.failures_in_row = inner.failures_in_row.saturating_add(1);
        }
        inner.last_error = Some((error.to_string(), error.code(), Instant::now()));
    }

    pub(super) fn snapshot(&self, suspended: Suspended) -> Health {
        let inner = self.0.lock();
        let mut sorted: Vec<Duration> = inner.first_tokens.iter().copied().collect();
        sorted.sort_unstable();
        let last = inner.last_error.as_ref();
        Health {
            suspended,
            calls: inner.calls,
            failures: inner.failures,
            failures_in_row: inner.failures_in_row,
            last_error: last.map(|(text, ..)| text.clone()),
            last_error_code: last.map(|(_, code, _)| *code),
            last_error_ago: last.map(|(.., at)| at.elapsed()),
            first_token_p50: sorted.get(sorted.len() / 2).copied(),
        }
    }
}

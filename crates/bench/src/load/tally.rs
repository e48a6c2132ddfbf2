//! What requests came to: latencies in a histogram, bytes, and errors by kind.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Latencies are kept from one microsecond to two minutes; what is longer counts as two minutes.
const LONGEST_MICROS: u64 = 120_000_000;
/// Latencies are kept in tenths of a microsecond.
const PER_MICRO: u64 = 10;

/// Counts of a measurement under way.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    latency: Histogram<u64>,
    pub(crate) requests: u64,
    pub(crate) bytes: u64,
    pub(crate) errors: BTreeMap<String, u64>,
}

impl Default for Tally {
    #[expect(
        clippy::expect_used,
        reason = "the bounds are constants, and a test makes one"
    )]
    fn default() -> Self {
        Self {
            latency: Histogram::new_with_bounds(1, LONGEST_MICROS * PER_MICRO, 3).expect("valid bounds"),
            requests: 0,
            bytes: 0,
            errors: BTreeMap::new(),
        }
    }
}

impl Tally {
    /// A request that was answered, well or not.
    pub(crate) fn answered(&mut self, status: u16, took: Duration, bytes: u64) {
        self.time(took);
        self.requests += 1;
        self.bytes += bytes;
        if !(200..300).contains(&status) && status != 304 {
            *self.errors.entry(format!("status {status}")).or_default() += 1;
        }
    }

    /// A request that was not answered; it waited all the same.
    pub(crate) fn failed(&mut self, kind: &str, took: Duration) {
        self.time(took);
        self.requests += 1;
        *self.errors.entry(kind.to_owned()).or_default() += 1;
    }

    /// A time alone.
    pub(crate) fn time(&mut self, took: Duration) {
        let tenths = u64::try_from(took.as_nanos() / 100).unwrap_or(u64::MAX);
        self.latency.saturating_record(tenths.max(1));
    }

    /// The times and counts of another, added.
    pub(crate) fn add(&mut self, other: &Self) {
        // Both have the same bounds, so nothing can be out of range.
        let _ = self.latency.add(&other.latency);
        self.requests += other.requests;
        self.bytes += other.bytes;
        for (kind, count) in &other.errors {
            *self.errors.entry(kind.clone()).or_default() += count;
        }
    }

    /// The time within which this part of the requests was answered, in microseconds.
    pub(crate) fn quantile(&self, quantile: f64) -> f64 {
        self.latency.value_at_quantile(quantile) as f64 / PER_MICRO as f64
    }

    /// How many failed.
    pub(crate) fn errors(&self) -> u64 {
        self.errors.values().sum()
    }

    /// The percentiles that reports show.
    pub(crate) fn summary(&self) -> Summary {
        Summary {
            p50_us: self.quantile(0.5),
            p99_us: self.quantile(0.99),
            p999_us: self.quantile(0.999),
            max_us: self.latency.max() as f64 / PER_MICRO as f64,
        }
    }
}

/// Percentiles of latencies, in microseconds.
#[expect(clippy::struct_field_names, reason = "units last, here as everywhere")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Half of the requests took no longer.
    pub p50_us: f64,
    /// 99 of 100 took no longer.
    pub p99_us: f64,
    /// 999 of 1,000 took no longer.
    pub p999_us: f64,
    /// The longest.
    pub max_us: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_times() {
        let mut tally = Tally::default();
        for micros in 1..=1_000 {
            tally.answered(200, Duration::from_micros(micros), 10);
        }
        let summary = tally.summary();
        let near = |found: f64, expected: f64| (found - expected).abs() <= expected * 0.002;
        assert!(near(summary.p50_us, 500.0), "{summary:?}");
        assert!(near(summary.p99_us, 990.0), "{summary:?}");
        assert!(near(summary.p999_us, 999.0), "{summary:?}");
        assert!(near(summary.max_us, 1_000.0), "{summary:?}");
        assert_eq!((tally.requests, tally.bytes), (1_000, 10_000));
    }

    #[test]
    fn errors_are_counted_by_kind_and_304_is_none() {
        let mut tally = Tally::default();
        tally.answered(304, Duration::from_micros(5), 1);
        tally.answered(503, Duration::from_micros(5), 1);
        let mut other = Tally::default();
        other.answered(503, Duration::from_micros(5), 1);
        other.failed("connection closed", Duration::from_millis(1));
        tally.add(&other);
        assert_eq!(tally.errors["status 503"], 2);
        assert_eq!(tally.errors["connection closed"], 1);
        assert_eq!((tally.errors(), tally.requests), (3, 4));
    }

    #[test]
    fn times_beyond_the_range_are_kept_as_the_longest() {
        let mut tally = Tally::default();
        tally.time(Duration::from_hours(5));
        assert!(tally.summary().max_us >= LONGEST_MICROS as f64);
    }
}

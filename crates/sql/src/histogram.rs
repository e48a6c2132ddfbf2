//! How durations are distributed, counted without a lock: for the statistics of statements here, and of requests and
//! models above.
//!
//! Log-linear buckets, as in HdrHistogram (Gil Tene, <https://hdrhistogram.github.io/HdrHistogram/>): every power of two is
//! divided into 32 equal parts, so a value is known to 1/64 of itself (1.6 %) from 1 µs to 18 minutes, and to 16 ns below.
//! Counting is one index computed from leading zeros and one atomic addition. Buckets are made at the first value: a
//! histogram that counts nothing takes 48 bytes, one that counts takes 8 KB.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A power of two has this many bits of parts.
const PART_BITS: u32 = 5;
/// Parts of a power of two.
const PARTS: usize = 1 << PART_BITS;
/// The smallest difference that is told apart is `1 << UNIT_BITS` nanoseconds.
const UNIT_BITS: u32 = 5;
/// Everything from `1 << TOP_BITS` nanoseconds on is in the last bucket.
const TOP_BITS: u32 = 40;
/// All buckets.
const BUCKETS: usize = ((TOP_BITS - UNIT_BITS - PART_BITS) as usize + 1) * PARTS;

/// Counts durations. Any number of threads may add to it at once.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: OnceLock<Box<[AtomicU64]>>,
    sum_nanos: AtomicU64,
    max_nanos: AtomicU64,
}

/// What a [`Histogram`] has counted up to a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// Empty, or one number a bucket.
    buckets: Vec<u64>,
    sum_nanos: u64,
    max_nanos: u64,
}

impl Histogram {
    /// Nothing counted yet.
    pub const fn new() -> Self {
        Self {
            buckets: OnceLock::new(),
            sum_nanos: AtomicU64::new(0),
            max_nanos: AtomicU64::new(0),
        }
    }

    /// Counts one duration.
    pub fn record(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let buckets = self
            .buckets
            .get_or_init(|| std::iter::repeat_with(AtomicU64::default).take(BUCKETS).collect());
        if let Some(bucket) = buckets.get(bucket_of(nanos)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_nanos.fetch_add(nanos, Ordering::Relaxed);
        // Reading first: the line is written only by what is longer than everything before.
        if nanos > self.max_nanos.load(Ordering::Relaxed) {
            self.max_nanos.fetch_max(nanos, Ordering::Relaxed);
        }
    }

    /// What has been counted. While others count on, the parts may differ by what is being added.
    pub fn snapshot(&self) -> Distribution {
        let buckets = self.buckets.get().map_or_else(Vec::new, |buckets| {
            buckets
                .iter()
                .map(|bucket| bucket.load(Ordering::Relaxed))
                .collect()
        });
        Distribution {
            buckets,
            sum_nanos: self.sum_nanos.load(Ordering::Relaxed),
            max_nanos: self.max_nanos.load(Ordering::Relaxed),
        }
    }
}

impl Distribution {
    /// How many durations.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// All durations together.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum_nanos)
    }

    /// The longest; of a difference ([`Distribution::since`]) to the width of a bucket.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.max_nanos)
    }

    /// The mean; nothing when there is none.
    pub fn mean(&self) -> Duration {
        Duration::from_nanos(self.sum_nanos.checked_div(self.count()).unwrap_or(0))
    }

    /// The duration that this share (0 to 1) of all does not exceed; nothing when there is none.
    pub fn quantile(&self, share: f64) -> Duration {
        let count = self.count();
        if count == 0 {
            return Duration::ZERO;
        }
        let rank = ((share.clamp(0.0, 1.0) * count as f64).ceil() as u64).clamp(1, count);
        let mut seen = 0;
        let found = self.buckets.iter().position(|number| {
            seen += number;
            seen >= rank
        });
        let nanos = found.map_or(self.max_nanos, |index| middle_of(index).min(self.max_nanos));
        Duration::from_nanos(nanos)
    }

    /// How many durations are at most `limit`, to the width of a bucket.
    pub fn at_most(&self, limit: Duration) -> u64 {
        let nanos = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        self.buckets.iter().take(bucket_of(nanos) + 1).sum()
    }

    /// Adds what another has counted.
    pub fn add(&mut self, other: &Self) {
        if self.buckets.len() < other.buckets.len() {
            self.buckets.resize(other.buckets.len(), 0);
        }
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine += theirs;
        }
        self.sum_nanos = self.sum_nanos.wrapping_add(other.sum_nanos);
        self.max_nanos = self.max_nanos.max(other.max_nanos);
    }

    /// What was counted after `earlier`, a snapshot of the same.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let before = earlier.buckets.iter().copied().chain(std::iter::repeat(0));
        let buckets: Vec<u64> = self
            .buckets
            .iter()
            .zip(before)
            .map(|(now, before)| now.saturating_sub(before))
            .collect();
        let longest = buckets.iter().rposition(|number| *number > 0);
        Self {
            sum_nanos: self.sum_nanos.wrapping_sub(earlier.sum_nanos),
            max_nanos: longest.map_or(0, |index| end_of(index).min(self.max_nanos)),
            buckets,
        }
    }
}

fn bucket_of(nanos: u64) -> usize {
    let units = (nanos >> UNIT_BITS).min((1 << (TOP_BITS - UNIT_BITS)) - 1);
    if units < PARTS as u64 {
        return units as usize;
    }
    let octave = units.ilog2() - PART_BITS;
    ((octave as usize) << PART_BITS) + (units >> octave) as usize
}

/// Where a bucket begins and how wide it is, in nanoseconds.
fn range_of(index: usize) -> (u64, u64) {
    let octave = (index >> PART_BITS).saturating_sub(1);
    let part = index - (octave << PART_BITS);
    ((part as u64) << octave << UNIT_BITS, 1 << octave << UNIT_BITS)
}

fn middle_of(index: usize) -> u64 {
    let (begin, width) = range_of(index);
    begin + width / 2
}

fn end_of(index: usize) -> u64 {
    let (begin, width) = range_of(index);
    begin + width - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_its_bucket_and_buckets_follow_each_other() {
        let mut end = 0;
        for index in 0..BUCKETS {
            let (begin, width) = range_of(index);
            assert_eq!(begin, end, "bucket {index}");
            end = begin + width;
            assert_eq!((bucket_of(begin), bucket_of(end - 1)), (index, index));
        }
        assert_eq!(end, 1 << TOP_BITS);
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_right_to_two_per_cent() {
        let histogram = Histogram::new();
        for micros in 1..=10_000 {
            histogram.record(Duration::from_micros(micros));
        }
        let found = histogram.snapshot();
        assert_eq!(found.count(), 10_000);
        for (share, expected) in [(0.5, 5_000.0), (0.95, 9_500.0), (0.99, 9_900.0), (1.0, 10_000.0)] {
            let micros = found.quantile(share).as_secs_f64() * 1e6;
            assert!((micros - expected).abs() / expected < 0.02, "{share}: {micros}");
        }
        assert_eq!(found.max(), Duration::from_millis(10));
        assert_eq!(found.mean(), Duration::from_nanos(5_000_500));
    }

    #[test]
    fn one_value_is_every_quantile_and_nothing_is_none() {
        let histogram = Histogram::new();
        assert_eq!(histogram.snapshot().quantile(0.99), Duration::ZERO);
        histogram.record(Duration::from_millis(3));
        let found = histogram.snapshot();
        for share in [0.0, 0.5, 1.0] {
            let micros = found.quantile(share).as_micros() as f64;
            assert!((micros - 3_000.0).abs() / 3_000.0 < 0.02, "{micros}");
        }
        assert_eq!(found.at_most(Duration::from_millis(2)), 0);
        assert_eq!(found.at_most(Duration::from_millis(4)), 1);
    }

    #[test]
    fn a_difference_holds_what_came_in_between() {
        let histogram = Histogram::new();
        histogram.record(Duration::from_secs(1));
        let before = histogram.snapshot();
        histogram.record(Duration::from_millis(1));
        let between = histogram.snapshot().since(&before);
        assert_eq!((between.count(), between.sum()), (1, Duration::from_millis(1)));
        assert!(between.max() < Duration::from_millis(2), "{:?}", between.max());
        let mut both = before.clone();
        both.add(&between);
        assert_eq!((both.count(), both.max()), (2, Duration::from_secs(1)));
        // Before anything was counted there are no buckets.
        assert_eq!(histogram.snapshot().since(&Distribution::default()).count(), 2);
    }

    #[test]
    fn threads_that_count_at_once_lose_nothing() {
        let histogram = Histogram::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|nanos| histogram.record(Duration::from_nanos(nanos))));
            }
        });
        assert_eq!(histogram.snapshot().count(), 40_000);
    }
}

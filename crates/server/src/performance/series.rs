//! A day of a few numbers, one point every ten seconds, in memory.
//!
//! A row, its time and 4 bytes a series, is 104 bytes: a day is 8,640 of them, 0.9 MB, reserved at the start and taken as
//! the day goes by. Readers ask for a span of time and a number of points, and get means (of percentiles and queues: the
//! highest).

use std::collections::VecDeque;

use parking_lot::Mutex;
use sql::Time;

/// Seconds between two points.
pub const STEP_SECONDS: u64 = 10;
/// Points that are kept: a day.
const POINTS: usize = 24 * 60 * 60 / STEP_SECONDS as usize;

/// What becomes of several points when fewer are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fold {
    Mean,
    Highest,
}

macro_rules! series {
    ($($(#[doc = $about:literal])+ $name:ident: $unit:literal, $fold:ident;)+) => {
        /// One number of each series, at one time; not a number where there is none.
        #[derive(Debug, Clone, Copy)]
        pub struct Point { $($(#[doc = $about])+ pub $name: f32,)+ }

        /// The series: name, unit, how points become fewer.
        const SERIES: &[(&str, &str, Fold)] = &[$((stringify!($name), $unit, Fold::$fold)),+];

        impl Point {
            fn values(&self) -> [f32; SERIES.len()] { [$(self.$name),+] }
        }

        impl Default for Point {
            fn default() -> Self { Self { $($name: f32::NAN),+ } }
        }
    };
}

series! {
    /// Requests a second.
    requests_per_second: "1/s", Mean;
    /// Half of the requests took at most this long.
    p50_ms: "ms", Highest;
    /// 95 of 100 requests took at most this long.
    p95_ms: "ms", Highest;
    /// 99 of 100 requests took at most this long.
    p99_ms: "ms", Highest;
    /// Requests a second that failed through no fault of the caller.
    errors_per_second: "1/s", Mean;
    /// Requests a second that were refused: 4xx.
    refused_per_second: "1/s", Mean;
    /// Bytes a second of answers.
    bytes_per_second: "B/s", Mean;
    /// The share of answers out of the cache among those that could be.
    hit_rate: "share", Mean;
    /// Statements a second.
    statements_per_second: "1/s", Mean;
    /// Time a second that requests waited for the database.
    database_ms_per_second: "ms/s", Mean;
    /// Readers or connections at work.
    connections_in_use: "count", Highest;
    /// Callers that wait for a reader or a connection.
    connections_waiting: "count", Highest;
    /// Writes that wait for SQLite's writer.
    writer_queue: "count", Highest;
    /// The size of SQLite's log.
    wal_bytes: "B", Highest;
    /// Commits a second of SQLite's writer.
    commits_per_second: "1/s", Mean;
    /// Memory in use.
    rss_bytes: "B", Highest;
    /// The share of all processors, 0 to 100.
    cpu_percent: "%", Mean;
    /// Runs in the queue.
    runs_queued: "count", Highest;
    /// Runs that run here.
    runs_running: "count", Highest;
    /// Streams that are open.
    streams: "count", Highest;
    /// Tokens a second that models wrote.
    tokens_per_second: "1/s", Mean;
    /// Requests under way.
    requests_running: "count", Highest;
    /// Requests a second that took more statements or rows than their route may.
    over_budget_per_second: "1/s", Mean;
}

/// The points of a day.
pub(super) struct Series {
    rows: Mutex<VecDeque<(i64, [f32; SERIES.len()])>>,
}

/// What was asked for of the series.
#[derive(Debug, Clone)]
pub struct Excerpt {
    /// When each point ends, in seconds since 1970; the same for every series.
    pub times: Vec<i64>,
    /// Seconds between two of them.
    pub step_seconds: u64,
    /// The series that were asked for.
    pub series: Vec<Line>,
}

/// One series.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its name.
    pub name: &'static str,
    /// What its numbers are.
    pub unit: &'static str,
    /// Its points, none where nothing is known.
    pub values: Vec<Option<f32>>,
}

/// The names of all series.
pub fn names() -> impl Iterator<Item = &'static str> {
    SERIES.iter().map(|(name, ..)| *name)
}

impl Series {
    pub fn new() -> Self {
        Self {
            rows: Mutex::new(VecDeque::with_capacity(POINTS)),
        }
    }

    pub fn push(&self, at: Time, point: &Point) {
        let mut rows = self.rows.lock();
        if rows.len() >= POINTS {
            rows.pop_front();
        }
        rows.push_back((at.secs(), point.values()));
    }

    /// The last `seconds` up to `now` of these series (all, when none is named) in at most `points` points.
    pub fn excerpt(&self, now: Time, names: &[&str], seconds: u64, points: usize) -> Excerpt {
        let day = POINTS as u64 * STEP_SECONDS;
        let seconds = seconds.clamp(STEP_SECONDS, day);
        let steps = seconds.div_ceil(STEP_SECONDS);
        let together = steps.div_ceil(points.max(1) as u64);
        let step_seconds = together * STEP_SECONDS;
        let count = steps.div_ceil(together) as usize;
        // Ends lie on whole steps, so that a point does not change while time goes on. The step under way is one of them
        // from its first sample on: until then there is nothing to say of it.
        let begun = now.secs().div_euclid(step_seconds as i64) * step_seconds as i64;
        let sampled = self.rows.lock().back().is_some_and(|(at, _)| *at >= begun);
        let last = if sampled {
            begun + step_seconds as i64
        } else {
            begun
        };
        let first = last - (count as u64 * step_seconds) as i64;
        let mut groups: Vec<Vec<[f32; SERIES.len()]>> = vec![Vec::new(); count];
        for (at, values) in self.rows.lock().iter() {
            if let Ok(offset) = u64::try_from(at - first)
                && let Some(group) = groups.get_mut((offset / step_seconds) as usize)
            {
                group.push(*values);
            }
        }
        let wanted = SERIES
            .iter()
            .enumerate()
            .filter(|(_, (name, ..))| names.is_empty() || names.contains(name));
        let series = wanted.map(|(index, (name, unit, fold))| Line {
            name,
            unit,
            values: groups
                .iter()
                .map(|group| folded(*fold, group.iter().map(|values| values[index])))
                .collect(),
        });
        Excerpt {
            times: (1..=count)
                .map(|index| first + (index as u64 * step_seconds) as i64)
                .collect(),
            step_seconds,
            series: series.collect(),
        }
    }
}

fn folded(fold: Fold, values: impl Iterator<Item = f32>) -> Option<f32> {
    let known: Vec<f32> = values.filter(|value| !value.is_nan()).collect();
    if known.is_empty() {
        return None;
    }
    Some(match fold {
        Fold::Mean => known.iter().sum::<f32>() / known.len() as f32,
        Fold::Highest => known.iter().copied().fold(f32::NEG_INFINITY, f32::max),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 1_800_000_000 - 1_800_000_000 % 86_400;

    fn filled(points: usize) -> Series {
        let series = Series::new();
        for index in 0..points {
            let point = Point {
                requests_per_second: index as f32,
                p99_ms: if index % 2 == 0 { f32::NAN } else { index as f32 },
                ..Point::default()
            };
            series.push(Time::from_secs(DAY + 10 * index as i64), &point);
        }
        series
    }

    #[test]
    fn fewer_points_are_means_or_the_highest() {
        let series = filled(12);
        let now = Time::from_secs(DAY + 119);
        let names = ["requests_per_second", "p99_ms", "streams"];
        let found = series.excerpt(now, &names, 120, 4);
        assert_eq!((found.step_seconds, found.times.len()), (30, 4));
        assert_eq!(found.times.last(), Some(&(DAY + 120)));
        let values = |index: usize| found.series[index].values.clone();
        assert_eq!(values(0), [Some(1.0), Some(4.0), Some(7.0), Some(10.0)]);
        assert_eq!(values(1), [Some(1.0), Some(5.0), Some(7.0), Some(11.0)]);
        assert_eq!(values(2), [None; 4]);
    }

    #[test]
    fn a_day_is_kept_and_no_more() {
        let series = filled(POINTS + 5);
        assert_eq!(series.rows.lock().len(), POINTS);
        let now = Time::from_secs(DAY + 10 * (POINTS as i64 + 5));
        let found = series.excerpt(now, &[], u64::MAX, 100);
        assert_eq!(found.series.len(), SERIES.len());
        assert!(found.times.len() <= 100);
        assert!(size_of::<(i64, [f32; SERIES.len()])>() * POINTS < 900_000);
    }

    #[test]
    fn what_was_before_the_start_is_unknown() {
        let found = filled(2).excerpt(Time::from_secs(DAY + 19), &["requests_per_second"], 40, 4);
        assert_eq!(found.series[0].values, [None, None, Some(0.0), Some(1.0)]);
    }

    #[test]
    fn a_step_is_shown_from_its_first_sample_on_and_a_missing_one_as_missing() {
        let at = |seconds| {
            let found = filled(2).excerpt(Time::from_secs(DAY + seconds), &["requests_per_second"], 20, 2);
            (*found.times.last().unwrap() - DAY, found.series[0].values.clone())
        };
        assert_eq!(at(19), (20, vec![Some(0.0), Some(1.0)]));
        // The sample of this step is still to come.
        assert_eq!(at(22), (20, vec![Some(0.0), Some(1.0)]));
        // A whole step went by without one.
        assert_eq!(at(32), (30, vec![Some(1.0), None]));
    }
}

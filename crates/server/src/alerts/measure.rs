//! What is measured, and the readings that two measurements make. The arithmetic is pure.

use std::time::Duration;

use sql::{Stats, Time};

use super::Kind;
use super::machine::{Cpu, Machine, Memory};
use super::thresholds::Thresholds;
use super::watch::{CALM, Level, Reading};

/// The part of a route's answers that has to be quick enough.
const QUICK_SHARE: f64 = 0.95;
/// Limits at which answers are counted, as multiples of the bound: enough to know on which side of the bound and of the low
/// mark the quantile lies, and about where.
const STEPS: [f64; 11] = [0.25, 0.5, CALM, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0];

/// What a route has done since the start.
#[derive(Debug, Clone)]
pub(super) struct RouteCounts {
    /// Method and path.
    pub name: String,
    /// Whether its time is its own: not that of a stream or of a model that is waited for.
    pub hurried: bool,
    pub count: u64,
    pub errors: u64,
    /// Answers that took at most each of [`STEPS`] times the bound.
    pub at_most: [u64; STEPS.len()],
}

/// Everything at one moment.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub at: Time,
    /// In the order of the route table, which never changes.
    pub routes: Vec<RouteCounts>,
    pub database: Stats,
    pub memory: Option<Memory>,
    pub cpu: Option<Cpu>,
}

/// The times at which the answers of a route are counted.
pub(super) fn limits(thresholds: &Thresholds) -> [Duration; STEPS.len()] {
    let bound = Duration::from_millis(u64::from(thresholds.response_ms));
    STEPS.map(|step| bound.mul_f64(step))
}

/// The machine and the database as they are now; the routes come from the recorder.
pub(super) fn sample(machine: &Machine, database: Stats, routes: Vec<RouteCounts>, at: Time) -> Sample {
    Sample {
        at,
        routes,
        database,
        memory: machine.memory(),
        cpu: machine.cpu(),
    }
}

/// What a kind reads: over the window for what is counted, since the measurement before for the rest.
pub(super) fn reading(
    kind: Kind,
    window: &Sample,
    before: &Sample,
    now: &Sample,
    thresholds: &Thresholds,
) -> Option<Reading> {
    match kind {
        Kind::ResponseTime => response_time(window, now, thresholds),
        Kind::ErrorRate => error_rate(window, now, thresholds),
        Kind::PoolExhausted => Some(pool(window, now, thresholds)),
        Kind::Memory => now
            .memory
            .map(|memory| memory_use(&memory, thresholds.memory_percent)),
        Kind::Cpu => {
            let (percent, container) = now.cpu?.percent(before.cpu.as_ref()?)?;
            let of = if container {
                "share of the container"
            } else {
                "processor"
            };
            Some(plain(
                percent,
                thresholds.cpu_percent,
                format!("{percent:.0} % of the {of} is in use"),
            ))
        }
    }
}

fn plain(value: f64, threshold: f64, detail: String) -> Reading {
    Reading {
        value,
        threshold,
        level: Level::of(value, threshold),
        settled: false,
        detail,
    }
}

fn memory_use(memory: &Memory, threshold: f64) -> Reading {
    let percent = memory.percent();
    let of = if memory.container { "container" } else { "machine" };
    let mib = |bytes: u64| bytes >> 20;
    let detail = format!(
        "{percent:.0} % of the {of}'s memory is in use ({} of {} MiB)",
        mib(memory.used),
        mib(memory.limit)
    );
    plain(percent, threshold, detail)
}

/// The route whose answers take longest.
fn response_time(window: &Sample, now: &Sample, thresholds: &Thresholds) -> Option<Reading> {
    let bound = f64::from(thresholds.response_ms);
    let slowest = window
        .routes
        .iter()
        .zip(&now.routes)
        .filter(|(_, now)| now.hurried)
        .filter_map(|(before, now)| {
            let count = now.count.saturating_sub(before.count);
            let at_most = std::array::from_fn(|step| now.at_most[step].saturating_sub(before.at_most[step]));
            (count >= u64::from(thresholds.requests_min))
                .then(|| (quantile(count, &at_most, bound), count, &now.name))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    let (value, count, name) = slowest;
    Some(Reading {
        value,
        threshold: bound,
        level: Level::of(value, bound),
        settled: true,
        detail: format!("{name}: of {count} answers one in twenty took longer than {value:.0} ms"),
    })
}

/// About the time that [`QUICK_SHARE`] of the answers did not exceed, in milliseconds.
fn quantile(count: u64, at_most: &[u64; STEPS.len()], bound: f64) -> f64 {
    let wanted = QUICK_SHARE * count as f64;
    let mut below = (0.0, 0.0);
    for (step, number) in STEPS.iter().zip(at_most) {
        let here = (*number as f64, step * bound);
        if here.0 >= wanted {
            // Between two limits the answers are taken to be spread evenly.
            let part = (wanted - below.0) / (here.0 - below.0).max(1.0);
            return (here.1 - below.1).mul_add(part.clamp(0.0, 1.0), below.1);
        }
        below = here;
    }
    below.1
}

fn error_rate(window: &Sample, now: &Sample, thresholds: &Thresholds) -> Option<Reading> {
    let sum = |sample: &Sample, of: fn(&RouteCounts) -> u64| sample.routes.iter().map(of).sum::<u64>();
    let count = sum(now, |route| route.count).saturating_sub(sum(window, |route| route.count));
    let errors = sum(now, |route| route.errors).saturating_sub(sum(window, |route| route.errors));
    if count < u64::from(thresholds.requests_min) {
        return None;
    }
    let percent = errors as f64 / count as f64 * 100.0;
    let most = window
        .routes
        .iter()
        .zip(&now.routes)
        .max_by_key(|(before, now)| now.errors.saturating_sub(before.errors))
        .map_or("", |(_, now)| now.name.as_str());
    Some(Reading {
        settled: true,
        ..plain(
            percent,
            thresholds.error_percent,
            format!("{errors} of {count} requests failed, most of them {most}"),
        )
    })
}

fn pool(window: &Sample, now: &Sample, thresholds: &Thresholds) -> Reading {
    let Stats {
        waiting,
        reader_queue,
        writer_queue,
        in_use,
        open,
        ..
    } = now.database;
    let waiting = waiting + reader_queue + writer_queue;
    let refused = now.database.refused.saturating_sub(window.database.refused);
    let threshold = f64::from(thresholds.pool_waiting);
    if refused > 0 {
        return Reading {
            value: (waiting + refused) as f64,
            threshold,
            level: Level::Over,
            settled: true,
            detail: format!("the database turned {refused} callers away, {waiting} wait"),
        };
    }
    plain(
        waiting as f64,
        threshold,
        format!("{waiting} callers wait for the database; {in_use} of {open} connections are at work"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(name: &str, count: u64, errors: u64, quick: u64, slow: u64) -> RouteCounts {
        // All quick ones at a quarter of the bound, all slow ones between one and a half and two.
        let at_most = STEPS.map(|step| if step >= 2.0 { quick + slow } else { quick });
        RouteCounts {
            name: name.to_owned(),
            hurried: name != "stream",
            count,
            errors,
            at_most,
        }
    }

    fn of(routes: Vec<RouteCounts>, database: Stats) -> Sample {
        Sample {
            at: Time::from_secs(0),
            routes,
            database,
            memory: Some(Memory {
                used: 85,
                limit: 100,
                container: true,
            }),
            cpu: None,
        }
    }

    fn judged(kind: Kind, before: Sample, now: Sample) -> Option<(i64, Level, bool)> {
        let reading = reading(kind, &before, &before, &now, &Thresholds::default())?;
        Some((reading.value.round() as i64, reading.level, reading.settled))
    }

    #[test]
    fn a_route_is_slow_when_more_than_one_answer_in_twenty_is() {
        for (quick, slow, level) in [
            (100, 0, Level::Calm),
            (96, 4, Level::Calm),
            (95, 5, Level::Calm),
            (94, 6, Level::Over),
            (0, 100, Level::Over),
        ] {
            let before = of(
                vec![route("a", 50, 0, 50, 0), route("b", 7, 0, 0, 7)],
                Stats::default(),
            );
            let now = of(
                vec![
                    route("a", 150, 0, 50 + quick, slow),
                    // Too few to judge, and slow.
                    route("b", 20, 0, 0, 20),
                ],
                Stats::default(),
            );
            let (_, found, settled) = judged(Kind::ResponseTime, before, now).unwrap();
            assert_eq!((found, settled), (level, true), "{quick} quick, {slow} slow");
        }
    }

    #[test]
    fn the_time_of_a_stream_is_nobodys_fault() {
        let before = of(vec![route("stream", 0, 0, 0, 0)], Stats::default());
        let now = of(vec![route("stream", 100, 0, 0, 100)], Stats::default());
        assert_eq!(judged(Kind::ResponseTime, before, now), None);
    }

    #[test]
    fn failures_are_counted_over_all_routes_from_a_number_of_requests_on() {
        let judge = |count: u64, errors: u64| {
            let before = of(
                vec![route("a", 10, 10, 0, 0), route("b", 0, 0, 0, 0)],
                Stats::default(),
            );
            let now = of(
                vec![
                    route("a", 10 + count, 10 + errors, 0, 0),
                    route("b", 100 - count, 0, 0, 0),
                ],
                Stats::default(),
            );
            judged(Kind::ErrorRate, before, now)
        };
        assert_eq!(judge(50, 1), Some((1, Level::Between, true)));
        assert_eq!(judge(50, 2), Some((2, Level::Over, true)));
        assert_eq!(judge(50, 0), Some((0, Level::Calm, true)));
        let few = of(vec![route("a", 19, 19, 0, 0)], Stats::default());
        let none = of(vec![route("a", 0, 0, 0, 0)], Stats::default());
        assert_eq!(judged(Kind::ErrorRate, none, few), None);
    }

    #[test]
    fn who_is_turned_away_counts_at_once_and_who_waits_in_time() {
        let stats = |waiting, refused| Stats {
            reader_queue: waiting,
            refused,
            ..Stats::default()
        };
        for (waiting, refused, expected) in [
            (0, 7, (0, Level::Calm, false)),
            (100, 7, (100, Level::Between, false)),
            (101, 7, (101, Level::Over, false)),
            (0, 8, (1, Level::Over, true)),
        ] {
            let (before, now) = (of(vec![], stats(0, 7)), of(vec![], stats(waiting, refused)));
            assert_eq!(judged(Kind::PoolExhausted, before, now), Some(expected));
        }
    }

    #[test]
    fn memory_is_read_as_it_is() {
        let sample = of(vec![], Stats::default());
        assert_eq!(
            judged(Kind::Memory, sample.clone(), sample),
            Some((85, Level::Over, false))
        );
    }
}

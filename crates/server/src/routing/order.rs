//! In which order the targets of a route are asked, and what is remembered of them for that. The orders are pure.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::Strategy;

/// In this time what was measured loses two thirds of its weight.
const DECAY: Duration = Duration::from_secs(30);
/// A failure counts as a first event after so long.
const FAILURE: Duration = Duration::from_secs(30);
/// After this time without a call a target is as good as new.
const FORGET_AFTER: Duration = Duration::from_mins(10);
/// Targets that are remembered.
const TARGETS_MAX: usize = 1_024;

/// How soon targets have shown their first events lately: the mean in which a slow answer counts at once and a fast one little by
/// little, times the calls that wait for theirs (the peak-EWMA of Finagle).
#[derive(Default)]
pub struct Latencies(Mutex<Means>);

#[derive(Default)]
struct Means(HashMap<Arc<str>, Mean>);

struct Mean {
    /// None until one was measured.
    ms: Option<f64>,
    at: Instant,
    waiting: u32,
}

/// A call that waits for its first event; dropped before it comes, it has taken at least so long.
pub struct Waiting<'a> {
    latencies: &'a Latencies,
    target: Arc<str>,
    began: Instant,
    told: bool,
}

/// What is known of a target.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Known {
    /// What a call of it costs in time; none when none was measured.
    pub score: Option<f64>,
    /// Calls that wait for their first event.
    pub waiting: u32,
}

/// How a wait has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// With an event.
    Well,
    /// With a failure.
    Badly,
    /// Nobody waited any more.
    GivenUp,
    /// Nothing was sent.
    Unsent,
}

impl Latencies {
    /// A call of this target begins.
    pub fn begin(&self, target: Arc<str>) -> Waiting<'_> {
        let now = Instant::now();
        self.0.lock().begin(&target, now);
        Waiting {
            latencies: self,
            target,
            began: now,
            told: false,
        }
    }

    /// What is known of a target now.
    pub fn of(&self, target: &str) -> Known {
        self.0.lock().of(target, Instant::now())
    }
}

impl Means {
    fn begin(&mut self, target: &Arc<str>, now: Instant) {
        if self.0.len() >= TARGETS_MAX {
            self.0
                .retain(|_, mean| mean.waiting > 0 || now.duration_since(mean.at) < FORGET_AFTER);
        }
        let mean = self.0.entry(Arc::clone(target)).or_insert(Mean {
            ms: None,
            at: now,
            waiting: 0,
        });
        mean.waiting += 1;
    }

    /// What was measured fades, so that a slow one is tried again some day.
    fn of(&self, target: &str, now: Instant) -> Known {
        let Some(mean) = self.0.get(target) else {
            return Known::default();
        };
        let age = now.duration_since(mean.at);
        let ms = mean.ms.filter(|_| age < FORGET_AFTER);
        Known {
            score: ms.map(|ms| ms * fade(age, DECAY * 4) * f64::from(mean.waiting + 1)),
            waiting: mean.waiting,
        }
    }

    fn ended(&mut self, target: &str, (took, how): (Duration, Ended), now: Instant) {
        let Some(mean) = self.0.get_mut(target) else {
            return;
        };
        mean.waiting = mean.waiting.saturating_sub(1);
        let took = match how {
            Ended::Unsent => return,
            Ended::Badly => took.max(FAILURE),
            Ended::Well | Ended::GivenUp => took,
        };
        let took = took.as_secs_f64() * 1_000.0;
        let ms = match mean.ms {
            Some(before) if took <= before && how == Ended::GivenUp => return,
            Some(before) if took <= before => {
                let weight = fade(now.duration_since(mean.at), DECAY);
                before * weight + took * (1.0 - weight)
            }
            _ => took,
        };
        (mean.ms, mean.at) = (Some(ms), now);
    }
}

fn fade(age: Duration, over: Duration) -> f64 {
    (-age.as_secs_f64() / over.as_secs_f64()).exp()
}

impl Waiting<'_> {
    /// Its first event came, or it failed.
    pub fn ended(mut self, well: bool) {
        self.tell(if well { Ended::Well } else { Ended::Badly });
    }

    /// Nothing was sent to it.
    pub fn unsent(mut self) {
        self.tell(Ended::Unsent);
    }

    fn tell(&mut self, how: Ended) {
        self.told = true;
        let now = Instant::now();
        let took = now.duration_since(self.began);
        self.latencies.0.lock().ended(&self.target, (took, how), now);
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.tell(Ended::GivenUp);
        }
    }
}

/// What counts for the order of a target.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Its share, for `weighted`.
    pub weight: u32,
    /// What is known of it, for `fastest`.
    pub known: Known,
    /// Whether its breaker is open.
    pub suspended: bool,
}

/// The numbers of the targets in the order in which they are asked. `chance` gives numbers in [0, 1).
pub fn order(strategy: Strategy, targets: &[Standing], mut chance: impl FnMut() -> f64) -> Vec<usize> {
    let mut order = match strategy {
        Strategy::Order => (0..targets.len()).collect(),
        Strategy::Weighted => by_weight(targets, &mut chance),
        Strategy::Fastest => by_speed(targets, &mut chance),
    };
    order.sort_by_key(|&number| targets[number].suspended);
    order
}

/// Drawn one after the other, each by its share of what is left.
fn by_weight(targets: &[Standing], chance: &mut impl FnMut() -> f64) -> Vec<usize> {
    let mut left: Vec<usize> = (0..targets.len()).collect();
    let mut drawn = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let sum: f64 = left.iter().map(|&number| f64::from(targets[number].weight)).sum();
        let mut point = chance() * sum;
        // What weighs nothing comes last, as listed.
        let hit = left.iter().position(|&number| {
            let weight = f64::from(targets[number].weight);
            point -= weight;
            point < 0.0
        });
        drawn.push(left.remove(hit.unwrap_or(0)));
    }
    drawn
}

/// Those that nothing is known of first; of the others the better of two that chance takes, so that not all callers run to the same
/// one; then the rest, the best first.
fn by_speed(targets: &[Standing], chance: &mut impl FnMut() -> f64) -> Vec<usize> {
    let (mut known, mut unknown): (Vec<usize>, Vec<usize>) = (0..targets.len())
        .filter(|&number| !targets[number].suspended)
        .partition(|&number| targets[number].known.score.is_some());
    unknown.sort_by_key(|&number| targets[number].known.waiting);
    let score = |number: usize| targets[number].known.score.unwrap_or(f64::MAX);
    known.sort_by(|&one, &other| score(one).total_cmp(&score(other)));
    if known.len() > 2 {
        let one = draw(chance, known.len());
        let other = (one + 1 + draw(chance, known.len() - 1)) % known.len();
        let better = known.remove(one.min(other));
        known.insert(0, better);
    }
    let suspended = (0..targets.len()).filter(|&number| targets[number].suspended);
    unknown.into_iter().chain(known).chain(suspended).collect()
}

/// A whole number below `count`.
fn draw(chance: &mut impl FnMut() -> f64, count: usize) -> usize {
    ((chance() * count as f64) as usize).min(count.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    fn standing(weight: u32, score: Option<f64>) -> Standing {
        Standing {
            weight,
            known: Known { score, waiting: 0 },
            suspended: false,
        }
    }

    fn seeded() -> impl FnMut() -> f64 {
        let mut rng = StdRng::seed_from_u64(7);
        move || rng.random::<f64>()
    }

    #[test]
    fn shares_are_as_the_weights_say_and_what_weighs_nothing_is_last() {
        let targets = [0, 1, 3, 6].map(|weight| standing(weight, None));
        let mut chance = seeded();
        let mut first = [0_u32; 4];
        for _ in 0..10_000 {
            let order = order(Strategy::Weighted, &targets, &mut chance);
            first[order[0]] += 1;
            assert_eq!(order[3], 0);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3]);
        }
        let near = |count: u32, share: f64| (f64::from(count) / 10_000.0 - share).abs() < 0.02;
        assert!(
            first[0] == 0 && near(first[1], 0.1) && near(first[2], 0.3) && near(first[3], 0.6),
            "{first:?}"
        );
    }

    #[test]
    fn the_unknown_are_tried_first_the_suspended_last_and_the_fast_before_the_slow() {
        let mut targets = [
            standing(1, Some(900.0)),
            standing(1, Some(100.0)),
            standing(1, None),
            standing(1, Some(5.0)),
        ];
        targets[3].suspended = true;
        assert_eq!(order(Strategy::Fastest, &targets, seeded()), [2, 1, 0, 3]);
        assert_eq!(order(Strategy::Order, &targets, seeded()), [0, 1, 2, 3]);
        targets[0].suspended = true;
        assert_eq!(order(Strategy::Order, &targets, seeded()), [1, 2, 0, 3]);
    }

    #[test]
    fn of_many_the_slowest_is_never_first_and_the_fastest_mostly() {
        let targets = [400.0, 300.0, 200.0, 100.0].map(|score| standing(1, Some(score)));
        let mut chance = seeded();
        let mut first = [0_u32; 4];
        for _ in 0..6_000 {
            first[order(Strategy::Fastest, &targets, &mut chance)[0]] += 1;
        }
        assert_eq!(first[0], 0);
        // Half of all pairs have the fastest in them.
        assert!((2_700..3_300).contains(&first[3]), "{first:?}");
    }

    /// Targets and a clock.
    struct Bench {
        means: Means,
        now: Instant,
    }

    impl Bench {
        fn new() -> Self {
            Self {
                means: Means::default(),
                now: Instant::now(),
            }
        }

        fn call(&mut self, target: &str, ms: u64, how: Ended) {
            self.means.begin(&Arc::from(target), self.now);
            let took = Duration::from_millis(ms);
            self.now += took;
            self.means.ended(target, (took, how), self.now);
        }

        fn score(&self, target: &str) -> Option<f64> {
            self.means.of(target, self.now).score.map(f64::round)
        }
    }

    #[test]
    fn a_slow_answer_counts_at_once_and_fades() {
        let mut bench = Bench::new();
        assert_eq!(bench.score("a"), None);
        bench.call("a", 100, Ended::Well);
        assert_eq!(bench.score("a"), Some(100.0));
        bench.call("a", 900, Ended::Well);
        assert_eq!(bench.score("a"), Some(900.0));
        bench.call("a", 100, Ended::Well);
        assert!(bench.score("a") < Some(900.0) && bench.score("a") > Some(800.0));
        let before = bench.score("a");
        bench.now += Duration::from_mins(2);
        assert!(bench.score("a") < before);
        bench.now += Duration::from_mins(10);
        assert_eq!(bench.score("a"), None, "forgotten");
    }

    #[test]
    fn calls_that_wait_weigh_and_failures_are_no_speed() {
        let mut bench = Bench::new();
        bench.call("a", 1, Ended::Badly);
        assert_eq!(bench.score("a"), Some(30_000.0));
        bench.call("b", 100, Ended::Well);
        bench.means.begin(&Arc::from("b"), bench.now);
        assert_eq!(bench.score("b"), Some(200.0));
        // Given up after a second: it takes at least that. Given up sooner, nothing is known.
        bench.call("b", 1_000, Ended::GivenUp);
        assert_eq!(bench.score("b"), Some(2_000.0));
        bench.call("b", 10, Ended::GivenUp);
        assert!(bench.score("b") > Some(1_900.0));
        bench.call("c", 0, Ended::Unsent);
        assert_eq!(bench.score("c"), None);
        bench.call("c", 500, Ended::GivenUp);
        assert_eq!(bench.score("c"), Some(500.0));
    }
}

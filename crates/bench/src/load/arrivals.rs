//! When the requests of an open loop are to be sent, and the thread that lets them go at those times.

use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::mpsc::UnboundedSender;

/// Times of arrival after the start, without end.
#[derive(Debug)]
pub(crate) struct Arrivals {
    rate: f64,
    at: f64,
    random: Option<StdRng>,
}

impl Arrivals {
    /// One request every 1/rate seconds.
    pub(crate) fn constant(rate: f64) -> Self {
        Self {
            rate,
            at: 0.0,
            random: None,
        }
    }

    /// A Poisson process, as independent users make one: gaps are exponential, so there are bursts.
    pub(crate) fn poisson(rate: f64, seed: u64) -> Self {
        Self {
            random: Some(StdRng::seed_from_u64(seed)),
            ..Self::constant(rate)
        }
    }
}

impl Iterator for Arrivals {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let at = Duration::from_secs_f64(self.at);
        let gaps = match &mut self.random {
            // 1 - u is never 0, whose logarithm does not exist.
            Some(random) => -(1.0 - random.random::<f64>()).ln(),
            None => 1.0,
        };
        self.at += gaps / self.rate;
        Some(at)
    }
}

/// Lets each request go at its time until `length` is over. A thread, because the timers of the runtime are a millisecond
/// coarse, which is more than most answers take.
pub(crate) fn dispatch(
    arrivals: Arrivals,
    start: Instant,
    length: Duration,
    send: UnboundedSender<Instant>,
) -> std::io::Result<()> {
    std::thread::Builder::new()
        .name("arrivals".to_owned())
        .spawn(move || {
            // Without it the kernel adds up to 50 µs to every sleep, to save energy.
            let _ = rustix::thread::set_current_timer_slack(NonZeroU64::new(1));
            for at in arrivals.take_while(|at| *at < length) {
                let intended = start + at;
                if let Some(wait) = intended.checked_duration_since(Instant::now()) {
                    std::thread::sleep(wait);
                }
                if send.send(intended).is_err() {
                    return;
                }
            }
        })
        .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_rate_is_even() {
        let times: Vec<u128> = Arrivals::constant(200.0)
            .take(4)
            .map(|at| at.as_micros())
            .collect();
        assert_eq!(times, [0, 5_000, 10_000, 15_000]);
    }

    #[test]
    fn a_poisson_process_keeps_its_rate_and_repeats_with_its_seed() {
        let count = |seed| {
            Arrivals::poisson(1_000.0, seed)
                .take_while(|at| *at < Duration::from_secs(20))
                .count()
        };
        let found = count(7);
        // The standard deviation of 20,000 arrivals is 141.
        assert!((19_300..20_700).contains(&found), "{found}");
        assert_eq!(found, count(7));
        assert_ne!(found, count(8));
        let gaps: Vec<f64> = {
            let times: Vec<f64> = Arrivals::poisson(1_000.0, 7)
                .take(5_000)
                .map(|at| at.as_secs_f64())
                .collect();
            times.windows(2).map(|pair| pair[1] - pair[0]).collect()
        };
        let short = gaps.iter().filter(|gap| **gap < 0.000_5).count() as f64 / gaps.len() as f64;
        assert!((0.36..0.43).contains(&short), "1 - e^-0.5 is 0.39, not {short}");
    }
}

//! When an alert opens and closes: a state for each kind, moved on by one reading at a time. Pure: time comes with the
//! reading.
//!
//! ```text
//!            over                over for the window            calm                calm for the window
//!   Quiet ─────────▶ Rising ─────────────────────▶ Open ─────────────▶ Falling ─────────────────────▶ Quiet
//!     ▲   not over     │                             ▲    not calm         │
//!     └────────────────┘                             └─────────────────────┘
//! ```
//!
//! Between the bound and the low mark ([`CALM`] of the bound) nothing changes, so a reading that swings around the bound
//! opens one alert and not many.

use std::time::Duration;

use sql::Time;

use super::Kind;

/// The low mark: what part of its bound a reading has to fall below before its alert may close.
pub const CALM: f64 = 0.8;

/// How a reading stands to its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Below the low mark.
    Calm,
    /// Between the two.
    Between,
    /// Beyond the bound.
    Over,
}

impl Level {
    /// Where `value` lies.
    pub fn of(value: f64, threshold: f64) -> Self {
        if value > threshold {
            Self::Over
        } else if value > threshold * CALM {
            Self::Between
        } else {
            Self::Calm
        }
    }
}

/// One measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What was measured, in the unit of its kind.
    pub value: f64,
    /// The bound at that time.
    pub threshold: f64,
    /// How the two stand.
    pub level: Level,
    /// It is true of a whole window already and need not last for another one.
    pub settled: bool,
    /// A sentence for people.
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Quiet,
    Rising { since: Time },
    Open,
    Falling { since: Time },
}

/// What a reading led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Same,
    /// The alert begins.
    Opens,
    /// The alert goes on.
    Stays,
    /// The alert is over.
    Closes,
}

/// The states of all kinds on this node.
#[derive(Debug)]
pub struct Watch {
    states: [State; Kind::ALL.len()],
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            states: [State::Quiet; Kind::ALL.len()],
        }
    }
}

impl Watch {
    /// Takes the reading of a kind into account. No reading (nothing happened that could be measured) counts as calm:
    /// otherwise an alert about failing requests would stay open for as long as nobody comes.
    pub fn step(&mut self, kind: Kind, reading: Option<&Reading>, now: Time, window: Duration) -> Step {
        let state = &mut self.states[kind.index()];
        let level = reading.map_or(Level::Calm, |reading| reading.level);
        let settled = reading.is_some_and(|reading| reading.settled);
        let (next, step) = match (*state, level) {
            (State::Quiet, Level::Over) if settled || window.is_zero() => (State::Open, Step::Opens),
            (State::Quiet, Level::Over) => (State::Rising { since: now }, Step::Same),
            (State::Rising { since }, Level::Over) if settled || now.since(since) >= window => {
                (State::Open, Step::Opens)
            }
            (rising @ State::Rising { .. }, Level::Over) => (rising, Step::Same),
            (State::Quiet | State::Rising { .. }, _) => (State::Quiet, Step::Same),
            (State::Open, Level::Calm) if window.is_zero() => (State::Quiet, Step::Closes),
            (State::Open, Level::Calm) => (State::Falling { since: now }, Step::Stays),
            (State::Falling { since }, Level::Calm) if now.since(since) >= window => {
                (State::Quiet, Step::Closes)
            }
            (falling @ State::Falling { .. }, Level::Calm) => (falling, Step::Stays),
            (State::Open | State::Falling { .. }, _) => (State::Open, Step::Stays),
        };
        *state = next;
        step
    }

    /// Forgets what was known of a kind: its row is gone, or was ended by another.
    pub fn reset(&mut self, kind: Kind) {
        self.states[kind.index()] = State::Quiet;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_mins(1);

    fn reading(value: f64, settled: bool) -> Reading {
        Reading {
            value,
            threshold: 80.0,
            level: Level::of(value, 80.0),
            settled,
            detail: String::new(),
        }
    }

    /// Goes through (second, value) pairs and returns what opened and closed, with the second at which it did.
    fn told(readings: &[(i64, Option<f64>)], settled: bool) -> Vec<(i64, Step)> {
        let mut watch = Watch::default();
        let mut told = Vec::new();
        for (second, value) in readings {
            let reading = value.map(|value| reading(value, settled));
            let step = watch.step(Kind::Cpu, reading.as_ref(), Time::from_secs(*second), WINDOW);
            if matches!(step, Step::Opens | Step::Closes) {
                told.push((*second, step));
            }
        }
        told
    }

    #[test]
    #[expect(
        clippy::too_many_lines,
        reason = "a table of what is measured and what follows"
    )]
    fn an_alert_opens_after_a_window_and_closes_after_another() {
        use Step::{Closes, Opens};
        let over = Some(90.0);
        let between = Some(70.0);
        let calm = Some(10.0);
        for (what, readings, expected) in [
            (
                "a peak",
                vec![(0, over), (30, calm), (60, over), (90, calm)],
                vec![],
            ),
            (
                "a dip starts the window again",
                vec![(0, over), (50, between), (59, over), (100, over), (119, over)],
                vec![(119, Opens)],
            ),
            (
                "up and down",
                vec![
                    (0, over),
                    (59, over),
                    (60, over),
                    (70, calm),
                    (129, calm),
                    (130, calm),
                ],
                vec![(60, Opens), (130, Closes)],
            ),
            (
                "around the bound is one alert",
                vec![
                    (0, over),
                    (60, over),
                    (70, between),
                    (80, over),
                    (90, between),
                    (300, between),
                ],
                vec![(60, Opens)],
            ),
            (
                "calm for less than the window does not close",
                vec![
                    (0, over),
                    (60, over),
                    (70, calm),
                    (120, between),
                    (125, calm),
                    (180, calm),
                    (185, calm),
                ],
                vec![(60, Opens), (185, Closes)],
            ),
            (
                "nothing to measure is calm",
                vec![(0, over), (60, over), (70, None), (130, None)],
                vec![(60, Opens), (130, Closes)],
            ),
            (
                "again after it was over",
                vec![
                    (0, over),
                    (60, over),
                    (61, calm),
                    (121, calm),
                    (122, over),
                    (182, over),
                ],
                vec![(60, Opens), (121, Closes), (182, Opens)],
            ),
            (
                "exactly the bound is not beyond it, and exactly the low mark is calm",
                vec![
                    (0, Some(80.0)),
                    (60, Some(80.0)),
                    (61, over),
                    (121, over),
                    (122, Some(64.0)),
                    (182, Some(64.0)),
                ],
                vec![(121, Opens), (182, Closes)],
            ),
        ] {
            assert_eq!(told(&readings, false), expected, "{what}");
        }
    }

    #[test]
    fn a_reading_over_a_window_opens_at_once_and_closes_slowly() {
        use Step::{Closes, Opens};
        let readings = [
            (0, Some(90.0)),
            (10, Some(1.0)),
            (20, Some(90.0)),
            (30, Some(1.0)),
            (90, Some(1.0)),
        ];
        assert_eq!(told(&readings, true), [(0, Opens), (90, Closes)]);
    }

    #[test]
    fn kinds_do_not_disturb_each_other() {
        let mut watch = Watch::default();
        let over = reading(99.0, true);
        let now = Time::from_secs(1);
        assert_eq!(watch.step(Kind::Cpu, Some(&over), now, WINDOW), Step::Opens);
        assert_eq!(watch.step(Kind::Memory, None, now, WINDOW), Step::Same);
        assert_eq!(watch.step(Kind::Memory, Some(&over), now, WINDOW), Step::Opens);
        assert_eq!(watch.step(Kind::Cpu, Some(&over), now, WINDOW), Step::Stays);
        watch.reset(Kind::Cpu);
        assert_eq!(watch.step(Kind::Cpu, Some(&over), now, WINDOW), Step::Opens);
    }
}

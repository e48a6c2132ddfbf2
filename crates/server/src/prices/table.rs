//! Which price of the table counts for a model (pure).
//!
//! The most specific pattern that has begun: the model's own name, then the pattern with the longest text before its first
//! `*`. Of that pattern the latest price that is not in the future.

use std::cmp::Reverse;
use std::collections::HashMap;

use sql::Time;

use crate::limits::fits;
use crate::models::Prices;

/// A price of the table, as far as it decides what a call costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// Of outward names.
    pub pattern: String,
    /// From when on.
    pub valid_from: Time,
    /// How much.
    pub prices: Prices,
}

/// The prices of a pattern, oldest first.
type Series = Vec<(Time, Prices)>;

/// All prices.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Table {
    exact: HashMap<String, Series>,
    /// The most specific first.
    patterns: Vec<(String, Series)>,
    len: usize,
}

/// What the table says of a model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// What it costs now; nothing when no price has begun.
    pub prices: Option<Prices>,
    /// When that may change.
    pub changes_at: Option<Time>,
}

/// Where a model runs, for patterns that mean any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    /// At a provider.
    Elsewhere,
    /// In this process: only a pattern that names its connection counts, so that `*` leaves it free.
    Here,
}

impl Table {
    /// Puts the prices in order.
    pub fn new(rows: Vec<Dated>) -> Self {
        let len = rows.len();
        let mut by_pattern: HashMap<String, Series> = HashMap::new();
        for row in rows {
            let series = by_pattern.entry(row.pattern).or_default();
            series.push((row.valid_from, row.prices));
        }
        let (mut exact, mut patterns) = (HashMap::new(), Vec::new());
        for (pattern, mut series) in by_pattern {
            series.sort_by_key(|(from, _)| *from);
            if pattern.contains('*') {
                patterns.push((pattern, series));
            } else {
                exact.insert(pattern, series);
            }
        }
        let literal = |pattern: &str| pattern.chars().filter(|sign| *sign != '*').count();
        patterns.sort_by_cached_key(|(pattern, _)| {
            (
                Reverse(head(pattern).len()),
                Reverse(literal(pattern)),
                pattern.clone(),
            )
        });
        Self { exact, patterns, len }
    }

    /// How many prices there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What a model costs at this time.
    pub fn of(&self, model: &str, runs: Runs, now: Time) -> Found {
        let counts =
            |pattern: &str| fits(pattern, model) && (runs == Runs::Elsewhere || head(pattern).contains('/'));
        let patterns = self.patterns.iter().filter(|(pattern, _)| counts(pattern));
        let series = self
            .exact
            .get(model)
            .into_iter()
            .chain(patterns.map(|(_, series)| series));
        let mut found = Found::default();
        for series in series {
            let begun = series.partition_point(|(from, _)| *from <= now);
            let next = series.get(begun).map(|(from, _)| *from);
            found.changes_at = found.changes_at.into_iter().chain(next).min();
            if let Some((_, prices)) = begun.checked_sub(1).and_then(|last| series.get(last)) {
                found.prices = Some(*prices);
                break;
            }
        }
        found
    }

    /// Since when the present price of this very pattern counts; nothing when none has begun.
    pub fn begun(&self, pattern: &str, now: Time) -> Option<Time> {
        let among = || self.patterns.iter().find(|(known, _)| known == pattern);
        let series = self
            .exact
            .get(pattern)
            .or_else(|| among().map(|(_, series)| series))?;
        let begun = series
            .iter()
            .map(|(from, _)| *from)
            .take_while(|from| *from <= now);
        begun.last()
    }
}

/// What stands before the first `*`.
fn head(pattern: &str) -> &str {
    pattern.split('*').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Time {
        Time::from_micros(second * 1_000_000)
    }

    fn dated(pattern: &str, from: i64, input_micros: i64) -> Dated {
        Dated {
            pattern: pattern.to_owned(),
            valid_from: at(from),
            prices: Prices {
                input_micros,
                ..Prices::default()
            },
        }
    }

    /// The price of what is read, and the second in which it changes.
    fn of(table: &Table, model: &str, second: i64) -> (Option<i64>, Option<i64>) {
        let found = table.of(model, Runs::Elsewhere, at(second));
        (
            found.prices.map(|prices| prices.input_micros),
            found.changes_at.map(Time::secs),
        )
    }

    #[test]
    fn the_most_specific_pattern_that_has_begun_counts() {
        let table = Table::new(vec![
            dated("*", 0, 1),
            dated("openai/*", 0, 2),
            dated("openai/gpt-5*", 0, 3),
            dated("openai/gpt-5*-mini", 0, 4),
            dated("openai/gpt-5", 100, 5),
            dated("*/gpt-5-nano", 0, 6),
        ]);
        assert_eq!(table.len(), 6);
        for (model, second, expected) in [
            ("mistral/large", 0, (Some(1), None)),
            ("mistral/gpt-5-nano", 0, (Some(6), None)),
            ("openai/o3", 0, (Some(2), None)),
            ("openai/gpt-5.1", 0, (Some(3), None)),
            ("openai/gpt-5-nano", 0, (Some(3), None)),
            ("openai/gpt-5.1-mini", 0, (Some(4), None)),
            // A name of its own that has not begun yet: until then the pattern counts.
            ("openai/gpt-5", 99, (Some(3), Some(100))),
            ("openai/gpt-5", 100, (Some(5), None)),
        ] {
            assert_eq!(of(&table, model, second), expected, "{model} {second}");
        }
        assert_eq!(of(&Table::default(), "openai/gpt-5", 0), (None, None));
    }

    #[test]
    fn of_a_pattern_the_latest_that_has_begun_counts_and_the_next_is_told() {
        let table = Table::new(vec![
            dated("a/*", 30, 3),
            dated("a/*", 10, 1),
            dated("a/*", 20, 2),
            // Less specific: what happens there changes nothing once `a/*` has begun.
            dated("*", 5, 9),
            dated("*", 25, 8),
        ]);
        for (second, expected) in [
            (0, (None, Some(5))),
            (5, (Some(9), Some(10))),
            (10, (Some(1), Some(20))),
            (29, (Some(2), Some(30))),
            (30, (Some(3), None)),
        ] {
            assert_eq!(of(&table, "a/b", second), expected, "{second}");
        }
        assert_eq!(table.begun("a/*", at(25)).map(Time::secs), Some(20));
        assert_eq!(table.begun("a/*", at(9)), None);
        assert_eq!(table.begun("a/b", at(25)), None);
    }

    #[test]
    fn what_runs_here_is_priced_only_by_its_name() {
        let rows = |pattern: &str| Table::new(vec![dated(pattern, 0, 7)]);
        for (pattern, expected) in [
            ("*", None),
            ("loc*", None),
            ("*/qwen", None),
            ("local/*", Some(7)),
            ("local/qwen", Some(7)),
        ] {
            let found = rows(pattern).of("local/qwen", Runs::Here, at(0));
            assert_eq!(
                found.prices.map(|prices| prices.input_micros),
                expected,
                "{pattern}"
            );
        }
    }
}

//! Measurements as other systems take them: families of series with labels. One list of them, written as Prometheus' text
//! and as OpenTelemetry's messages.

use sql::Distribution;
use std::time::Duration;

/// Upper bounds of the buckets of times, in seconds: from a cached answer to a long call of a model.
pub const SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

/// What a family is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Rises from the start of the process on.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Numbers in buckets.
    Histogram,
    /// How many, and their sum.
    Summary,
}

/// One measurement.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A counter or a gauge.
    Number(f64),
    /// Numbers in buckets.
    Buckets {
        /// The upper bounds, without the last one, which is infinite.
        bounds: &'static [f64],
        /// How many are at most each bound.
        at_most: Vec<u64>,
        /// How many there are.
        count: u64,
        /// Their sum.
        sum: f64,
    },
    /// How many, and their sum.
    Sum {
        /// How many there are.
        count: u64,
        /// Their sum.
        sum: f64,
    },
}

/// One measurement with what tells it from others of its family.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Names and values, always the same names in a family.
    pub labels: Vec<(&'static str, String)>,
    /// What was measured.
    pub value: Value,
}

/// Measurements of one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// The name, as Prometheus has it: with its unit, and `_total` when it is a counter.
    pub name: &'static str,
    /// A sentence.
    pub help: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The measurements.
    pub series: Vec<Series>,
}

impl Family {
    /// A family without measurements.
    pub fn new(kind: Kind, name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            kind,
            series: Vec::new(),
        }
    }

    /// Adds a measurement.
    pub fn push(&mut self, labels: &[(&'static str, &str)], value: Value) {
        let labels = labels.iter().map(|(name, value)| (*name, (*value).to_owned()));
        self.series.push(Series {
            labels: labels.collect(),
            value,
        });
    }

    /// Adds a number.
    pub fn add(&mut self, labels: &[(&'static str, &str)], number: f64) {
        self.push(labels, Value::Number(number));
    }

    /// The same with one number, which has no labels.
    #[must_use]
    pub fn of(mut self, number: f64) -> Self {
        self.add(&[], number);
        self
    }
}

/// Times in the buckets of [`SECONDS`].
pub fn times(distribution: &Distribution) -> Value {
    let at_most = SECONDS
        .iter()
        .map(|bound| distribution.at_most(Duration::from_secs_f64(*bound)));
    Value::Buckets {
        bounds: SECONDS,
        at_most: at_most.collect(),
        count: distribution.count(),
        sum: distribution.sum().as_secs_f64(),
    }
}

/// How many times there were, and their sum in seconds.
pub fn summed(count: u64, sum: Duration) -> Value {
    Value::Sum {
        count,
        sum: sum.as_secs_f64(),
    }
}

//! What a run of the bench leaves: a report that is printed as a table and saved as JSON, HTML and Markdown.
//!
//! [`Report`] is the saved form, with a version of its schema; the other forms are made from it alone, so a table can be
//! made again from a file.

pub mod baseline;
mod chart;
mod html;
mod markdown;
mod table;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::load::Summary;
use crate::machine::Machine;

/// The version of the saved form. A reader refuses another one.
pub const SCHEMA: u32 = 1;

/// Everything that was measured in one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The version of Stoa.
    pub version: String,
    /// The commit, where the bench ran inside a clone.
    pub commit: Option<String>,
    /// `release` or `debug`; figures of a debug build mean nothing but that it works.
    pub build: String,
    /// When the run began, RFC 3339.
    pub made_at: String,
    /// The command, for whoever wants to repeat it.
    pub command: String,
    /// `small`, `medium` or `large`.
    pub scale: String,
    /// The machine.
    pub machine: Machine,
    /// What is to be known before reading the figures.
    pub warnings: Vec<String>,
    /// Sizes and times of the process itself.
    pub footprint: Option<Footprint>,
    /// What was measured, in order.
    pub suites: Vec<Suite>,
}

/// Sizes and times of the process itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Footprint {
    /// Messages in the database.
    pub messages: u64,
    /// Bytes of the database file.
    pub database_bytes: u64,
    /// Bytes of the executable.
    pub binary_bytes: u64,
    /// From the start of the process to its word that it is ready, in milliseconds.
    pub ready_ms: f64,
    /// Resident memory after the start and before the first request.
    pub idle_rss_bytes: u64,
}

/// One suite.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Suite {
    /// `api`, `users`, `gateway`, `streams` or `before-after`.
    pub name: String,
    /// How long it took.
    pub seconds: f64,
    /// Why it could not run, or not all of it.
    pub failed: Option<String>,
    /// What is to be known about its figures.
    pub notes: Vec<String>,
    /// Measurements under load.
    pub rows: Vec<Row>,
    /// Single figures, with their targets.
    pub figures: Vec<Figure>,
    /// Pairs without and with an optimisation.
    pub pairs: Vec<Pair>,
}

/// One measurement under load.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What is asked: `list 20`.
    pub case: String,
    /// How it is answered: `hit`, `304`, `miss`, `write`.
    pub variant: String,
    /// Clients at once.
    pub clients: usize,
    /// Messages in the database.
    pub messages: u64,
    /// Requests a second when every client asks as fast as it is answered.
    pub throughput: Option<f64>,
    /// Requests a second of the open loop whose latencies these are.
    pub offered: Option<f64>,
    /// Latencies of the open loop, from the moment each request was due.
    pub latency: Option<Summary>,
    /// Requests in all.
    pub requests: u64,
    /// Requests that failed, by kind.
    pub errors: BTreeMap<String, u64>,
    /// SQL statements of one answer.
    pub statements: Option<f64>,
    /// Bytes of one answer on the wire.
    pub bytes: Option<u64>,
    /// CPU of the server for one request, in microseconds.
    pub server_cpu_us: Option<f64>,
    /// CPU of the client for one request, in microseconds.
    pub client_cpu_us: Option<f64>,
    /// Resident memory of the server behind it.
    pub rss_bytes: Option<u64>,
    /// What it is compared with: `bare handler`, `bare SQLite`, `direct`.
    pub reference: Option<String>,
    /// Throughput as a part of the reference's.
    pub ratio: Option<Spread>,
    /// The reference's CPU for a request as a part of this one's: above 1 this one is cheaper.
    pub cpu_ratio: Option<Spread>,
    /// Whether the reference was faster than the client can ask: then the ratio of the throughputs says too much, and
    /// that of the CPU is the one to read.
    #[serde(default)]
    pub client_bound: bool,
    /// The limit that it is held to, and whether it is kept.
    pub target: Option<Target>,
}

impl Row {
    /// The ratio that a target is held against.
    pub(crate) fn telling_ratio(&self) -> Option<f64> {
        let ratio = self.ratio.as_ref()?.median;
        let by_cpu = self.cpu_ratio.as_ref().map(|ratio| ratio.median);
        Some(
            by_cpu
                .filter(|_| self.client_bound)
                .map_or(ratio, |cpu| cpu.min(ratio)),
        )
    }
}

/// The median of some rounds, and the least and greatest of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The least.
    pub low: f64,
    /// The greatest.
    pub high: f64,
}

impl Spread {
    /// Of these values; nothing of none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            median: median(&sorted)?,
            low: *sorted.first()?,
            high: *sorted.last()?,
        })
    }
}

/// The middle of sorted values.
pub(crate) fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(*sorted.get(middle.checked_sub(1)?)?, upper))
}

/// A limit and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// In words: `p99 ≤ 10 ms`.
    pub text: String,
    /// Whether it is kept.
    pub kept: bool,
}

impl Target {
    /// At most so much.
    pub(crate) fn at_most(text: impl Into<String>, found: f64, limit: f64) -> Self {
        Self {
            text: text.into(),
            kept: found <= limit,
        }
    }

    /// Several in one: kept when all are.
    pub(crate) fn all(targets: Vec<Self>) -> Option<Self> {
        let texts: Vec<&str> = targets.iter().map(|target| target.text.as_str()).collect();
        (!targets.is_empty()).then(|| Self {
            text: texts.join(", "),
            kept: targets.iter().all(|target| target.kept),
        })
    }

    /// At least so much.
    pub(crate) fn at_least(text: impl Into<String>, found: f64, limit: f64) -> Self {
        Self {
            text: text.into(),
            kept: found >= limit,
        }
    }
}

/// A single figure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// How much.
    pub value: f64,
    /// Of what: `ms`, `KB`, `events`.
    pub unit: String,
    /// What it is held to.
    pub target: Option<Target>,
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: &str) -> Self {
        Self {
            name: name.into(),
            value,
            unit: unit.to_owned(),
            target: None,
        }
    }

    pub(crate) fn at_most(mut self, limit: f64) -> Self {
        let text = format!("≤ {} {}", table::number(limit), self.unit);
        self.target = Some(Target::at_most(text, self.value, limit));
        self
    }
}

/// An optimisation, without and with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The row of the originals' guides that it stands for, such as `1.1, 2.10`.
    pub rows: String,
    /// What is optimised and how.
    pub what: String,
    /// What is measured: `ms a list`, `requests/s`.
    pub unit: String,
    /// Without.
    pub without: f64,
    /// With.
    pub with: f64,
    /// How many times better.
    pub factor: f64,
}

impl Pair {
    /// A pair of times: less is better.
    pub(crate) fn times(rows: &str, what: &str, unit: &str, without: f64, with: f64) -> Self {
        Self {
            rows: rows.to_owned(),
            what: what.to_owned(),
            unit: unit.to_owned(),
            without,
            with,
            factor: without / with,
        }
    }

    /// A pair of rates: more is better.
    pub(crate) fn rates(rows: &str, what: &str, unit: &str, without: f64, with: f64) -> Self {
        Self {
            factor: with / without,
            ..Self::times(rows, what, unit, without, with)
        }
    }
}

impl Report {
    /// Reads a saved report.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let report: Self = serde_json::from_str(text)?;
        anyhow::ensure!(
            report.schema == SCHEMA,
            "the file has schema {} and this version reads {SCHEMA}",
            report.schema
        );
        Ok(report)
    }

    /// The saved form.
    pub fn json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        table::text(self)
    }

    /// For a browser: one file that needs nothing else.
    pub fn html(&self) -> String {
        html::page(self)
    }

    /// For a document.
    pub fn markdown(&self) -> String {
        markdown::document(self)
    }

    /// Suites that could not run, and requests that failed: what the exit code says.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for suite in &self.suites {
            if let Some(why) = &suite.failed {
                faults.push(format!("{}: {why}", suite.name));
            }
            let mut errors: BTreeMap<&str, u64> = BTreeMap::new();
            for row in &suite.rows {
                for (kind, count) in &row.errors {
                    *errors.entry(kind).or_default() += count;
                }
            }
            for (kind, count) in errors {
                faults.push(format!("{}: {count} requests failed: {kind}", suite.name));
            }
        }
        faults
    }
}

#[cfg(test)]
pub(crate) mod tests;

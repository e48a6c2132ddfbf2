//! What is measured. Each suite is a file; this one runs them and holds what they share.

mod api;
mod before_after;
mod cases;
mod comparisons;
mod footprint;
mod gateway;
mod growth;
mod lab;
mod point;
mod search;
mod streams;
mod users;

use std::process::Command;
use std::time::Instant;

use crate::Bench;
use crate::bare::Instructions;
use crate::machine::{Machine, Place};
use crate::process::Process;
use crate::report::{Report, SCHEMA, Suite};
use crate::stoa::Stoa;

/// A suite by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuiteName {
    /// Every kind of request beside bare handlers, and how it grows with the data.
    Api,
    /// People with pauses between their clicks.
    Users,
    /// What Stoa adds to a call of a model.
    Gateway,
    /// Many answers being written at once.
    Streams,
    /// Twelve models side by side, in many streams at once.
    Compare,
    /// Each optimisation switched off and on.
    BeforeAfter,
    /// One search over a large workspace.
    Search,
}

impl SuiteName {
    /// All, in the order they run.
    pub const ALL: [Self; 7] = [
        Self::Api,
        Self::Users,
        Self::Gateway,
        Self::Streams,
        Self::Compare,
        Self::BeforeAfter,
        Self::Search,
    ];

    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Users => "users",
            Self::Gateway => "gateway",
            Self::Streams => "streams",
            Self::Compare => "compare",
            Self::BeforeAfter => "before-after",
            Self::Search => "search",
        }
    }

    /// The one with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.name() == text)
    }
}

/// Runs what the options ask for. A suite that fails is in the report with its reason, and the others run all the same.
pub(crate) async fn run(bench: &Bench<'_>, machine: Machine) -> anyhow::Result<Report> {
    let mut report = Report {
        schema: SCHEMA,
        version: bench.product.version.clone(),
        commit: commit(),
        build: if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        }
        .to_owned(),
        made_at: bench.product.made_at.clone(),
        command: bench.product.command.clone(),
        scale: bench.options.scale.name().to_owned(),
        warnings: machine.warning().into_iter().collect(),
        machine,
        ..Report::default()
    };
    if report.build == "debug" {
        report
            .warnings
            .push("a debug build: its figures say only that the bench works".to_owned());
    }
    for warning in &report.warnings {
        bench.note(warning);
    }
    if bench.options.url.is_none() {
        report.footprint = Some(footprint::measure(bench).await?);
    }
    for &name in &bench.options.suites {
        bench.note(format!("suite {}", name.name()));
        let began = Instant::now();
        let mut suite = Suite {
            name: name.name().to_owned(),
            ..Suite::default()
        };
        if let Err(error) = measure(bench, name, &mut suite).await {
            bench.note(format!("{} failed: {error:#}", suite.name));
            suite.failed = Some(format!("{error:#}"));
        }
        suite.seconds = began.elapsed().as_secs_f64();
        report.suites.push(suite);
    }
    Ok(report)
}

async fn measure(bench: &Bench<'_>, name: SuiteName, suite: &mut Suite) -> anyhow::Result<()> {
    match name {
        SuiteName::Api => {
            let stoa = Stoa::open(bench).await?;
            api::run(bench, &stoa, suite).await?;
            stoa.stop().await?;
            growth::run(bench, suite).await
        }
        SuiteName::Users => users::run(bench, suite).await,
        SuiteName::Gateway => gateway::run(bench, suite).await,
        SuiteName::Streams => streams::run(bench, suite).await,
        SuiteName::Compare => comparisons::run(bench, suite).await,
        SuiteName::BeforeAfter => before_after::run(bench, suite).await,
        SuiteName::Search => search::run(bench, suite).await,
    }
}

/// Starts one of the servers to compare with.
pub(crate) async fn bare(
    bench: &Bench<'_>,
    instructions: &Instructions,
    place: Place,
) -> anyhow::Result<Process> {
    let mut command = Command::new(&bench.product.executable);
    command.arg("bench-bare").env_clear();
    let log = bench.folder.join("bare.log");
    let input = serde_json::to_string(instructions)?;
    Process::start(command, Some(input), &log, (&bench.cores, place)).await
}

/// The commit of the clone that the bench runs in, if it does.
fn commit() -> Option<String> {
    let output = Command::new("git")
        .args(["describe", "--always", "--dirty", "--exclude=*"])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}

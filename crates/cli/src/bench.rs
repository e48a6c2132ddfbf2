//! `stoa bench`: measures a Stoa, its own or one that runs, and prints, saves and compares what came out.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use bench::report::Report;
use bench::report::baseline::Baseline;
use bench::{Options, Product, Scale, SuiteName};
use sql::Clock as _;

use crate::args::{Bench, BenchScale, Common};
use crate::models;
use crate::output::{self, Outcome};

/// Length of one measurement in the short form, when nothing else is asked for.
const SECONDS_SHORT: f64 = 1.5;
const SECONDS: f64 = 1.0;
/// Rounds of A B A B.
const ROUNDS: usize = 3;

pub(crate) fn run(common: &Common, options: &Bench) -> Outcome {
    if let Some(file) = &options.table {
        let report = saved(file)?;
        write(options, &report)?;
        output::text(&report.markdown());
        return Ok(ExitCode::SUCCESS);
    }
    let report = bench::run(wanted(options)?, product(common)?, &|text| output::note(text))?;
    output::text(&report.text());
    write(options, &report)?;
    let mut faults = report.faults();
    if let Some(file) = &options.baseline {
        faults.extend(compared(file, &report)?);
    }
    for fault in &faults {
        output::note(format_args!("stoa bench: {fault}"));
    }
    Ok(if faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// `stoa bench-bare`: one of the servers that the bench compares with.
pub(crate) fn run_bare() -> Outcome {
    bench::bare::run()?;
    Ok(ExitCode::SUCCESS)
}

fn wanted(options: &Bench) -> anyhow::Result<Options> {
    let mut suites = Vec::new();
    for name in &options.suite {
        let suite = SuiteName::parse(name).with_context(|| {
            let names = SuiteName::ALL.map(SuiteName::name).join(", ");
            format!("there is no suite {name}; there are {names}")
        })?;
        suites.push(suite);
    }
    if suites.is_empty() {
        suites.extend(SuiteName::ALL);
    }
    let seconds = options
        .seconds
        .unwrap_or(if options.short { SECONDS_SHORT } else { SECONDS });
    anyhow::ensure!(
        (0.02..=600.0).contains(&seconds),
        "--seconds is between 0.02 and 600"
    );
    Ok(Options {
        suites,
        scale: match options.scale {
            BenchScale::Small => Scale::Small,
            BenchScale::Medium => Scale::Medium,
            BenchScale::Large => Scale::Large,
        },
        messages: options.messages,
        url: options.url.clone(),
        token: options.token.clone(),
        seconds,
        rounds: options.rounds.unwrap_or(ROUNDS),
        short: options.short,
        keep: options.keep.clone(),
    })
}

fn product(common: &Common) -> anyhow::Result<Product> {
    let statements = server::schema::statements()
        .into_iter()
        .map(|statement| {
            let text = statement.text(sql::Kind::Sqlite);
            (statement.name().to_owned(), text.to_owned())
        })
        .collect();
    // Where --token stood, nothing that is written down may stand.
    let mut hides = false;
    let words = std::env::args().skip(1).map(|word| {
        let hidden = std::mem::replace(&mut hides, word == "--token");
        if hidden || word.starts_with("--token=") {
            "…".to_owned()
        } else {
            word
        }
    });
    let command = words.collect::<Vec<_>>().join(" ");
    Ok(Product {
        executable: std::env::current_exe().context("cannot find the own executable")?,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: sql::SystemClock.now().to_string(),
        command: format!("stoa {command}"),
        statements,
        demo_login: (server::demo::EMAIL.to_owned(), server::demo::PASSWORD.to_owned()),
        models: models::with_embedder(&common.load()?),
    })
}

fn saved(file: &Path) -> anyhow::Result<Report> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Report::parse(&text).with_context(|| format!("{} is no report of this bench", file.display()))
}

fn write(options: &Bench, report: &Report) -> anyhow::Result<()> {
    let save = |file: &Path, text: String| {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
        output::note(format_args!("written: {}", file.display()));
        Ok::<_, anyhow::Error>(())
    };
    if let Some(file) = &options.json {
        save(file, report.json()?)?;
    }
    if let Some(file) = &options.html {
        save(file, report.html())?;
    }
    if let Some(file) = &options.write_baseline {
        save(file, serde_json::to_string_pretty(&Baseline::of(report))? + "\n")?;
    }
    Ok(())
}

/// Prints the comparison; the regressions are what goes wrong.
fn compared(file: &Path, report: &Report) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let kept = Baseline::parse(&text).with_context(|| format!("{} is no baseline", file.display()))?;
    let mut regressions = Vec::new();
    output::line(format_args!(
        "\n== compared with {} (ratios to the reference of the same run)",
        file.display()
    ));
    for compared in kept.compare(report)? {
        let verdict = if compared.regressed { "REGRESSION" } else { "ok" };
        output::line(format_args!(
            "   {:<55} {:.2} -> {:.2}  {verdict}",
            compared.name, compared.before, compared.now
        ));
        if compared.regressed {
            regressions.push(format!(
                "regression: {} fell from {:.2} to {:.2} of its reference",
                compared.name, compared.before, compared.now
            ));
        }
    }
    Ok(regressions)
}

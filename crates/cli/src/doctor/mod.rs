//! `stoa doctor`: looks at everything Stoa needs and says what to do.
//!
//! It changes nothing, apart from a small blob that is written to the store and removed again: a data folder or database
//! that is not there yet is only said to be made at the first start.

mod checks;
mod database;

use std::process::ExitCode;

use serde::Serialize;

use crate::args::{Common, Doctor};
use crate::output::{self, Outcome};
use crate::{logging, runtime};

pub(crate) use database::is_sound;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// As it should be.
    Ok,
    /// Stoa runs, but something should be done.
    Warn,
    /// Stoa does not run, or not safely.
    Fail,
}

/// One line of the answer.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    #[serde(rename = "check")]
    name: &'static str,
    status: Status,
    detail: String,
    /// What to do; with every warning and failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Check {
    pub(crate) fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self {
            name,
            status: Status::Ok,
            detail: detail.into(),
            advice: None,
        }
    }

    pub(crate) fn warn(name: &'static str, detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            name,
            status: Status::Warn,
            detail: detail.into(),
            advice: Some(advice.into()),
        }
    }

    pub(crate) fn fail(name: &'static str, detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            name,
            status: Status::Fail,
            detail: detail.into(),
            advice: Some(advice.into()),
        }
    }
}

pub(crate) fn run(common: &Common, options: &Doctor) -> Outcome {
    let checks = match common.load() {
        Ok(config) => {
            logging::start_quiet(&config)?;
            runtime::for_command()?.block_on(checks::all(&config))
        }
        // Without a configuration nothing else can be looked at.
        Err(error) => vec![Check::fail(
            "configuration",
            error.to_string(),
            "correct it; `stoa config --docs` explains every key",
        )],
    };
    if options.json {
        output::line(serde_json::to_string_pretty(&checks)?);
    } else {
        checks.iter().for_each(show);
    }
    let failed = checks.iter().any(|check| check.status == Status::Fail);
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn show(check: &Check) {
    let status = match check.status {
        Status::Ok => "ok  ",
        Status::Warn => "warn",
        Status::Fail => "FAIL",
    };
    output::line(format_args!("{status}  {:<14} {}", check.name, check.detail));
    if let Some(advice) = &check.advice {
        output::line(format_args!("      {:<14} -> {advice}", ""));
    }
}

/// An error with its causes, for one line.
pub(crate) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

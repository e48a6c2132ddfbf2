//! What the commands print: answers on standard output, errors on standard error.
//!
//! A reader that goes away (`stoa config | head`) is no error, so nothing here uses `println!`, which would panic.

use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;

use server::http::problem::{ErrorCode, Problem};

/// What a command ends with.
pub(crate) type Outcome = anyhow::Result<ExitCode>;

/// Prints a line.
pub(crate) fn line(text: impl Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Prints text as it is.
pub(crate) fn text(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints a line for the user that is no part of the answer.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// The exit code of the process; an error is printed with all its causes.
pub(crate) fn exit_code(outcome: Outcome) -> ExitCode {
    outcome.unwrap_or_else(|error| {
        note(format_args!("stoa: {}", chain(&error)));
        ExitCode::FAILURE
    })
}

/// The error and its causes in one line, without a cause that only repeats what was said.
fn chain(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if said.is_empty() {
            said = cause;
        } else if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

/// A problem is worded for HTTP. Here the operator reads it: what was wrong, or for a fault of ours all of its causes.
pub(crate) fn plain(problem: Problem) -> anyhow::Error {
    match problem.source {
        Some(source) if problem.code == ErrorCode::Internal => anyhow::Error::from(source),
        _ if problem.code == ErrorCode::Invalid && !problem.errors.is_empty() => {
            let faults: Vec<String> = problem
                .errors
                .iter()
                .map(|fault| format!("{}: {}", fault.field, fault.message))
                .collect();
            anyhow::Error::msg(faults.join("; "))
        }
        _ => anyhow::Error::msg(problem.detail),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    #[test]
    fn causes_are_told_once() {
        let error = std::io::Error::other("disk full");
        let error = Err::<(), _>(error)
            .context("cannot write a.tar")
            .context("no backup was made")
            .unwrap_err();
        assert_eq!(
            super::chain(&error),
            "no backup was made: cannot write a.tar: disk full"
        );
        let error = anyhow::anyhow!("same").context("same and more");
        assert_eq!(super::chain(&error), "same and more");
    }
}

//! `stoa openapi`: the document that the web client is generated from.

use std::process::ExitCode;

use crate::output::{self, Outcome};

pub(crate) fn run() -> Outcome {
    let document = serde_json::to_string_pretty(&server::openapi::document())?;
    output::line(document);
    Ok(ExitCode::SUCCESS)
}

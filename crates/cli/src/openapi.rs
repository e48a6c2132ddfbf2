//! `stoa openapi`: the document that the web client is generated from, and the table of error codes.

use std::process::ExitCode;

use crate::args::Openapi;
use crate::output;

pub(crate) fn run(options: &Openapi) -> ExitCode {
    let text = if options.errors {
        server::http::docs::error_table()
    } else {
        server::http::openapi::text()
    };
    output::text(&text);
    ExitCode::SUCCESS
}

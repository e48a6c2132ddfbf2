//! `stoa parse`: reads one file for the server, in a process of its own (`server::documents`).

use std::process::ExitCode;

use crate::args::Parse;
use crate::output::Outcome;

pub(crate) fn run(options: &Parse) -> Outcome {
    server::documents::answer_parent(&options.media_type, &options.name)?;
    Ok(ExitCode::SUCCESS)
}

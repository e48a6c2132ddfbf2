//! `stoa version`: the version and what is built in.

use std::process::ExitCode;

use crate::output;

pub(crate) fn run() -> ExitCode {
    output::line(format_args!("stoa {}", env!("CARGO_PKG_VERSION")));
    let local = if cfg!(feature = "local-models") {
        "built in"
    } else {
        "not built in"
    };
    output::line(format_args!("local models: {local}"));
    ExitCode::SUCCESS
}

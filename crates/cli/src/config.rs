//! `stoa config`: the configuration in effect, or the reference of all keys.

use std::process::ExitCode;

use crate::args::{Common, PrintConfig};
use crate::output::{self, Outcome};

pub(crate) fn run(common: &Common, options: &PrintConfig) -> Outcome {
    if options.docs {
        output::text(&server::config::reference());
        return Ok(ExitCode::SUCCESS);
    }
    let config = common.load()?;
    for note in &config.notes {
        output::note(note);
    }
    output::text(&server::config::effective(&config));
    Ok(ExitCode::SUCCESS)
}

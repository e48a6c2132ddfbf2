//! `stoa demo`: lively data to look at, and large data to measure with.

use std::process::ExitCode;

use crate::args::{Common, Demo};
use crate::output::{self, Outcome};
use crate::{logging, runtime, serve};

pub(crate) fn run(common: &Common, options: &Demo) -> Outcome {
    let config = common.load()?;
    logging::start_quiet(&config)?;
    let Demo { scale, seed } = *options;
    let place = config.database.describe();
    let load = serve::with_app(
        config,
        async |app| Ok(server::demo::load(app, scale, seed).await?),
    );
    runtime::for_command()?.block_on(load)?;
    output::line(format_args!("demo data is in {place}"));
    output::line("log in as test@example.com with the password password123");
    Ok(ExitCode::SUCCESS)
}

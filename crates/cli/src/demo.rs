//! `stoa demo`: lively data to look at, and large data to measure with.

use std::process::ExitCode;

use server::demo::Wanted;

use crate::args::{Common, Demo};
use crate::output::{self, Outcome, plain};
use crate::{logging, runtime, serve};

pub(crate) fn run(common: &Common, options: &Demo) -> Outcome {
    let config = common.load()?;
    logging::start_quiet(&config)?;
    let Demo { scale, long, seed } = *options;
    let wanted = Wanted { scale, long, seed };
    let place = config.database.describe();
    let load = serve::with_app(config, async |app| {
        server::demo::load(app, wanted).await.map_err(plain)
    });
    let loaded = runtime::for_command()?.block_on(load)?;
    output::line(format_args!(
        "made in {place}: {} users, {} workspaces, {} conversations, {} messages, {} memories",
        loaded.users, loaded.workspaces, loaded.conversations, loaded.messages, loaded.memories
    ));
    if let Some(id) = &loaded.long_conversation {
        output::line(format_args!(
            "the long conversation is {id}, with {long} messages"
        ));
    }
    output::line(format_args!(
        "log in as {} with the password {}",
        server::demo::EMAIL,
        server::demo::PASSWORD
    ));
    Ok(ExitCode::SUCCESS)
}

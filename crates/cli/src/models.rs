//! `stoa models`, and what `serve` and `doctor` need of the local models.
//!
//! Everything that names the crate `local` is here: without the feature `local-models` the same functions say so.

use std::process::ExitCode;
use std::sync::Arc;

use crate::args::{Common, Models};
use crate::output::Outcome;
use crate::{logging, runtime};

pub(crate) fn run(common: &Common, command: &Models) -> Outcome {
    let config = common.load()?;
    logging::start_quiet(&config)?;
    match command {
        Models::List => built::list(&config)?,
        Models::Pull { names } => runtime::for_command()?.block_on(built::pull(&config, names))?,
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) use built::{missing, open, pull_in_background};

/// The provider of the local models, and what ends their threads when the server has stopped.
pub(crate) type Opened = (Option<Arc<dyn llm::Provider>>, Box<dyn FnOnce() + Send>);

#[cfg(not(feature = "local-models"))]
mod built {
    use anyhow::bail;
    use server::config::{self, Config};

    use super::Opened;

    const NOT_BUILT_IN: &str = "this build of Stoa has no local models";

    pub(crate) fn open(_: &Config) -> Opened {
        (None, Box::new(|| ()))
    }

    pub(crate) fn missing(_: &Config) -> Result<Vec<String>, String> {
        Err(NOT_BUILT_IN.into())
    }

    pub(crate) fn pull_in_background(models: config::Models) {
        if models.pull {
            tracing::warn!("models.pull has no effect: {NOT_BUILT_IN}");
        }
    }

    pub(super) fn list(_: &Config) -> anyhow::Result<()> {
        bail!("{NOT_BUILT_IN}: `make build` makes one that has them (cargo feature `local-models`)")
    }

    pub(super) async fn pull(_: &Config, _: &[String]) -> anyhow::Result<()> {
        std::future::ready(()).await;
        bail!("{NOT_BUILT_IN}: `make build` makes one that has them (cargo feature `local-models`)")
    }
}

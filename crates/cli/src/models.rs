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

/// The folder of the local models, when the model of vectors is in it.
pub(crate) fn with_embedder(config: &server::config::Config) -> Option<std::path::PathBuf> {
    let missing = missing(config).ok()?;
    let there = config.models.local && !missing.iter().any(|name| name == EMBEDDER);
    there.then(|| config.models.dir.clone())
}

const EMBEDDER: &str = "all-minilm-l6-v2";

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

#[cfg(feature = "local-models")]
mod built {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use anyhow::Context as _;
    use local::models::{Progress, Pulled, Sources};
    use local::{Local, LocalConfig};
    use server::config::{self, Config, show_bytes};

    use super::Opened;
    use crate::output;

    /// A line of progress each time this much more of a file has come.
    const STEP_BYTES: u64 = 32 << 20;

    pub(crate) fn open(config: &Config) -> Opened {
        if !config.models.local {
            return (None, Box::new(|| ()));
        }
        let mut limits = LocalConfig {
            max_queue: config.models.queue,
            ..LocalConfig::default()
        };
        if config.models.threads > 0 {
            limits.threads = config.models.threads;
            limits.embed_threads = config.models.threads;
        }
        let local = Local::open(&config.models.dir, limits);
        (
            Some(Arc::clone(&local) as Arc<dyn llm::Provider>),
            Box::new(move || local.close()),
        )
    }

    /// The delivered models that are not in the folder.
    pub(crate) fn missing(config: &Config) -> Result<Vec<String>, String> {
        local::chat_supported()?;
        let listed = local::models::list(&config.models.dir);
        Ok(listed
            .into_iter()
            .filter(|model| !model.present)
            .map(|model| model.name)
            .collect())
    }

    /// Fetches what is missing while the server runs already.
    pub(crate) fn pull_in_background(models: config::Models) {
        let wanted = models.local && models.pull;
        if !wanted || local::models::list(&models.dir).iter().all(|model| model.present) {
            return;
        }
        tokio::spawn(async move {
            let progress = |progress: Progress<'_>| match progress {
                Progress::Bytes { .. } => {}
                other => tracing::info!("Local models: {other}"),
            };
            if let Err(error) = local::models::pull(&models.dir, &[], &sources(&models), &progress).await {
                tracing::warn!(%error, "The local models could not be fetched");
            }
        });
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "the shape of its twin without local models, which fails"
    )]
    pub(super) fn list(config: &Config) -> anyhow::Result<()> {
        for model in local::models::list(&config.models.dir) {
            let state = if model.present { "present" } else { "missing" };
            let kind = format!("{:?}", model.kind).to_lowercase();
            let licence = model.licence.unwrap_or("-");
            output::line(format_args!(
                "{state}  {:<28} {kind:<10} {licence:<11} {}",
                model.name,
                show_bytes(model.bytes)
            ));
        }
        output::note(format_args!("folder: {}", config.models.dir.display()));
        Ok(())
    }

    pub(super) async fn pull(config: &Config, names: &[String]) -> anyhow::Result<()> {
        let shown = AtomicU64::new(0);
        let progress = |progress: Progress<'_>| match progress {
            Progress::Bytes { done, total, .. } => {
                let step = done / STEP_BYTES;
                if step != shown.swap(step, Ordering::Relaxed) || done == total {
                    output::note(progress);
                }
            }
            other => output::note(other),
        };
        let pulled =
            local::models::pull(&config.models.dir, names, &sources(&config.models), &progress).await;
        for (name, how) in pulled.context("not all models are there")? {
            let how = if how == Pulled::AlreadyThere {
                "was there"
            } else {
                "fetched"
            };
            output::line(format_args!("{name}: {how}"));
        }
        Ok(())
    }

    fn sources(models: &config::Models) -> Sources {
        Sources {
            hub: Some(models.hub_url.to_string().trim_end_matches('/').to_owned()),
            ..Sources::default()
        }
    }
}

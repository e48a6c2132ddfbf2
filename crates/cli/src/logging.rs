//! Log lines on standard error, as text for people or one JSON object a line.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use server::config::{Config, Log, LogFormat};
use tracing_subscriber::EnvFilter;

/// Starts logging for `serve`.
pub(crate) fn start(config: &Config) -> anyhow::Result<()> {
    install(&config.log, &config.log.level)?;
    for note in &config.notes {
        tracing::warn!("{note}");
    }
    Ok(())
}

/// Starts logging for a command: only what the operator should see beside its answer.
pub(crate) fn start_quiet(config: &Config) -> anyhow::Result<()> {
    let asked_for_more = config.log.level.contains("debug") || config.log.level.contains("trace");
    install(
        &config.log,
        if asked_for_more { &config.log.level } else { "warn" },
    )
}

fn install(log: &Log, level: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(level).context("`log.level` is not usable")?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let installed = match log.format {
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .try_init(),
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
    installed
        .map_err(|error| anyhow::anyhow!(error))
        .context("cannot start logging")
}

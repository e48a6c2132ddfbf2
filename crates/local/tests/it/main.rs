//! The local models with their real weights: answers, limits, cancelling, and the way of the weights to the folder.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod chat;
mod embed;
mod pull;

use std::path::PathBuf;
use std::sync::Arc;

use local::{Local, LocalConfig};

/// The models folder; the tests say what to do when it lacks a model.
fn folder() -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the weights are is the tests' own setting"
    )]
    let (own, data) = (std::env::var("STOA_MODELS_DIR"), std::env::var("XDG_DATA_HOME"));
    let data = || {
        data.map_or_else(
            |_| std::env::home_dir().unwrap().join(".local/share"),
            PathBuf::from,
        )
    };
    let folder = own.map_or_else(|_| data().join("stoa/models"), PathBuf::from);
    let missing: Vec<_> = local::models::list(&folder)
        .into_iter()
        .filter(|model| !model.present)
        .collect();
    assert!(
        missing.is_empty(),
        "{} are not in {}: run `stoa models pull`, or set STOA_MODELS_DIR",
        missing
            .iter()
            .map(|model| model.name.as_str())
            .collect::<Vec<_>>()
            .join(", "),
        folder.display()
    );
    folder
}

fn local(config: LocalConfig) -> Arc<Local> {
    Local::open(folder(), config)
}

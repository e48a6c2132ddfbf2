//! The local models with their real weights: answers, limits, cancelling, and the way of the weights to the folder.

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
    let folder = own.map(PathBuf::from).unwrap_or_else(|_| {
        let data = data.map_or_else(
            |_| std::env::home_dir().unwrap().join(".local/share"),
            PathBuf::from,
        );
        data.join("stoa/models")
    });
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

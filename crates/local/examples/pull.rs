//! Fetches the delivered models, as `stoa models pull` does.
//!
//! `cargo run --release -p local --example pull -- FOLDER [MODEL]…`

use local::models::{Progress, Sources, pull};

#[expect(clippy::print_stdout, reason = "an example speaks to whoever runs it")]
#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| ".".to_owned());
    let models: Vec<String> = arguments.collect();
    let show = |progress: Progress<'_>| {
        if !matches!(progress, Progress::Bytes { .. }) {
            println!("{progress}");
        }
    };
    match pull(folder.as_ref(), &models, &Sources::default(), &show).await {
        Ok(pulled) => println!("{pulled:?}"),
        Err(error) => println!("{error}"),
    }
}

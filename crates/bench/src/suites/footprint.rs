//! The process itself: how soon it is ready, how much memory it holds when idle, how large its files are.

use std::time::Duration;

use crate::Bench;
use crate::report::Footprint;
use crate::stoa::Stoa;

/// How long a server is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(2);

/// Starts a Stoa twice; the first start may still have to make things, the second is the usual one.
pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Footprint> {
    Stoa::start_untouched(bench).await?.stop().await?;
    let stoa = Stoa::start_untouched(bench).await?;
    tokio::time::sleep(IDLE.min(bench.length(4.0))).await;
    let size = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let footprint = Footprint {
        messages: stoa.messages,
        database_bytes: stoa
            .folder
            .as_ref()
            .map_or(0, |folder| size(&folder.join("stoa.db"))),
        binary_bytes: size(&bench.product.executable),
        ready_ms: stoa
            .process
            .as_ref()
            .map_or(0.0, |process| process.ready.as_secs_f64() * 1e3),
        idle_rss_bytes: stoa.usage().map_or(0, |usage| usage.rss_bytes),
    };
    stoa.stop().await?;
    Ok(footprint)
}

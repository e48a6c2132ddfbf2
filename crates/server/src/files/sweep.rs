//! Sweeping: what uploads and purges leave in the storage is removed, now or, when the storage does not answer, later.

use std::time::Duration;

use sql::{Batch, Time};
use tokio::time::MissedTickBehavior;

use super::{store, tree};
use crate::App;
use crate::blobs::BlobKey;
use crate::http::problem::Problem;

/// How often it is looked.
const EVERY: Duration = Duration::from_mins(10);
/// How long what was deleted can be restored.
pub const KEPT_DAYS: u64 = 30;
/// What is purged in one go.
const PURGES: u32 = 100;

fn moved(now: Time, seconds: i64) -> Time {
    Time::from_micros(now.micros() + seconds * 1_000_000)
}

/// Removes garbage from the storage. What can not be removed is tried again at the next sweep.
pub async fn collect(app: &App) {
    if let Err(problem) = try_collect(app).await {
        tracing::warn!("The storage of files could not be swept: {}", problem.chain());
    }
}

async fn try_collect(app: &App) -> Result<(), Problem> {
    loop {
        let now = app.clock.now();
        let garbage = store::garbage(&app.db, now).await?;
        if garbage.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for (key, multipart_id) in garbage {
            let removed = match key.parse::<BlobKey>() {
                Ok(blob) => app.blobs.remove(&blob, multipart_id.as_deref()).await,
                Err(error) => Err(error),
            };
            match removed {
                Ok(()) => batch.push(store::forget_garbage(&key)),
                Err(error) => {
                    tracing::warn!(%error, "a file could not be removed from the storage; it is tried again");
                    batch.push(store::defer_garbage(&key, moved(now, EVERY.as_secs() as i64)));
                }
            }
        }
        app.db.write(batch).await?;
    }
}

/// Gives up uploads that nobody goes on with, purges what was deleted long ago, removes garbage.
pub async fn sweep(app: &App) -> Result<(), Problem> {
    let now = app.clock.now();
    for id in store::expired(&app.db, now).await? {
        let mut batch = Batch::new();
        batch.extend(store::drop_upload(&id, now));
        app.db.write(batch).await?;
    }
    let before = moved(now, -(KEPT_DAYS as i64 * 86_400));
    for (workspace_id, id) in store::purgeable(&app.db, before, PURGES).await? {
        tree::purge_deleted(app, &workspace_id, &id).await?;
    }
    try_collect(app).await
}

/// Before the first request: what a process that died was receiving is over, when no other process can be receiving it.
pub async fn forget_broken(app: &App) -> sql::Result<()> {
    if app.db.kind() == sql::Kind::Sqlite {
        store::expire_broken(app.clock.now()).execute(&app.db).await?;
    }
    Ok(())
}

/// Sweeps from the start of the server to its end.
pub async fn keep_swept(app: App) {
    let mut due = tokio::time::interval(EVERY);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = due.tick() => {}
            () = app.stopping.cancelled() => return,
        }
        if let Err(problem) = sweep(&app).await {
            tracing::warn!("Files could not be swept: {}", problem.chain());
        }
    }
}

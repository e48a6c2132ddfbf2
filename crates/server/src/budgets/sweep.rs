//! Housekeeping: calls that never said how they ended, budgets of what is gone, old windows.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::store;
use crate::App;
use crate::changes::Notice;

/// How often.
const EVERY: Duration = Duration::from_mins(5);
/// Calls of one round.
const CHUNK: usize = 100;
/// How long what was spent is kept: more than a year, so that months can be compared.
const KEPT: Duration = Duration::from_hours(400 * 24);

/// Keeps the budgets tidy until the server stops.
pub async fn keep_swept(app: App) {
    let mut ticks = interval_at(Instant::now() + EVERY, EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.stopping.cancelled() => return,
            _ = ticks.tick() => {
                if let Err(error) = sweep(&app).await {
                    tracing::warn!(%error, "The budgets could not be tidied");
                }
            }
        }
    }
}

/// Settles what has expired at its bound: nobody knows what those calls have cost, and it was not more.
pub async fn sweep(app: &App) -> sql::Result<()> {
    let now = app.clock.now();
    loop {
        let calls = store::expired(&app.db, now, CHUNK).await?;
        for call in &calls {
            tracing::warn!(
                call,
                "A call of a model has not said how it ended; its budgets count the most it may have cost"
            );
            app.db.write(store::settle(call, None)).await?;
        }
        if calls.len() < CHUNK {
            break;
        }
    }
    app.db.write(store::tidy(now.minus(KEPT))).await?;
    app.changes.publish(Notice::budgets()).await;
    Ok(())
}

//! Deletes what is older than the settings let it be: conversations, batches, calls of models, the audit log.

use std::time::Duration;

use sql::Time;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::store;
use crate::App;
use crate::changes::Notice;
use crate::http::problem::Problem;
use crate::ids::Kind;
use crate::{audit, batches, conversations, settings};

/// How often it looks, and how long after the start it does first.
const EVERY: Duration = Duration::from_hours(1);
const FIRST: Duration = Duration::from_mins(5);
/// What is deleted at once: others want to write as well.
const CONVERSATIONS: usize = 50;
const BATCHES: usize = 10;
const CALLS: usize = 1_000;

/// Keeps to the settings until the server stops.
pub async fn keep_retained(app: App) {
    let mut ticks = interval_at(Instant::now() + FIRST, EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.stopping.cancelled() => return,
            _ = ticks.tick() => {
                if let Err(problem) = sweep(&app).await {
                    tracing::warn!("What is too old could not be deleted: {}", problem.chain());
                }
            }
        }
    }
}

/// Deletes what is too old now. What several nodes delete at once is deleted once.
pub async fn sweep(app: &App) -> Result<(), Problem> {
    let retention = settings::current(app).await?.retention.clone();
    let now = app.clock.now();
    let before = |days: u32| now.minus(Duration::from_hours(24 * u64::from(days)));
    if let Some(days) = retention.conversation_days {
        forget_conversations(app, before(days)).await?;
        forget_batches(app, before(days)).await?;
    }
    if let Some(days) = retention.usage_days {
        forget_usage(app, before(days)).await?;
    }
    if let Some(days) = retention.audit_days {
        let id = app.ids.first_of(Kind::Audit, before(days));
        audit::store::delete_old(&id).execute(&app.db).await?;
    }
    Ok(())
}

async fn forget_conversations(app: &App, since: Time) -> Result<(), Problem> {
    while !app.stopping.is_cancelled() {
        let ids = store::left_alone(&app.db, since, CONVERSATIONS).await?;
        for id in &ids {
            // Somebody may have deleted it, or said something in it, in the meantime.
            let Some(conversation) = conversations::find(app, id).await? else {
                continue;
            };
            if conversation.updated_at < since && !conversation.pinned {
                conversations::delete(app, &conversation).await?;
            }
        }
        if ids.len() < CONVERSATIONS {
            break;
        }
    }
    Ok(())
}

/// Batches have the prompts and answers of conversations in them, and are kept as long as those.
async fn forget_batches(app: &App, since: Time) -> Result<(), Problem> {
    while !app.stopping.is_cancelled() {
        let old = batches::left_alone(app, since, BATCHES).await?;
        for batch in &old {
            batches::delete(app, batch).await?;
        }
        if old.len() < BATCHES {
            break;
        }
    }
    Ok(())
}

async fn forget_usage(app: &App, before: Time) -> Result<(), Problem> {
    let first = app.ids.first_of(Kind::Usage, before);
    while !app.stopping.is_cancelled() {
        let deleted = store::delete_calls(&app.db, &first, CALLS).await?;
        if deleted < CALLS as u64 {
            break;
        }
    }
    store::delete_hours(before).execute(&app.db).await?;
    app.changes.publish(Notice::usage()).await;
    Ok(())
}

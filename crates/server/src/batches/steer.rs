//! What people do with a batch that was begun: pause, resume, cancel, try what failed again.

use std::time::Duration;

use engine::{Cancelled, Start};
use sql::{Batch as Writes, Time};

use crate::App;
use crate::batches::{Asker, Batch, Reason, Status, find, grid, step, store};
use crate::changes::Notice;
use crate::http::problem::Problem;
use crate::ids::Kind;

/// How often, and for how long, a run is woken that may just be falling asleep.
const WAKE_EVERY: Duration = Duration::from_millis(300);
const WAKES: u32 = 10;

/// No further cells; what is under way is finished.
pub async fn pause(app: &App, batch: Batch) -> Result<Batch, Problem> {
    let (now, reason) = (app.clock.now(), Reason::requested());
    let paused = store::pause(&batch.id, &reason, now).execute(&app.db).await?;
    if paused == 0 {
        return Err(stands(&batch, "paused"));
    }
    app.changes.publish(Notice::batches(&batch.workspace_id)).await;
    Ok(Batch {
        status: Status::Paused,
        reason: Some(reason),
        updated_at: now,
        ..batch
    })
}

/// Goes on with the cells that wait, for whoever says so.
pub async fn resume(app: &App, batch: Batch, asker: &Asker) -> Result<Batch, Problem> {
    if matches!(batch.status, Status::Running | Status::Completed) {
        return Err(stands(&batch, "resumed"));
    }
    go_on(app, (batch, asker), Writes::new()).await
}

/// Lets the failed cells wait again, and goes on, for whoever says so.
pub async fn retry(app: &App, batch: Batch, asker: &Asker) -> Result<Batch, Problem> {
    if batch.status == Status::Running {
        return Err(stands(&batch, "retried; pause it first, or wait for its end"));
    }
    if batch.failed == 0 {
        return Err(Problem::conflict("No cell of this batch has failed."));
    }
    let retried = Batch { failed: 0, ..batch };
    let writes = grid::store::retry(&retried.id);
    go_on(app, (retried, asker), writes).await
}

/// Goes on: the run that sleeps is woken, in place of one that has ended another begins.
async fn go_on(app: &App, (seen, asker): (Batch, &Asker), also: Writes) -> Result<Batch, Problem> {
    let now = app.clock.now();
    let sleeps = seen.status == Status::Paused;
    let run_id = if sleeps {
        seen.run_id.clone()
    } else {
        app.ids.make(Kind::Run, now)
    };
    let mut writes = Writes::new();
    // The batch first, as every write of a cell does.
    writes.push_expecting(1, store::go_on(&seen, asker, &run_id, now));
    writes.append(also);
    let batch = running(seen, asker, run_id, now);
    let mut runs = Vec::new();
    if !sleeps {
        let new = step::new_run(&batch, &batch.run_id);
        let run = app.engine.prepare(new, Start::Now, &mut writes);
        runs.push(run.map_err(Problem::internal)?);
    }
    match app.engine.submit(writes, runs).await {
        Err(sql::Error::RowsAffected { .. }) => {
            return Err(Problem::conflict(
                "The batch has changed in this moment; look at it again.",
            ));
        }
        other => other?,
    };
    if sleeps {
        wake(app, batch.run_id.clone());
    }
    app.changes.publish(Notice::batches(&batch.workspace_id)).await;
    Ok(batch)
}

fn running(seen: Batch, asker: &Asker, run_id: String, now: Time) -> Batch {
    Batch {
        user_id: asker.user_id.clone(),
        key_id: asker.key_id.clone(),
        status: Status::Running,
        reason: None,
        run_id,
        updated_at: now,
        finished_at: None,
        ..seen
    }
}

/// Wakes a run. One that has not fallen asleep yet, because calls of it are under way, sees by itself that it is to go on.
fn wake(app: &App, run_id: String) {
    let engine = app.engine.clone();
    app.spawn(async move {
        for _ in 0..WAKES {
            match engine.resume(&run_id).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, run_id, "A batch could not be woken"),
            }
            tokio::time::sleep(WAKE_EVERY).await;
        }
    });
}

/// Ends it; calls under way are broken off.
pub async fn cancel(app: &App, batch: Batch) -> Result<Batch, Problem> {
    if !matches!(batch.status, Status::Running | Status::Paused) {
        return Err(stands(&batch, "cancelled"));
    }
    let cancelled = app
        .engine
        .cancel(&batch.run_id)
        .await
        .map_err(Problem::internal)?;
    if matches!(cancelled, Cancelled::Ended | Cancelled::NotFound) {
        // Its run has just ended, or is gone: then nothing else ends the batch.
        let close = store::close(&batch.id, &batch.run_id, Status::Cancelled, None, app.clock.now());
        close.execute(&app.db).await?;
        app.changes.publish(Notice::batches(&batch.workspace_id)).await;
    }
    find(app, &batch.id).await
}

/// 409: a batch in this state can not be that.
fn stands(batch: &Batch, what: &str) -> Problem {
    Problem::conflict(format!(
        "The batch is {}; it can not be {what}.",
        batch.status.as_str()
    ))
}

//! The run of a batch: passes over the cells that wait, and the end.
//!
//! It runs beside replies, not among the few runs of the background: it does little but wait for models, and would hold
//! one of their places for hours. What it does at once is bounded by [`CALLS_AT_ONCE`] for all batches of a process.

use std::time::Duration;

use async_trait::async_trait;
use engine::{
    Finish, FinishStatus, Lane, NewEvent, NewRun, Outcome, Run, RunContext, RunUsage, Step, StepError,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sql::{Batch as Writes, Time};
use tokio::sync::Semaphore;

use crate::App;
use crate::batches::work::{Work, how_far};
use crate::batches::{Batch, KIND, Reason, Status, store};
use crate::changes::Notice;

/// Calls of all batches of this process at once.
const CALLS_AT_ONCE: usize = 64;
/// How often a run whose database goes away is taken up again.
const ATTEMPTS_MAX: u32 = 100;
/// A paused run wakes so often and sees whether it is still to sleep: somebody may have resumed it in the very moment in
/// which it fell asleep.
const NAP: Duration = Duration::from_mins(10);
/// For so long a run that a stopping server gave back is not taken up again: by that server it should not be.
const REST: Duration = Duration::from_secs(1);
/// Before a pass that found nothing to do is made again.
const BREATH: Duration = Duration::from_millis(50);

/// What the run is given.
#[derive(Debug, Serialize, Deserialize)]
struct Input {
    batch_id: String,
    /// What earlier runs have used.
    #[serde(default)]
    before: RunUsage,
}

/// The run that will work on a batch.
pub fn new_run(batch: &Batch, run_id: &str) -> NewRun {
    let input = Input {
        batch_id: batch.id.clone(),
        before: used(batch),
    };
    NewRun {
        workspace_id: Some(batch.workspace_id.clone()),
        user_id: Some(batch.user_id.clone()),
        attempts_max: ATTEMPTS_MAX,
        ..NewRun::new(run_id, KIND, json!(input))
    }
}

/// The batch of a run.
pub fn batch_of(run: &Run) -> Option<&str> {
    run.input["batch_id"].as_str()
}

const fn used(batch: &Batch) -> RunUsage {
    RunUsage {
        prompt_tokens: batch.prompt_tokens,
        completion_tokens: batch.completion_tokens,
        cost_micros: batch.cost_micros,
    }
}

/// Works on batches.
pub struct BatchStep {
    app: App,
    places: Semaphore,
}

impl BatchStep {
    /// For this application.
    pub fn new(app: App) -> Self {
        Self {
            app,
            places: Semaphore::new(CALLS_AT_ONCE),
        }
    }

    async fn load(&self, run: &Run) -> Result<Option<Batch>, StepError> {
        let id = batch_of(run).unwrap_or_default();
        let batch = store::get(&self.app.db, id).await?;
        // Another run has taken it over; then this one has nothing to do.
        Ok(batch.filter(|batch| batch.run_id == run.id))
    }

    /// What follows a pass; nothing when there is to be another.
    async fn next(&self, ctx: &RunContext) -> Result<Option<Outcome>, StepError> {
        let now = self.app.clock.now();
        let Some(batch) = self.load(ctx.run()).await? else {
            return Ok(Some(Outcome::Complete(Finish::cancelled())));
        };
        if batch.done + batch.failed == batch.cells {
            return Ok(Some(Outcome::Complete(completed(ctx.run(), &batch, now)?)));
        }
        if ctx.cancelled().is_cancelled() {
            return Err(StepError::Cancelled);
        }
        if self.app.stopping.is_cancelled() {
            // It goes on elsewhere, or after the next start.
            return Ok(Some(Outcome::Pause(now.plus(REST))));
        }
        if batch.status == Status::Paused {
            let event = json!({ "batch_id": batch.id, "reason": batch.reason });
            ctx.emit("paused", event).await?;
            self.app
                .changes
                .publish_soon(Notice::batches(&batch.workspace_id));
            return Ok(Some(Outcome::Pause(now.plus(NAP))));
        }
        Ok(None)
    }
}

/// The end of a run after which a batch is complete.
fn completed(run: &Run, batch: &Batch, now: Time) -> Result<Finish, StepError> {
    let mut told = how_far(batch);
    let mut finish = Finish::completed(told.clone());
    told["status"] = json!(Status::Completed.as_str());
    finish.last_events.push(NewEvent::new("complete", told)?);
    finish.usage = since(run, batch);
    let complete = store::complete(&batch.id, &run.id, now);
    finish.writes.push_expecting(1, complete);
    Ok(finish)
}

/// What this run has used.
fn since(run: &Run, batch: &Batch) -> RunUsage {
    let input: Option<Input> = serde_json::from_value(run.input.clone()).ok();
    let (before, now) = (input.map(|input| input.before).unwrap_or_default(), used(batch));
    RunUsage {
        prompt_tokens: now.prompt_tokens - before.prompt_tokens,
        completion_tokens: now.completion_tokens - before.completion_tokens,
        cost_micros: now.cost_micros - before.cost_micros,
    }
}

#[async_trait]
impl Step for BatchStep {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn lane(&self) -> Lane {
        Lane::Interactive
    }

    async fn run(&self, ctx: &RunContext) -> Result<Outcome, StepError> {
        let Some(batch) = self.load(ctx.run()).await? else {
            return Ok(Outcome::Complete(Finish::cancelled()));
        };
        if batch.status == Status::Paused {
            return Ok(Outcome::Pause(self.app.clock.now().plus(NAP)));
        }
        ctx.emit("start", how_far(&batch)).await?;
        loop {
            Work::new(&self.app, ctx, &batch, &self.places).through().await?;
            if let Some(outcome) = self.next(ctx).await? {
                return Ok(outcome);
            }
            tokio::time::sleep(BREATH).await;
        }
    }

    async fn cancelled(&self, ctx: &RunContext) -> Result<Finish, StepError> {
        let mut finish = Finish::cancelled();
        let now = ctx.clock().now();
        if let Some(batch) = self.load(ctx.run()).await? {
            let mut told = how_far(&batch);
            told["status"] = json!(Status::Cancelled.as_str());
            finish.last_events.push(NewEvent::new("complete", told)?);
            finish.usage = since(ctx.run(), &batch);
            let close = store::close(&batch.id, &ctx.run().id, Status::Cancelled, None, now);
            finish.writes.push(close);
        }
        Ok(finish)
    }

    fn closing_writes(&self, run: &Run, status: FinishStatus, error: Option<&Value>, now: Time) -> Writes {
        let id = batch_of(run).unwrap_or_default();
        let (status, reason) = match status {
            FinishStatus::Cancelled => (Status::Cancelled, None),
            _ => (
                Status::Failed,
                error.and_then(|error| serde_json::from_value::<Reason>(error.clone()).ok()),
            ),
        };
        store::close(id, &run.id, status, reason.as_ref(), now).into()
    }

    async fn ended(&self, run: &Run, _status: FinishStatus, _output: &Value) {
        if let Some(workspace_id) = &run.workspace_id {
            self.app.changes.publish(Notice::batches(workspace_id)).await;
        }
    }
}

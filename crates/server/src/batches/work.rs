//! The work on a batch within one attempt of its run: the cells that wait, so many at once, until none is left or it is
//! to stand still.
//!
//! A cell that fails stops no other. A passing failure is tried again a few times; while a lane has nothing but failures
//! its cells are tried once each, so that a model that is away holds up the others little. Limits are waited for, and so is
//! a provider that is left alone because it failed repeatedly: other models of it may be well. When a budget has nothing
//! left the batch is paused, unless what is missing is only promised to calls under way; so it is when whoever it
//! is worked on for may not ask any more.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use engine::{RunContext, StepError};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::App;
use crate::batches::call::{self, Failure};
use crate::batches::grid::{self, Asked, CellStatus, Outcome};
use crate::batches::{Batch, Reason, Status, store};
use crate::changes::Notice;
use crate::http::problem::Problem;

/// How often it looks whether it is still wanted, and tells how far it is; how often pages are told to look.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const TELL_EVERY: Duration = Duration::from_secs(2);
/// Waiting cells that are read at once.
const CELLS_AT_ONCE: u32 = 500;
/// Calls for a cell that fails in passing, and the wait before the second, which doubles.
const CALLS_MAX: u32 = 3;
const BACKOFF: Duration = Duration::from_millis(500);
/// Failures of a lane, without an answer in between, after which its cells are tried once each.
const FAILURES_MAX: u32 = 5;
/// How long a cell waits for room at once, and in all.
const FULL_WAIT: Duration = Duration::from_secs(5);
const FULL_WAIT_MAX: Duration = Duration::from_mins(1);
const FULL_WAITS_MAX: Duration = Duration::from_mins(15);
/// What is promised to calls under way comes back soon: how soon, and how long it is waited for.
const PROMISED: Duration = Duration::from_secs(5);
const PROMISE_STEP: Duration = Duration::from_millis(250);
const PROMISE_WAITS_MAX: Duration = Duration::from_mins(2);
/// Positions that an event names.
const ROWS_TOLD: usize = 200;

/// One pass over what waits.
pub struct Work<'a> {
    pub app: &'a App,
    pub ctx: &'a RunContext,
    pub batch: &'a Batch,
    /// The calls of all batches of this process.
    pub places: &'a Semaphore,
    /// Fires when no further cell is to begin; what is under way is finished.
    pub held: CancellationToken,
    /// Failures of each lane since its last answer.
    pub failures: Vec<AtomicU32>,
}

/// The place of a cell: its row and its lane.
type Place = (i64, i64);

/// What became of a cell in this pass.
enum Ended {
    /// It has a result.
    Result(Place),
    /// It waits on.
    Left,
}

/// What one call came to.
enum Once {
    Ended(Ended),
    /// Another call, after so long.
    Again(Duration),
}

/// What is to be done after a failure.
enum Then {
    Again(Duration),
    Fail,
    Leave,
}

/// What a cell has gone through in this pass.
#[derive(Default)]
struct Tried {
    calls: u32,
    waited_for_room: Duration,
    waited_for_promises: Duration,
}

impl<'a> Work<'a> {
    /// A pass over what waits in a batch.
    pub fn new(app: &'a App, ctx: &'a RunContext, batch: &'a Batch, places: &'a Semaphore) -> Self {
        let held = CancellationToken::new();
        if app.stopping.is_cancelled() {
            held.cancel();
        }
        Self {
            app,
            ctx,
            batch,
            places,
            held,
            failures: batch.models.iter().map(|_| AtomicU32::new(0)).collect(),
        }
    }

    /// Works until nothing waits, or until it is to stand still; what has begun is ended by then.
    pub async fn through(&self) -> Result<(), StepError> {
        let (mut waiting, mut told) = (Waiting::default(), Told::new());
        let mut under_way = FuturesUnordered::new();
        let mut failure = None;
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            while !self.is_held() && under_way.len() < self.batch.concurrency as usize {
                match waiting.next(self).await {
                    Ok(Some(place)) => under_way.push(self.cell(place)),
                    Ok(None) => break,
                    Err(error) => self.fail(&mut failure, error),
                }
            }
            if under_way.is_empty() {
                break;
            }
            tokio::select! {
                Some(ended) = under_way.next() => match ended {
                    Ok(Ended::Result((position, _))) => told.rows.push(position),
                    Ok(Ended::Left) => {}
                    Err(error) => self.fail(&mut failure, error),
                },
                _ = ticks.tick() => if let Err(error) = self.look(&mut told).await {
                    self.fail(&mut failure, error);
                },
            }
        }
        if let Some(error) = failure {
            return Err(error);
        }
        self.look(&mut told).await
    }

    fn is_held(&self) -> bool {
        self.held.is_cancelled() || self.ctx.cancelled().is_cancelled()
    }

    /// The first failure of the run counts; calls under way are let come to their end.
    fn fail(&self, failure: &mut Option<StepError>, error: StepError) {
        self.held.cancel();
        failure.get_or_insert(error);
    }

    /// Looks whether the batch is still to be worked on, and tells how far it is.
    async fn look(&self, told: &mut Told) -> Result<(), StepError> {
        let Some(now) = store::get(&self.app.db, &self.batch.id).await? else {
            self.held.cancel();
            return Ok(());
        };
        if now.status != Status::Running || self.app.stopping.is_cancelled() {
            self.held.cancel();
        }
        if told.rows.is_empty() {
            return Ok(());
        }
        let mut rows = std::mem::take(&mut told.rows);
        rows.sort_unstable();
        rows.dedup();
        let mut event = how_far(&now);
        event["rows"] = if rows.len() > ROWS_TOLD {
            Value::Null
        } else {
            json!(rows)
        };
        self.ctx.emit("progress", event).await?;
        if told.at.elapsed() >= TELL_EVERY {
            told.at = Instant::now();
            self.app.changes.publish_soon(Notice::batches(&now.workspace_id));
        }
        Ok(())
    }

    /// One cell, until it has a result or is to wait on.
    async fn cell(&self, place: Place) -> Result<Ended, StepError> {
        let mut tried = Tried::default();
        loop {
            let asked = grid::store::asked(&self.app.db, &self.batch.id, place).await?;
            let asked = asked.filter(|asked| {
                asked.batch == Status::Running && asked.cell == CellStatus::Pending && !self.is_held()
            });
            let Some(asked) = asked else {
                return Ok(Ended::Left);
            };
            match self.once(place, &asked, &mut tried).await? {
                Once::Ended(ended) => return Ok(ended),
                Once::Again(after) if self.rest(after).await => {}
                Once::Again(_) => return Ok(Ended::Left),
            }
        }
    }

    /// One call for a cell, if it may begin.
    async fn once(&self, place: Place, asked: &Asked, tried: &mut Tried) -> Result<Once, StepError> {
        let (app, batch, asker) = (self.app, self.batch, &asked.asker);
        if let Some(failure) = Failure::of_asker(asked) {
            return self.not_called(place, asked, &failure, tried).await;
        }
        let Some(lane) = batch.models.get(place.1 as usize) else {
            return Ok(Once::Ended(Ended::Left));
        };
        let name = lane.model.as_deref().unwrap_or_default();
        let workspace = Some(batch.workspace_id.as_str());
        let model = match app.models.resolve(app, &asker.user_id, workspace, name).await {
            Ok(model) => model,
            Err(problem) => return self.refused(place, asked, problem, tried).await,
        };
        let request = call::request(lane, asked, &model, app.clock.now());
        let cancel = self.ctx.cancelled();
        // A permit is only refused when the semaphore is closed, which nobody does.
        let _permit = tokio::select! {
            permit = self.places.acquire() => permit,
            () = self.held.cancelled() => return Ok(Once::Ended(Ended::Left)),
            () = cancel.cancelled() => return Ok(Once::Ended(Ended::Left)),
        };
        let admitted = tokio::select! {
            admitted = call::admit(app, (batch, asker), place, model, &request) => admitted,
            () = cancel.cancelled() => return Ok(Once::Ended(Ended::Left)),
        };
        let admitted = match admitted {
            Ok(admitted) => admitted,
            Err(problem) => return self.refused(place, asked, problem, tried).await,
        };
        let email = admitted.model.asker(app, Some(&asker.user_id)).await?;
        let came = call::call(app, (&admitted.model, email), request, &cancel).await;
        if let Some(failure) = came.turned_away() {
            admitted.give_back(app, batch, place).await?;
            return self.not_called(place, asked, &failure, tried).await;
        }
        tried.calls += 1;
        let then = came
            .failure
            .as_ref()
            .map(|failure| self.then(place, failure, tried));
        let waits_on = matches!(then, Some(Then::Again(_) | Then::Leave));
        let outcome = came.outcome(&admitted, waits_on);
        let usage = came.usage(app, (self.ctx.run(), batch), place, admitted, &outcome);
        let ended = self.write(place, asked.attempts, &outcome, Some(&usage)).await?;
        Ok(match then {
            Some(Then::Again(after)) => Once::Again(after),
            _ => Once::Ended(ended),
        })
    }

    /// A call that may not begin.
    async fn refused(
        &self,
        place: Place,
        asked: &Asked,
        problem: Problem,
        tried: &mut Tried,
    ) -> Result<Once, StepError> {
        let failure = Failure::of(problem)?;
        self.not_called(place, asked, &failure, tried).await
    }

    /// A cell for which no model was called.
    async fn not_called(
        &self,
        place: Place,
        asked: &Asked,
        failure: &Failure,
        tried: &mut Tried,
    ) -> Result<Once, StepError> {
        match self.then(place, failure, tried) {
            Then::Again(after) => Ok(Once::Again(after)),
            Then::Leave => {
                if let Some(reason) = failure.of_batch() {
                    self.pause(asked, &reason).await?;
                }
                Ok(Once::Ended(Ended::Left))
            }
            Then::Fail => {
                let outcome = Outcome::refused(failure.stored());
                let written = self.write(place, asked.attempts, &outcome, None).await;
                written.map(Once::Ended)
            }
        }
    }

    /// What follows a failure.
    fn then(&self, place: Place, failure: &Failure, tried: &mut Tried) -> Then {
        match failure {
            Failure::Cancelled | Failure::Gone(_) => Then::Leave,
            Failure::Lasting(_) => Then::Fail,
            Failure::Passing(_) | Failure::Away(..) if self.only_fails(place) => Then::Fail,
            Failure::Passing(_) if tried.calls >= CALLS_MAX => Then::Fail,
            Failure::Passing(_) => Then::Again(BACKOFF * (1 << tried.calls.saturating_sub(1))),
            Failure::Full(after, _) | Failure::Away(after, _) => {
                let after = after.unwrap_or(FULL_WAIT).clamp(PROMISE_STEP, FULL_WAIT_MAX);
                if tried.waited_for_room >= FULL_WAITS_MAX {
                    return Then::Fail;
                }
                tried.waited_for_room += after;
                Then::Again(after)
            }
            Failure::Budget(problem) => {
                let promised = problem.retry_after.is_some_and(|after| after <= PROMISED);
                if !promised || tried.waited_for_promises >= PROMISE_WAITS_MAX {
                    return Then::Leave;
                }
                tried.waited_for_promises += PROMISE_STEP;
                Then::Again(PROMISE_STEP)
            }
        }
    }

    /// Waits; false when the cell is to be left meanwhile.
    async fn rest(&self, time: Duration) -> bool {
        let cancel = self.ctx.cancelled();
        tokio::select! {
            () = tokio::time::sleep(time) => true,
            () = self.held.cancelled() => false,
            () = cancel.cancelled() => false,
        }
    }

    /// Keeps what came of a call. When the cell has another result by now, or is gone, only the call is kept.
    async fn write(
        &self,
        place: Place,
        attempts: i64,
        outcome: &Outcome,
        usage: Option<&crate::usage::Call>,
    ) -> Result<Ended, StepError> {
        let mut writes =
            grid::store::write_cell(&self.batch.id, place, attempts, outcome, self.app.clock.now());
        if let Some(usage) = usage {
            writes.append(usage.writes());
        }
        match self.app.db.write(writes).await {
            Ok(_) => {}
            Err(sql::Error::RowsAffected { .. }) => {
                if let Some(usage) = usage {
                    self.app.db.write(usage.writes()).await?;
                }
                return Ok(Ended::Left);
            }
            Err(error) => return Err(error.into()),
        }
        let failures = self.failures_of(place);
        match outcome.status {
            CellStatus::Pending => return Ok(Ended::Left),
            CellStatus::Done => failures.store(0, Ordering::Relaxed),
            CellStatus::Failed => {
                failures.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(Ended::Result(place))
    }

    /// Whether the lane of a cell has had nothing but failures for a while.
    fn only_fails(&self, place: Place) -> bool {
        self.failures_of(place).load(Ordering::Relaxed) >= FAILURES_MAX
    }

    fn failures_of(&self, place: Place) -> &AtomicU32 {
        // A cell has a lane of the batch; the first stands in for one that has none.
        let lane = usize::try_from(place.1)
            .unwrap_or(0)
            .min(self.failures.len().saturating_sub(1));
        &self.failures[lane]
    }

    /// Nothing is left to pay with, or whoever paid may not any more: the batch stands still until somebody resumes it.
    async fn pause(&self, asked: &Asked, reason: &Reason) -> Result<(), StepError> {
        self.held.cancel();
        let pause = store::pause_for(&self.batch.id, &asked.asker, reason, self.app.clock.now());
        pause.execute(&self.app.db).await?;
        Ok(())
    }
}

/// The cells that wait, in the order of the grid, read as they are needed.
#[derive(Default)]
struct Waiting {
    read: std::collections::VecDeque<Place>,
    after: Option<Place>,
    over: bool,
}

impl Waiting {
    async fn next(&mut self, work: &Work<'_>) -> Result<Option<Place>, StepError> {
        if self.read.is_empty() && !self.over {
            let after = self.after.unwrap_or((-1, -1));
            let read = grid::store::pending(&work.app.db, &work.batch.id, after, CELLS_AT_ONCE).await?;
            self.over = read.len() < CELLS_AT_ONCE as usize;
            self.after = read.last().copied();
            self.read = read.into();
        }
        Ok(self.read.pop_front())
    }
}

/// What was told of the progress.
struct Told {
    /// Rows with a new result since then.
    rows: Vec<i64>,
    /// When pages were last told to look.
    at: Instant,
}

impl Told {
    fn new() -> Self {
        Self {
            rows: Vec::new(),
            at: Instant::now(),
        }
    }
}

/// How far a batch is, as its events say.
pub fn how_far(batch: &Batch) -> Value {
    json!({
        "batch_id": batch.id, "done": batch.done, "failed": batch.failed, "total": batch.cells,
        "cost_micros": batch.cost_micros,
    })
}

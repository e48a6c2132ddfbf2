//! The only loop that takes runs from the queue, and what happens to a run that was taken.
//!
//! `work` fills the lanes: claim what is due, sleep until the next is due, a slot is free or somebody says that there is
//! work. `execute` is one attempt: begin, ask `decide` what to do, call the step, write the settlement. Everything that is
//! written at the end of an attempt is one batch, fenced by the lease.

use std::{panic::AssertUnwindSafe, pin::pin, sync::Arc, time::Duration};

use futures_util::FutureExt;
use serde_json::Value;
use sql::{Batch, query};
use tokio::time::sleep;

use crate::{
    Engine, Error,
    context::RunContext,
    decide::{self, Command, Ended, Settlement, Stop},
    journal::{self, Chunk},
    live::{COMPLETE, Control, Event, NewEvent, SEQ_JUMP, closing_event},
    queue::{self, Fence},
    run::{Finish, Lane, Run},
    running::Slot,
    state::FinishStatus,
    step::{Outcome, Recovery, Step, StepError, Wake, error},
};

/// Runs taken in one statement.
const CLAIM_MAX: usize = 64;
/// The pause after a claim that failed.
const CLAIM_RETRY: Duration = Duration::from_millis(250);
/// The shortest sleep: what is due but not to be had is just being taken by another node.
const REST_MIN: Duration = Duration::from_millis(2);
/// The pause after a write that failed in passing, and its longest.
const WRITE_RETRY: Duration = Duration::from_millis(50);
const WRITE_RETRY_MAX: Duration = Duration::from_secs(2);

/// Fills the lanes until the engine drains.
pub(crate) async fn work(engine: Engine) {
    let inner = &engine.0;
    let mut more = [true; 2];
    loop {
        if inner.draining() {
            return;
        }
        for lane in Lane::ALL {
            if more[lane.index()] {
                more[lane.index()] = fill(&engine, lane).await;
            }
        }
        let rest = if more.iter().any(|more| *more) { inner.config.poll_every } else { until_due(&engine).await };
        tokio::select! {
            () = inner.work.notified() => more = [true; 2],
            () = inner.running.freed.notified() => {}
            () = sleep(rest) => more = [true; 2],
            () = inner.drain.cancelled() => return,
        }
    }
}

/// Claims for a lane until it is full or nothing is due. True when something may be due still.
async fn fill(engine: &Engine, lane: Lane) -> bool {
    let inner = &engine.0;
    let kinds = inner.kinds(lane);
    if kinds.is_empty() {
        return false;
    }
    loop {
        let room = inner.config.lane_max(lane).saturating_sub(inner.running.count(lane)).min(CLAIM_MAX);
        if room == 0 {
            return true;
        }
        let now = inner.clock.now();
        let claimed =
            queue::claim(&inner.db, &inner.node, lane, kinds.clone(), room, now, inner.config.lease).await;
        match claimed {
            Ok(runs) => {
                let full = runs.len() == room;
                runs.into_iter().for_each(|run| launch(engine, run));
                if !full {
                    return false;
                }
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "Runs could not be claimed");
                sleep(CLAIM_RETRY).await;
                return false;
            }
        }
    }
}

/// How long to sleep: until the next run is due, at most `poll_every`, because other nodes queue runs too.
async fn until_due(engine: &Engine) -> Duration {
    let inner = &engine.0;
    let mut rest = inner.config.poll_every;
    for lane in Lane::ALL {
        let kinds = inner.kinds(lane);
        if kinds.is_empty() || inner.running.count(lane) >= inner.config.lane_max(lane) {
            continue;
        }
        if let Ok(Some(due)) = queue::next_due(&inner.db, lane, kinds).await {
            let now = inner.clock.now();
            let wait = if due > now { due.since(now) } else { Duration::ZERO };
            // Rather a little late: an early claim finds nothing.
            rest = rest.min(wait + REST_MIN);
        }
    }
    rest
}

/// Begins an attempt of a run that this node has leased. Does nothing when it has begun already.
pub(crate) fn launch(engine: &Engine, run: Run) {
    let inner = &engine.0;
    let control = Arc::new(Control::default());
    let Some(slot) = inner.running.enter(&run, &control) else { return };
    let task = inner.tasks.spawn(execute(engine.clone(), run, control, slot));
    inner.running.task(task);
}

async fn execute(engine: Engine, run: Run, control: Arc<Control>, slot: Slot) {
    let inner = Arc::clone(&engine.0);
    let Some(step) = inner.step(&run.kind) else { return };
    let live = inner.registry.get(&run.id);
    let Some(first_seq) = first_seq(&engine, &run, &control).await else { return };
    live.begin(run.attempt, first_seq, Arc::clone(&control));
    let ctx = RunContext { run, engine: engine.clone(), live, control };
    let report = attempt(&ctx, step.as_ref()).await;
    settle(&ctx, step.as_ref(), report).await;
    drop(ctx);
    drop(slot);
}

/// Where numbering begins: 1, behind what was logged, or far behind it after a crash (see `SEQ_JUMP`).
async fn first_seq(engine: &Engine, run: &Run, control: &Control) -> Option<u64> {
    if run.attempt == 1 && !run.orphaned {
        return Some(1);
    }
    let jump = if run.orphaned { SEQ_JUMP * u64::from(run.attempt) } else { 0 };
    loop {
        match journal::last_seq(engine.db(), &run.id).await {
            Ok(last) => return Some(last + 1 + jump),
            Err(Error::Sql(error)) if crate::is_passing(&error) && control.reason() != Stop::Lost => {
                sleep(WRITE_RETRY).await;
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, run = run.id, "A run could not begin");
                return None;
            }
        }
    }
}

/// Does what `decide` says, up to the step's own report.
async fn attempt(ctx: &RunContext, step: &dyn Step) -> Result<Outcome, StepError> {
    let mut report = Ok(Outcome::Complete(Finish::cancelled()));
    for command in decide::owner_next(&ctx.run.state()) {
        report = match command {
            Command::GiveUp => Err(StepError::fail("abandoned", "the run took its node down too often")),
            Command::CancelChildren => {
                cancel_below(ctx).await;
                continue;
            }
            Command::Cancel => Ok(Outcome::Complete(cancelled(ctx, step).await)),
            Command::Recover => recover(ctx, step).await,
            Command::Run | Command::Claim | Command::Orphan => guarded(ctx, step.run(ctx)).await,
        };
    }
    report
}

async fn recover(ctx: &RunContext, step: &dyn Step) -> Result<Outcome, StepError> {
    let logged = match journal::all(ctx.db(), &ctx.run.id).await {
        Ok(logged) => logged,
        Err(Error::Sql(error)) => return Err(error.into()),
        // A log that can not be read is lost; the run is not.
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, run = ctx.run.id, "A log could not be read");
            Vec::new()
        }
    };
    match guarded(ctx, step.recover(ctx, logged)).await? {
        Recovery::Finish(finish) => Ok(Outcome::Complete(finish)),
        // Not limited by `attempts_max`: the step has not failed, its node has. `Command::GiveUp` sets the limit.
        Recovery::Retry => guarded(ctx, step.run(ctx)).await,
    }
}

/// A call of the step: a panic becomes a failure, and a step that does not heed its token is dropped after a grace.
async fn guarded<T>(
    ctx: &RunContext,
    call: impl Future<Output = Result<T, StepError>> + Send,
) -> Result<T, StepError> {
    let mut call = pin!(AssertUnwindSafe(call).catch_unwind());
    let grace = async {
        ctx.control.token.cancelled().await;
        sleep(ctx.engine.0.config.cancel_grace).await;
    };
    tokio::select! {
        result = &mut call => result.unwrap_or_else(|_| {
            tracing::error!(run = ctx.run.id, kind = ctx.run.kind, "A step panicked");
            Err(StepError::fail("panic", "the step panicked"))
        }),
        () = grace => Err(StepError::Cancelled),
    }
}

/// What an attempt brought, beside its `Ended`.
enum Carried {
    Finish(Finish),
    Children(Vec<crate::NewRun>, Wake),
    Error(Value),
    Nothing,
}

fn split(report: Result<Outcome, StepError>) -> (Ended, Carried) {
    match report {
        Ok(Outcome::Complete(finish)) => (Ended::Finished(finish.status), Carried::Finish(finish)),
        Ok(Outcome::Wait { children, wake }) => (Ended::Waited, Carried::Children(children, wake)),
        Ok(Outcome::Pause(until)) => (Ended::Paused(until), Carried::Nothing),
        Err(StepError::Retry { after, error }) => (Ended::Retry(after), Carried::Error(error)),
        Err(StepError::Fail { error }) => (Ended::Failed, Carried::Error(error)),
        Err(StepError::Cancelled) => (Ended::Cancelled, Carried::Nothing),
    }
}

/// Writes the end of the attempt.
async fn settle(ctx: &RunContext, step: &dyn Step, report: Result<Outcome, StepError>) {
    let (mut ended, mut carried) = split(report);
    let state = ctx.run.state();
    let now = ctx.clock().now();
    let mut settlement = decide::settle(&state, ended, ctx.control.reason(), now, rand::random());
    if settlement == Settlement::AskCancelled {
        cancel_below(ctx).await;
        let finish = cancelled(ctx, step).await;
        ended = Ended::Finished(finish.status);
        carried = Carried::Finish(finish);
        settlement = decide::settle(&state, ended, ctx.control.reason(), now, 0.0);
    }
    let chunks = ctx.live.take_rest().await;
    match (settlement, carried) {
        (Settlement::Finish(_), Carried::Finish(finish)) => finish_run(ctx, chunks, finish).await,
        (Settlement::Finish(status), Carried::Error(error)) => {
            finish_run(ctx, chunks, Finish { status, ..Finish::failed(error) }).await;
        }
        (Settlement::Wait, Carried::Children(children, wake)) => wait(ctx, chunks, children, wake).await,
        (Settlement::Pause(until), _) => {
            write(ctx, &chunks, |batch, fence| queue::pause(batch, fence, until)).await;
        }
        (Settlement::Retry(at), Carried::Error(error)) => {
            write(ctx, &chunks, |batch, fence| queue::retry(batch, fence, at, &error)).await;
        }
        // `Drop`: the run belongs to another node.
        _ => {}
    }
    // Its own wake-up is precise; the notice is for the parent, which may be due now.
    ctx.engine.0.work.notify_one();
}

async fn cancel_below(ctx: &RunContext) {
    if let Err(error) = ctx.engine.cancel_below(&ctx.run.id).await {
        tracing::warn!(error = &error as &dyn std::error::Error, run = ctx.run.id, "Children could not be cancelled");
    }
}

/// How the step ends its cancelled run. The token does not matter here, time does.
async fn cancelled(ctx: &RunContext, step: &dyn Step) -> Finish {
    let call = AssertUnwindSafe(step.cancelled(ctx)).catch_unwind();
    match tokio::time::timeout(ctx.engine.0.config.cancel_grace, call).await {
        Ok(Ok(Ok(finish))) => finish,
        Ok(Ok(Err(StepError::Fail { error } | StepError::Retry { error, .. }))) => {
            Finish { error: Some(error), ..Finish::cancelled() }
        }
        _ => Finish::cancelled(),
    }
}

fn fence(ctx: &RunContext) -> Fence {
    Fence { id: ctx.run.id.clone(), owner: ctx.engine.0.node.clone(), attempt: ctx.run.attempt }
}

/// The end of a run: events, row, parent and the caller's writes in one transaction, then the last events are shown.
async fn finish_run(ctx: &RunContext, chunks: Vec<Chunk>, finish: Finish) {
    let mut completed = finish.status == FinishStatus::Completed;
    let mut ours = try_finish(ctx, &chunks, finish).await;
    if let Err(error) = &ours {
        // The caller's own writes were refused (what they belong to was deleted, say). The run ends all the same.
        tracing::error!(error = error as &dyn std::error::Error, run = ctx.run.id, "The end of a run was refused");
        let detail = "what the run wrote at its end was refused by the database";
        completed = false;
        ours = try_finish(ctx, &chunks, Finish::failed(self::error("finish_refused", detail))).await;
    }
    match ours {
        // Nobody waits for what still runs below.
        Ok(true) if !completed => cancel_below(ctx).await,
        Ok(_) => {}
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, run = ctx.run.id, "A run could not be ended");
        }
    }
}

/// `Ok(false)` when the run is no longer ours; an error when the writes were refused for good.
async fn try_finish(ctx: &RunContext, chunks: &[Chunk], finish: Finish) -> Result<bool, sql::Error> {
    let Finish { status, output, error, usage, writes, last_events } = finish;
    let now = ctx.clock().now();
    let first = ctx.live.next_seq();
    let mut last: Vec<Event> = number(&last_events, first, now);
    let mut chunks = chunks.to_vec();
    chunks.extend(Chunk::encode(&last));
    let end = queue::End { status, output: &output, error: error.as_ref(), usage };
    let ours = commit(ctx, &chunks, |batch, fence| {
        queue::finish(batch, fence, ctx.run.parent_id.as_deref(), &end, now);
        batch.append(writes.clone());
    })
    .await?;
    if !ours {
        return Ok(false);
    }
    if last.last().is_none_or(|event| event.kind != COMPLETE) {
        let last_seq = first + last.len() as u64 - 1;
        last.push(closing_event(status.into(), error.as_ref(), last_seq, now));
    }
    ctx.live.end(last);
    Ok(true)
}

fn number(events: &[NewEvent], first: u64, at: sql::Time) -> Vec<Event> {
    let numbered = events.iter().zip(first..);
    numbered.map(|(event, seq)| Event { seq, kind: event.kind.into(), data: event.data.clone(), at }).collect()
}

async fn wait(ctx: &RunContext, chunks: Vec<Chunk>, children: Vec<crate::NewRun>, wake: Wake) {
    let now = ctx.clock().now();
    let inner = &ctx.engine.0;
    let mut inserts = Batch::new();
    let spawned = children.len();
    for mut child in children {
        child.parent_id = Some(ctx.run.id.clone());
        child.workspace_id = child.workspace_id.or_else(|| ctx.run.workspace_id.clone());
        child.user_id = child.user_id.or_else(|| ctx.run.user_id.clone());
        child.conversation_id = child.conversation_id.or_else(|| ctx.run.conversation_id.clone());
        let Some(lane) = inner.step(child.kind).map(|step| step.lane()) else {
            let detail = format!("no step takes runs of kind `{}`", child.kind);
            return finish_run(ctx, chunks, Finish::failed(error("unknown_kind", detail))).await;
        };
        inserts.push(queue::insert(child, lane, None, now, Some(&ctx.run.root_id)).1);
    }
    let wake_after = match wake {
        Wake::AllEnded => 0,
        Wake::AnyEnded => ctx.run.children_ended + 1,
    };
    write(ctx, &chunks, |batch, fence| {
        queue::wait(batch, fence, spawned, wake_after, now);
        batch.append(inserts.clone());
    })
    .await;
}

/// A settlement that only the engine writes. When it is refused for good, the run fails with what the database says.
async fn write(ctx: &RunContext, chunks: &[Chunk], fill: impl Fn(&mut Batch, &Fence)) {
    if let Err(error) = commit(ctx, chunks, fill).await {
        tracing::error!(error = &error as &dyn std::error::Error, run = ctx.run.id, "The end of an attempt was refused");
        let failed = Finish::failed(self::error("settlement_refused", "the database refused what the step wanted next"));
        finish_run(ctx, chunks.to_vec(), failed).await;
    }
}

/// Writes the chunks and what `fill` adds in one transaction, again and again while the database is away and the run is
/// ours. False when the run is no longer ours.
async fn commit(ctx: &RunContext, chunks: &[Chunk], fill: impl Fn(&mut Batch, &Fence)) -> Result<bool, sql::Error> {
    let fence = fence(ctx);
    let mut batch = Batch::new();
    for chunk in chunks {
        batch.push(chunk.append(&fence));
    }
    fill(&mut batch, &fence);
    let mut pause = WRITE_RETRY;
    let mut uncertain = false;
    loop {
        match ctx.db().write(batch.clone()).await {
            Ok(_) => return Ok(true),
            // The answer to an earlier try may have been lost after its commit.
            Err(error) if queue::is_fenced(&error) => return Ok(uncertain && is_settled(ctx).await),
            Err(error) if crate::is_passing(&error) && ctx.control.reason() != Stop::Lost => {
                uncertain = true;
                tracing::warn!(error = &error as &dyn std::error::Error, run = ctx.run.id, "A run could not be written yet");
                sleep(pause).await;
                pause = (pause * 2).min(WRITE_RETRY_MAX);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Whether the row stands where this very attempt has left it: nobody has claimed it since.
async fn is_settled(ctx: &RunContext) -> bool {
    let run = query(&queue::GET).bind(ctx.run.id.as_str()).optional::<Run>(ctx.db()).await;
    run.is_ok_and(|run| run.is_some_and(|run| run.attempt == ctx.run.attempt && !run.orphaned && run.lease_owner.is_none()))
}

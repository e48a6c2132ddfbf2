//! The end of an attempt: what is written, in one transaction, fenced by the lease.
//!
//! The worker calls `settle` with what the step said; `decide` says what that means. The events that are not in the log
//! yet, the run's row, its parent and the caller's own writes are one batch. It is tried until it is through, or until the
//! run belongs to somebody else; then nothing of it is kept.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use serde_json::Value;
use sql::{Batch, query};
use tokio::time::sleep;

use crate::{
    context::RunContext,
    decide::{self, Ended, Settlement, Stop},
    journal::Chunk,
    live::{COMPLETE, Event, NewEvent, closing_event},
    queue::{self, Fence},
    run::{Finish, Run},
    state::FinishStatus,
    step::{Outcome, Step, StepError, Wake, error},
};

/// The pause after a write that failed in passing, and its longest.
pub(crate) const WRITE_RETRY: Duration = Duration::from_millis(50);
const WRITE_RETRY_MAX: Duration = Duration::from_secs(2);

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
pub(crate) async fn settle(ctx: &RunContext, step: &dyn Step, report: Result<Outcome, StepError>) {
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
            finish_run(ctx, chunks, closed(ctx, status, Some(error))).await;
        }
        (Settlement::Wait, Carried::Children(children, wake)) => wait(ctx, chunks, children, wake).await,
        (Settlement::Pause(until), _) => {
            write(ctx, &chunks, |batch, fence| queue::pause(batch, fence, until)).await;
        }
        (Settlement::Retry(at), Carried::Error(error)) => {
            write(ctx, &chunks, |batch, fence| {
                queue::retry(batch, fence, at, &error);
            })
            .await;
        }
        // `Drop`: the run belongs to another node.
        _ => {}
    }
    // A parent or children may be due now. Whatever else became due, the worker sees when the slot is free.
    if ctx.run.parent_id.is_some() || ended == Ended::Waited {
        ctx.engine.0.work.notify_one();
    }
}

/// Ends what still runs below the run; nobody waits for it.
pub(crate) async fn cancel_below(ctx: &RunContext) {
    if let Err(error) = ctx.engine.cancel_below(&ctx.run.id).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            run = ctx.run.id,
            "Children could not be cancelled"
        );
    }
}

/// How the step ends its cancelled run. The token does not matter here, time does.
pub(crate) async fn cancelled(ctx: &RunContext, step: &dyn Step) -> Finish {
    let call = AssertUnwindSafe(step.cancelled(ctx)).catch_unwind();
    match tokio::time::timeout(ctx.engine.0.config.cancel_grace, call).await {
        Ok(Ok(Ok(finish))) => finish,
        Ok(Ok(Err(StepError::Fail { error } | StepError::Retry { error, .. }))) => {
            closed(ctx, FinishStatus::Cancelled, Some(error))
        }
        _ => closed(ctx, FinishStatus::Cancelled, None),
    }
}

/// An end in which the step has no say, with the writes that belong to it.
fn closed(ctx: &RunContext, status: FinishStatus, error: Option<Value>) -> Finish {
    let step = ctx.engine.0.step(&ctx.run.kind);
    let writes = step.map(|step| step.closing_writes(&ctx.run, status, error.as_ref(), ctx.clock().now()));
    Finish {
        status,
        error,
        writes: writes.unwrap_or_default(),
        ..Finish::cancelled()
    }
}

fn failed(ctx: &RunContext, code: &str, detail: &str) -> Finish {
    closed(ctx, FinishStatus::Failed, Some(error(code, detail)))
}

fn fence(ctx: &RunContext) -> Fence {
    Fence {
        id: ctx.run.id.clone(),
        owner: ctx.engine.0.node.clone(),
        attempt: ctx.run.attempt,
    }
}

/// The end of a run: events, row, parent and the caller's writes in one transaction, then the last events are shown.
async fn finish_run(ctx: &RunContext, chunks: Vec<Chunk>, finish: Finish) {
    let mut status = finish.status;
    let mut ours = try_finish(ctx, &chunks, finish).await;
    if let Err(error) = &ours {
        // The caller's own writes were refused (what they belong to was deleted, say). The run ends all the same.
        tracing::error!(
            error = error as &dyn std::error::Error,
            run = ctx.run.id,
            "The end of a run was refused"
        );
        let detail = "what the run wrote at its end was refused by the database";
        status = FinishStatus::Failed;
        let end = failed(ctx, "finish_refused", detail);
        // What closes the feature's side may be refused for the same reason.
        let bare = Finish::failed(end.error.clone().unwrap_or_default());
        ours = try_finish(ctx, &chunks, end).await;
        if ours.is_err() {
            ours = try_finish(ctx, &chunks, bare).await;
        }
    }
    match ours {
        Ok(true) => {
            // Nobody waits for what still runs below.
            if status != FinishStatus::Completed {
                cancel_below(ctx).await;
            }
        }
        Ok(false) => {}
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                run = ctx.run.id,
                "A run could not be ended"
            );
        }
    }
}

/// `Ok(false)` when the run is no longer ours; an error when the writes were refused for good.
async fn try_finish(ctx: &RunContext, chunks: &[Chunk], finish: Finish) -> Result<bool, sql::Error> {
    let Finish {
        status,
        output,
        error,
        usage,
        writes,
        last_events,
    } = finish;
    let now = ctx.clock().now();
    let first = ctx.live.next_seq();
    let mut last: Vec<Event> = number(&last_events, first, now);
    let mut chunks = chunks.to_vec();
    chunks.extend(Chunk::encode(&last));
    let end = queue::End {
        status,
        output: &output,
        error: error.as_ref(),
        usage,
    };
    let ours = commit(ctx, &chunks, |batch, fence| {
        queue::finish(batch, fence, ctx.run.parent_id.as_deref(), &end, now);
        batch.append(writes.clone());
    })
    .await?;
    if !ours {
        return Ok(false);
    }
    if let Some(step) = ctx.engine.0.step(&ctx.run.kind) {
        step.ended(&ctx.run, status, &output).await;
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
    numbered
        .map(|(event, seq)| Event {
            seq,
            kind: event.kind.into(),
            data: event.data.clone(),
            at,
        })
        .collect()
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
            return finish_run(ctx, chunks, failed(ctx, "unknown_kind", &detail)).await;
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
        tracing::error!(
            error = &error as &dyn std::error::Error,
            run = ctx.run.id,
            "The end of an attempt was refused"
        );
        let detail = "the database refused what the step wanted next";
        let end = failed(ctx, "settlement_refused", detail);
        finish_run(ctx, chunks.to_vec(), end).await;
    }
}

/// Writes the chunks and what `fill` adds in one transaction, again and again while the database is away and the run is
/// ours. False when the run is no longer ours.
async fn commit(
    ctx: &RunContext,
    chunks: &[Chunk],
    fill: impl Fn(&mut Batch, &Fence),
) -> Result<bool, sql::Error> {
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
            // The database was away for longer than the lease: whoever has the run now ends it.
            Err(error) if crate::is_passing(&error) && ctx.control.reason() == Stop::Lost => {
                return Ok(false);
            }
            Err(error) if crate::is_passing(&error) => {
                uncertain = true;
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    run = ctx.run.id,
                    "A run could not be written yet"
                );
                sleep(pause).await;
                pause = (pause * 2).min(WRITE_RETRY_MAX);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Whether the row stands where this very attempt has left it: nobody has claimed it since.
async fn is_settled(ctx: &RunContext) -> bool {
    let run = query(&queue::GET)
        .bind(ctx.run.id.as_str())
        .optional::<Run>(ctx.db())
        .await;
    run.is_ok_and(|run| {
        run.is_some_and(|run| run.attempt == ctx.run.attempt && !run.orphaned && run.lease_owner.is_none())
    })
}

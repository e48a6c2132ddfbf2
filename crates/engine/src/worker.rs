//! The only loop that takes runs from the queue, and what happens to a run that was taken.
//!
//! `work` fills the lanes: claim what is due, sleep until the next is due, a slot is free or somebody says that there is
//! work. `execute` is one attempt: begin, ask `decide` what to do, call the step, and leave the rest to `settle.rs`.

use std::{panic::AssertUnwindSafe, pin::pin, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::time::sleep;

use crate::{
    Engine, Error,
    context::RunContext,
    decide::{self, Command, Stop},
    journal,
    live::{Control, SEQ_JUMP},
    queue,
    run::{Finish, Lane, Run},
    running::{Claiming, Entered, Slot},
    settle::{WRITE_RETRY, cancel_below, cancelled, settle},
    step::{Outcome, Recovery, Step, StepError},
};

/// Runs taken in one statement.
const CLAIM_MAX: usize = 64;
/// The pause after a claim that failed.
const CLAIM_RETRY: Duration = Duration::from_millis(250);
/// The shortest sleep: what is due but not to be had is just being taken by another node.
const REST_MIN: Duration = Duration::from_millis(2);

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
        let rest = if more.iter().any(|more| *more) {
            inner.config.poll_every
        } else {
            until_due(&engine).await
        };
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
        let room = inner
            .config
            .lane_max(lane)
            .saturating_sub(inner.running.count(lane))
            .min(CLAIM_MAX);
        if room == 0 || inner.draining() {
            return true;
        }
        let now = inner.clock.now();
        let _claiming = inner.running.claiming();
        let claimed = queue::claim(
            &inner.db,
            &inner.node,
            lane,
            kinds.clone(),
            room,
            now,
            inner.config.lease,
        )
        .await;
        match claimed {
            Ok(runs) => {
                let full = runs.len() == room;
                for run in runs {
                    launch(engine, run);
                }
                if !full {
                    return false;
                }
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "Runs could not be claimed"
                );
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
    let task = match inner.running.enter(&run, &control) {
        Entered::Here(slot) => inner.tasks.spawn(execute(engine.clone(), run, control, slot)),
        Entered::Behind(_) => {
            let claiming = inner.running.claiming();
            inner.tasks.spawn(succeed(engine.clone(), run, control, claiming))
        }
        Entered::Known => return,
    };
    inner.running.task(task);
}

/// The node lost a run and has taken it from the queue again: what it still does for the lost attempt ends first.
async fn succeed(engine: Engine, run: Run, control: Arc<Control>, claiming: Claiming) {
    let running = &engine.0.running;
    let slot = loop {
        let mut left = pin!(running.left.notified());
        left.as_mut().enable();
        match running.enter(&run, &control) {
            Entered::Here(slot) => break slot,
            Entered::Behind(earlier) => earlier.control.stop(Stop::Lost),
            Entered::Known => return,
        }
        left.await;
    };
    drop(claiming);
    execute(engine, run, control, slot).await;
}

async fn execute(engine: Engine, run: Run, control: Arc<Control>, slot: Slot) {
    let inner = Arc::clone(&engine.0);
    let Some(step) = inner.step(&run.kind) else { return };
    let live = inner.registry.get(&run.id);
    let Some(first_seq) = first_seq(&engine, &run, &control).await else {
        return;
    };
    live.begin(run.attempt, first_seq, Arc::clone(&control));
    let ctx = RunContext {
        run,
        engine: engine.clone(),
        live,
        control,
    };
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
    let jump = if run.orphaned {
        SEQ_JUMP * u64::from(run.attempt)
    } else {
        0
    };
    loop {
        match journal::last_seq(engine.db(), &run.id).await {
            Ok(last) => return Some(last + 1 + jump),
            Err(Error::Sql(error)) if crate::is_passing(&error) && control.reason() != Stop::Lost => {
                sleep(WRITE_RETRY).await;
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    run = run.id,
                    "A run could not begin"
                );
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
            Command::GiveUp => Err(StepError::fail(
                "abandoned",
                "the run took its node down too often",
            )),
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
            tracing::error!(
                error = &error as &dyn std::error::Error,
                run = ctx.run.id,
                "A log could not be read"
            );
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

//! For tests of the engine and of features that use it.
//!
//! `Engine::run_until_idle` waits until nothing is due or running; `Engine::crash` ends every task at once as the death of
//! the process would. Wrapped steps repeat, fail or crash what is inside them:
//!
//! - `Repeating`: every attempt happens twice, and the first is forgotten, as if the node had died before its last write.
//! - `Failing`: the first attempts fail in passing after the step has done its work.
//! - `Stopping`: the attempt stands still after so many events, for a crash at exactly that point.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde_json::{Value, json};
use sql::{Batch, Db, Time, query};
use tokio::sync::Notify;

use crate::{
    Engine, Error, Event, Finish, Lane, Outcome, Recovery, RunContext, RunStatus, RunUsage, Step, StepError,
    lease,
    queue::{self, Fence},
    run::Run,
    state::{FinishStatus, RunState, Transition},
};

/// A queue of the database has no notice for the one who waits for its emptiness.
const LOOK_EVERY: Duration = Duration::from_millis(5);

impl Engine {
    /// Waits until no run is due and none runs here. Runs that sleep or wait stay as they are.
    pub async fn run_until_idle(&self) -> Result<(), Error> {
        let inner = &self.0;
        loop {
            let left = inner.running.left.notified();
            tokio::pin!(left);
            left.as_mut().enable();
            if inner.running.is_idle() && !self.is_due().await? && inner.running.is_idle() {
                return Ok(());
            }
            inner.work.notify_one();
            let _ = tokio::time::timeout(LOOK_EVERY, left).await;
        }
    }

    async fn is_due(&self) -> Result<bool, Error> {
        for lane in Lane::ALL {
            let due = queue::next_due(&self.0.db, lane, self.0.kinds(lane)).await?;
            if due.is_some_and(|due| due <= self.0.clock.now()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Dies: every task ends where it stands and nothing is written any more.
    pub async fn crash(&self) {
        self.stop().await;
    }

    /// Frees the runs of dead nodes now instead of at the next round. Returns how many.
    pub async fn recover_expired(&self) -> Result<u64, Error> {
        Ok(lease::orphan_expired(self).await?)
    }

    /// How many runs have events in memory: those that run or are watched.
    pub fn lives(&self) -> usize {
        self.0.registry.len()
    }

    /// This node's name in leases.
    pub fn node(&self) -> &str {
        &self.0.node
    }
}

/// See the module.
pub struct Repeating<S>(pub S);

#[async_trait]
impl<S: Step> Step for Repeating<S> {
    fn kind(&self) -> &'static str {
        self.0.kind()
    }

    fn lane(&self) -> Lane {
        self.0.lane()
    }

    async fn run(&self, ctx: &RunContext) -> Result<Outcome, StepError> {
        let _forgotten = self.0.run(ctx).await;
        self.0.run(ctx).await
    }

    async fn recover(&self, ctx: &RunContext, logged: Vec<Event>) -> Result<Recovery, StepError> {
        let _forgotten = self.0.recover(ctx, logged.clone()).await;
        self.0.recover(ctx, logged).await
    }

    async fn cancelled(&self, ctx: &RunContext) -> Result<Finish, StepError> {
        self.0.cancelled(ctx).await
    }

    fn closing_writes(&self, run: &Run, status: FinishStatus, error: Option<&Value>, now: Time) -> Batch {
        self.0.closing_writes(run, status, error, now)
    }

    async fn ended(&self, run: &Run, status: FinishStatus, output: &Value) {
        self.0.ended(run, status, output).await;
    }
}

/// See the module.
pub struct Failing<S> {
    /// What is wrapped.
    pub step: S,
    /// How many attempts of each run fail.
    pub attempts: u32,
}

#[async_trait]
impl<S: Step> Step for Failing<S> {
    fn kind(&self) -> &'static str {
        self.step.kind()
    }

    fn lane(&self) -> Lane {
        self.step.lane()
    }

    async fn run(&self, ctx: &RunContext) -> Result<Outcome, StepError> {
        let outcome = self.step.run(ctx).await;
        if ctx.run().failures < self.attempts {
            return Err(StepError::Retry {
                after: None,
                error: json!({"code": "injected"}),
            });
        }
        outcome
    }

    async fn recover(&self, ctx: &RunContext, logged: Vec<Event>) -> Result<Recovery, StepError> {
        self.step.recover(ctx, logged).await
    }

    async fn cancelled(&self, ctx: &RunContext) -> Result<Finish, StepError> {
        self.step.cancelled(ctx).await
    }

    fn closing_writes(&self, run: &Run, status: FinishStatus, error: Option<&Value>, now: Time) -> Batch {
        self.step.closing_writes(run, status, error, now)
    }

    async fn ended(&self, run: &Run, status: FinishStatus, output: &Value) {
        self.step.ended(run, status, output).await;
    }
}

/// See the module.
pub struct Stopping<S> {
    step: S,
    after: u64,
    stopped: Arc<Stopped>,
}

/// Tells when a `Stopping` step stands still.
#[derive(Default)]
pub struct Stopped {
    count: AtomicU32,
    notify: Notify,
}

impl Stopped {
    /// Waits until an attempt stands still.
    pub async fn reached(&self) {
        loop {
            let notified = self.notify.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            if self.count.load(Ordering::SeqCst) > 0 {
                return;
            }
            notified.await;
        }
    }
}

impl<S: Step> Stopping<S> {
    /// The step stands still in its first attempt once it has shown that many events, at its end if it shows fewer.
    pub fn new(step: S, after: u64) -> (Self, Arc<Stopped>) {
        let stopped = Arc::new(Stopped::default());
        (
            Self {
                step,
                after,
                stopped: Arc::clone(&stopped),
            },
            stopped,
        )
    }
}

#[async_trait]
impl<S: Step> Step for Stopping<S> {
    fn kind(&self) -> &'static str {
        self.step.kind()
    }

    fn lane(&self) -> Lane {
        self.step.lane()
    }

    async fn run(&self, ctx: &RunContext) -> Result<Outcome, StepError> {
        if ctx.attempt() > 1 {
            return self.step.run(ctx).await;
        }
        let enough = async {
            loop {
                let changed = ctx.live.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if ctx.live.next_seq() > self.after {
                    return;
                }
                changed.await;
            }
        };
        // Polled first, so that the step does not get past the event.
        tokio::select! {
            biased;
            () = enough => {}
            _ = self.step.run(ctx) => {}
        }
        self.stopped.count.fetch_add(1, Ordering::SeqCst);
        self.stopped.notify.notify_waiters();
        std::future::pending().await
    }

    async fn recover(&self, ctx: &RunContext, logged: Vec<Event>) -> Result<Recovery, StepError> {
        self.step.recover(ctx, logged).await
    }

    async fn cancelled(&self, ctx: &RunContext) -> Result<Finish, StepError> {
        self.step.cancelled(ctx).await
    }

    fn closing_writes(&self, run: &Run, status: FinishStatus, error: Option<&Value>, now: Time) -> Batch {
        self.step.closing_writes(run, status, error, now)
    }

    async fn ended(&self, run: &Run, status: FinishStatus, output: &Value) {
        self.step.ended(run, status, output).await;
    }
}

/// Does to a row what the transition does to the state, by the statements of the engine. The owner's transitions are
/// fenced by the lease and the attempt of `state`; where they are refused the row's own state is kept.
pub async fn perform(db: &Db, id: &str, state: &RunState, transition: &Transition) -> sql::Result<()> {
    use Transition as T;
    let owner = state
        .lease
        .as_ref()
        .map_or_else(String::new, |lease| lease.owner.clone());
    let fence = Fence {
        id: id.to_owned(),
        owner: owner.clone(),
        attempt: state.attempt,
    };
    let mut batch = Batch::new();
    let one = |statement| query(statement).bind(id);
    match transition {
        T::Claimed {
            owner,
            expires_at,
            now,
        } => {
            let (kinds, lease) = (vec!["reply".to_owned()], expires_at.since(*now));
            queue::claim(db, owner, Lane::Interactive, kinds, 1, *now, lease).await?;
            return Ok(());
        }
        T::Renewed { expires_at } => {
            query(&queue::RENEW)
                .bind(owner)
                .bind(*expires_at)
                .execute(db)
                .await?;
            return Ok(());
        }
        T::Finished(status) => {
            let end = queue::End {
                status: *status,
                output: &json!(null),
                error: None,
                usage: RunUsage::default(),
            };
            queue::finish(&mut batch, &fence, None, &end, Time::EPOCH);
        }
        T::Retried { at } => queue::retry(&mut batch, &fence, *at, &json!("error")),
        T::Waited {
            spawned,
            wake_after,
            now,
        } => queue::wait(&mut batch, &fence, *spawned as usize, *wake_after, *now),
        T::Paused { until } => queue::pause(&mut batch, &fence, *until),
        T::Resumed { now } => batch.push(one(&queue::RESUME).bind(*now)),
        T::ChildEnded { now } => batch.push(queue::child_ended(id, *now)),
        T::ChildAdded => batch.push(one(&queue::ADD_CHILD)),
        T::CancelRequested { now } if state.status == RunStatus::Queued && state.attempt == 0 => {
            batch.push(one(&queue::CANCEL_UNSTARTED).bind(*now));
        }
        T::CancelRequested { now } => batch.push(one(&queue::REQUEST_CANCEL).bind(*now)),
        T::Orphaned { now } => batch.push(query(&queue::ORPHAN_ALL).bind("nobody").bind(*now)),
        T::Released { now } => batch.push(query(&queue::RELEASE).bind(owner).bind(*now)),
    }
    match db.write(batch).await {
        // The model lets such a transition pass as nothing.
        Err(sql::Error::RowsAffected { .. }) if state.status != RunStatus::Running => Ok(()),
        other => other.map(|_| ()),
    }
}

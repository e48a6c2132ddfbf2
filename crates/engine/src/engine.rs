//! The engine as features see it: prepare and start runs, cancel, look at them, and the life of the engine itself.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use parking_lot::{Mutex, RwLock};
use sql::{Batch, Clock, Db, Kind, Query, query};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Error,
    decide::Stop,
    flush::Flusher,
    lease, queue,
    registry::Registry,
    run::{Lane, NewRun, Run, Start},
    running::Running,
    state::{FinishStatus, RunStatus},
    stats::Stats,
    step::Step,
    worker,
};

/// Cancellations written at once when a tree is cancelled.
const CANCEL_AT_ONCE: usize = 8;

/// The limits and rhythms of an engine. `EngineConfig::new` has those of the product; tests shorten them.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Whether this process is the only one that uses the database. Then whatever runs at its start is orphaned.
    pub exclusive: bool,
    /// Runs at once in `Lane::Interactive`.
    pub interactive_max: usize,
    /// Runs at once in `Lane::Background`.
    pub background_max: usize,
    /// How long a run stays with a node that says nothing. Clocks of nodes must agree better than this.
    pub lease: Duration,
    /// How often the leases are renewed.
    pub renew_every: Duration,
    /// How often runs of dead nodes are looked for.
    pub recover_every: Duration,
    /// The longest sleep of the worker: other nodes queue runs too.
    pub poll_every: Duration,
    /// How often a viewer looks into the log of a run that is elsewhere.
    pub tail_every: Duration,
    /// How far the log may lie behind what is shown, without the time of the write itself.
    pub flush_every: Duration,
    /// How long a step may go on after its cancellation before it is dropped.
    pub cancel_grace: Duration,
}

impl EngineConfig {
    /// The product's figures.
    pub fn new(exclusive: bool) -> Self {
        Self {
            exclusive,
            interactive_max: 2048,
            background_max: 4,
            lease: Duration::from_secs(30),
            renew_every: Duration::from_secs(10),
            recover_every: Duration::from_secs(5),
            poll_every: Duration::from_millis(500),
            tail_every: Duration::from_millis(150),
            flush_every: Duration::from_millis(80),
            cancel_grace: Duration::from_secs(10),
        }
    }

    /// SQLite belongs to one process, PostgreSQL may have many.
    pub fn for_db(db: &Db) -> Self {
        Self::new(matches!(db.kind(), Kind::Sqlite))
    }

    pub(crate) fn lane_max(&self, lane: Lane) -> usize {
        match lane {
            Lane::Interactive => self.interactive_max,
            Lane::Background => self.background_max,
        }
    }
}

/// What a cancellation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// It had not begun and has ended.
    Now,
    /// Its step has been told, here or on another node, and ends it.
    Requested,
    /// It had ended before.
    Ended,
    /// There is no such run.
    NotFound,
}

/// A handle to the engine; clones share it.
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) config: EngineConfig,
    /// New at every start, so a lease of an earlier process is never mistaken for one of this.
    pub(crate) node: String,
    steps: RwLock<HashMap<&'static str, Arc<dyn Step>>>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) flusher: Flusher,
    pub(crate) running: Arc<Running>,
    /// There may be something to claim.
    pub(crate) work: Notify,
    /// No more claims.
    pub(crate) drain: CancellationToken,
    pub(crate) tasks: TaskTracker,
    worker: Mutex<Option<JoinHandle<()>>>,
    loops: Mutex<Vec<JoinHandle<()>>>,
}

impl Inner {
    pub(crate) fn step(&self, kind: &str) -> Option<Arc<dyn Step>> {
        self.steps.read().get(kind).map(Arc::clone)
    }

    pub(crate) fn kinds(&self, lane: Lane) -> Vec<String> {
        let steps = self.steps.read();
        steps
            .values()
            .filter(|step| step.lane() == lane)
            .map(|step| step.kind().to_owned())
            .collect()
    }

    pub(crate) fn draining(&self) -> bool {
        self.drain.is_cancelled()
    }
}

/// What is to be forgotten: runs, their inputs and their events.
pub enum Forget<'a> {
    /// Everything that belongs to a conversation.
    Conversation(&'a str),
    /// These runs of a conversation.
    Runs(&'a str, Vec<String>),
    /// Everything that belongs to a workspace.
    Workspace(&'a str),
}

impl Forget<'_> {
    /// The write, for the transaction that deletes what the runs belong to. A run that is still under way finds out at
    /// its next write that it is gone; cancel it before.
    pub fn query(self) -> Query {
        match self {
            Self::Conversation(id) => query(&queue::FORGET_CONVERSATION).bind(id),
            Self::Runs(conversation, ids) => query(&queue::FORGET_RUNS)
                .bind(conversation)
                .bind(sql::Value::TextList(ids)),
            Self::Workspace(id) => query(&queue::FORGET_WORKSPACE).bind(id),
        }
    }
}

impl Engine {
    /// An engine that does nothing yet: register steps, then `start`.
    pub fn new(db: Db, clock: Arc<dyn Clock>, config: EngineConfig) -> Self {
        let node = format!("node_{:016x}", rand::random::<u64>());
        Self(Arc::new(Inner {
            flusher: Flusher::new(config.flush_every),
            db,
            clock,
            config,
            node,
            steps: RwLock::default(),
            registry: Arc::default(),
            running: Arc::default(),
            work: Notify::new(),
            drain: CancellationToken::new(),
            tasks: TaskTracker::new(),
            worker: Mutex::default(),
            loops: Mutex::default(),
        }))
    }

    /// Adds the step of a kind; the last of a kind counts.
    pub fn register(&self, step: Arc<dyn Step>) {
        self.0.steps.write().insert(step.kind(), step);
    }

    /// Takes up what an earlier process left behind, and begins to work. Call it before anything is prepared.
    pub async fn start(&self) -> Result<(), Error> {
        if self.0.config.exclusive {
            lease::orphan_all(self).await?;
        }
        let (work, keep, flush) = (self.clone(), self.clone(), Arc::clone(&self.0));
        *self.0.worker.lock() = Some(tokio::spawn(worker::work(work)));
        self.0.loops.lock().extend([
            tokio::spawn(lease::keep(keep)),
            tokio::spawn(async move { flush.flusher.run(&flush.db, &flush.node).await }),
        ]);
        Ok(())
    }

    /// Stops claiming, waits up to `deadline` for what runs, then logs what was shown and gives the rest back to the
    /// queue, where it goes on at once on another node or after the next start. The engine is of no use afterwards.
    pub async fn shutdown(&self, deadline: Duration) {
        let inner = &self.0;
        self.stop_claiming().await;
        let drained = async {
            loop {
                let left = inner.running.left.notified();
                tokio::pin!(left);
                left.as_mut().enable();
                if inner.running.is_empty() {
                    return;
                }
                left.await;
            }
        };
        let _ = tokio::time::timeout(deadline, drained).await;
        inner.registry.freeze();
        inner.flusher.flush_all(&inner.db, &inner.node).await;
        self.stop().await;
        let released = query(&queue::RELEASE)
            .bind(inner.node.as_str())
            .bind(inner.clock.now())
            .execute(&inner.db)
            .await;
        match released {
            Ok(0) => {}
            Ok(runs) => tracing::info!(runs, "Runs were given back to the queue"),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "Runs could not be given back to the queue"
                );
            }
        }
    }

    /// Lets the worker come to its end. Not aborted, because a claim under way would be committed behind its back and
    /// leave runs with a node that is no more.
    async fn stop_claiming(&self) {
        self.0.drain.cancel();
        let worker = self.0.worker.lock().take();
        if let Some(worker) = worker {
            let _ = worker.await;
        }
    }

    /// Ends every task, without a word to the database.
    pub(crate) async fn stop(&self) {
        let inner = &self.0;
        self.stop_claiming().await;
        let loops = std::mem::take(&mut *inner.loops.lock());
        loops.iter().for_each(JoinHandle::abort);
        for ended in loops {
            let _ = ended.await;
        }
        inner.tasks.close();
        inner.running.abort_all();
        inner.tasks.wait().await;
        // Steps hold the application, which holds the engine.
        inner.steps.write().clear();
    }

    /// Adds a new run to a batch. After the batch is written call `started` (or use `submit`, which does both).
    pub fn prepare(&self, new: NewRun, start: Start, batch: &mut Batch) -> Result<Run, Error> {
        let inner = &self.0;
        let Some(step) = inner.step(new.kind) else {
            return Err(Error::UnknownKind {
                kind: new.kind.to_owned(),
            });
        };
        let (lane, now) = (step.lane(), inner.clock.now());
        let at_once = start == Start::Now
            && !inner.draining()
            && new.available_at <= now
            && inner.running.count(lane) < inner.config.lane_max(lane);
        let lease = at_once.then(|| (inner.node.as_str(), now.plus(inner.config.lease)));
        if let Some(parent) = &new.parent_id {
            batch.push_expecting(1, query(&queue::ADD_CHILD).bind(parent.as_str()));
        }
        let (run, insert) = queue::insert(new, lane, lease, now, None);
        batch.push(insert);
        Ok(run)
    }

    /// The batch of a prepared run was committed: it begins, or the worker looks for it.
    pub fn started(&self, run: &Run) {
        if run.status == RunStatus::Running && run.lease_owner.as_deref() == Some(self.0.node.as_str()) {
            worker::launch(self, run.clone());
        } else {
            self.0.work.notify_one();
        }
    }

    /// Writes the batch and starts its prepared runs, also when the caller is dropped in between, as the handler of a
    /// request is whose client has gone.
    pub async fn submit(&self, batch: Batch, runs: Vec<Run>) -> sql::Result<sql::Written> {
        let engine = self.clone();
        let task = async move {
            let written = engine.0.db.write(batch).await?;
            for run in &runs {
                engine.started(run);
            }
            Ok(written)
        };
        // What it writes counts for the caller, though it runs in a task of its own.
        let task = match sql::Meter::current() {
            Some(meter) => self.0.tasks.spawn(meter.scope(task)),
            None => self.0.tasks.spawn(task),
        };
        task.await.unwrap_or_else(|_| {
            Err(sql::Error::Unavailable {
                detail: "the engine has stopped".into(),
                source: None,
            })
        })
    }

    /// Ends a run and everything below it, on whatever node: what has not begun ends now, what runs is told.
    pub async fn cancel(&self, run_id: &str) -> Result<Cancelled, Error> {
        let cancelled = self.cancel_one(run_id).await?;
        if cancelled != Cancelled::NotFound {
            self.cancel_below(run_id).await?;
        }
        Ok(cancelled)
    }

    /// Ends what still runs below a run. One write each, the deepest first: a transaction that held a run while it waits
    /// for its child would deadlock on PostgreSQL with the child's end, which goes the other way.
    pub(crate) async fn cancel_below(&self, run_id: &str) -> Result<(), Error> {
        let ids: Vec<String> = query(&queue::LIST_ACTIVE_BELOW)
            .bind(run_id)
            .all(&self.0.db)
            .await?;
        let writes = ids.into_iter().map(|id| {
            let engine = self.clone();
            async move { engine.cancel_one(&id).await }
        });
        let mut writes = stream::iter(writes).buffered(CANCEL_AT_ONCE);
        while let Some(result) = writes.next().await {
            result?;
        }
        Ok(())
    }

    async fn cancel_one(&self, run_id: &str) -> Result<Cancelled, Error> {
        let inner = &self.0;
        let Some(run) = self.get(run_id).await? else {
            return Ok(Cancelled::NotFound);
        };
        if run.status.is_terminal() {
            return Ok(Cancelled::Ended);
        }
        // Told before it is written, so that the tokens stop at once.
        let told_here = inner
            .running
            .get(run_id)
            .inspect(|entry| entry.control.stop(Stop::Cancel))
            .is_some();
        let now = inner.clock.now();
        if run.status == RunStatus::Queued && run.attempt == 0 {
            let mut batch = Batch::new();
            batch.push_expecting(1, query(&queue::CANCEL_UNSTARTED).bind(run_id).bind(now));
            let step = inner.step(&run.kind);
            if let Some(step) = &step {
                batch.append(step.closing_writes(&run, FinishStatus::Cancelled, None, now));
            }
            batch.extend(
                run.parent_id
                    .as_deref()
                    .map(|parent| queue::child_ended(parent, now)),
            );
            match inner.db.write(batch).await {
                Ok(_) => {
                    if let Some(step) = step {
                        step.ended(&run, FinishStatus::Cancelled, &serde_json::Value::Null)
                            .await;
                    }
                    inner.registry.wake(run_id);
                    inner.work.notify_one();
                    return Ok(Cancelled::Now);
                }
                // Claimed a moment ago.
                Err(sql::Error::RowsAffected { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let told = query(&queue::REQUEST_CANCEL)
            .bind(run_id)
            .bind(now)
            .execute(&inner.db)
            .await?;
        if let Some(entry) = inner.running.get(run_id) {
            entry.control.stop(Stop::Cancel);
        }
        inner.work.notify_one();
        Ok(if told > 0 || told_here {
            Cancelled::Requested
        } else {
            Cancelled::Ended
        })
    }

    /// Wakes a paused run before its time. False when it is not paused.
    pub async fn resume(&self, run_id: &str) -> Result<bool, Error> {
        let now = self.0.clock.now();
        let woken = query(&queue::RESUME)
            .bind(run_id)
            .bind(now)
            .execute(&self.0.db)
            .await?;
        self.0.work.notify_one();
        Ok(woken > 0)
    }

    /// One run.
    pub async fn get(&self, run_id: &str) -> Result<Option<Run>, Error> {
        Ok(query(&queue::GET).bind(run_id).optional(&self.0.db).await?)
    }

    /// The run that the user has made with that key.
    pub async fn find_by_idempotency_key(&self, user_id: &str, key: &str) -> Result<Option<Run>, Error> {
        Ok(query(&queue::GET_BY_IDEMPOTENCY_KEY)
            .bind(user_id)
            .bind(key)
            .optional(&self.0.db)
            .await?)
    }

    /// The runs right below a run, oldest first.
    pub async fn children(&self, run_id: &str) -> Result<Vec<Run>, Error> {
        Ok(query(&queue::LIST_CHILDREN).bind(run_id).all(&self.0.db).await?)
    }

    /// Every run below a root, oldest first.
    pub async fn tree(&self, root_id: &str) -> Result<Vec<Run>, Error> {
        Ok(query(&queue::LIST_TREE).bind(root_id).all(&self.0.db).await?)
    }

    /// The runs of a conversation that have not ended, newest first.
    pub async fn active(&self, conversation_id: &str) -> Result<Vec<Run>, Error> {
        Ok(query(&queue::LIST_ACTIVE)
            .bind(conversation_id)
            .all(&self.0.db)
            .await?)
    }

    /// A moment of the engine.
    pub async fn stats(&self) -> Result<Stats, Error> {
        let inner = &self.0;
        let counts: Vec<(i64, u64)> = query(&queue::COUNT_QUEUED).all(&inner.db).await?;
        let mut queued = [0; 2];
        for (lane, count) in counts {
            queued[usize::from(lane != 0)] += count;
        }
        Ok(Stats {
            queued,
            running: Lane::ALL.map(|lane| inner.running.count(lane) as u64),
            subscribers: inner.registry.viewers.load(std::sync::atomic::Ordering::Relaxed) as u64,
            unflushed: inner.registry.unflushed(),
            flush: inner.flusher.stats(),
        })
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The time.
    pub fn clock(&self) -> &dyn Clock {
        self.0.clock.as_ref()
    }
}

//! What the tests share: a database with the engine's tables, engines with short rhythms, steps made of closures.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use engine::{
    Engine, EngineConfig, Event, Finish, Lane, NewEvent, NewRun, Outcome, Recovery, Run, RunContext,
    RunStatus, Start, Step, StepError,
};
use futures_util::{StreamExt, future::BoxFuture};
use serde_json::{Value, json};
use sql::{Batch, Clock, Db, FixedClock, Migration, Time, query};

/// Long enough for a busy machine, short enough to fail a hanging test with its own message.
pub const PATIENCE: Duration = Duration::from_secs(30);

const MIGRATIONS: [Migration; 2] = [
    Migration {
        name: "0002_runs",
        text: include_str!("../../../../migrations/0002_runs.sql"),
    },
    Migration {
        name: "9001_effects",
        text: "CREATE TABLE effects (run_id {id} PRIMARY KEY, count {int} NOT NULL, note {text} NOT NULL) {strict};",
    },
];

sql::statements! {
    /// What a run does at its end, counted: more than once would show.
    pub ADD_EFFECT = "INSERT INTO effects (run_id, count, note) VALUES ($1, 1, $2) \
        ON CONFLICT (run_id) DO UPDATE SET count = effects.count + 1";
    /// How often it did.
    pub GET_EFFECT = "SELECT count FROM effects WHERE run_id = $1";
    /// What it said the first time.
    pub GET_NOTE = "SELECT note FROM effects WHERE run_id = $1";
    /// Effects of all runs.
    pub SUM_EFFECTS = "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM effects";
    /// Holds the row so that nothing can be appended to its log on PostgreSQL; SQLite is held by the transaction itself.
    pub HOLD_RUN = "SELECT id FROM runs WHERE id = $1 {for_update}";
    /// The log as it lies there.
    pub LIST_CHUNKS = "SELECT first_seq, last_seq FROM run_events WHERE run_id = $1 ORDER BY first_seq";
    /// How many rows the log of a run has.
    pub DELETE_RUN = "DELETE FROM runs WHERE id = $1";
}

/// A database with the engine's tables and a clock that stands still.
pub struct Bench {
    pub db: Db,
    pub clock: Arc<FixedClock>,
    /// Dropped last: takes the database away.
    pub _test_db: sql::testing::TestDb,
}

impl Bench {
    pub async fn new() -> Self {
        let test_db = sql::testing::TestDb::from_env(&MIGRATIONS).await;
        let start: Time = "2026-11-21T11:00:00.000000Z".parse().unwrap();
        Self {
            db: test_db.db().clone(),
            clock: Arc::new(FixedClock::new(start)),
            _test_db: test_db,
        }
    }

    /// An engine that has not begun: the only node, unless `nodes` is set.
    pub fn engine(&self, config: EngineConfig) -> Engine {
        Engine::new(self.db.clone(), self.clock.clone(), config)
    }

    /// A started engine with these steps.
    pub async fn start(&self, config: EngineConfig, steps: Vec<Arc<dyn Step>>) -> Engine {
        let engine = self.engine(config);
        for step in steps {
            engine.register(step);
        }
        engine.start().await.unwrap();
        engine
    }

    pub async fn effects(&self, run_id: &str) -> i64 {
        query(&GET_EFFECT)
            .bind(run_id)
            .optional(&self.db)
            .await
            .unwrap()
            .unwrap_or(0)
    }

    pub async fn all_effects(&self) -> i64 {
        query(&SUM_EFFECTS).one(&self.db).await.unwrap()
    }
}

/// The only node of its database, with short rhythms.
pub fn alone() -> EngineConfig {
    EngineConfig {
        renew_every: Duration::from_millis(100),
        recover_every: Duration::from_millis(100),
        poll_every: Duration::from_millis(50),
        tail_every: Duration::from_millis(10),
        flush_every: Duration::from_millis(10),
        cancel_grace: Duration::from_millis(200),
        ..EngineConfig::new(true)
    }
}

/// One of several nodes.
pub fn shared() -> EngineConfig {
    EngineConfig {
        exclusive: false,
        ..alone()
    }
}

type Body = dyn for<'a> Fn(&'a RunContext) -> BoxFuture<'a, Result<Outcome, StepError>> + Send + Sync;

/// A step made of a closure.
pub struct ClosureStep {
    kind: &'static str,
    lane: Lane,
    body: Box<Body>,
}

#[async_trait]
impl Step for ClosureStep {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn lane(&self) -> Lane {
        self.lane
    }

    async fn run(&self, ctx: &RunContext) -> Result<Outcome, StepError> {
        (self.body)(ctx).await
    }
}

pub fn step<F>(kind: &'static str, lane: Lane, body: F) -> Arc<dyn Step>
where
    F: for<'a> Fn(&'a RunContext) -> BoxFuture<'a, Result<Outcome, StepError>> + Send + Sync + 'static,
{
    Arc::new(ClosureStep {
        kind,
        lane,
        body: Box::new(body),
    })
}

/// A finish whose writes count themselves.
pub fn finish(ctx: &RunContext, output: Value) -> Finish {
    let mut finish = Finish::completed(output);
    finish.writes.push(effect(&ctx.run().id, "finished"));
    finish
}

pub fn effect(run_id: &str, note: &str) -> sql::Query {
    query(&ADD_EFFECT).bind(run_id).bind(note)
}

/// A step that shows `input.events` words, yielding between them, and ends with `done` and `complete`.
pub struct Reply;

#[async_trait]
impl Step for Reply {
    fn kind(&self) -> &'static str {
        "reply"
    }

    fn lane(&self) -> Lane {
        Lane::Interactive
    }

    async fn run(&self, ctx: &RunContext) -> Result<Outcome, StepError> {
        let count = ctx.run().input["events"].as_u64().unwrap_or(0);
        for number in 0..count {
            let text = format!("a{} w{number} ", ctx.attempt());
            ctx.emit("text", json!({"text": text})).await?;
            tokio::task::yield_now().await;
        }
        let mut finish = finish(ctx, json!({"words": count}));
        finish
            .last_events
            .push(NewEvent::new("done", json!({"words": count}))?);
        finish
            .last_events
            .push(NewEvent::new("complete", json!({"status": "completed"}))?);
        Ok(Outcome::Complete(finish))
    }
}

/// `Reply` that keeps what was logged when its node died.
pub struct Keeping;

#[async_trait]
impl Step for Keeping {
    fn kind(&self) -> &'static str {
        "reply"
    }

    fn lane(&self) -> Lane {
        Lane::Interactive
    }

    async fn run(&self, ctx: &RunContext) -> Result<Outcome, StepError> {
        Reply.run(ctx).await
    }

    async fn recover(&self, ctx: &RunContext, logged: Vec<Event>) -> Result<Recovery, StepError> {
        if logged.is_empty() {
            return Ok(Recovery::Retry);
        }
        let mut finish = Finish::failed(json!({"code": "interrupted"}));
        finish.writes.push(effect(&ctx.run().id, &texts(&logged)));
        Ok(Recovery::Finish(finish))
    }
}

/// The text of the events that carry some.
pub fn texts<'a>(events: impl IntoIterator<Item = &'a Event>) -> String {
    events
        .into_iter()
        .filter(|event| event.kind == "text")
        .map(|event| {
            let data: Value = serde_json::from_str(event.data.get()).unwrap();
            data["text"].as_str().unwrap().to_owned()
        })
        .collect()
}

pub fn new_run(id: &str, kind: &'static str, input: Value) -> NewRun {
    NewRun {
        user_id: Some("user".into()),
        ..NewRun::new(id, kind, input)
    }
}

/// Prepares, writes and starts.
pub async fn launch(engine: &Engine, new: NewRun, start: Start) -> Run {
    let mut batch = Batch::new();
    let run = engine.prepare(new, start, &mut batch).unwrap();
    engine.submit(batch, vec![run.clone()]).await.unwrap();
    run
}

pub async fn get(engine: &Engine, id: &str) -> Run {
    engine.get(id).await.unwrap().unwrap()
}

/// The run's events from a number to its end.
pub async fn watch(engine: &Engine, id: &str, after: u64) -> Vec<Arc<Event>> {
    let stream = engine.subscribe(id, after).map(Result::unwrap);
    tokio::time::timeout(PATIENCE, stream.collect())
        .await
        .expect("the stream ends")
}

/// Waits for the end of the run and returns its row.
pub async fn ended(engine: &Engine, id: &str) -> Run {
    let events = watch(engine, id, 0).await;
    assert_eq!(events.last().unwrap().kind, "complete");
    assert_eq!(events.iter().filter(|event| event.kind == "complete").count(), 1);
    get(engine, id).await
}

/// Waits for a run to get to a status.
pub async fn until_status(engine: &Engine, id: &str, status: RunStatus) -> Run {
    until(async || engine.get(id).await.unwrap().filter(|run| run.status == status)).await
}

/// Waits for something to be so.
pub async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking)
        .await
        .expect("it becomes so")
}

/// What a test compares of a stream.
pub fn essence(events: &[Arc<Event>]) -> Vec<(u64, String, String, Time)> {
    events
        .iter()
        .map(|event| {
            (
                event.seq,
                event.kind.to_string(),
                event.data.get().to_owned(),
                event.at,
            )
        })
        .collect()
}

pub fn seqs(events: &[Arc<Event>]) -> Vec<u64> {
    events.iter().map(|event| event.seq).collect()
}

/// A counter that steps share.
#[derive(Clone, Default)]
pub struct Count(Arc<AtomicU32>);

impl Count {
    pub fn add(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

pub fn now(bench: &Bench) -> Time {
    bench.clock.now()
}

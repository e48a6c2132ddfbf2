//! The table `runs`: every statement that makes, takes, renews and ends a run.
//!
//! Invariant: a write that moves a running run on is fenced by `id`, `lease_owner` and `attempt`, so a node that has
//! lost its lease changes nothing. Each statement is the twin of a `Transition` in `state.rs`; a test compares them.

use std::time::Duration;

use serde_json::Value;
use sql::{Batch, Db, FromRow, Json, Query, Row, Time, query};

use crate::{
    run::{Lane, NewRun, Run, RunUsage},
    state::{FinishStatus, RunStatus},
};

/// The columns of `Run`, in the order in which `Run::from_row` reads them.
macro_rules! columns {
    () => {
        "id, parent_id, root_id, workspace_id, user_id, conversation_id, kind, lane, status, input, output, error, \
         attempt, failures, attempts_max, available_at, lease_owner, lease_expires_at, orphaned, cancel_requested_at, \
         children, children_ended, wake_at, idempotency_key, prompt_tokens, completion_tokens, cost_micros, \
         created_at, started_at, finished_at"
    };
}

sql::statements! {
    /// A new run, queued or already leased. A child gets the root of its parent.
    pub(crate) INSERT = "INSERT INTO runs (id, parent_id, root_id, workspace_id, user_id, conversation_id, kind, lane, \
        status, input, attempt, attempts_max, available_at, lease_owner, lease_expires_at, idempotency_key, created_at, \
        started_at) VALUES ($1, $2, COALESCE((SELECT p.root_id FROM runs p WHERE p.id = $2), $1), $3, $4, $5, $6, $7, \
        $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";

    /// What a deleted conversation leaves behind; the events go with their runs.
    pub(crate) FORGET_CONVERSATION = "DELETE FROM runs WHERE conversation_id = $1";

    /// What deleted messages leave behind.
    pub(crate) FORGET_RUNS = "DELETE FROM runs WHERE conversation_id = $1 AND id IN {$2}";

    /// What a deleted workspace leaves behind.
    pub(crate) FORGET_WORKSPACE = "DELETE FROM runs WHERE workspace_id = $1";

    /// One run.
    pub(crate) GET = concat!("SELECT ", columns!(), " FROM runs WHERE id = $1");
    /// The run that a caller's key has already made.
    pub(crate) GET_BY_IDEMPOTENCY_KEY = concat!("SELECT ", columns!(),
        " FROM runs WHERE user_id = $1 AND idempotency_key = $2");
    /// How a run stands, for a viewer of its events.
    pub(crate) GET_END = "SELECT status, error, finished_at FROM runs WHERE id = $1";
    /// The runs below a run, in the order of their making.
    pub(crate) LIST_CHILDREN = concat!("SELECT ", columns!(),
        " FROM runs WHERE parent_id = $1 ORDER BY created_at, id LIMIT 10000");
    /// All runs below a root.
    pub(crate) LIST_TREE = concat!("SELECT ", columns!(),
        " FROM runs WHERE root_id = $1 AND parent_id IS NOT NULL ORDER BY created_at, id LIMIT 10000");
    /// The runs of a conversation that have not ended, newest first, for a page that is opened in mid-answer.
    pub(crate) LIST_ACTIVE = concat!("SELECT ", columns!(), " FROM runs WHERE conversation_id = $1 \
        AND status IN ('queued', 'running', 'waiting', 'paused') ORDER BY created_at DESC, id DESC LIMIT 100");
    /// What still runs below a run, the deepest first. The end is carried along, because a join behind the recursion
    /// makes SQLite read the whole table.
    pub(crate) LIST_ACTIVE_BELOW = "WITH RECURSIVE below (id, finished_at, depth) AS (\
        SELECT id, finished_at, 1 FROM runs WHERE parent_id = $1 UNION ALL \
        SELECT r.id, r.finished_at, b.depth + 1 FROM below b JOIN runs r ON r.parent_id = b.id) \
        SELECT id FROM below WHERE finished_at IS NULL ORDER BY depth DESC, id LIMIT 10000";

    /// Takes what is due in a lane, oldest first. Paused runs that are due are taken as queued ones are. The list is a
    /// materialised CTE because PostgreSQL may run a plain subquery more than once and so pass its LIMIT.
    pub(crate) CLAIM = concat!("WITH due AS MATERIALIZED (SELECT id FROM runs WHERE status IN ('queued', 'paused') \
        AND lane = $1 AND available_at <= $2 AND kind IN {$3} ORDER BY available_at LIMIT $4 {skip_locked}) \
        UPDATE runs SET status = 'running', attempt = attempt + 1, lease_owner = $5, lease_expires_at = $6, \
        started_at = COALESCE(started_at, $2) WHERE id IN (SELECT id FROM due) RETURNING ", columns!());
    /// When the next run of a lane is due, so that the worker knows how long to sleep.
    pub(crate) NEXT_DUE = "SELECT available_at FROM runs WHERE status IN ('queued', 'paused') AND lane = $1 \
        AND kind IN {$2} ORDER BY available_at LIMIT 1";
    /// How many wait in the queue, for the statistics.
    pub(crate) COUNT_QUEUED = "SELECT lane, COUNT(*) FROM runs WHERE status IN ('queued', 'paused') GROUP BY lane";

    /// All leases of a node at once, and what became of its runs meanwhile.
    pub(crate) RENEW = "UPDATE runs SET lease_expires_at = $2 WHERE lease_owner = $1 AND status = 'running' \
        RETURNING id, attempt, cancel_requested_at";
    /// What a node holds, where leases need no renewal.
    pub(crate) LIST_HELD = "SELECT id, attempt, cancel_requested_at FROM runs WHERE lease_owner = $1 \
        AND status = 'running' LIMIT 10000";
    /// The runs of a node that somebody has cancelled, perhaps on another node.
    pub(crate) LIST_CANCEL_REQUESTED = "SELECT id FROM runs WHERE lease_owner = $1 AND status = 'running' \
        AND cancel_requested_at IS NOT NULL LIMIT 10000";

    /// The end. Fenced.
    pub(crate) FINISH = "UPDATE runs SET status = $4, output = $5, error = $6, prompt_tokens = $7, \
        completion_tokens = $8, cost_micros = $9, finished_at = $10, lease_owner = NULL, lease_expires_at = NULL, \
        orphaned = FALSE WHERE id = $1 AND lease_owner = $2 AND attempt = $3 AND status = 'running'";
    /// A passing failure: again later, at once when it was cancelled meanwhile. Fenced.
    pub(crate) RETRY = "UPDATE runs SET status = 'queued', failures = failures + 1, error = $5, \
        available_at = CASE WHEN cancel_requested_at IS NULL THEN $4 ELSE available_at END, lease_owner = NULL, \
        lease_expires_at = NULL, orphaned = FALSE WHERE id = $1 AND lease_owner = $2 AND attempt = $3 AND status = 'running'";
    /// Waiting for children; not when enough have ended already, nor when it was cancelled. Fenced.
    pub(crate) WAIT = "UPDATE runs SET children = children + $4, \
        wake_at = CASE WHEN CAST($5 AS BIGINT) BETWEEN 1 AND children + $4 THEN CAST($5 AS BIGINT) ELSE children + $4 END, \
        status = CASE WHEN cancel_requested_at IS NULL AND children_ended < \
            CASE WHEN CAST($5 AS BIGINT) BETWEEN 1 AND children + $4 THEN CAST($5 AS BIGINT) ELSE children + $4 END \
            THEN 'waiting' ELSE 'queued' END, \
        available_at = $6, lease_owner = NULL, lease_expires_at = NULL, orphaned = FALSE \
        WHERE id = $1 AND lease_owner = $2 AND attempt = $3 AND status = 'running'";
    /// Asleep; not when it was cancelled. Fenced.
    pub(crate) PAUSE = "UPDATE runs SET status = CASE WHEN cancel_requested_at IS NULL THEN 'paused' ELSE 'queued' END, \
        available_at = CASE WHEN cancel_requested_at IS NULL THEN $4 ELSE available_at END, lease_owner = NULL, \
        lease_expires_at = NULL, orphaned = FALSE WHERE id = $1 AND lease_owner = $2 AND attempt = $3 AND status = 'running'";
    /// Awake before its time.
    pub(crate) RESUME = "UPDATE runs SET status = 'queued', available_at = $2 WHERE id = $1 AND status = 'paused'";

    /// A child more, begun beside `Outcome::Wait`.
    pub(crate) ADD_CHILD = "UPDATE runs SET children = children + 1 WHERE id = $1 AND finished_at IS NULL";
    /// A child has ended. One statement that counts and decides under the row's lock: of two children that end at once
    /// on PostgreSQL the second waits, sees the count of the first, and wakes the parent.
    pub(crate) CHILD_ENDED = "UPDATE runs SET children_ended = children_ended + 1, \
        status = CASE WHEN status = 'waiting' AND children_ended + 1 >= wake_at THEN 'queued' ELSE status END, \
        available_at = CASE WHEN status = 'waiting' AND children_ended + 1 >= wake_at THEN $2 ELSE available_at END \
        WHERE id = $1 AND finished_at IS NULL";

    /// A run that was never claimed ends as soon as it is cancelled.
    pub(crate) CANCEL_UNSTARTED = "UPDATE runs SET status = 'cancelled', cancel_requested_at = $2, finished_at = $2 \
        WHERE id = $1 AND status = 'queued' AND attempt = 0";
    /// Any other is told: a running one by its token, one that sleeps or waits is queued for its step to end it.
    pub(crate) REQUEST_CANCEL = "UPDATE runs SET cancel_requested_at = COALESCE(cancel_requested_at, $2), \
        status = CASE WHEN status = 'running' THEN status ELSE 'queued' END, \
        available_at = CASE WHEN status = 'running' THEN available_at ELSE $2 END WHERE id = $1 AND finished_at IS NULL";

    /// At the start of the only node: whatever runs has no owner.
    pub(crate) ORPHAN_ALL = "UPDATE runs SET status = 'queued', failures = failures + 1, orphaned = TRUE, \
        available_at = $2, lease_owner = NULL, lease_expires_at = NULL WHERE status = 'running' AND lease_owner <> $1";
    /// Runs of other nodes whose lease has run out.
    pub(crate) ORPHAN_EXPIRED = "WITH expired AS MATERIALIZED (SELECT id FROM runs WHERE status = 'running' \
        AND lease_expires_at < $2 AND lease_owner <> $1 ORDER BY lease_expires_at LIMIT 500 {skip_locked}) \
        UPDATE runs SET status = 'queued', failures = failures + 1, orphaned = TRUE, available_at = $2, \
        lease_owner = NULL, lease_expires_at = NULL WHERE id IN (SELECT id FROM expired)";
    /// At the end of a node in good order: what it could not finish goes on elsewhere, or here after the next start.
    pub(crate) RELEASE = "UPDATE runs SET status = 'queued', orphaned = TRUE, available_at = $2, lease_owner = NULL, \
        lease_expires_at = NULL WHERE lease_owner = $1 AND status = 'running'";
}

impl FromRow for Run {
    fn from_row(row: &Row<'_>) -> sql::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            parent_id: row.get(1)?,
            root_id: row.get(2)?,
            workspace_id: row.get(3)?,
            user_id: row.get(4)?,
            conversation_id: row.get(5)?,
            kind: row.get(6)?,
            lane: if row.get::<i64>(7)? == 0 {
                Lane::Interactive
            } else {
                Lane::Background
            },
            status: status(row, 8)?,
            input: row.get(9)?,
            output: row.get(10)?,
            error: row.get(11)?,
            attempt: row.get(12)?,
            failures: row.get(13)?,
            attempts_max: row.get(14)?,
            available_at: row.get(15)?,
            lease_owner: row.get(16)?,
            lease_expires_at: row.get(17)?,
            orphaned: row.get(18)?,
            cancel_requested_at: row.get(19)?,
            children: row.get(20)?,
            children_ended: row.get(21)?,
            wake_at: row.get(22)?,
            idempotency_key: row.get(23)?,
            usage: RunUsage {
                prompt_tokens: row.get(24)?,
                completion_tokens: row.get(25)?,
                cost_micros: row.get(26)?,
            },
            created_at: row.get(27)?,
            started_at: row.get(28)?,
            finished_at: row.get(29)?,
        })
    }
}

/// The CHECK on the column knows the same words, so another one means that the schema is newer than the program; such
/// a run is left alone by treating it as failed.
fn status(row: &Row<'_>, column: usize) -> sql::Result<RunStatus> {
    let word: String = row.get(column)?;
    Ok(RunStatus::parse(&word).unwrap_or(RunStatus::Failed))
}

/// Who holds a run: the fence of every write that moves it on.
#[derive(Debug, Clone)]
pub(crate) struct Fence {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) attempt: u32,
}

impl Fence {
    fn bind(&self, statement: &'static sql::Statement) -> Query {
        query(statement)
            .bind(self.id.as_str())
            .bind(self.owner.as_str())
            .bind(self.attempt)
    }
}

/// The row that a new run becomes, and its insert. `lease` when it begins at once.
pub(crate) fn insert(
    new: NewRun,
    lane: Lane,
    lease: Option<(&str, Time)>,
    now: Time,
    root: Option<&str>,
) -> (Run, Query) {
    let (status, attempt) = if lease.is_some() {
        (RunStatus::Running, 1)
    } else {
        (RunStatus::Queued, 0)
    };
    let run = Run {
        root_id: root.unwrap_or(&new.id).to_owned(),
        id: new.id,
        parent_id: new.parent_id,
        workspace_id: new.workspace_id,
        user_id: new.user_id,
        conversation_id: new.conversation_id,
        kind: new.kind.to_owned(),
        lane,
        status,
        input: new.input,
        output: None,
        error: None,
        attempt,
        failures: 0,
        attempts_max: new.attempts_max.max(1),
        available_at: new.available_at.max(now),
        lease_owner: lease.map(|(owner, _)| owner.to_owned()),
        lease_expires_at: lease.map(|(_, until)| until),
        orphaned: false,
        cancel_requested_at: None,
        children: 0,
        children_ended: 0,
        wake_at: 0,
        idempotency_key: new.idempotency_key,
        usage: RunUsage::default(),
        created_at: now,
        started_at: lease.map(|_| now),
        finished_at: None,
    };
    let insert = query(&INSERT)
        .bind(run.id.as_str())
        .bind(run.parent_id.as_deref())
        .bind(run.workspace_id.as_deref())
        .bind(run.user_id.as_deref())
        .bind(run.conversation_id.as_deref())
        .bind(run.kind.as_str())
        .bind(lane.index() as i64)
        .bind(run.status.as_str())
        .bind(&run.input)
        .bind(run.attempt)
        .bind(run.attempts_max)
        .bind(run.available_at)
        .bind(run.lease_owner.as_deref())
        .bind(run.lease_expires_at)
        .bind(run.idempotency_key.as_deref())
        .bind(run.created_at)
        .bind(run.started_at);
    (run, insert)
}

/// Takes up to `limit` due runs of a lane.
pub(crate) async fn claim(
    db: &Db,
    owner: &str,
    lane: Lane,
    kinds: Vec<String>,
    limit: usize,
    now: Time,
    lease: Duration,
) -> sql::Result<Vec<Run>> {
    query(&CLAIM)
        .bind(lane.index() as i64)
        .bind(now)
        .bind(kinds)
        .bind(limit as i64)
        .bind(owner)
        .bind(now.plus(lease))
        .all(db)
        .await
}

/// The time at which the next run of the lane is due.
pub(crate) async fn next_due(db: &Db, lane: Lane, kinds: Vec<String>) -> sql::Result<Option<Time>> {
    let row: Option<(Time,)> = query(&NEXT_DUE)
        .bind(lane.index() as i64)
        .bind(kinds)
        .optional(db)
        .await?;
    Ok(row.map(|(time,)| time))
}

/// How a run ends, as the row wants it.
pub(crate) struct End<'a> {
    pub(crate) status: FinishStatus,
    pub(crate) output: &'a Value,
    pub(crate) error: Option<&'a Value>,
    pub(crate) usage: RunUsage,
}

/// Ends the run, and tells its parent.
pub(crate) fn finish(batch: &mut Batch, fence: &Fence, parent: Option<&str>, end: &End<'_>, now: Time) {
    let output = if end.output.is_null() {
        sql::Value::Null
    } else {
        end.output.into()
    };
    batch.push_expecting(
        1,
        fence
            .bind(&FINISH)
            .bind(RunStatus::from(end.status).as_str())
            .bind(output)
            .bind(end.error)
            .bind(end.usage.prompt_tokens)
            .bind(end.usage.completion_tokens)
            .bind(end.usage.cost_micros)
            .bind(now),
    );
    if let Some(parent) = parent {
        batch.push(child_ended(parent, now));
    }
}

/// Counts an ended child.
pub(crate) fn child_ended(parent: &str, now: Time) -> Query {
    query(&CHILD_ENDED).bind(parent).bind(now)
}

/// Queues the run again after a passing failure.
pub(crate) fn retry(batch: &mut Batch, fence: &Fence, at: Time, error: &Value) {
    batch.push_expecting(1, fence.bind(&RETRY).bind(at).bind(error));
}

/// Lets the run wait. `wake_after` 0 means all of its children.
pub(crate) fn wait(batch: &mut Batch, fence: &Fence, spawned: usize, wake_after: u32, now: Time) {
    batch.push_expecting(
        1,
        fence.bind(&WAIT).bind(spawned as i64).bind(wake_after).bind(now),
    );
}

/// Lets the run sleep.
pub(crate) fn pause(batch: &mut Batch, fence: &Fence, until: Time) {
    batch.push_expecting(1, fence.bind(&PAUSE).bind(until));
}

/// Whether a write was refused because the run has another owner or state by now.
pub(crate) fn is_fenced(error: &sql::Error) -> bool {
    let sql::Error::RowsAffected { statement, .. } = error else {
        return false;
    };
    [&FINISH, &RETRY, &WAIT, &PAUSE]
        .iter()
        .any(|fenced| fenced.name() == *statement)
}

/// A row of `RENEW` and `LIST_HELD`.
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) attempt: u32,
    pub(crate) cancel_requested: bool,
}

impl FromRow for Held {
    fn from_row(row: &Row<'_>) -> sql::Result<Self> {
        let cancel_requested_at: Option<Time> = row.get(2)?;
        Ok(Self {
            id: row.get(0)?,
            attempt: row.get(1)?,
            cancel_requested: cancel_requested_at.is_some(),
        })
    }
}

/// A row of `GET_END`.
pub(crate) struct EndRow {
    pub(crate) status: RunStatus,
    pub(crate) error: Option<Json<Value>>,
    pub(crate) finished_at: Option<Time>,
}

impl FromRow for EndRow {
    fn from_row(row: &Row<'_>) -> sql::Result<Self> {
        Ok(Self {
            status: status(row, 0)?,
            error: row.get(1)?,
            finished_at: row.get(2)?,
        })
    }
}

//! Durable runs: everything in Stoa that calls a model or takes time.
//!
//! A **run** is a row: a kind, an input, a status, and its place in a tree. A **step** is the registered code of a kind. The
//! engine gives runs to steps and sees to it that every run ends exactly once, whatever dies on the way. It knows no step
//! of the product, and it never waits for one inside a transaction.
//!
//! # The life of a run
//!
//! ```text
//!                                    ┌── Retry (backoff, up to attempts_max)
//!                                    ▼
//!   prepare(Queued) ──▶ queued ── claim ──▶ running ── Complete ──▶ completed, failed, cancelled, skipped
//!   prepare(Now) ─────────────────────────────▲ │ │
//!                        ▲  ▲                   │ └── Pause(until) ──▶ paused ── due or resume ──▶ (claimed again)
//!                        │  └── last child ended ── waiting ◀── Wait{children}
//!                        └── node died: orphaned; the next attempt begins with `Step::recover`
//! ```
//! `state.rs` has the transitions as a pure function, `decide.rs` what should happen next; the statements of `queue.rs` do
//! the same in the database.
//!
//! - **Lease and fence.** A running run belongs to one node. Every write that moves it on names the node and the attempt
//!   and must change its row, so a node that lost its lease can do no harm: it finds out and drops what it has.
//! - **Attempt.** Counts claims; `failures` counts those that ended badly, which is what `attempts_max` limits.
//! - **Tree.** A parent that waits is queued again in the very transaction in which its last child ends (or any child,
//!   `Wake::AnyEnded`, which is all that a workflow graph needs). Cancelling a run cancels what is below it.
//! - **Events.** Numbered, seen by subscribers at once, in the log within 100 ms or 64 events. Live, replayed and
//!   taken up again are one stream (`subscribe.rs`). The end of a run, its last events and the feature's own writes are
//!   one transaction, and those events are shown only after it.
//! - **Recovery.** SQLite belongs to one process, so at its start everything that was running is orphaned. On PostgreSQL
//!   a lease of 30 s decides. A run found so is given to `Step::recover` with all that was logged.
//! - **Cancel.** From any node: a run that never began ends at once; a running one is told by its token, on another node
//!   within a second; one that waits or sleeps is queued for its step to end it.
//!
//! # Files
//!
//! `run.rs` what a run is · `step.rs` what features write · `context.rs` what a step gets · `engine.rs` what features call ·
//! `state.rs`, `decide.rs` pure · `queue.rs`, `journal.rs` all SQL · `worker.rs` the only loop that takes runs · `settle.rs` the end of an attempt · `running.rs`
//! what runs here · `live.rs`, `registry.rs`, `flush.rs`, `subscribe.rs` events · `lease.rs` leases and recovery · `testing.rs` for tests.

mod context;
pub mod decide;
mod engine;
mod flush;
mod journal;
mod lease;
mod live;
mod queue;
mod registry;
mod run;
mod running;
mod settle;
pub mod state;
mod stats;
mod step;
mod subscribe;
#[cfg(feature = "testing")]
pub mod testing;
mod worker;

pub use context::RunContext;
pub use engine::{Cancelled, Engine, EngineConfig, Forget};
pub use live::{COMPLETE, Event, NewEvent};
pub use run::{Finish, Lane, NewRun, Run, RunUsage, Start};
pub use state::{FinishStatus, RunStatus};
pub use stats::{FlushStats, Stats};
pub use step::{Outcome, Recovery, Step, StepError, Wake, error};
pub use tokio_util::sync::CancellationToken;

/// What goes wrong in the engine itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database said no.
    #[error("the runs can not be read or written")]
    Sql(#[from] sql::Error),
    /// Nobody has registered a step of that kind.
    #[error("no step takes runs of kind `{kind}`")]
    UnknownKind {
        /// The kind.
        kind: String,
    },
    /// There is no such run.
    #[error("there is no run `{run}`")]
    NotFound {
        /// Its id.
        run: String,
    },
    /// A chunk of the log is not what the engine wrote.
    #[error("the log of run `{run}` can not be read at event {seq}")]
    Log {
        /// The run.
        run: String,
        /// The first event of the chunk.
        seq: u64,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
}

/// An engine in trouble is a passing failure when its database is.
impl From<Error> for StepError {
    fn from(error: Error) -> Self {
        match error {
            Error::Sql(source) => source.into(),
            other => Self::fail("internal", other),
        }
    }
}

/// Whether trying again may help.
pub(crate) fn is_passing(error: &sql::Error) -> bool {
    matches!(
        error,
        sql::Error::Busy(_)
            | sql::Error::Timeout { .. }
            | sql::Error::Unavailable { .. }
            | sql::Error::Aborted
    )
}

/// Every statement of the engine, for the test that prepares them all.
pub fn statements() -> Vec<&'static sql::Statement> {
    [queue::STATEMENTS, journal::STATEMENTS].concat()
}

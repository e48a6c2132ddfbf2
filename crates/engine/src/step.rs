//! What a feature registers: a step, the code behind one kind of run.
//!
//! A step is called with a `RunContext` and answers with an `Outcome`. It may be called more than once for a run (after a
//! passing failure, after waiting, after the death of a node), so what it does outside of `Finish::writes` must bear
//! repeating. It never writes to `runs` itself.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use sql::{Batch, Time};

use crate::{
    context::RunContext,
    live::Event,
    run::{Finish, Lane, NewRun, Run},
    state::FinishStatus,
};

/// The code of one kind of run.
#[async_trait]
pub trait Step: Send + Sync {
    /// The kind whose runs it takes.
    fn kind(&self) -> &'static str;

    /// Where its runs belong.
    fn lane(&self) -> Lane;

    /// One attempt. Called again for the same run after `Outcome::Wait`, `Outcome::Pause` and `StepError::Retry`.
    async fn run(&self, ctx: &RunContext) -> Result<Outcome, StepError>;

    /// A run whose node died in the middle, with everything that had been logged. The default runs it again, whatever
    /// `attempts_max` says; a reply rather keeps what was shown and ends as interrupted.
    async fn recover(&self, _ctx: &RunContext, _logged: Vec<Event>) -> Result<Recovery, StepError> {
        Ok(Recovery::Retry)
    }

    /// How the run ends once it was cancelled and `run` has not said so itself: because it gave way with
    /// `StepError::Cancelled`, or because it was cancelled between two attempts. A run that was cancelled before its
    /// first attempt ends without this.
    async fn cancelled(&self, _ctx: &RunContext) -> Result<Finish, StepError> {
        Ok(Finish::cancelled())
    }

    /// The feature's own writes for an end in which the step has no say: cancelled before the first attempt, failed for
    /// good, panicked, or its own last writes refused. They are part of the transaction that ends the run, so that
    /// nothing goes on waiting for it. Pure: it gets the run and the time.
    fn closing_writes(&self, _run: &Run, _status: FinishStatus, _error: Option<&Value>, _now: Time) -> Batch {
        Batch::new()
    }

    /// Called when the end of a run is committed and before its `complete` is shown, so that what is kept elsewhere falls
    /// and whoever looks at the end finds it. It is not called when the process dies right after the commit. `output` is
    /// null for an end in which the step had no say.
    async fn ended(&self, _run: &Run, _status: FinishStatus, _output: &Value) {}
}

/// What a step wants next.
pub enum Outcome {
    /// The run is through.
    Complete(Finish),
    /// The run needs others first. Children are made in the same transaction in which the run begins to wait.
    Wait {
        /// New children. Their `parent_id` is set by the engine. May be empty when earlier ones still run.
        children: Vec<NewRun>,
        /// When to call the step again.
        wake: Wake,
    },
    /// The run sleeps until then, or until `Engine::resume`.
    Pause(Time),
}

impl Outcome {
    /// Wait until all of the children have ended.
    pub fn wait(children: Vec<NewRun>) -> Self {
        Self::Wait {
            children,
            wake: Wake::AllEnded,
        }
    }
}

/// When a waiting run is queued again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// When every child has ended.
    AllEnded,
    /// As soon as one more child has ended than the step could know of: how a graph starts a node when its own
    /// predecessors are through, without waiting for the rest.
    AnyEnded,
}

/// What becomes of a run whose node died.
#[expect(
    clippy::large_enum_variant,
    reason = "made once a recovered run, and taken apart at once"
)]
pub enum Recovery {
    /// Run it again.
    Retry,
    /// It ends like this.
    Finish(Finish),
}

/// Why an attempt did not end well.
#[derive(Debug, Clone, PartialEq)]
pub enum StepError {
    /// A passing failure: again after a while, up to `attempts_max`.
    Retry {
        /// Not before this long, when the cause said so.
        after: Option<Duration>,
        /// What went wrong; kept in the run.
        error: Value,
    },
    /// A lasting failure: the run fails.
    Fail {
        /// What went wrong; kept in the run.
        error: Value,
    },
    /// The step gave way to its token.
    Cancelled,
}

impl StepError {
    /// A passing failure with a code and a text.
    pub fn retry(code: &str, detail: impl std::fmt::Display) -> Self {
        Self::Retry {
            after: None,
            error: error(code, detail),
        }
    }

    /// A lasting failure with a code and a text.
    pub fn fail(code: &str, detail: impl std::fmt::Display) -> Self {
        Self::Fail {
            error: error(code, detail),
        }
    }
}

/// The shape of an error in a run.
pub fn error(code: &str, detail: impl std::fmt::Display) -> Value {
    json!({"code": code, "detail": detail.to_string()})
}

/// A database in trouble is a passing failure; anything else it says is lasting.
impl From<sql::Error> for StepError {
    fn from(source: sql::Error) -> Self {
        if crate::is_passing(&source) {
            return Self::retry("database_unavailable", source);
        }
        Self::fail("internal", source)
    }
}

//! What a step sees of its run and of the engine.

use std::sync::Arc;

use serde::Serialize;
use sql::{Clock, Db};
use tokio_util::sync::CancellationToken;

use crate::{
    Engine, Error,
    decide::Stop,
    journal,
    live::{COMPLETE, Control, Event, NewEvent, Push},
    registry::LiveRef,
    run::Run,
    step::StepError,
};

/// One attempt of a run, handed to its step.
pub struct RunContext {
    pub(crate) run: Run,
    pub(crate) engine: Engine,
    pub(crate) live: LiveRef,
    pub(crate) control: Arc<Control>,
}

impl RunContext {
    /// The run as it was when the attempt began.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Which attempt this is, from 1. Also counts the calls after `Wait` and `Pause`.
    pub fn attempt(&self) -> u32 {
        self.run.attempt
    }

    /// Shows an event: subscribers have it when this returns, the log has it within 100 ms or 64 events. Returns its number.
    ///
    /// Waits when the log lies too far behind. Fails when the attempt no longer owns the run (pass that on with `?`), or
    /// for an event of kind `complete`, which only the end of the run may show (`Finish::last_events`).
    pub async fn emit(&self, kind: &'static str, data: impl Serialize) -> Result<u64, StepError> {
        if kind == COMPLETE {
            return Err(StepError::fail(
                "event_reserved",
                "`complete` belongs to the end of the run",
            ));
        }
        let event = NewEvent::new(kind, data)?;
        loop {
            let flushed = self.live.flushed.notified();
            tokio::pin!(flushed);
            flushed.as_mut().enable();
            match self
                .live
                .push(self.run.attempt, &event, self.engine.clock().now())
            {
                Push::Done { seq, list, full } => {
                    if list {
                        self.engine.0.flusher.list(self.live.shared());
                    }
                    if full {
                        self.engine.0.flusher.full();
                    }
                    return Ok(seq);
                }
                Push::Gone => return Err(StepError::Cancelled),
                Push::NoRoom => tokio::select! {
                    () = flushed => {}
                    () = self.control.token.cancelled() => return Err(StepError::Cancelled),
                },
            }
        }
    }

    /// Fires when the run is cancelled or lost. A step that goes on is dropped after a grace.
    pub fn cancelled(&self) -> CancellationToken {
        self.control.token.clone()
    }

    /// Whether the run is to be cancelled. When the token has fired and this is false, the attempt no longer owns the run.
    pub fn is_cancelled(&self) -> bool {
        self.control.reason() == Stop::Cancel
    }

    /// What is in the log of the run: the events of earlier attempts, and those of this one but for the latest.
    pub async fn logged(&self) -> Result<Vec<Event>, StepError> {
        match journal::all(self.db(), &self.run.id).await {
            Ok(logged) => Ok(logged),
            Err(Error::Sql(error)) => Err(error.into()),
            Err(error) => Err(StepError::fail("internal", error)),
        }
    }

    /// The children of the run, for a step that is called again after `Outcome::Wait`.
    pub async fn children(&self) -> Result<Vec<Run>, StepError> {
        Ok(self.engine.children(&self.run.id).await?)
    }

    /// The database.
    pub fn db(&self) -> &Db {
        self.engine.db()
    }

    /// The time.
    pub fn clock(&self) -> &dyn Clock {
        self.engine.clock()
    }

    /// The engine, to start other runs.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }
}

/// Also when the attempt is aborted: viewers then look into the log.
impl Drop for RunContext {
    fn drop(&mut self) {
        self.live.leave(self.run.attempt);
    }
}

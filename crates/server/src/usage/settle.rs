//! Settling: adds calls to the hours they belong to.
//!
//! A chunk of unsettled calls is added up here and written in one transaction that also marks them settled and expects
//! every one of them to be unsettled still. So a second settlement at the same moment, on this node or another, is
//! rolled back whole and tried again; no call counts twice and none is left out.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use engine::{Finish, Lane, NewRun, Outcome, RunContext, Start, Step, StepError};
use serde_json::json;
use sql::{Batch, Db, Time};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::store::{self, Hour, Unsettled};
use super::summary::store::Sums;
use crate::App;
use crate::changes::Notice;
use crate::http::problem::Problem;
use crate::ids::Kind;

/// The kind of the runs that settle.
const KIND: &str = "settle_usage";
/// How often there is something to settle, at most.
const EVERY: Duration = Duration::from_mins(1);
/// The pause after a write that failed; shorter than the server waits for its tasks when it stops.
const REST: Duration = Duration::from_secs(2);
/// Calls of one transaction.
const CHUNK: usize = 1_000;
/// When a settlement that met another one, or a busy database, is tried again, at most.
const ATTEMPTS_MAX: u32 = 5;
const HOUR_MICROS: i64 = 3_600_000_000;

/// The step that settles.
pub struct SettleStep {
    app: App,
}

impl SettleStep {
    /// The step of this application.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

#[async_trait]
impl Step for SettleStep {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn lane(&self) -> Lane {
        Lane::Background
    }

    async fn run(&self, ctx: &RunContext) -> Result<Outcome, StepError> {
        let mut settled = 0;
        loop {
            if ctx.cancelled().is_cancelled() {
                return Err(StepError::Cancelled);
            }
            let count = settle_chunk(&self.app.db, self.app.clock.now()).await?;
            settled += count;
            if count > 0 {
                self.app.changes.publish(Notice::usage()).await;
            }
            if count < CHUNK {
                return Ok(Outcome::Complete(Finish::completed(
                    json!({ "settled": settled }),
                )));
            }
        }
    }
}

/// Settles the oldest unsettled calls and returns how many that were.
async fn settle_chunk(db: &Db, now: Time) -> Result<usize, StepError> {
    let calls = store::unsettled(db, CHUNK).await?;
    if calls.is_empty() {
        return Ok(0);
    }
    let mut batch = Batch::new();
    let ids: Vec<String> = calls.iter().map(|call| call.id.clone()).collect();
    batch.push_expecting(ids.len() as u64, store::mark_settled(ids, now));
    for (hour, sums) in add_up(&calls) {
        batch.push(store::add_to_hour(&hour, &sums));
    }
    match db.write(batch).await {
        Ok(_) => Ok(calls.len()),
        Err(error @ sql::Error::RowsAffected { .. }) => Err(StepError::retry("met_another", error)),
        Err(error) => Err(error.into()),
    }
}

fn add_up(calls: &[Unsettled]) -> BTreeMap<Hour, Sums> {
    let mut hours: BTreeMap<Hour, Sums> = BTreeMap::new();
    for call in calls {
        let hour = Hour {
            begins: Time::from_micros(call.at.micros().div_euclid(HOUR_MICROS) * HOUR_MICROS),
            workspace_id: call.workspace_id.clone().unwrap_or_default(),
            user_id: call.user_id.clone().unwrap_or_default(),
            model: call.model.clone(),
            purpose: call.purpose.clone(),
        };
        let sums = hours.entry(hour).or_default();
        sums.calls += 1;
        // Who cancels has changed their mind; nothing has failed.
        sums.failures += i64::from(!matches!(call.outcome.as_str(), "ok" | "cached" | "cancelled"));
        sums.prompt_tokens = sums.prompt_tokens.saturating_add(call.prompt_tokens);
        sums.completion_tokens = sums.completion_tokens.saturating_add(call.completion_tokens);
        sums.cost_micros = sums.cost_micros.saturating_add(call.cost_micros);
        if let (Some(first), "ok") = (call.first_token_ms, call.outcome.as_str()) {
            sums.timed_calls += 1;
            sums.first_token_ms += first;
            sums.writing_ms += (call.latency_ms - first).max(0);
            sums.written_tokens = sums.written_tokens.saturating_add(call.completion_tokens);
        }
    }
    hours
}

/// Queues a settlement when there is something to settle. True when it did.
pub async fn settle_soon(app: &App) -> Result<bool, Problem> {
    if !store::any_unsettled(&app.db).await? {
        return Ok(false);
    }
    let run = NewRun {
        attempts_max: ATTEMPTS_MAX,
        ..NewRun::new(app.ids.make(Kind::Run, app.clock.now()), KIND, json!({}))
    };
    let mut batch = Batch::new();
    let run = app
        .engine
        .prepare(run, Start::Queued, &mut batch)
        .map_err(Problem::internal)?;
    app.engine.submit(batch, vec![run]).await?;
    Ok(true)
}

/// Writes what the recorder gathers, and has it settled every minute. When the server stops it lets calls under way end.
pub async fn keep_settled(app: App) {
    let mut minute = interval(EVERY);
    minute.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // A start is no reason to settle at once: others settle too, and tests look at their own calls.
    minute.reset_at(Instant::now() + EVERY);
    loop {
        tokio::select! {
            () = app.stopping.cancelled() => {
                app.usage.drain(app.config.server.drain_timeout).await;
                app.usage.flush(&app).await;
                return;
            }
            () = app.usage.gathered() => {
                if !app.usage.flush(&app).await {
                    // A database in trouble is not helped by asking all the time.
                    tokio::time::sleep(REST).await;
                }
            }
            _ = minute.tick() => {
                if let Err(problem) = settle_soon(&app).await {
                    tracing::warn!("Usage could not be settled: {}", problem.chain());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(id: &str, at: &str, model: &str, outcome: &str) -> Unsettled {
        Unsettled {
            id: id.to_owned(),
            at: at.parse().unwrap(),
            user_id: Some("usr_1".to_owned()),
            workspace_id: None,
            model: model.to_owned(),
            purpose: "chat".to_owned(),
            prompt_tokens: 10,
            completion_tokens: 5,
            cost_micros: 7,
            outcome: outcome.to_owned(),
            latency_ms: 100,
            first_token_ms: Some(20),
        }
    }

    #[test]
    fn calls_are_added_up_by_hour_and_model() {
        let calls = [
            call("1", "2026-11-21T10:59:59.999999Z", "mock/echo", "ok"),
            call("2", "2026-11-21T11:00:00Z", "mock/echo", "ok"),
            call("3", "2026-11-21T11:30:00Z", "mock/echo", "upstream_timeout"),
            call("4", "2026-11-21T11:59:00Z", "mock/echo", "cancelled"),
            call("5", "2026-11-21T11:10:00Z", "mock/lorem", "ok"),
        ];
        let hours = add_up(&calls);
        let told: Vec<_> = hours
            .iter()
            .map(|(hour, sums)| (hour.begins.to_string(), hour.model.as_str(), *sums))
            .collect();
        let sums = |calls, failures, timed| Sums {
            calls,
            failures,
            prompt_tokens: calls * 10,
            completion_tokens: calls * 5,
            cost_micros: calls * 7,
            timed_calls: timed,
            first_token_ms: timed * 20,
            writing_ms: timed * 80,
            written_tokens: timed * 5,
        };
        assert_eq!(
            told,
            [
                (
                    "2026-11-21T10:00:00.000000Z".to_owned(),
                    "mock/echo",
                    sums(1, 0, 1)
                ),
                (
                    "2026-11-21T11:00:00.000000Z".to_owned(),
                    "mock/echo",
                    sums(3, 1, 1)
                ),
                (
                    "2026-11-21T11:00:00.000000Z".to_owned(),
                    "mock/lorem",
                    sums(1, 0, 1)
                ),
            ]
        );
        assert!(hours.keys().all(|hour| hour.workspace_id.is_empty()));
    }
}

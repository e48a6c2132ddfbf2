//! The log of slow statements, each with its plan.
//!
//! The plan is fetched in the background and at most once a minute a statement, so that a slow database is not asked for
//! plans all day.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::{Db, Statement};

/// How often the plan of one statement is fetched at most.
const PLAN_EVERY: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub(crate) struct Slow {
    limit_micros: u64,
    plans: Mutex<HashMap<&'static str, Instant>>,
}

impl Slow {
    pub(crate) fn new(limit: Duration) -> Self {
        let limit_micros = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX);
        Self {
            limit_micros,
            plans: Mutex::new(HashMap::new()),
        }
    }

    pub(crate) fn is_slow(&self, micros: u64) -> bool {
        micros > self.limit_micros
    }

    /// Logs the statement, with its plan when that is due.
    pub(crate) fn log(&self, db: &Db, statement: &'static Statement, rows: u64, micros: u64) {
        let ms = micros / 1_000;
        let runtime = tokio::runtime::Handle::try_current()
            .ok()
            .filter(|_| self.plan_is_due(statement.name()));
        let Some(runtime) = runtime else {
            tracing::warn!(target: "sql::slow", statement = statement.name(), rows, ms, "Slow statement");
            return;
        };
        let db = db.clone();
        runtime.spawn(async move {
            let plan = db.explain(statement).await.unwrap_or_else(|error| format!("no plan: {error}"));
            tracing::warn!(target: "sql::slow", statement = statement.name(), rows, ms, plan, "Slow statement");
        });
    }

    fn plan_is_due(&self, name: &'static str) -> bool {
        let mut plans = self.plans.lock();
        let now = Instant::now();
        let due = plans
            .get(name)
            .is_none_or(|last| now.duration_since(*last) >= PLAN_EVERY);
        if due {
            plans.insert(name, now);
        }
        due
    }
}

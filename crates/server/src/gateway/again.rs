//! Who is asked when a whole answer breaks off before its end.
//!
//! Nothing of it has reached the caller, so nothing was promised: along a route the next target is asked, and a model without others
//! beside it once more, where a repetition makes sense. What always holds: each attempt is a call of its own, with its own
//! place in limits and budgets and its own row in the usage, so a broken one is paid for as far as it went; and all of them
//! together end within the time that one call has.

use std::time::Duration;

use llm::{ChatRequest, Error};
use tokio::time::{Instant, sleep};

use super::answers::Slot;
use super::call::{self, Begun, Wanted};
use crate::App;
use crate::http::problem::Problem;
use crate::models::{Place, Resolved};

/// The wait before the same model is asked once more.
const PAUSE: Duration = Duration::from_millis(250);

/// A call that can be made again.
pub(super) struct Again {
    /// What is asked: a model, or a route without the targets that broke off.
    model: Resolved,
    request: ChatRequest,
    wanted: Wanted,
    /// How many more may break off.
    left: usize,
    /// When the answer has ended, whoever gives it.
    ends: Option<Instant>,
    /// Whether somebody has broken off already.
    repeated: bool,
}

/// What is done next.
pub(super) struct Next {
    again: Again,
    wait: Duration,
}

impl Again {
    /// For a call that begins now.
    pub fn new(app: &App, model: &Resolved, request: &ChatRequest, wanted: Wanted) -> Self {
        let targets = model.route.as_ref().map_or(1, |plan| plan.targets.len());
        let total = match &model.route {
            // Without it each target has the time of its own connection.
            Some(plan) => plan.route.spec.timeout_ms.map(Duration::from_millis),
            None => Some(app.config.providers.total_timeout),
        };
        Self {
            model: model.clone(),
            request: request.clone(),
            wanted,
            left: (targets - 1).max(1),
            ends: total.map(|total| Instant::now() + total),
            repeated: false,
        }
    }

    /// When the next call has ended, where others were made before it; the first has the limits of its connection or its route.
    pub fn deadline(&self) -> Option<Instant> {
        self.ends.filter(|_| self.repeated)
    }

    /// What is done after this model broke off with this error; nothing when nobody else is to be asked.
    pub fn after(mut self, app: &App, answered: &str, error: &Error) -> Option<Next> {
        if matches!(error, Error::BadRequest(_) | Error::Refused(_) | Error::Cancelled) {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        let alone = self
            .model
            .route
            .as_ref()
            .is_none_or(|plan| plan.targets.len() == 1);
        let wait = if alone {
            if app.config.providers.retries == 0 || !error.is_worth_repeating() {
                return None;
            }
            error.retry_after().unwrap_or_default().max(PAUSE)
        } else {
            self.model = self.model.without(answered)?;
            Duration::ZERO
        };
        if self.ends.is_some_and(|ends| Instant::now() + wait >= ends) {
            return None;
        }
        self.repeated = true;
        tracing::info!(
            model = answered,
            code = error.code(),
            "An answer broke off before its end; another is asked for"
        );
        Some(Next { again: self, wait })
    }
}

impl Next {
    /// The next call, or what the broken one is told with when that may not begin: its failure says more than a limit that is reached.
    pub async fn start(self, app: &App, place: &Place, broken: Problem) -> Result<Begun, Problem> {
        tokio::select! {
            biased;
            () = app.stopping.cancelled() => return Err(broken),
            () = sleep(self.wait) => {}
        }
        let Self { again, .. } = self;
        let (model, request, wanted) = (again.model.clone(), again.request.clone(), again.wanted);
        let slot = Slot::of(app, place, &model, &request);
        let begun = call::start(app, place, (model, request), (wanted, slot, Some(again)));
        // It is the work of a second call, not of one.
        sql::Meter::new().scope(begun).await.map_err(|problem| {
            tracing::debug!("Nobody else could be asked: {}", problem.chain());
            broken
        })
    }
}

//! Counts one call: from its start to its end, however it ends.

use std::time::Duration;

use llm::{ChatEvent, Usage};
use tokio::time::Instant;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::App;
use crate::budgets::{self, Size, Spender};
use crate::http::problem::Problem;
use crate::ids::Kind;
use crate::limits::{self, Held, Limited};
use crate::models::{Place, Prices, Resolved};
use crate::performance::ModelCall;
use crate::routing::Lost;
use crate::usage::{Call, Purpose, estimate_tokens};

/// A call under way. Dropping it records it: as what [`Record::ended`] said, or else as cancelled by the caller.
pub(super) struct Record {
    app: App,
    id: String,
    /// Nobody, for a key of a workspace.
    user_id: Option<String>,
    workspace_id: String,
    credential_id: String,
    purpose: Purpose,
    model: Resolved,
    /// A call beside it that was given up.
    lost: Option<Lost>,
    started: Instant,
    first_token: Option<Duration>,
    /// What the provider said it used.
    usage: Option<Usage>,
    bytes_in: usize,
    bytes_out: usize,
    outcome: &'static str,
    /// Whether its budgets wait to hear what it cost.
    reserved: bool,
    /// Whether it is answered with what was kept of another call: it costs nothing.
    kept: bool,
    /// Its place within the limits of its key and its user.
    held: Held,
    /// While it is there, a server that stops waits.
    _under_way: TaskTrackerToken,
}

impl Record {
    /// A call that begins now, when its limits and its budgets allow it; perhaps with another model than it asks for.
    pub async fn begin(
        app: &App,
        place: &Place,
        purpose: Purpose,
        (model, size): (Resolved, Size),
    ) -> Result<Self, Problem> {
        let id = app.ids.make(Kind::Usage, app.clock.now());
        let user = &place.caller.user;
        limits::allow(user.limits.as_deref(), &model.full_name)?;
        let held = limits::admit(app, Limited::of(user), &id, size.tokens_max()).await?;
        let spender = Spender {
            user_id: user.payer(),
            workspace_id: Some(&place.workspace_id),
            credential_id: Some(&user.credential_id),
        };
        let mut admitted = budgets::admit(app, spender, (&id, false), model, &size).await?;
        // A cheaper one has to be allowed as well.
        limits::allow(user.limits.as_deref(), &admitted.model.full_name)?;
        let reserved = admitted.take();
        let mut record = Self::of(app, place, purpose, (id, admitted.model, held));
        record.reserved = reserved;
        record.bytes_in = size.bytes;
        Ok(record)
    }

    /// A call of a route that is answered with what this model said to an earlier one, when its key allows it.
    pub async fn begin_kept(
        app: &App,
        place: &Place,
        route: Resolved,
        answered: &str,
    ) -> Result<Self, Problem> {
        let id = app.ids.make(Kind::Usage, app.clock.now());
        let user = &place.caller.user;
        limits::allow(user.limits.as_deref(), &route.full_name)?;
        let held = limits::admit(app, Limited::of(user), &id, 0).await?;
        let model = Resolved {
            full_name: answered.to_owned(),
            prices: Prices::default(),
            ..route
        };
        let mut record = Self::of(app, place, Purpose::Chat, (id, model, held));
        record.kept = true;
        Ok(record)
    }

    fn of(app: &App, place: &Place, purpose: Purpose, (id, model, held): (String, Resolved, Held)) -> Self {
        let user = &place.caller.user;
        Self {
            held,
            reserved: false,
            kept: false,
            model,
            id,
            app: app.clone(),
            user_id: user.payer().map(str::to_owned),
            workspace_id: place.workspace_id.clone(),
            credential_id: user.credential_id.clone(),
            purpose,
            lost: None,
            started: Instant::now(),
            first_token: None,
            usage: None,
            bytes_in: 0,
            bytes_out: 0,
            outcome: "cancelled",
            _under_way: app.usage.begin(),
        }
    }

    /// Whether its budgets or its limits count on the answer being no longer than was said.
    pub fn is_bounded(&self) -> bool {
        self.reserved || self.held.is_bounded()
    }

    /// The part of the id that is its own.
    pub fn key(&self) -> &str {
        self.id.split_once('_').map_or(self.id.as_str(), |(_, key)| key)
    }

    /// The model that is called.
    pub fn model(&self) -> &Resolved {
        &self.model
    }

    /// The call has begun to be answered: by this model, which is another one when a route was asked for.
    pub fn answered_by(&mut self, model: Resolved, lost: Option<Lost>) {
        self.model = model;
        self.lost = lost;
    }

    /// Takes note of an event.
    pub fn see(&mut self, event: &ChatEvent) {
        if self.kept {
            // What it says was used was used by the call that it is kept of.
            if matches!(event, ChatEvent::Finish(_)) {
                self.outcome = "cached";
            }
            return;
        }
        match event {
            ChatEvent::Text(text) | ChatEvent::Reasoning(text) => self.wrote(text.len()),
            ChatEvent::ToolCall { arguments_delta, .. } => self.wrote(arguments_delta.len()),
            ChatEvent::Usage(usage) => self.usage = Some(*usage),
            ChatEvent::Verbatim(chunk) if chunk.beside > 0 => self.wrote(chunk.beside),
            ChatEvent::StopSequence(_) | ChatEvent::Verbatim(_) => {}
            ChatEvent::Finish(_) => self.outcome = "ok",
        }
    }

    fn wrote(&mut self, bytes: usize) {
        self.first_token.get_or_insert_with(|| self.started.elapsed());
        self.bytes_out += bytes;
    }

    /// The provider has said what was used.
    pub fn used(&mut self, usage: Usage) {
        self.usage = Some(usage);
    }

    /// How the call ended: `ok`, or the code of what went wrong.
    pub fn ended(&mut self, outcome: &'static str) {
        self.outcome = outcome;
    }

    /// What an answer has used as far as can be guessed, where the provider does not say it: what it is counted as.
    pub fn guessed(&self) -> Option<Usage> {
        (self.usage.is_none() && !self.kept).then(|| self.tokens())
    }

    /// What the provider said, or a guess when it had begun to answer and could not say.
    fn tokens(&self) -> Usage {
        let guess = || match self.bytes_out {
            0 => Usage::default(),
            bytes => Usage {
                prompt_tokens: estimate_tokens(self.bytes_in),
                completion_tokens: estimate_tokens(bytes),
                ..Usage::default()
            },
        };
        self.usage.unwrap_or_else(guess)
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let tokens = self.tokens();
        self.held.used(tokens.prompt_tokens + tokens.completion_tokens);
        self.app.performance.model_call(&ModelCall {
            model: &self.model.full_name,
            first_token: self.first_token,
            took: self.started.elapsed(),
            prompt_tokens: tokens.prompt_tokens,
            completion_tokens: tokens.completion_tokens,
            cost_micros: self.model.prices.cost_micros(&tokens),
            outcome: self.outcome,
        });
        let id = std::mem::take(&mut self.id);
        let mut call = Call {
            reserved_as: self.reserved.then(|| id.clone()),
            id,
            at: self.app.clock.now(),
            user_id: self.user_id.take(),
            workspace_id: Some(std::mem::take(&mut self.workspace_id)),
            credential_id: Some(std::mem::take(&mut self.credential_id)),
            run_id: None,
            purpose: self.purpose,
            model: std::mem::take(&mut self.model.full_name),
            prompt_tokens: tokens.prompt_tokens as i64,
            completion_tokens: tokens.completion_tokens as i64,
            cost_micros: self.model.prices.cost_micros(&tokens),
            latency_ms: self.started.elapsed().as_millis() as i64,
            first_token_ms: self.first_token.map(|after| after.as_millis() as i64),
            outcome: self.outcome.to_owned(),
            beside: None,
        };
        if let Some(lost) = self.lost.take() {
            let read = estimate_tokens(self.bytes_in).max(tokens.prompt_tokens);
            call.beside = Some(Box::new(lost.call(&self.app, &call, read)));
        }
        self.app.usage.record(call);
    }
}

//! One call of a model for a cell: what it is asked, whether it may begin, what came of it.

use std::time::{Duration, Instant};

use engine::{Run, StepError};
use futures_util::StreamExt;
use llm::{CallContext, ChatEvent, ChatRequest, Usage};
use serde_json::{Value, json};
use sql::Time;
use tokio_util::sync::CancellationToken;

use crate::App;
use crate::accounts::keys;
use crate::batches::grid::{Asked, CellStatus, Outcome, Turn};
use crate::batches::input::clean;
use crate::batches::{Asker, Batch, Reason, table};
use crate::budgets::{self, Size, Spender};
use crate::conversations::{Lane, Message, MessageRole, answer_tokens, prompt};
use crate::http::problem::{ErrorCode, Problem};
use crate::ids::Kind;
use crate::limits::{self, Held};
use crate::models::Resolved;
use crate::performance::ModelCall;
use crate::routing::Lost;
use crate::usage;
use crate::workspaces::Role;

/// The longest answer that is kept.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// It stays so: the reason, as it is stored.
    Lasting(Value),
    /// The same call may succeed later.
    Passing(Value),
    /// There is no room for the call now.
    Full(Option<Duration>, Value),
    /// The provider has failed repeatedly, and is left alone for a while.
    Away(Option<Duration>, Value),
    /// A budget has nothing left.
    Budget(Problem),
    /// Whoever it is asked for may not ask any more.
    Gone(Reason),
    /// It was broken off.
    Cancelled,
}

impl Failure {
    /// What a problem from before the call means for the cell. A fault of ours is one of the run.
    pub fn of(problem: Problem) -> Result<Self, StepError> {
        match problem.code {
            ErrorCode::Internal | ErrorCode::Unavailable => {
                Err(StepError::retry("internal", problem.chain()))
            }
            ErrorCode::BudgetExceeded => Ok(Self::Budget(problem)),
            ErrorCode::KeyRevoked => Ok(Self::Gone(Reason::of_asker(
                problem.code.as_str(),
                "The API key that it was asked with was revoked, or has expired.",
            ))),
            ErrorCode::RateLimited => Ok(Self::Full(problem.retry_after, problem.to_stored())),
            _ => Ok(Self::Lasting(problem.to_stored())),
        }
    }

    /// Why whoever a cell is asked for may not ask any more, if that is so.
    pub fn of_asker(asked: &Asked) -> Option<Self> {
        let (code, what) = if asked.disabled {
            (
                "user_disabled",
                "The account that it was worked on for is switched off.",
            )
        } else if asked.role < Some(Role::Member) {
            (
                "member_left",
                "Whoever it was worked on for may not ask models in this workspace any more.",
            )
        } else {
            return None;
        };
        Some(Self::Gone(Reason::of_asker(code, what)))
    }

    /// Why the whole batch stands still after it.
    pub fn of_batch(&self) -> Option<Reason> {
        match self {
            Self::Budget(problem) => Some(Reason::of(problem)),
            Self::Gone(reason) => Some(reason.clone()),
            _ => None,
        }
    }

    fn of_call(error: llm::Error) -> Self {
        if matches!(error, llm::Error::Cancelled) {
            return Self::Cancelled;
        }
        let kind: fn(Option<Duration>, Value) -> Self = match &error {
            llm::Error::RateLimited { .. } => Self::Full,
            llm::Error::CircuitOpen { .. } => Self::Away,
            error if error.is_passing() => |_, stored| Self::Passing(stored),
            _ => |_, stored| Self::Lasting(stored),
        };
        let problem = Problem::from(error);
        kind(problem.retry_after, problem.to_stored())
    }

    /// As it is stored with the cell.
    pub fn stored(&self) -> Value {
        match self {
            Self::Lasting(error) | Self::Passing(error) | Self::Full(_, error) | Self::Away(_, error) => {
                error.clone()
            }
            Self::Budget(problem) => problem.to_stored(),
            Self::Gone(reason) => json!(reason),
            Self::Cancelled => json!({ "code": "cancelled", "detail": "It was broken off." }),
        }
    }
}

/// The request for a cell: the system prompt of its lane (or of its conversation), the turns before it, its prompt.
pub fn request(lane: &Lane, asked: &Asked, model: &Resolved, now: Time) -> ChatRequest {
    let settings = lane.settings.clone().unwrap_or_default();
    let system_prompt = match &settings.system_prompt {
        Some(prompt) => Some(table::filled(prompt, &asked.variables)),
        None => asked.system_prompt.clone(),
    };
    let message = |role, content: &str| Message {
        content: content.to_owned(),
        ..Message::new(String::new(), "", "", role, now)
    };
    let before = asked
        .history
        .iter()
        .map(|turn| message(role(turn), &turn.content));
    let branch: Vec<Message> = before
        .chain([message(MessageRole::User, &asked.prompt)])
        .collect();
    let budget = prompt::prompt_budget(model.context_tokens);
    let turns = prompt::build(system_prompt.as_deref(), &branch, false, budget);
    let mut request = ChatRequest::new(model.name.clone(), turns);
    request.max_tokens = Some(answer_tokens(model, budget, settings.max_tokens));
    request.temperature = settings.temperature;
    request
}

fn role(turn: &Turn) -> MessageRole {
    [MessageRole::Assistant, MessageRole::System]
        .into_iter()
        .find(|role| role.as_str() == turn.role)
        .unwrap_or(MessageRole::User)
}

/// A call that may begin.
pub struct Admitted {
    pub model: Resolved,
    asker: Asker,
    held: Held,
    /// Whether its end has something to settle.
    reserved: bool,
}

impl Admitted {
    /// The call was not made after all: what was promised for it is free.
    pub async fn give_back(self, app: &App, batch: &Batch, place: (i64, i64)) -> sql::Result<()> {
        if self.reserved {
            app.db.write(budgets::settle(&call_id(batch, place), 0)).await?;
        }
        Ok(())
    }
}

/// What the budgets know the calls of a cell by: a second one, after the first has died, takes its promise over.
fn call_id(batch: &Batch, (position, lane): (i64, i64)) -> String {
    format!("{}.{position}.{lane}", batch.id)
}

/// Asks the limits of the key and the budgets.
pub async fn admit(
    app: &App,
    (batch, asker): (&Batch, &Asker),
    place: (i64, i64),
    model: Resolved,
    request: &ChatRequest,
) -> Result<Admitted, Problem> {
    let key_id = asker.key_id.as_deref();
    let (limits, limited) = keys::limited(app, key_id, Some(&asker.user_id)).await?;
    let (call_id, size) = (call_id(batch, place), Size::of_chat(request, &model));
    limits::allow(limits.as_ref(), &model.full_name)?;
    let held = limits::admit(app, limited, &call_id, size.tokens_max()).await?;
    let spender = Spender {
        user_id: Some(&asker.user_id),
        workspace_id: Some(&batch.workspace_id),
        credential_id: key_id,
    };
    let mut admitted = budgets::admit(app, spender, (&call_id, true), model, &size).await?;
    limits::allow(limits.as_ref(), &admitted.model.full_name)?;
    Ok(Admitted {
        reserved: admitted.take(),
        model: admitted.model,
        asker: asker.clone(),
        held,
    })
}

/// What came of a call.
#[derive(Default)]
pub struct Came {
    text: String,
    usage: Usage,
    finish_reason: Option<&'static str>,
    first_token: Option<Duration>,
    took: Duration,
    /// Who answered, when that is known: of a route it is one of its targets.
    model: Option<Resolved>,
    lost: Option<Lost>,
    pub failure: Option<Failure>,
}

/// Calls the model for somebody and reads its answer to the end. This is the one place where a batch does.
pub async fn call(
    app: &App,
    (model, user_email): (&Resolved, Option<String>),
    request: ChatRequest,
    cancel: &CancellationToken,
) -> Came {
    let began = Instant::now();
    let mut came = Came::default();
    let context = CallContext::new(cancel.clone()).asked_by(user_email);
    let read = async {
        let answering = model.chat(app, request, &context).await?;
        came.model = Some(answering.model);
        came.lost = answering.lost;
        let mut events = answering.events;
        while let Some(event) = events.next().await {
            came.take(event?, began);
            if came.text.len() > ANSWER_BYTES_MAX {
                let detail = "The answer grew beyond 1 MiB and was cut off.";
                came.failure = Some(Failure::Lasting(json!({ "code": "too_large", "detail": detail })));
                break;
            }
        }
        Ok::<_, llm::Error>(())
    };
    let read = tokio::select! {
        read = read => read,
        () = cancel.cancelled() => Err(llm::Error::Cancelled),
    };
    if let Err(error) = read {
        came.failure = Some(Failure::of_call(error));
    }
    came.took = began.elapsed();
    came
}

impl Came {
    fn take(&mut self, event: ChatEvent, began: Instant) {
        match event {
            ChatEvent::Text(text) => {
                self.word_came(began);
                self.text.push_str(&text);
            }
            ChatEvent::Reasoning(_) => self.word_came(began),
            ChatEvent::Usage(usage) => self.usage = usage,
            ChatEvent::Finish(reason) => self.finish_reason = Some(reason.as_str()),
            ChatEvent::ToolCall { .. } | ChatEvent::StopSequence(_) | ChatEvent::Verbatim(_) => {}
        }
    }

    /// Why the provider was not called, or had no room: nothing of such a call is kept.
    pub fn turned_away(&self) -> Option<Failure> {
        if self.first_token.is_some() || self.usage != Usage::default() {
            return None;
        }
        match &self.failure {
            Some(Failure::Full(after, error)) => Some(Failure::Full(*after, error.clone())),
            Some(Failure::Away(after, error)) => Some(Failure::Away(*after, error.clone())),
            _ => None,
        }
    }

    fn word_came(&mut self, began: Instant) {
        self.first_token.get_or_insert_with(|| began.elapsed());
    }

    fn answered_by<'a>(&'a self, admitted: &'a Admitted) -> &'a Resolved {
        self.model.as_ref().unwrap_or(&admitted.model)
    }

    /// What the cell has of it. `again` says that another call follows.
    pub fn outcome(&self, admitted: &Admitted, again: bool) -> Outcome {
        let mut usage = self.usage;
        if usage.completion_tokens == 0 {
            usage.completion_tokens = usage::estimate_tokens(self.text.len());
        }
        let status = match &self.failure {
            None => CellStatus::Done,
            Some(_) if again => CellStatus::Pending,
            Some(_) => CellStatus::Failed,
        };
        let answered = !self.text.is_empty() || self.failure.is_none();
        let model = self.answered_by(admitted);
        Outcome {
            status,
            answer: (answered && !again).then(|| clean(self.text.clone())),
            error: self.failure.as_ref().map(Failure::stored),
            finish_reason: self.finish_reason,
            model: Some(model.full_name.clone()),
            prompt_tokens: usage.prompt_tokens as i64,
            completion_tokens: usage.completion_tokens as i64,
            cost_micros: model.prices.cost_micros(&usage),
            latency_ms: self.took.as_millis() as i64,
            first_token_ms: self.first_token.map(|after| after.as_millis() as i64),
        }
    }

    /// The usage of it, for the transaction that keeps the outcome. The place that it took among the limits is free.
    pub fn usage(
        &self,
        app: &App,
        (run, batch): (&Run, &Batch),
        place: (i64, i64),
        mut admitted: Admitted,
        outcome: &Outcome,
    ) -> usage::Call {
        let now = app.clock.now();
        let tokens = outcome.prompt_tokens + outcome.completion_tokens;
        admitted.held.used(u64::try_from(tokens).unwrap_or(0));
        let said = outcome.error.as_ref().and_then(|error| error["code"].as_str());
        let mut call = usage::Call {
            id: app.ids.make(Kind::Usage, now),
            at: now,
            user_id: Some(admitted.asker.user_id.clone()),
            workspace_id: Some(batch.workspace_id.clone()),
            credential_id: admitted.asker.key_id.clone(),
            run_id: Some(run.id.clone()),
            purpose: usage::Purpose::Batch,
            model: self.answered_by(&admitted).full_name.clone(),
            prompt_tokens: outcome.prompt_tokens,
            completion_tokens: outcome.completion_tokens,
            cost_micros: outcome.cost_micros,
            latency_ms: outcome.latency_ms,
            first_token_ms: outcome.first_token_ms,
            outcome: said.unwrap_or("ok").to_owned(),
            reserved_as: admitted.reserved.then(|| call_id(batch, place)),
            beside: None,
        };
        if let Some(lost) = &self.lost {
            let read = u64::try_from(call.prompt_tokens).unwrap_or(0);
            call.beside = Some(Box::new(lost.call(app, &call, read)));
        }
        let measured = ModelCall::of(&call, self.first_token, self.took);
        app.performance.model_call(&measured);
        call
    }
}

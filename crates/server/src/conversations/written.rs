//! What has come of a reply so far, how it ended, and what its stream ends with.

use std::time::{Duration, Instant};

use engine::{Event, FinishStatus, NewEvent, StepError};
use llm::{ChatStream, Usage};
use serde_json::{Value, json};

use crate::conversations::lanes::{LaneInput, masked};
use crate::conversations::{Answered, Message, MessageStatus, prompt};
use crate::limits::Held;
use crate::models::Resolved;
use crate::routing::{Answering, Lost};
use crate::sources::{Citation, Retrieval, Sources, Unmarked};

/// What has come of a reply so far.
#[derive(Default)]
pub struct Written {
    pub text: String,
    pub reasoning: String,
    pub usage: Usage,
    /// The memories that the model was told.
    pub memories: Vec<String>,
    /// What was found for the question.
    pub sources: Option<Sources>,
    /// Takes the marks of what was found out of the text.
    pub unmarked: Option<Unmarked>,
    /// A call of the model that made the question stand alone for the search.
    pub rewriting: Option<Answered>,
    /// The model that answers, once its budgets have let it; a route until it is known where it leads.
    pub answering: Option<Resolved>,
    /// The target of a route that answered before the process died, as the log names it.
    pub target: Option<String>,
    /// A call beside that which was given up.
    pub lost: Option<Lost>,
    /// Whether its budgets may wait to hear what it cost.
    pub priced: bool,
    /// Its place within the limits of the key it was asked for with.
    pub held: Held,
    /// When the model was called, and after how long its first word came.
    pub called: Option<Instant>,
    pub first_token: Option<Duration>,
}

impl Written {
    /// What an event of the log says was written, or found for it.
    pub fn replay(&mut self, event: &Event) {
        let data = || serde_json::from_str::<Value>(event.data.get()).unwrap_or(Value::Null);
        match event.kind.as_ref() {
            "text" => self.text.push_str(data()["text"].as_str().unwrap_or_default()),
            "reasoning" => self
                .reasoning
                .push_str(data()["text"].as_str().unwrap_or_default()),
            // Another attempt found anew.
            "start" => (self.sources, self.target) = (None, None),
            "model" => self.target = data()["model"].as_str().map(str::to_owned),
            "step_finished" => {
                if let Ok(retrieval) = serde_json::from_str::<Retrieval>(event.data.get()) {
                    let citations = Vec::new();
                    self.sources = Some(Sources { retrieval, citations });
                }
            }
            "citation" => {
                if let (Some(sources), Ok(citation)) = (
                    &mut self.sources,
                    serde_json::from_str::<Citation>(event.data.get()),
                ) {
                    sources.citations.push(citation);
                }
            }
            _ => {}
        }
    }

    /// Takes note of what was found for the question, which the model is shown between marks with this key.
    pub fn draw_on(&mut self, sources: Option<Sources>, key: &str) {
        let has_passages = sources
            .as_ref()
            .is_some_and(|sources| !sources.citations.is_empty());
        self.unmarked = has_passages.then(|| Unmarked::new(key));
        self.sources = sources;
    }

    /// Takes note of who answers; what they say.
    pub fn answered_by(&mut self, answering: Answering) -> ChatStream {
        self.answering = Some(answering.model);
        self.lost = answering.lost;
        answering.events
    }

    pub fn word_came(&mut self) {
        if self.first_token.is_none() {
            self.first_token = self.called.map(|called| called.elapsed());
        }
    }
}

/// How a reply ended.
pub enum End {
    Complete,
    Cancelled,
    Failed(Value),
    Interrupted,
}

impl End {
    /// What the message, the run and the usage say of it. An answer of a comparison is not continued, but written anew.
    pub fn told(self, in_lane: bool) -> (MessageStatus, FinishStatus, Option<Value>, String) {
        match self {
            Self::Complete => (
                MessageStatus::Complete,
                FinishStatus::Completed,
                None,
                "ok".to_owned(),
            ),
            Self::Cancelled => (
                MessageStatus::Cancelled,
                FinishStatus::Cancelled,
                None,
                "cancelled".to_owned(),
            ),
            Self::Failed(error) => {
                let code = error["code"].as_str().unwrap_or("failed").to_owned();
                (MessageStatus::Failed, FinishStatus::Failed, Some(error), code)
            }
            Self::Interrupted => {
                let can = if in_lane { "regenerated" } else { "continued" };
                let detail = format!("The server stopped while this was being written. It can be {can}.");
                let error = json!({ "code": "interrupted", "detail": detail });
                (
                    MessageStatus::Partial,
                    FinishStatus::Failed,
                    Some(error),
                    "interrupted".to_owned(),
                )
            }
        }
    }
}

/// What the provider counted, else a guess.
pub fn counted(written: &Written) -> Usage {
    let mut usage = written.usage;
    if usage.completion_tokens == 0 {
        usage.completion_tokens = prompt::estimate_tokens(&written.text) as u64;
    }
    usage
}

/// The end of the stream: usage, the error if there was one, `done`, and `complete` after the commit. That of a lane has
/// all of it in its `done`, which the comparison's stream repeats as it is.
pub fn last_events(message: &Message, lane: Option<&LaneInput>) -> Result<Vec<NewEvent>, StepError> {
    if let Some(lane) = lane {
        return lane_events(message, lane);
    }
    let mut events = vec![NewEvent::new(
        "usage",
        json!({
            "prompt_tokens": message.prompt_tokens, "completion_tokens": message.completion_tokens, "cost_micros": message.cost_micros,
        }),
    )?];
    if let Some(error) = &message.error {
        events.push(NewEvent::new("error", error)?);
    }
    events.push(NewEvent::new(
        "done",
        json!({ "status": message.status, "error": message.error }),
    )?);
    events.push(NewEvent::new(
        "complete",
        json!({
            "status": message.status, "conversation_id": message.conversation_id, "message_id": message.id,
        }),
    )?);
    Ok(events)
}

fn lane_events(message: &Message, lane: &LaneInput) -> Result<Vec<NewEvent>, StepError> {
    let error = message.error.as_ref();
    let done = json!({
        "lane": lane.lane, "message_id": message.id, "status": message.status,
        "error": if lane.hidden { error.map(masked) } else { error.cloned() },
        "prompt_tokens": message.prompt_tokens, "completion_tokens": message.completion_tokens,
        "cost_micros": (!lane.hidden).then_some(message.cost_micros),
        "first_token_ms": message.first_token_ms, "latency_ms": message.latency_ms,
    });
    let complete = json!({
        "status": message.status, "conversation_id": message.conversation_id, "message_id": message.parent_id,
        "messages": [message.id],
    });
    Ok(vec![
        NewEvent::new("done", done)?,
        NewEvent::new("complete", complete)?,
    ])
}

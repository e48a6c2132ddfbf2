//! The step that writes a reply: the branch → the prompt → the model's stream → events, and in the end one transaction with
//! the message, the usage, the conversation and the run.

use std::time::Instant;

use async_trait::async_trait;
use engine::{
    Event, Finish, FinishStatus, Lane, Outcome, Recovery, Run, RunContext, RunUsage, Step, StepError,
};
use futures_util::StreamExt;
use llm::{CallContext, ChatEvent};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sql::{Batch, Time};

use crate::App;
use crate::accounts::keys;
use crate::budgets::{self, Size, Spender};
use crate::changes::Notice;
use crate::conversations::lanes::LaneInput;
use crate::conversations::written::{End, Written, counted, last_events};
use crate::conversations::{Message, MessageStatus, passages, request, store, title};
use crate::http::problem::Problem;
use crate::ids::Kind;
use crate::limits::{self, Held};
use crate::memories::context;
use crate::models::Resolved;
use crate::performance::ModelCall;
use crate::routing::Leg;
use crate::sources::{Collection, Unmarked};
use crate::usage;

/// The longest answer that is kept, whatever the model does.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// What the run is given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReplyInput {
    /// The message to write.
    pub message_id: String,
    /// The message it answers.
    pub question_id: String,
    /// The model's full name.
    pub model: String,
    /// Whether the message has a beginning already.
    pub continues: bool,
    /// The position of the message among those of its conversation, by when they were begun.
    #[serde(default)]
    pub position: i64,
    /// What the answer draws on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<Collection>,
    /// When it was asked for.
    pub asked_at: Time,
    /// The lane it is written for, in a comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lane: Option<LaneInput>,
    /// The API key it was asked for with, whose limits and budgets count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
}

impl ReplyInput {
    fn lane_number(&self) -> Option<u8> {
        self.lane.as_ref().map(|lane| lane.lane)
    }
}

/// Writes replies: those of chats, and those of the lanes of comparisons, which are runs of their own kind.
pub struct ReplyStep {
    app: App,
    kind: &'static str,
}

impl ReplyStep {
    /// For the chats of this application.
    pub fn new(app: App) -> Self {
        Self { app, kind: "reply" }
    }

    /// For the lanes of its comparisons.
    pub fn of_lanes(app: App) -> Self {
        Self { app, kind: "lane" }
    }

    async fn load(&self, ctx: &RunContext) -> Result<(ReplyInput, Message), StepError> {
        let input: ReplyInput = serde_json::from_value(ctx.run().input.clone())
            .map_err(|error| StepError::fail("internal", error))?;
        let conversation_id = ctx.run().conversation_id.as_deref().unwrap_or_default();
        let message = store::get_message(&self.app.db, conversation_id, &input.message_id).await?;
        let message = message.ok_or_else(|| StepError::fail("not_found", "the message was deleted"))?;
        Ok((input, message))
    }

    /// The call of the model, from the prompt to the last event, into `written`.
    async fn generate(
        &self,
        ctx: &RunContext,
        input: &ReplyInput,
        message: &Message,
        written: &mut Written,
    ) -> Result<End, StepError> {
        let (app, run) = (&self.app, ctx.run());
        let (user, workspace) = (
            run.user_id.as_deref().unwrap_or_default(),
            run.workspace_id.as_deref(),
        );
        let model = match app.models.resolve(app, user, workspace, &input.model).await {
            Ok(model) => model,
            Err(problem) => return Ok(End::Failed(problem.to_stored())),
        };
        let mut start = json!({ "message_id": input.message_id, "model": model.full_name });
        if let Some(lane) = &input.lane {
            start["lane"] = Value::from(lane.lane);
            if lane.hidden {
                start["model"] = Value::Null;
            }
        }
        if input.continues {
            // What is there already, so that a reader can show the whole text.
            start["content"] = Value::from(message.content.as_str());
        }
        ctx.emit("start", start).await?;
        let asking = request::request(&self.app, ctx, message, input, &model).await?;
        written.memories = asking.memories;
        written.draw_on(asking.sources, request::key_of(&run.id));
        written.rewriting = asking.answered;
        let mut request = asking.request;
        let cancel = ctx.cancelled();
        let (model, held) = tokio::select! {
            admitted = self.admit(run, (input, model), &mut request) => match admitted {
                Ok(admitted) => admitted,
                Err(problem) => return Ok(End::Failed(problem.to_stored())),
            },
            () = cancel.cancelled() => return Ok(End::Cancelled),
        };
        written.held = held;
        written.priced = !model.prices.is_free();
        written.answering = Some(model.clone());
        let asker = model.asker(&self.app, run.user_id.as_deref()).await?;
        let call = CallContext::new(cancel.clone()).asked_by(asker);
        written.called = Some(Instant::now());
        let mut stream = tokio::select! {
            answering = model.chat(&self.app, request, &call) => match answering {
                Ok(answering) => written.answered_by(answering),
                Err(llm::Error::Cancelled) => return Ok(End::Cancelled),
                Err(error) => return Ok(End::Failed(Problem::from(error).to_stored())),
            },
            () = cancel.cancelled() => return Ok(End::Cancelled),
        };
        name_target(ctx, input, &model, written).await?;
        loop {
            let event = tokio::select! {
                event = stream.next() => event,
                () = cancel.cancelled() => return Ok(End::Cancelled),
            };
            match event {
                None => return Ok(End::Complete),
                Some(Err(llm::Error::Cancelled)) => return Ok(End::Cancelled),
                Some(Err(error)) => return Ok(End::Failed(Problem::from(error).to_stored())),
                Some(Ok(event)) => show(ctx, input.lane_number(), event, written).await?,
            }
            if written.text.len() > ANSWER_BYTES_MAX {
                return Ok(End::Failed(
                    json!({ "code": "too_large", "detail": "The answer grew beyond 4 MiB and was cut off." }),
                ));
            }
        }
    }

    /// Asks the limits of the key and the budgets; the model that answers, which may be a cheaper one, and its place. What
    /// an attempt that died has reserved is given back.
    async fn admit(
        &self,
        run: &Run,
        (input, model): (&ReplyInput, Resolved),
        request: &mut llm::ChatRequest,
    ) -> Result<(Resolved, Held), Problem> {
        let key_id = input.key_id.as_deref();
        let (limits, limited) = keys::limited(&self.app, key_id, run.user_id.as_deref()).await?;
        let spender = Spender {
            user_id: run.user_id.as_deref(),
            workspace_id: run.workspace_id.as_deref(),
            credential_id: key_id,
        };
        let size = Size::of_chat(request, &model);
        limits::allow(limits.as_ref(), &model.full_name)?;
        let held = limits::admit(&self.app, limited, &run.id, size.tokens_max()).await?;
        if held.is_bounded() {
            request.max_tokens = size.answer_tokens.and_then(|tokens| u32::try_from(tokens).ok());
        }
        let mut admitted = budgets::admit(&self.app, spender, (&run.id, true), model, &size).await?;
        // Whether something was reserved need not be known: a reply always settles, also after its server died.
        let _settled_at_the_end = admitted.take();
        limits::allow(limits.as_ref(), &admitted.model.full_name)?;
        Ok((admitted.model, held))
    }

    /// Everything that ends a reply, in one transaction with the end of its run.
    async fn finish(
        &self,
        ctx: &RunContext,
        input: &ReplyInput,
        before: &Message,
        mut written: Written,
        end: End,
    ) -> Result<Finish, StepError> {
        let now = self.app.clock.now();
        let run = ctx.run();
        let mut message = before.clone();
        message.content.push_str(&written.text);
        if !written.reasoning.is_empty() {
            message.reasoning = Some(message.reasoning.unwrap_or_default() + &written.reasoning);
        }
        let usage = counted(&written);
        written.held.used(usage.prompt_tokens + usage.completion_tokens);
        let model = match written.answering.clone() {
            Some(answering) => Some(answering),
            None => self.model(ctx, input, written.target.as_deref()).await,
        };
        if let Some(model) = &model {
            message.model = Some(model.full_name.clone());
        }
        let cost = model.as_ref().map_or(0, |model| model.prices.cost_micros(&usage));
        (message.prompt_tokens, message.completion_tokens) =
            (usage.prompt_tokens as i64, usage.completion_tokens as i64);
        message.cost_micros = cost;
        message.latency_ms = Some(now.since(input.asked_at).as_millis() as i64);
        let first_token_ms = written.first_token.map(|after| after.as_millis() as i64);
        message.first_token_ms = first_token_ms.or(message.first_token_ms);
        let (status, outcome);
        (message.status, status, message.error, outcome) = end.told(input.lane.is_some());
        message.sources = written.sources.or(message.sources);
        if let Some(sources) = &mut message.sources
            && status == FinishStatus::Completed
        {
            sources.keep_named(&message.content);
        }
        let mut call = self.call(run, input, &message, outcome);
        let priced = written.priced || model.is_none_or(|model| !model.prices.is_free());
        call.reserved_as = priced.then(|| run.id.clone());
        if let Some(lost) = written.lost {
            call.beside = Some(Box::new(lost.call(&self.app, &call, usage.prompt_tokens)));
        }
        if let Some(called) = written.called {
            let measured = ModelCall::of(&call, written.first_token, called.elapsed());
            self.app.performance.model_call(&measured);
        }
        let mut finish = Finish::completed(json!({ "message_id": message.id, "memories": written.memories }));
        finish.status = status;
        finish.error = message.error.clone();
        finish.usage = RunUsage {
            prompt_tokens: message.prompt_tokens,
            completion_tokens: message.completion_tokens,
            cost_micros: cost + call.beside.as_ref().map_or(0, |beside| beside.cost_micros),
        };
        finish.last_events = last_events(&message, input.lane.as_ref())?;
        finish.writes.append(store::end_answer(&message, &run.id, now));
        finish.writes.append(call.writes());
        if let Some(rewriting) = written.rewriting {
            finish.usage.prompt_tokens += rewriting.usage.prompt_tokens;
            finish.usage.completion_tokens += rewriting.usage.completion_tokens;
            finish.usage.cost_micros += rewriting.usage.cost_micros;
            finish.writes.append(rewriting.call);
        }
        if !written.memories.is_empty() {
            finish.writes.push(context::used(&written.memories, now));
        }
        self.push_passages(run, input, &message, &mut finish).await?;
        if status == FinishStatus::Completed && input.lane.is_none() {
            title::push(&self.app, (run, input.key_id.clone()), &message, &mut finish).await?;
        }
        Ok(finish)
    }

    /// The call of the model that wrote this part of a message.
    fn call(&self, run: &Run, input: &ReplyInput, message: &Message, outcome: String) -> usage::Call {
        let now = self.app.clock.now();
        usage::Call {
            id: self.app.ids.make(Kind::Usage, now),
            at: now,
            user_id: run.user_id.clone(),
            workspace_id: run.workspace_id.clone(),
            credential_id: input.key_id.clone(),
            run_id: Some(run.id.clone()),
            purpose: usage::Purpose::Chat,
            model: message.model.clone().unwrap_or_else(|| input.model.clone()),
            prompt_tokens: message.prompt_tokens,
            completion_tokens: message.completion_tokens,
            cost_micros: message.cost_micros,
            latency_ms: message.latency_ms.unwrap_or(0),
            first_token_ms: message.first_token_ms,
            outcome,
            reserved_as: None,
            beside: None,
        }
    }

    /// What the search finds of the reply.
    async fn push_passages(
        &self,
        run: &Run,
        input: &ReplyInput,
        message: &Message,
        finish: &mut Finish,
    ) -> Result<(), StepError> {
        let Some(workspace_id) = &run.workspace_id else {
            return Ok(());
        };
        let question = store::get_message(&self.app.db, &message.conversation_id, &input.question_id).await?;
        let place = (message, input.position);
        passages::publish(&mut finish.writes, workspace_id, place, question.as_ref());
        Ok(())
    }

    /// The model of a reply whose process died: of a route the target that was answering, where the log names it.
    async fn model(&self, ctx: &RunContext, input: &ReplyInput, target: Option<&str>) -> Option<Resolved> {
        let (user, workspace) = (
            ctx.run().user_id.as_deref().unwrap_or_default(),
            ctx.run().workspace_id.as_deref(),
        );
        let resolved = self
            .app
            .models
            .resolve(&self.app, user, workspace, &input.model)
            .await;
        let model = resolved.ok()?;
        let leg = model.route.as_ref().zip(target).and_then(|(plan, target)| {
            let answered = |leg: &&Leg| leg.model.full_name == target;
            plan.targets.iter().find(answered)
        });
        Some(leg.map_or_else(|| model.clone(), |leg| leg.model.clone()))
    }
}

/// Keeps in the log which target of a route answers: a reply that is cut off is charged as what that costs. Of lanes whose models
/// are not to be named nothing is said.
async fn name_target(
    ctx: &RunContext,
    input: &ReplyInput,
    asked: &Resolved,
    written: &Written,
) -> Result<(), StepError> {
    let hidden = input.lane.as_ref().is_some_and(|lane| lane.hidden);
    if let Some(answering) = written
        .answering
        .as_ref()
        .filter(|_| asked.route.is_some() && !hidden)
    {
        ctx.emit("model", json!({ "model": answering.full_name })).await?;
    }
    Ok(())
}

/// Tells that the conversation of a run has changed.
pub(super) fn notice(run: &Run) -> Option<Notice> {
    let (workspace_id, id) = (run.workspace_id.as_deref()?, run.conversation_id.as_deref()?);
    Some(Notice::conversation(workspace_id, id))
}

/// A piece of what a model says.
#[derive(Serialize)]
struct Piece<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    lane: Option<u8>,
}

/// Shows a text to whoever watches, and keeps it.
async fn say(ctx: &RunContext, lane: Option<u8>, text: &str, written: &mut Written) -> Result<(), StepError> {
    if text.is_empty() {
        return Ok(());
    }
    written.text.push_str(text);
    ctx.emit("text", Piece { text, lane }).await.map(drop)
}

/// Shows one event of the model to whoever watches, and keeps it.
async fn show(
    ctx: &RunContext,
    lane: Option<u8>,
    event: ChatEvent,
    written: &mut Written,
) -> Result<(), StepError> {
    match event {
        ChatEvent::Text(text) => {
            written.word_came();
            let text = match &mut written.unmarked {
                Some(unmarked) => unmarked.push(&text),
                None => text,
            };
            say(ctx, lane, &text, written).await?;
        }
        ChatEvent::Reasoning(text) => {
            written.word_came();
            written.reasoning.push_str(&text);
            ctx.emit("reasoning", Piece { text: &text, lane }).await?;
        }
        ChatEvent::ToolCall {
            index,
            id,
            name,
            arguments_delta,
            ..
        } => {
            let mut call = json!({ "index": index, "id": id, "name": name, "arguments": arguments_delta });
            if let Some(lane) = lane {
                call["lane"] = Value::from(lane);
            }
            ctx.emit("tool_call", call).await?;
        }
        ChatEvent::Usage(usage) => written.usage = usage,
        ChatEvent::Verbatim(_) | ChatEvent::StopSequence(_) | ChatEvent::Finish(_) => {}
    }
    Ok(())
}

#[async_trait]
impl Step for ReplyStep {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn lane(&self) -> Lane {
        Lane::Interactive
    }

    async fn run(&self, ctx: &RunContext) -> Result<Outcome, StepError> {
        let (input, message) = self.load(ctx).await?;
        let mut written = Written::default();
        let end = self.generate(ctx, &input, &message, &mut written).await?;
        let rest = written.unmarked.as_mut().map(Unmarked::end).unwrap_or_default();
        say(ctx, input.lane_number(), &rest, &mut written).await?;
        self.finish(ctx, &input, &message, written, end)
            .await
            .map(Outcome::Complete)
    }

    /// The process died: what was logged is kept and marked, or, when no word had come yet, the reply begins again.
    async fn recover(&self, ctx: &RunContext, logged: Vec<Event>) -> Result<Recovery, StepError> {
        let mut written = Written::default();
        for event in &logged {
            written.replay(event);
        }
        if written.text.is_empty() && written.reasoning.is_empty() && ctx.attempt() < ctx.run().attempts_max {
            return Ok(Recovery::Retry);
        }
        let (input, message) = self.load(ctx).await?;
        if let Some(lane) = &input.lane {
            written.sources.clone_from(&lane.sources);
        }
        self.finish(ctx, &input, &message, written, End::Interrupted)
            .await
            .map(Recovery::Finish)
    }

    /// Ended without a word of this step: the message says so, and the conversation is free again.
    fn closing_writes(&self, run: &Run, status: FinishStatus, error: Option<&Value>, now: Time) -> Batch {
        let mut batch = Batch::new();
        let (Some(conversation_id), Some(message_id)) =
            (run.conversation_id.as_deref(), run.input["message_id"].as_str())
        else {
            return batch;
        };
        let status = if status == FinishStatus::Cancelled {
            MessageStatus::Cancelled
        } else {
            MessageStatus::Failed
        };
        batch.push(store::close_message(
            conversation_id,
            message_id,
            &run.id,
            status,
            error,
            now,
        ));
        batch.push(store::end_reply(conversation_id, &run.id, now));
        batch
    }

    async fn ended(&self, run: &Run, _status: FinishStatus, output: &Value) {
        self.app.search.wake();
        if let Some(notice) = notice(run) {
            self.app.changes.publish(notice).await;
        }
        // When they were last used is shown in their lists.
        if output["memories"].as_array().is_some_and(|ids| !ids.is_empty())
            && let Some(workspace_id) = &run.workspace_id
        {
            self.app.changes.publish(Notice::memories(workspace_id)).await;
        }
    }

    /// Stopped between two attempts.
    async fn cancelled(&self, ctx: &RunContext) -> Result<Finish, StepError> {
        let (input, message) = self.load(ctx).await?;
        self.finish(ctx, &input, &message, Written::default(), End::Cancelled)
            .await
    }
}

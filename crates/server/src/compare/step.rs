//! The step of a comparison: it begins the runs of its lanes and tells what happens in them as one stream.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use engine::{
    Event, Finish, FinishStatus, Lane, NewEvent, Outcome, Recovery, Run, RunContext, Start, Step, StepError,
};
use futures_util::stream::SelectAll;
use futures_util::{Stream, StreamExt};
use serde_json::{Value, json};
use sql::{Batch, Time};
use tokio::time::Instant;

use crate::App;
use crate::changes::Notice;
use crate::compare::{Asked, ComparisonInput};
use crate::conversations::lanes::{self, COMPARISON, LaneInput, masked};
use crate::conversations::{Answered, MessageStatus, ReplyInput, prompt};
use crate::memories::context;
use crate::models::Resolved;
use crate::sources::{self, Sources};

/// How long a cancelled comparison waits for its lanes to end; less than the grace that the engine gives a step.
const CANCEL_WAIT: Duration = Duration::from_secs(8);

/// Drives comparisons.
pub struct ComparisonStep {
    app: App,
}

/// The events of one lane, each with the lane's number.
type Followed = Pin<Box<dyn Stream<Item = (u8, Result<Arc<Event>, engine::Error>)> + Send>>;

/// What the log of earlier attempts says.
#[derive(Default)]
struct Before {
    done: HashSet<u8>,
    /// An answer that is whole.
    answered: Option<String>,
}

impl Before {
    fn of(logged: &[Event]) -> Self {
        let mut before = Self::default();
        for event in logged.iter().filter(|event| event.kind == "done") {
            before.note(&data_of(event));
        }
        before
    }

    fn note(&mut self, done: &Value) {
        if let Some(lane) = done["lane"].as_u64() {
            self.done.insert(lane as u8);
        }
        if done["status"] == "complete" && self.answered.is_none() {
            self.answered = done["message_id"].as_str().map(str::to_owned);
        }
    }
}

fn data_of(event: &Event) -> Value {
    serde_json::from_str(event.data.get()).unwrap_or(Value::Null)
}

/// How a comparison came to its end.
enum Ended {
    Told,
    /// Cancelled, and some lanes have not ended in time.
    Left,
}

impl ComparisonStep {
    /// For this application.
    pub fn new(app: App) -> Self {
        Self { app }
    }

    /// From the first `start` to the last `done`, going on where earlier attempts ended.
    async fn drive(
        &self,
        ctx: &RunContext,
        mut before: Before,
        mut leave_at: Option<Instant>,
    ) -> Result<Finish, StepError> {
        let input = input_of(ctx.run()).map_err(|error| StepError::fail("internal", error))?;
        let open: Vec<&Asked> = input
            .lanes
            .iter()
            .filter(|lane| !before.done.contains(&lane.lane))
            .collect();
        for lane in &open {
            ctx.emit("start", start(ctx.run(), &input, lane)).await?;
        }
        let mut rewriting = None;
        let begun = ctx.attempt() > 1 && !ctx.children().await?.is_empty();
        if !begun {
            if leave_at.is_some() {
                return self.close_all(ctx, &input, &open, None).await;
            }
            match self.begin(ctx, &input).await {
                Ok(answered) => rewriting = answered,
                Err(StepError::Cancelled) if !ctx.is_cancelled() => return Err(StepError::Cancelled),
                Err(StepError::Cancelled) => return self.close_all(ctx, &input, &open, None).await,
                Err(StepError::Fail { error } | StepError::Retry { error, .. }) => {
                    return self.close_all(ctx, &input, &open, Some(error)).await;
                }
            }
        }
        let ended = self.follow(ctx, &open, &mut before, &mut leave_at).await?;
        if matches!(ended, Ended::Left) {
            for lane in open.iter().filter(|lane| !before.done.contains(&lane.lane)) {
                ctx.emit("done", closed(lane, MessageStatus::Cancelled, None))
                    .await?;
            }
        }
        let mut finish = match leave_at {
            Some(_) => Finish::cancelled(),
            None => Finish::completed(Value::Null),
        };
        self.end(ctx, &input, &mut finish)?;
        if let Some(answer_id) = &before.answered
            && leave_at.is_none()
        {
            let asked = (ctx.run(), input.key_id.clone());
            lanes::push_title(&self.app, asked, answer_id, &mut finish).await?;
        }
        if let Some(Answered { usage, call, .. }) = rewriting {
            finish.usage = usage;
            finish.writes.append(call);
        }
        Ok(finish)
    }

    /// One search for all lanes, then a run for each of them on this node.
    async fn begin(&self, ctx: &RunContext, input: &ComparisonInput) -> Result<Option<Answered>, StepError> {
        let (found, answered) = match &input.collection {
            Some(_) => self.find(ctx, input).await?,
            None => (None, None),
        };
        let (engine, parent) = (ctx.engine(), ctx.run());
        let (mut batch, mut runs) = (Batch::new(), Vec::with_capacity(input.lanes.len()));
        for (position, lane) in input.lanes.iter().enumerate() {
            let reply = ReplyInput {
                message_id: lane.message_id.clone(),
                question_id: input.question_id.clone(),
                model: lane.model.clone(),
                continues: false,
                position: input.position + position as i64,
                collection: input.collection.clone(),
                asked_at: input.asked_at,
                lane: Some(LaneInput {
                    lane: lane.lane,
                    settings: lane.settings.clone(),
                    hidden: input.hidden,
                    sources: found.clone(),
                }),
                key_id: input.key_id.clone(),
            };
            let mut run = lanes::new_run(&lane.run_id, &reply);
            run.parent_id = Some(parent.id.clone());
            run.workspace_id.clone_from(&parent.workspace_id);
            run.user_id.clone_from(&parent.user_id);
            run.conversation_id.clone_from(&parent.conversation_id);
            let run = engine
                .prepare(run, Start::Now, &mut batch)
                .map_err(|error| StepError::fail("internal", error))?;
            runs.push(run);
        }
        engine.submit(batch, runs).await?;
        Ok(answered)
    }

    /// What is found for the question, told once, and what it cost to make the question stand alone. The budget is that of
    /// the smallest model, so that every one of them reads the same.
    async fn find(
        &self,
        ctx: &RunContext,
        input: &ComparisonInput,
    ) -> Result<(Option<Sources>, Option<Answered>), StepError> {
        let app = &self.app;
        let (Some(collection), Some(first)) = (&input.collection, input.lanes.first()) else {
            return Ok((None, None));
        };
        let mut models: Vec<Resolved> = Vec::new();
        for lane in &input.lanes {
            models.extend(self.model(ctx, &lane.model).await);
        }
        let budgets = models
            .iter()
            .map(|model| prompt::prompt_budget(model.context_tokens));
        let Some((model, budget)) = models.first().zip(budgets.min()) else {
            // No lane has a model that can be asked; each of them says so itself.
            return Ok((None, None));
        };
        let conversation_id = ctx.run().conversation_id.as_deref().unwrap_or_default();
        let place = (conversation_id, input.question_id.as_str());
        let branch = lanes::history(&app.db, place, first.lane, prompt::messages_max(budget)).await?;
        let notes = context::notes(&app.db, conversation_id).await?;
        let (_, told) = prompt::with_notes(None, &notes, budget);
        let asked = sources::Asked {
            app,
            ctx,
            key_id: input.key_id.as_deref(),
            model,
            collection,
            branch: &branch,
            told: &told,
            budget,
        };
        let found = sources::find(&asked).await?;
        Ok((Some(found.sources), found.answered))
    }

    async fn model(&self, ctx: &RunContext, name: &str) -> Option<Resolved> {
        let user = ctx.run().user_id.as_deref().unwrap_or_default();
        let workspace = ctx.run().workspace_id.as_deref();
        self.app
            .models
            .resolve(&self.app, user, workspace, name)
            .await
            .ok()
    }

    /// Tells what happens in the lanes until the last has ended, each in its own order.
    async fn follow(
        &self,
        ctx: &RunContext,
        open: &[&Asked],
        before: &mut Before,
        leave_at: &mut Option<Instant>,
    ) -> Result<Ended, StepError> {
        let mut followed: SelectAll<Followed> = open.iter().map(|lane| follow(ctx, lane)).collect();
        let by_number: HashMap<u8, &&Asked> = open.iter().map(|lane| (lane.lane, lane)).collect();
        let token = ctx.cancelled();
        loop {
            let until = *leave_at;
            let next = tokio::select! {
                next = followed.next() => next,
                () = token.cancelled(), if until.is_none() => {
                    if !ctx.is_cancelled() {
                        return Err(StepError::Cancelled);
                    }
                    *leave_at = Some(Instant::now() + CANCEL_WAIT);
                    // Whoever cancelled the run may have looked for its lanes before they were there.
                    for lane in open {
                        let _ = ctx.engine().cancel(&lane.run_id).await;
                    }
                    continue;
                }
                () = passes(until) => return Ok(Ended::Left),
            };
            let Some((number, event)) = next else {
                return Ok(Ended::Told);
            };
            let Some(lane) = by_number.get(&number) else {
                continue;
            };
            match event {
                Ok(event) => tell(ctx, lane, &event, before).await?,
                Err(engine::Error::Sql(error)) => return Err(error.into()),
                // The lane was deleted with its conversation.
                Err(error) if !before.done.contains(&number) => {
                    before.done.insert(number);
                    let error = json!({ "code": "gone", "detail": error.to_string() });
                    ctx.emit("done", closed(lane, MessageStatus::Failed, Some(&error)))
                        .await?;
                }
                Err(_) => {}
            }
        }
    }

    /// No lane begins: each is told as done, with the error or as cancelled.
    async fn close_all(
        &self,
        ctx: &RunContext,
        input: &ComparisonInput,
        open: &[&Asked],
        error: Option<Value>,
    ) -> Result<Finish, StepError> {
        let status = match error {
            Some(_) => MessageStatus::Failed,
            None => MessageStatus::Cancelled,
        };
        let shown = error.as_ref().map(|error| {
            if input.hidden {
                masked(error)
            } else {
                error.clone()
            }
        });
        for lane in open {
            ctx.emit("done", closed(lane, status, shown.as_ref())).await?;
        }
        let mut finish = match error {
            Some(error) => Finish::failed(error),
            None => Finish::cancelled(),
        };
        let now = self.app.clock.now();
        finish.writes = close(ctx.run(), input, status, finish.error.as_ref(), now);
        self.end(ctx, input, &mut finish)?;
        Ok(finish)
    }

    /// What every end has: the conversation is free, and `complete`.
    fn end(&self, ctx: &RunContext, input: &ComparisonInput, finish: &mut Finish) -> Result<(), StepError> {
        let run = ctx.run();
        let status = match finish.status {
            FinishStatus::Completed => "complete",
            FinishStatus::Cancelled => "cancelled",
            _ => "failed",
        };
        let conversation_id = run.conversation_id.as_deref().unwrap_or_default();
        let now = self.app.clock.now();
        finish.writes.push(lanes::free(conversation_id, &run.id, now));
        let ids: Vec<&str> = input.lanes.iter().map(|lane| lane.message_id.as_str()).collect();
        let complete = json!({
            "status": status, "conversation_id": conversation_id, "message_id": input.question_id, "messages": ids,
        });
        finish.last_events = vec![NewEvent::new("complete", complete)?];
        Ok(())
    }
}

fn input_of(run: &Run) -> serde_json::Result<ComparisonInput> {
    serde_json::from_value(run.input.clone())
}

/// Fires at that time; never without one.
async fn passes(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn follow(ctx: &RunContext, lane: &Asked) -> Followed {
    let number = lane.lane;
    let events = ctx.engine().subscribe(&lane.run_id, 0);
    events.map(move |event| (number, event)).boxed()
}

/// A new lane, or one that is told anew: a reader forgets what it has of it.
fn start(run: &Run, input: &ComparisonInput, lane: &Asked) -> Value {
    json!({
        "lane": lane.lane, "message_id": lane.message_id, "lane_run": lane.run_id,
        "conversation_id": run.conversation_id, "model": (!input.hidden).then_some(&lane.model),
    })
}

/// One event of a lane. Its text goes on byte for byte; what belongs to its run alone is left out.
async fn tell(ctx: &RunContext, lane: &Asked, event: &Event, before: &mut Before) -> Result<(), StepError> {
    let kind = match event.kind.as_ref() {
        "text" => "text",
        "reasoning" => "reasoning",
        "tool_call" => "tool_call",
        "done" => {
            before.note(&data_of(event));
            "done"
        }
        // The run ended without a word of its step: cancelled before it began, or its step failed.
        "complete" if !before.done.contains(&lane.lane) => {
            let data = data_of(event);
            let (status, error) = match data["status"].as_str() {
                Some("cancelled") => (MessageStatus::Cancelled, None),
                _ => (MessageStatus::Failed, data.get("error")),
            };
            before.done.insert(lane.lane);
            ctx.emit("done", closed(lane, status, error)).await?;
            return Ok(());
        }
        _ => return Ok(()),
    };
    ctx.emit(kind, &event.data).await?;
    Ok(())
}

/// The `done` of a lane that has not said it itself.
fn closed(lane: &Asked, status: MessageStatus, error: Option<&Value>) -> Value {
    json!({
        "lane": lane.lane, "message_id": lane.message_id, "status": status, "error": error,
        "prompt_tokens": 0, "completion_tokens": 0, "cost_micros": 0, "first_token_ms": null, "latency_ms": null,
    })
}

/// The answers of all lanes that have not been written say so.
fn close(
    run: &Run,
    input: &ComparisonInput,
    status: MessageStatus,
    error: Option<&Value>,
    now: Time,
) -> Batch {
    let conversation_id = run.conversation_id.as_deref().unwrap_or_default();
    let lanes = input.lanes.iter();
    lanes
        .map(|lane| {
            let place = (conversation_id, lane.message_id.as_str(), lane.run_id.as_str());
            lanes::close(place, status, error, now)
        })
        .collect()
}

#[async_trait]
impl Step for ComparisonStep {
    fn kind(&self) -> &'static str {
        COMPARISON
    }

    fn lane(&self) -> Lane {
        Lane::Interactive
    }

    async fn run(&self, ctx: &RunContext) -> Result<Outcome, StepError> {
        let before = if ctx.attempt() > 1 {
            Before::of(&ctx.logged().await?)
        } else {
            Before::default()
        };
        self.drive(ctx, before, None).await.map(Outcome::Complete)
    }

    /// The process died: what was told stays told, and every lane that was not done is told anew.
    async fn recover(&self, ctx: &RunContext, logged: Vec<Event>) -> Result<Recovery, StepError> {
        self.drive(ctx, Before::of(&logged), None)
            .await
            .map(Recovery::Finish)
    }

    /// Stopped between two attempts; the engine has told the lanes.
    async fn cancelled(&self, ctx: &RunContext) -> Result<Finish, StepError> {
        let before = Before::of(&ctx.logged().await?);
        self.drive(ctx, before, Some(Instant::now() + CANCEL_WAIT)).await
    }

    fn closing_writes(&self, run: &Run, status: FinishStatus, error: Option<&Value>, now: Time) -> Batch {
        let (Ok(input), Some(conversation_id)) = (input_of(run), run.conversation_id.as_deref()) else {
            return Batch::new();
        };
        let status = if status == FinishStatus::Cancelled {
            MessageStatus::Cancelled
        } else {
            MessageStatus::Failed
        };
        let mut batch = close(run, &input, status, error, now);
        batch.push(lanes::free(conversation_id, &run.id, now));
        batch
    }

    async fn ended(&self, run: &Run, _status: FinishStatus, _output: &Value) {
        if let (Some(workspace_id), Some(id)) = (&run.workspace_id, &run.conversation_id) {
            self.app
                .changes
                .publish(Notice::conversation(workspace_id, id))
                .await;
        }
    }
}

//! One question to a model from within a background step, answered whole: the text, what it cost, and the row that says so.

use std::time::{Duration, Instant};

use engine::{RunContext, RunUsage, StepError};
use llm::{CallContext, ChatModel, ChatRequest, Collected};
use sql::Query;

use crate::App;
use crate::ids::Kind;
use crate::models::Resolved;
use crate::performance::ModelCall;
use crate::usage;

/// An answer and what it cost.
pub struct Answered {
    /// All of it.
    pub text: String,
    /// For the run.
    pub usage: RunUsage,
    /// The usage row, for the transaction that ends the run.
    pub call: Query,
}

/// Asks, and waits for the whole answer within the limit. A passing failure of the model is one of the run.
pub async fn ask(
    app: &App,
    ctx: &RunContext,
    model: &Resolved,
    request: ChatRequest,
    (purpose, limit): (usage::Purpose, Duration),
) -> Result<Answered, StepError> {
    let began = Instant::now();
    let collected = read(model, request, ctx, limit).await?;
    let tokens = collected.usage.unwrap_or_default();
    let usage = RunUsage {
        prompt_tokens: tokens.prompt_tokens as i64,
        completion_tokens: tokens.completion_tokens as i64,
        cost_micros: model.prices.cost_micros(&tokens),
    };
    let now = app.clock.now();
    let call = usage::Call {
        id: app.ids.make(Kind::Usage, now),
        at: now,
        user_id: ctx.run().user_id.clone(),
        workspace_id: ctx.run().workspace_id.clone(),
        credential_id: None,
        run_id: Some(ctx.run().id.clone()),
        purpose,
        model: model.full_name.clone(),
        prompt_tokens: usage.prompt_tokens,
        completion_tokens: usage.completion_tokens,
        cost_micros: usage.cost_micros,
        latency_ms: began.elapsed().as_millis() as i64,
        first_token_ms: None,
        outcome: "ok".to_owned(),
    };
    app.performance
        .model_call(&ModelCall::of(&call, None, began.elapsed()));
    Ok(Answered {
        text: collected.text,
        usage,
        call: call.query(),
    })
}

async fn read(
    model: &Resolved,
    request: ChatRequest,
    ctx: &RunContext,
    limit: Duration,
) -> Result<Collected, StepError> {
    let cancel = ctx.cancelled();
    let call = CallContext::new(cancel.clone());
    let collected = async { Collected::read(model.provider.chat(request, &call).await?).await };
    match tokio::time::timeout(limit, collected).await {
        Ok(Ok(collected)) => Ok(collected),
        Ok(Err(_)) if cancel.is_cancelled() => Err(StepError::Cancelled),
        Ok(Err(error)) if error.is_passing() => Err(StepError::retry("model", error)),
        Ok(Err(error)) => Err(StepError::fail("model", error)),
        Err(_) => Err(StepError::fail("timeout", "the model took too long")),
    }
}

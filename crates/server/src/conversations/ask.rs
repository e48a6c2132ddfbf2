//! One question to a model from within a step, beside the reply or for itself, answered whole: the text, what it cost, and the
//! row that says so. It counts for the API key that the work was asked for with, as a reply does.

use std::time::{Duration, Instant};

use engine::{Run, RunContext, RunUsage, StepError};
use llm::{CallContext, ChatRequest, Collected};
use sql::Batch;

use crate::App;
use crate::accounts::keys;
use crate::budgets::{self, Admitted, Size, Spender};
use crate::http::problem::Problem;
use crate::ids::Kind;
use crate::limits::{self, Held};
use crate::models::Resolved;
use crate::performance::ModelCall;
use crate::routing::{Answering, Lost};
use crate::usage;

/// An answer and what it cost.
pub struct Answered {
    /// All of it.
    pub text: String,
    /// For the run.
    pub usage: RunUsage,
    /// The usage row and what settles its budgets, for the transaction that ends the run.
    pub call: Batch,
}

/// What a model is asked for, how long it may take, and in whose name.
pub struct Errand<'a> {
    /// What for.
    pub purpose: usage::Purpose,
    /// How long it may take.
    pub limit: Duration,
    /// The API key that the work was asked for with.
    pub key_id: Option<&'a str>,
}

/// Asks, and waits for the whole answer within the limit. A passing failure of the model is one of the run.
pub async fn ask(
    app: &App,
    ctx: &RunContext,
    model: &Resolved,
    request: ChatRequest,
    errand: Errand<'_>,
) -> Result<Answered, StepError> {
    let began = Instant::now();
    let id = app.ids.make(Kind::Usage, app.clock.now());
    let size = Size::of_chat(&request, model);
    let admitted = admit(app, ctx.run(), errand.key_id, (&id, model.clone(), &size)).await;
    let (mut admitted, mut held) = admitted.map_err(|problem| StepError::Fail {
        error: problem.to_stored(),
    })?;
    let read = Box::pin(read(app, &admitted.model, request, ctx, errand.limit)).await?;
    let (collected, model) = (read.collected, read.model);
    let tokens = collected.usage.unwrap_or_default();
    held.used(tokens.prompt_tokens + tokens.completion_tokens);
    let usage = RunUsage {
        prompt_tokens: tokens.prompt_tokens as i64,
        completion_tokens: tokens.completion_tokens as i64,
        cost_micros: model.prices.cost_micros(&tokens),
    };
    let now = app.clock.now();
    let mut call = usage::Call {
        reserved_as: admitted.take().then(|| id.clone()),
        id,
        at: now,
        user_id: ctx.run().user_id.clone(),
        workspace_id: ctx.run().workspace_id.clone(),
        credential_id: errand.key_id.map(str::to_owned),
        run_id: Some(ctx.run().id.clone()),
        purpose: errand.purpose,
        model: model.full_name.clone(),
        prompt_tokens: usage.prompt_tokens,
        completion_tokens: usage.completion_tokens,
        cost_micros: usage.cost_micros,
        latency_ms: began.elapsed().as_millis() as i64,
        first_token_ms: None,
        outcome: "ok".to_owned(),
        beside: None,
    };
    if let Some(lost) = read.lost {
        call.beside = Some(Box::new(lost.call(app, &call, tokens.prompt_tokens)));
    }
    app.performance
        .model_call(&ModelCall::of(&call, None, began.elapsed()));
    Ok(Answered {
        text: collected.text,
        usage,
        call: call.writes(),
    })
}

/// Asks the limits of the key and the budgets; the model that answers, which may be a cheaper one, and its place.
async fn admit(
    app: &App,
    run: &Run,
    key_id: Option<&str>,
    (id, model, size): (&str, Resolved, &Size),
) -> Result<(Admitted, Held), Problem> {
    let (limits, limited) = keys::limited(app, key_id, run.user_id.as_deref()).await?;
    limits::allow(limits.as_ref(), &model.full_name)?;
    let held = limits::admit(app, limited, id, size.tokens_max()).await?;
    let spender = Spender {
        user_id: run.user_id.as_deref(),
        workspace_id: run.workspace_id.as_deref(),
        credential_id: key_id,
    };
    let admitted = budgets::admit(app, spender, (id, false), model, size).await?;
    limits::allow(limits.as_ref(), &admitted.model.full_name)?;
    Ok((admitted, held))
}

/// A whole answer, and who gave it.
struct Read {
    collected: Collected,
    model: Resolved,
    lost: Option<Lost>,
}

async fn read(
    app: &App,
    model: &Resolved,
    request: ChatRequest,
    ctx: &RunContext,
    limit: Duration,
) -> Result<Read, StepError> {
    let cancel = ctx.cancelled();
    let asker = model.asker(app, ctx.run().user_id.as_deref()).await?;
    let call = CallContext::new(cancel.clone()).asked_by(asker);
    let read = async {
        let Answering { events, model, lost } = model.chat(app, request, &call).await?;
        let collected = Collected::read(events).await?;
        Ok::<_, llm::Error>(Read {
            collected,
            model,
            lost,
        })
    };
    match tokio::time::timeout(limit, read).await {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(_)) if cancel.is_cancelled() => Err(StepError::Cancelled),
        Ok(Err(error)) if error.is_passing() => Err(StepError::retry("model", error)),
        Ok(Err(error)) => Err(StepError::fail("model", error)),
        Err(_) => Err(StepError::fail("timeout", "the model took too long")),
    }
}

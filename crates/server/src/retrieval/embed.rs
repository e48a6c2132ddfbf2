//! Embeds what waits, and changes from one model to another.
//!
//! ```text
//! start ─▶ which model is wanted, which ones do the vectors come from?
//!             │ the wanted one, or none            │ another one
//!             ▼                                    ▼
//!        it answers at once          the other answers; everything that lacks the wanted one's vectors waits for them;
//!             │                      when nothing waits any more, the wanted one answers and the others' vectors go
//!             ▼                                    │
//!        claim ─▶ embed ─▶ store, until nothing waits; then the bell, or half a minute
//! ```

use std::collections::HashMap;
use std::time::Duration;

use llm::{CallContext, Embedder};
use search::Claimed;

use crate::App;
use crate::http::problem::Problem;
use crate::ids::Kind;
use crate::models::Resolved;
use crate::usage::{Call, Purpose};

/// Passages that are embedded in one call.
const BATCH: usize = 32;
/// How often it is looked without being told: another node may have published, a model may have come.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How long what could not be embedded waits before it is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

/// Keeps everything that is published embedded, until the server stops.
pub async fn keep_embedded(app: App) {
    loop {
        let worked = tokio::select! {
            worked = round(&app) => worked,
            () = app.stopping.cancelled() => return,
        };
        match worked {
            Ok(0) => rest(&app).await,
            Ok(_) => {}
            Err(problem) => {
                tracing::warn!("passages could not be embedded: {}", problem.chain());
                rest(&app).await;
            }
        }
        if app.stopping.is_cancelled() {
            return;
        }
    }
}

/// Moves the vectors of workspaces that have become too large for memory into the database, where it can compare them, until
/// the server stops.
pub async fn keep_moved_out(app: App) {
    loop {
        let moved = tokio::select! {
            moved = app.search.index.move_out() => moved,
            () = app.stopping.cancelled() => return,
        };
        if let Err(error) = moved {
            tracing::warn!("vectors could not be moved into the database: {error}");
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = app.stopping.cancelled() => return,
        }
    }
}

/// Embeds everything that waits, now; how many passages.
pub async fn embed_waiting(app: &App) -> Result<u64, Problem> {
    let mut embedded = 0;
    loop {
        match round(app).await? {
            0 => return Ok(embedded),
            count => embedded += count,
        }
    }
}

async fn rest(app: &App) {
    tokio::select! {
        () = app.search.bell.notified() => {}
        () = tokio::time::sleep(LOOK_EVERY) => {}
        () = app.stopping.cancelled() => {}
    }
}

/// Embeds one batch; how many passages.
async fn round(app: &App) -> Result<u64, Problem> {
    let Some(wanted) = app.models.search_model(app).await? else {
        return Ok(0);
    };
    let index = &app.search.index;
    if index.model().is_none() {
        begin(app, &wanted.full_name).await?;
    }
    let claimed = index.claim(app.clock.now(), BATCH).await?;
    if claimed.is_empty() {
        if index.model().as_deref() != Some(wanted.full_name.as_str()) && index.waiting(1).await? == 0 {
            switch(app, &wanted.full_name).await?;
        }
        return Ok(0);
    }
    let embedded = embed(app, &wanted, claimed.clone()).await;
    match embedded {
        Ok(vectors) => {
            index.store(&wanted.full_name, vectors).await?;
            Ok(claimed.len() as u64)
        }
        Err(problem) => {
            index
                .give_back(&claimed, app.clock.now().plus(AGAIN_AFTER))
                .await?;
            Err(problem)
        }
    }
}

/// Which model answers first, after the start.
async fn begin(app: &App, wanted: &str) -> Result<(), Problem> {
    let index = &app.search.index;
    let from = app.config.search.vectors_in_memory;
    match index.look_for_pgvector(from).await? {
        Ok(()) => tracing::info!(from, "Vectors of larger workspaces are compared by pgvector"),
        Err(why) => tracing::info!(why, "Vectors are compared in memory"),
    }
    let there = index.models().await?;
    match there.iter().find(|model| *model != wanted) {
        None => index.serve(Some(wanted)),
        Some(other) => {
            let waiting = index.enqueue_lacking(wanted).await?;
            tracing::info!(from = other, to = wanted, waiting, "The search changes its model");
            index.serve(Some(other));
        }
    }
    index.warm().await?;
    Ok(())
}

/// Everything has a vector of the wanted model: it answers from now on.
async fn switch(app: &App, wanted: &str) -> Result<(), Problem> {
    let index = &app.search.index;
    index.serve(Some(wanted));
    index.warm().await?;
    let removed = index.remove_other_models(wanted).await?;
    tracing::info!(to = wanted, removed, "The search has changed its model");
    Ok(())
}

async fn embed(
    app: &App,
    model: &Resolved,
    claimed: Vec<Claimed>,
) -> Result<Vec<(Claimed, Vec<f32>)>, Problem> {
    let mut by_workspace: HashMap<String, Vec<Claimed>> = HashMap::new();
    for claimed in claimed {
        by_workspace
            .entry(claimed.workspace_id.clone())
            .or_default()
            .push(claimed);
    }
    let mut vectors = Vec::new();
    for (workspace_id, claimed) in by_workspace {
        let texts = claimed.iter().map(|claimed| claimed.text.clone()).collect();
        let (began, call) = (std::time::Instant::now(), CallContext::new(app.stopping.clone()));
        let made = model.provider.embed(&model.name, texts, &call).await?;
        if made.vectors.len() != claimed.len() {
            let detail = format!(
                "{} made {} vectors of {} texts",
                model.full_name,
                made.vectors.len(),
                claimed.len()
            );
            return Err(Problem::internal(std::io::Error::other(detail)));
        }
        // What costs nothing need not be counted by the thousand.
        let cost_micros = model.cost_micros(made.prompt_tokens, 0);
        if cost_micros > 0 {
            record(
                app,
                model,
                &workspace_id,
                (made.prompt_tokens, cost_micros),
                began.elapsed(),
            );
        }
        vectors.extend(claimed.into_iter().zip(made.vectors));
    }
    Ok(vectors)
}

fn record(
    app: &App,
    model: &Resolved,
    workspace_id: &str,
    (tokens, cost_micros): (u64, i64),
    took: Duration,
) {
    let now = app.clock.now();
    app.usage.record(Call {
        id: app.ids.make(Kind::Usage, now),
        at: now,
        user_id: None,
        workspace_id: Some(workspace_id.to_owned()),
        credential_id: None,
        run_id: None,
        purpose: Purpose::Embeddings,
        model: model.full_name.clone(),
        prompt_tokens: tokens as i64,
        completion_tokens: 0,
        cost_micros,
        latency_ms: took.as_millis() as i64,
        first_token_ms: None,
        outcome: "ok".to_owned(),
        reserved_as: None,
        beside: None,
    });
}

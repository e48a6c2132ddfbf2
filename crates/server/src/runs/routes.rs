//! `/api/runs/{run}`: what became of it, its events (live and replayed alike), its end on request.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::App;
use crate::http::auth::{Editor, Member};
use crate::http::json::Query;
use crate::http::problem::Problem;
use crate::http::respond::{Accepted, Data};
use crate::http::route::{Access, Routes, get, post};
use crate::http::sse;
use crate::runs::{RunAt, RunView};
use crate::workspaces::Role;

/// The routes of this feature.
pub fn routes() -> Routes {
    let observer = Access::Workspace(Role::Observer);
    Routes::new()
        .add(
            get("/api/runs/{run}", show)
                .id("get_run")
                .access(observer)
                .data::<RunView>()
                .about("A run and what became of it"),
        )
        .add(
            get("/api/runs/{run}/events", events)
                .id("get_run_events")
                .access(observer)
                .unhurried()
                .query::<After>()
                .events()
                .about("The run's events, from a number on: Last-Event-ID or ?after="),
        )
        .add(
            post("/api/runs/{run}/cancel", cancel)
                .id("cancel_run")
                .access(Access::Workspace(Role::Member))
                // Runs below it are ended one by one: of a comparison twelve.
                .statements(8 + 12 * 4)
                .accepted::<RunView>()
                .about("Asks for the end of a run; its last event says when that has come"),
        )
}

async fn show(State(app): State<App>, at: Member<RunAt>) -> Result<Data<RunView>, Problem> {
    find(&app, &at.row.id).await.map(Data)
}

async fn find(app: &App, id: &str) -> Result<RunView, Problem> {
    let run = app.engine.get(id).await.map_err(Problem::internal)?;
    run.map(RunView::from)
        .ok_or_else(|| Problem::not_found("run", id))
}

#[derive(Deserialize, JsonSchema)]
struct After {
    /// The number of the last event that was seen; `Last-Event-ID` wins.
    after: Option<u64>,
}

async fn events(
    State(app): State<App>,
    at: Member<RunAt>,
    headers: HeaderMap,
    Query(params): Query<After>,
) -> Response {
    let events = app
        .engine
        .subscribe(&at.row.id, sse::resume_after(&headers, params.after));
    sse::response(at.row.id, events)
}

async fn cancel(State(app): State<App>, at: Editor<RunAt>) -> Result<Accepted<RunView>, Problem> {
    app.engine.cancel(&at.row.id).await.map_err(Problem::internal)?;
    find(&app, &at.row.id).await.map(Accepted)
}

//! `/api/usage`: what the caller's own calls add up to.

use std::time::Duration;

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::Time;

use crate::App;
use crate::cache::{self, Namespace, Tag};
use crate::http::auth::Caller;
use crate::http::json::Query;
use crate::http::page::{Page, PageParams};
use crate::http::problem::Problem;
use crate::http::respond::Data;
use crate::http::route::{Access, Routes, get};
use crate::usage::store::{self, HoursOf};
use crate::usage::summary::{self, Summary, SummaryRow, SumsView, Wanted};

/// How far back the list goes when the caller names no beginning.
const SPAN: Duration = Duration::from_hours(7 * 24);

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .add(
            get("/api/usage", list)
                .id("list_usage")
                .about("Your calls of models by the hour, newest first; the last minute may be missing")
                .access(Access::SignedIn)
                .cached(Namespace::Dashboard)
                .query::<PageParams>()
                .query::<UsageParams>()
                .list::<UsageHourView>(),
        )
        .add(
            get("/api/usage/summary", summarise)
                .id("get_usage_summary")
                .about("What calls of models add up to by day, hour, model, person, workspace or purpose")
                .access(Access::SignedIn)
                // Who asks, the workspace, the total, the rows and their names; the hours of 400 days.
                .statements(5)
                .rows(10_000)
                .query::<Wanted>()
                .data::<Summary>(),
        )
        .add(
            get("/api/models/stats", models)
                .id("list_model_stats")
                .about("How the models did that you called; for administrators, that anybody called")
                .access(Access::SignedIn)
                .query::<Span>()
                .list::<ModelStats>(),
        )
}

/// Which hours.
#[derive(Debug, Default, Deserialize, JsonSchema)]
struct UsageParams {
    /// From this time on, RFC 3339; seven days back when absent.
    #[schemars(with = "Option<String>")]
    from: Option<Time>,
    /// Before this time, RFC 3339; now when absent.
    #[schemars(with = "Option<String>")]
    to: Option<Time>,
    /// Only in this workspace, by id.
    workspace: Option<String>,
}

/// The calls of an hour with one model for one purpose in one workspace.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UsageHourView {
    /// The beginning of the hour.
    #[schemars(with = "String")]
    pub hour: Time,
    /// The workspace; empty for calls outside of any.
    pub workspace_id: String,
    /// The outward name of the model.
    pub model: String,
    /// `chat`, `embeddings` or `title`.
    pub purpose: String,
    /// How many calls.
    pub calls: i64,
    /// How many of them failed.
    pub failures: i64,
    /// What was read.
    pub prompt_tokens: i64,
    /// What was written.
    pub completion_tokens: i64,
    /// What that cost, in micro-units.
    pub cost_micros: i64,
}

async fn summarise(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Data<Summary>, Problem> {
    summary::summary(&app, &caller.user, &wanted).await.map(Data)
}

/// A time.
#[derive(Debug, Default, Deserialize, JsonSchema)]
struct Span {
    /// From this time on, RFC 3339; 30 days back when absent.
    #[schemars(with = "Option<String>")]
    from: Option<Time>,
    /// Before this time, RFC 3339; now when absent.
    #[schemars(with = "Option<String>")]
    to: Option<Time>,
}

/// How a model did.
#[derive(Debug, Serialize, JsonSchema)]
struct ModelStats {
    /// The outward name of the model.
    model: String,
    /// What its calls add up to.
    #[serde(flatten)]
    sums: SumsView,
}

async fn models(
    State(app): State<App>,
    caller: Caller,
    Query(span): Query<Span>,
) -> Result<Page<ModelStats>, Problem> {
    let rows = summary::of_models(&app, &caller.user, (span.from, span.to)).await?;
    let view = |row: SummaryRow| ModelStats {
        model: row.key,
        sums: row.sums,
    };
    Ok(Page::whole(rows.into_iter().map(view).collect()))
}

async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<PageParams>,
    Query(which): Query<UsageParams>,
) -> Result<Page<UsageHourView>, Problem> {
    cache::made_from([Tag::usage()]);
    // The hour that is running counts too.
    let to = which
        .to
        .unwrap_or_else(|| app.clock.now().plus(Duration::from_hours(1)));
    let of = HoursOf {
        user_id: caller.id(),
        from: which.from.unwrap_or_else(|| to.minus(SPAN)),
        to,
        workspace_id: which.workspace.as_deref(),
    };
    let rows = store::list_hours(&app.db, of, params.limit()? + 1, params.offset()?).await?;
    Page::new(&params, rows, |_| None::<()>)
}

//! `/api/…/batches`: many prompts asked of several models, steered and read.

use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use schemars::JsonSchema;
use serde::Deserialize;
use sql::Time;

use crate::App;
use crate::batches::estimate::{self, BatchEstimate};
use crate::batches::export::{self, Format};
use crate::batches::input::CreateBatch;
use crate::batches::{
    self, Asker, Batch, BatchView, CellStatus, Row, UpdateBatch, begin, grid, steer, store,
};
use crate::http::auth::{Editor, Member};
use crate::http::idempotency::idempotency_key;
use crate::http::json::{Json, Query};
use crate::http::page::{Page, PageParams};
use crate::http::problem::Problem;
use crate::http::respond::{Accepted, Data, NoContent};
use crate::http::route::{Access, Answer, Routes, delete, get, patch, post};
use crate::workspaces::{Role, Workspace};

/// A table of 8 MiB as JSON.
const BODY_BYTES_MAX: usize = 20 << 20;
/// The cells of a page of the grid.
const PAGE_CELLS: u64 = 101 * 12 + 1;

/// The routes of this feature.
pub fn routes() -> Routes {
    of_workspaces().merge(of_batches()).merge(of_steering())
}

fn of_workspaces() -> Routes {
    let member = Access::Workspace(Role::Member);
    Routes::new()
        .add(
            post("/api/workspaces/{workspace}/batches", create)
                .id("create_batch")
                .access(member)
                // The conversations that are replayed are read one by one.
                .statements(u32::MAX)
                .rows(u64::MAX)
                .unhurried()
                .body_limit(BODY_BYTES_MAX)
                .body::<CreateBatch>()
                .accepted::<Batch>()
                .about("Asks several models many prompts: a list, the rows of a table, or the last questions of conversations"),
        )
        .add(
            post("/api/workspaces/{workspace}/batches/estimate", estimate)
                .id("estimate_batch")
                .access(member)
                .statements(u32::MAX)
                .rows(u64::MAX)
                .unhurried()
                .body_limit(BODY_BYTES_MAX)
                .body::<CreateBatch>()
                .data::<BatchEstimate>()
                .about("What a batch will cost, before it is begun"),
        )
        .add(
            get("/api/workspaces/{workspace}/batches", list)
                .id("list_batches")
                .access(Access::Workspace(Role::Observer))
                // Counting all of them takes one more.
                .statements(3)
                .query::<PageParams>()
                .list::<Batch>()
                .about("The batches of a workspace, the newest first"),
        )
}

fn of_batches() -> Routes {
    let observer = Access::Workspace(Role::Observer);
    let member = Access::Workspace(Role::Member);
    Routes::new()
        .add(
            get("/api/batches/{batch}", show)
                .id("get_batch")
                .access(observer)
                .data::<BatchView>()
                .about("A batch, how far it is, and what its lanes add up to"),
        )
        .add(
            patch("/api/batches/{batch}", rename)
                .id("update_batch")
                .access(member)
                .body::<UpdateBatch>()
                .data::<Batch>()
                .about("Gives a batch another name"),
        )
        .add(
            delete("/api/batches/{batch}", remove)
                .id("delete_batch")
                .access(member)
                // Its run is ended first, and every cell goes with it.
                .statements(10)
                .rows(u64::MAX)
                .empty()
                .about("Deletes a batch with its answers; one that runs is cancelled first"),
        )
        .add(
            get("/api/batches/{batch}/rows", rows)
                .id("list_batch_rows")
                .access(observer)
                .rows(PAGE_CELLS)
                .query::<PageParams>()
                .query::<RowParams>()
                .list::<Row>()
                .about("A page of the grid: rows with their cells, long texts shortened"),
        )
        .add(
            get("/api/batches/{batch}/rows/{position}", row)
                .id("get_batch_row")
                .access(observer)
                .data::<Row>()
                .about("A row of the grid, whole, with the turns before its prompt"),
        )
        .add(
            get("/api/batches/{batch}/export", exported)
                .id("export_batch")
                .access(observer)
                .statements(u32::MAX)
                .rows(u64::MAX)
                .unhurried()
                .query::<ExportParams>()
                .answer(Answer::Bytes("application/octet-stream"))
                .about("A batch as a file: csv, json, markdown or html"),
        )
}

fn of_steering() -> Routes {
    let member = Access::Workspace(Role::Member);
    Routes::new()
        .add(
            post("/api/batches/{batch}/pause", pause)
                .id("pause_batch")
                .access(member)
                .accepted::<Batch>()
                .about("Begins no further cells; calls under way are finished"),
        )
        .add(
            post("/api/batches/{batch}/resume", resume)
                .id("resume_batch")
                .access(member)
                .statements(4)
                .accepted::<Batch>()
                .about("Goes on with the cells that wait, of a batch that is paused, cancelled or failed; from then on in your name"),
        )
        .add(
            post("/api/batches/{batch}/cancel", cancel)
                .id("cancel_batch")
                .access(member)
                .statements(10)
                .accepted::<Batch>()
                .about("Ends a batch; calls under way are broken off"),
        )
        .add(
            post("/api/batches/{batch}/retry", retry)
                .id("retry_batch")
                .access(member)
                .statements(8)
                .rows(u64::MAX)
                .accepted::<Batch>()
                .about("Tries the cells again that failed; from then on in your name"),
        )
}

/// Which rows of the grid are shown.
#[derive(Deserialize, JsonSchema)]
struct RowParams {
    /// Only rows with a cell of this status.
    status: Option<CellStatus>,
}

#[derive(Deserialize, JsonSchema)]
struct ExportParams {
    /// The format.
    format: Format,
}

async fn create(
    State(app): State<App>,
    at: Editor<Workspace>,
    headers: HeaderMap,
    Json(mut body): Json<CreateBatch>,
) -> Result<Accepted<Batch>, Problem> {
    body.key = idempotency_key(&headers)?;
    begin::create(&app, &at.row.id, &at.caller.user, body)
        .await
        .map(Accepted)
}

async fn estimate(
    State(app): State<App>,
    at: Editor<Workspace>,
    Json(body): Json<CreateBatch>,
) -> Result<Data<BatchEstimate>, Problem> {
    estimate::estimate(&app, &at.row.id, &at.caller.user, body)
        .await
        .map(Data)
}

async fn list(
    State(app): State<App>,
    at: Member<Workspace>,
    Query(params): Query<PageParams>,
) -> Result<Page<Batch>, Problem> {
    let after: Option<(Time, String)> = params.cursor()?;
    let place = (params.limit()? + 1, params.offset()?);
    let found = store::list(&app.db, &at.row.id, after, params.like(), place).await?;
    let page = Page::new(&params, found, |batch| Some((batch.created_at, batch.id.clone())))?;
    if !params.wants_count() {
        return Ok(page);
    }
    let total = store::count(&app.db, &at.row.id, params.like()).await?;
    Ok(page.with_total(Some(total)))
}

async fn show(State(app): State<App>, at: Member<Batch>) -> Result<Data<BatchView>, Problem> {
    batches::show(&app, at.row).await.map(Data)
}

async fn rename(
    State(app): State<App>,
    at: Editor<Batch>,
    Json(body): Json<UpdateBatch>,
) -> Result<Data<Batch>, Problem> {
    batches::rename(&app, at.row, body).await.map(Data)
}

async fn remove(State(app): State<App>, at: Editor<Batch>) -> Result<NoContent, Problem> {
    batches::delete(&app, &at.row).await?;
    Ok(NoContent)
}

async fn rows(
    State(app): State<App>,
    at: Member<Batch>,
    Query(page): Query<PageParams>,
    Query(RowParams { status }): Query<RowParams>,
) -> Result<Page<Row>, Problem> {
    let (after, offset): (Option<i64>, u64) = (page.cursor()?, page.offset()?);
    let (after, limit) = (after.unwrap_or(-1), page.limit()? + 1);
    let found = match status {
        None => {
            let from = after + 1 + i64::try_from(offset).unwrap_or(i64::MAX - 1);
            grid::store::page(&app.db, &at.row.id, from, limit).await?
        }
        Some(status) => grid::store::page_with(&app.db, &at.row.id, status, after, (limit, offset)).await?,
    };
    let total = (page.wants_count() && status.is_none()).then_some(at.row.rows);
    Ok(Page::new(&page, found, |row| Some(row.position))?.with_total(total))
}

async fn row(
    State(app): State<App>,
    at: Member<Batch>,
    Path((_, position)): Path<(String, String)>,
) -> Result<Data<Row>, Problem> {
    let missing = || Problem::not_found("row", &position);
    let number: i64 = position.parse().map_err(|_| missing())?;
    let found = grid::store::whole(&app.db, &at.row.id, number, 1).await?;
    found.into_iter().next().map(Data).ok_or_else(missing)
}

async fn exported(
    State(app): State<App>,
    at: Member<Batch>,
    Query(params): Query<ExportParams>,
) -> Result<Response, Problem> {
    export::exported(&app, at.row, params.format).await
}

async fn pause(State(app): State<App>, at: Editor<Batch>) -> Result<Accepted<Batch>, Problem> {
    steer::pause(&app, at.row).await.map(Accepted)
}

async fn resume(State(app): State<App>, at: Editor<Batch>) -> Result<Accepted<Batch>, Problem> {
    steer::resume(&app, at.row, &Asker::of(&at.caller.user))
        .await
        .map(Accepted)
}

async fn cancel(State(app): State<App>, at: Editor<Batch>) -> Result<Accepted<Batch>, Problem> {
    steer::cancel(&app, at.row).await.map(Accepted)
}

async fn retry(State(app): State<App>, at: Editor<Batch>) -> Result<Accepted<Batch>, Problem> {
    steer::retry(&app, at.row, &Asker::of(&at.caller.user))
        .await
        .map(Accepted)
}

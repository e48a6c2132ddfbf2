//! `/api/workspaces/{workspace}/memories…` and `/api/memories/{memory}…`.

use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::{Time, Value};

use crate::App;
use crate::cache::{self, Namespace, Tag};
use crate::http::auth::{Editor, Member};
use crate::http::json::{Json, Query};
use crate::http::page::{Page, PageParams};
use crate::http::precondition;
use crate::http::problem::Problem;
use crate::http::respond::{Created, Data, NoContent};
use crate::http::route::{Access, Answer, Routes, delete, get, patch, post};
use crate::memories::store::{Listing, Order};
use crate::memories::versions::{self, Restore};
use crate::memories::{
    self, Bulk, Done, Memory, MemoryBody, MemoryEntry, Status, VersionEntry, VersionView, export, store,
};
use crate::workspaces::{Role, Workspace};

/// The most tags that are shown.
const TAGS_SHOWN: u32 = 500;
/// What one memory of a bulk write may take: its row, what it said before, its tags, its passages.
const BULK_STATEMENTS_EACH: u32 = 8;

/// The routes of this feature.
#[expect(clippy::too_many_lines, reason = "a table: one entry a route")]
pub fn routes() -> Routes {
    let observer = Access::Workspace(Role::Observer);
    let member = Access::Workspace(Role::Member);
    Routes::new()
        .add(
            get("/api/workspaces/{workspace}/memories", list)
                .id("list_memories")
                .access(observer)
                .cached(Namespace::Other)
                .statements(3)
                .query::<PageParams>()
                .query::<Filter>()
                .list::<MemoryEntry>()
                .about("What a workspace knows, without the texts; with `status=proposed` the inbox"),
        )
        .add(
            post("/api/workspaces/{workspace}/memories", create)
                .id("create_memory")
                .access(member)
                // Who and where; the messages it comes from; the memory, its tags, its passages.
                .statements(2 + BULK_STATEMENTS_EACH)
                .rows(10_000)
                .body::<MemoryBody>()
                .created::<Memory>()
                .about("Makes a memory, or proposes one"),
        )
        .add(
            post("/api/workspaces/{workspace}/memories/bulk", bulk)
                .id("write_memories")
                .access(member)
                // Who and where; those that are named, their texts and the messages they come from; each of a thousand.
                .statements(4 + 1_000 * BULK_STATEMENTS_EACH)
                .rows(1_000_000)
                .body_limit(32 << 20)
                .body::<Bulk>()
                .data::<Done>()
                .about("Makes, changes and deletes up to 1,000 memories in one transaction: all or none"),
        )
        .add(
            get("/api/workspaces/{workspace}/memories/tags", tags)
                .id("list_memory_tags")
                .access(observer)
                .cached(Namespace::Other)
                .rows(u64::from(TAGS_SHOWN) + 1)
                .list::<TagCount>()
                .about("The tags of what a workspace knows, the most used first"),
        )
        .add(
            get("/api/workspaces/{workspace}/memories/export", export_all)
                .id("export_memories")
                .access(observer)
                .unhurried()
                .statements(u32::MAX)
                .rows(u64::MAX)
                .query::<ExportParams>()
                .answer(Answer::Bytes("application/x-ndjson"))
                .about("Everything a workspace knows, as JSON lines, a table or Markdown"),
        )
        .add(
            get("/api/memories/{memory}", show)
                .id("get_memory")
                .access(observer)
                .cached(Namespace::Other)
                .statements(1)
                .data::<Memory>()
                .about("One memory with its text"),
        )
        .add(
            patch("/api/memories/{memory}", update)
                .id("update_memory")
                .access(member)
                .statements(2 + BULK_STATEMENTS_EACH)
                .rows(10_000)
                .body::<MemoryBody>()
                .data::<Memory>()
                .about("Changes a memory; what it said before is kept as a version"),
        )
        .add(
            delete("/api/memories/{memory}", remove)
                .id("delete_memory")
                .access(member)
                .statements(1 + BULK_STATEMENTS_EACH)
                .rows(10_000)
                .empty()
                .about("Deletes a memory and its versions"),
        )
        .add(
            get("/api/memories/{memory}/versions", list_versions)
                .id("list_memory_versions")
                .access(observer)
                .query::<PageParams>()
                .list::<VersionEntry>()
                .about("What a memory said before, the newest first"),
        )
        .add(
            get("/api/memories/{memory}/versions/{version}", show_version)
                .id("get_memory_version")
                .access(observer)
                .data::<VersionView>()
                .about("One version with its text"),
        )
        .add(
            post("/api/memories/{memory}/restore", restore)
                .id("restore_memory")
                .access(member)
                .statements(2 + BULK_STATEMENTS_EACH)
                .rows(10_000)
                .body::<Restore>()
                .data::<Memory>()
                .about("Says again what a version said; that makes a new version"),
        )
        .add(
            post("/api/memories/{memory}/accept", accept)
                .id("accept_memory")
                .access(member)
                .statements(1 + BULK_STATEMENTS_EACH)
                .rows(10_000)
                .data::<Memory>()
                .about("Takes a proposed memory out of the inbox into what is known"),
        )
        .add(
            post("/api/memories/{memory}/reject", reject)
                .id("reject_memory")
                .access(member)
                .statements(1 + BULK_STATEMENTS_EACH)
                .rows(10_000)
                .data::<Memory>()
                .about("Takes a proposed memory out of the inbox; it is not used"),
        )
}

#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
enum Sort {
    #[default]
    #[serde(rename = "-updated_at")]
    Updated,
    #[serde(rename = "updated_at")]
    UpdatedUp,
    #[serde(rename = "-created_at")]
    Created,
    #[serde(rename = "created_at")]
    CreatedUp,
    #[serde(rename = "title")]
    Title,
    #[serde(rename = "-last_used_at")]
    Used,
}

impl Sort {
    fn order(self) -> Order {
        match self {
            Self::Updated => Order::Updated,
            Self::UpdatedUp => Order::UpdatedUp,
            Self::Created => Order::Created,
            Self::CreatedUp => Order::CreatedUp,
            Self::Title => Order::Title,
            Self::Used => Order::Used,
        }
    }
}

#[derive(Deserialize, JsonSchema)]
struct Filter {
    /// `active` when absent; `proposed` is the inbox.
    status: Option<Status>,
    /// Only those with this tag.
    tag: Option<String>,
    /// The last changed first when absent.
    sort: Option<Sort>,
}

impl Filter {
    fn status(&self) -> Status {
        self.status.unwrap_or(Status::Active)
    }

    fn tag(&self) -> Option<String> {
        let tag = self.tag.as_deref().map(str::trim).filter(|tag| !tag.is_empty());
        tag.map(str::to_lowercase)
    }

    fn listing(&self, params: &PageParams) -> Result<Listing, Problem> {
        let order = self.sort.unwrap_or_default().order();
        let after = if order == Order::Title {
            let cursor: Option<(String, String)> = params.cursor()?;
            cursor.map(|(key, id)| (Value::from(key), id))
        } else {
            let cursor: Option<(Time, String)> = params.cursor()?;
            cursor.map(|(key, id)| (Value::from(key), id))
        };
        Ok(Listing {
            status: self.status(),
            tag: self.tag(),
            like: params.like(),
            order,
            after,
            limit: params.limit()? + 1,
            offset: params.offset()?,
        })
    }
}

async fn list(
    State(app): State<App>,
    at: Member<Workspace>,
    Query(params): Query<PageParams>,
    Query(filter): Query<Filter>,
) -> Result<Page<MemoryEntry>, Problem> {
    cache::made_from([Tag::memories(&at.row.id)]);
    let listing = filter.listing(&params)?;
    let order = listing.order;
    let rows = store::list(&app.db, &at.row.id, listing).await?;
    let total = if params.wants_count() {
        let tag = filter.tag();
        Some(
            store::count(
                &app.db,
                &at.row.id,
                filter.status(),
                tag.as_deref(),
                params.like(),
            )
            .await?,
        )
    } else {
        None
    };
    let cursor = |row: &MemoryEntry| Some((store::sort_value(row, order), row.id.clone()));
    Ok(Page::new(&params, rows, cursor)?.with_total(total))
}

async fn create(
    State(app): State<App>,
    at: Editor<Workspace>,
    Json(body): Json<MemoryBody>,
) -> Result<Created<Memory>, Problem> {
    memories::create(&app, &at.row.id, at.caller.id(), body)
        .await
        .map(Created)
}

async fn bulk(
    State(app): State<App>,
    at: Editor<Workspace>,
    Json(body): Json<Bulk>,
) -> Result<Data<Done>, Problem> {
    memories::bulk(&app, &at.row.id, at.caller.id(), body)
        .await
        .map(Data)
}

/// A tag and how often it is used.
#[derive(Serialize, JsonSchema)]
struct TagCount {
    /// The tag.
    tag: String,
    /// How many memories have it.
    count: i64,
}

async fn tags(State(app): State<App>, at: Member<Workspace>) -> Result<Page<TagCount>, Problem> {
    cache::made_from([Tag::memories(&at.row.id)]);
    let tags = store::tags(&app.db, &at.row.id, TAGS_SHOWN).await?;
    Ok(Page::whole(tags).map(|(tag, count)| TagCount { tag, count }))
}

#[derive(Deserialize, JsonSchema)]
struct ExportParams {
    /// `jsonl` when absent.
    format: Option<export::Format>,
    /// `active` when absent.
    status: Option<Status>,
}

async fn export_all(
    State(app): State<App>,
    at: Member<Workspace>,
    Query(params): Query<ExportParams>,
) -> Response {
    let format = params.format.unwrap_or(export::Format::Jsonl);
    export::of_workspace(&app, &at.row.id, params.status.unwrap_or(Status::Active), format)
}

async fn show(at: Member<Memory>) -> Data<Memory> {
    Data(at.row)
}

async fn update(
    State(app): State<App>,
    at: Editor<Memory>,
    headers: HeaderMap,
    Json(body): Json<MemoryBody>,
) -> Result<Data<Memory>, Problem> {
    precondition::if_match(&headers, &at.row)?;
    let editor = at.caller.id().to_owned();
    memories::update(&app, at.row, &editor, body).await.map(Data)
}

async fn remove(
    State(app): State<App>,
    at: Editor<Memory>,
    headers: HeaderMap,
) -> Result<NoContent, Problem> {
    precondition::if_match(&headers, &at.row)?;
    memories::delete(&app, &at.row).await?;
    Ok(NoContent)
}

async fn list_versions(
    State(app): State<App>,
    at: Member<Memory>,
    Query(params): Query<PageParams>,
) -> Result<Page<VersionEntry>, Problem> {
    let before: Option<i64> = params.keyset()?;
    let before = before.unwrap_or(at.row.entry.version);
    let rows = store::versions(&app.db, &at.row.entry.id, before, params.limit()? + 1).await?;
    Page::new(&params, rows, |row| Some(row.version))
}

async fn show_version(
    State(app): State<App>,
    at: Member<Memory>,
    Path((_, version)): Path<(String, String)>,
) -> Result<Data<VersionView>, Problem> {
    let version = version
        .parse()
        .map_err(|_| Problem::not_found("version", &version))?;
    versions::get(&app, &at.row, version).await.map(Data)
}

async fn restore(
    State(app): State<App>,
    at: Editor<Memory>,
    Json(body): Json<Restore>,
) -> Result<Data<Memory>, Problem> {
    let editor = at.caller.id().to_owned();
    versions::restore(&app, at.row, &editor, body.version)
        .await
        .map(Data)
}

async fn accept(State(app): State<App>, at: Editor<Memory>) -> Result<Data<Memory>, Problem> {
    memories::accept(&app, at.row).await.map(Data)
}

async fn reject(State(app): State<App>, at: Editor<Memory>) -> Result<Data<Memory>, Problem> {
    memories::reject(&app, at.row).await.map(Data)
}

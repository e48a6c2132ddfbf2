//! `/api/workspaces/{workspace}/files…`, `/api/files/{file}…` and `/api/uploads/{upload}`.

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::response::{IntoResponse as _, Response};
use futures_util::TryStreamExt as _;
use http::{HeaderMap, StatusCode};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use sql::{Time, Value};

use super::parts::{CreateUpload, UploadView};
use super::preview::Preview;
use super::store::{Listing, Of, Place};
use super::tree::{CopyFile, CreateFolder, UpdateFile};
use super::upload::{NewUpload, Upload, Uploaded};
use super::{File, OnConflict, Sort, export, folder, parts, preview, store, tree, upload};
use crate::App;
use crate::blobs::PART_BYTES;
use crate::cache::{self, Namespace, Tag};
use crate::http::auth::{Editor, Member};
use crate::http::json::{Json, Query, body_bytes};
use crate::http::page::{Page, PageParams};
use crate::http::precondition::if_match;
use crate::http::problem::{ErrorCode, FieldError, Problem};
use crate::http::respond::{Created, Data, NoContent};
use crate::http::route::{Access, Answer, Routes, delete, get, patch, post, put};
use crate::workspaces::{Role, Workspace};

/// The routes of this feature.
#[expect(clippy::too_many_lines, reason = "a table: one entry a route")]
pub fn routes() -> Routes {
    let observer = Access::Workspace(Role::Observer);
    let member = Access::Workspace(Role::Member);
    Routes::new()
        .add(
            get("/api/workspaces/{workspace}/files", list)
                .id("list_files")
                .access(observer)
                .cached(Namespace::FileLists)
                // Who and where; the folder; the list; its count.
                .statements(4)
                .query::<PageParams>()
                .query::<Filter>()
                .list::<File>()
                .about("A folder, or what has a text in its name anywhere, or what was deleted"),
        )
        .add(
            post("/api/workspaces/{workspace}/folders", create_folder)
                .id("create_folder")
                .access(member)
                .statements(3)
                .body::<CreateFolder>()
                .created::<File>()
                .about("Makes a folder"),
        )
        .merge(upload_routes(member))
        .add(
            get("/api/files/{file}", show)
                .id("get_file")
                .access(observer)
                .data::<File>()
                .about("A file or folder"),
        )
        .add(
            patch("/api/files/{file}", update)
                .id("update_file")
                .access(member)
                .statements(8)
                .rows(u64::MAX)
                .body::<UpdateFile>()
                .data::<File>()
                .about("Renames, moves, hides"),
        )
        .add(
            delete("/api/files/{file}", remove)
                .id("delete_file")
                .access(member)
                .statements(u32::MAX)
                .rows(u64::MAX)
                .query::<Removal>()
                .empty()
                .about("Puts a file or folder into the bin for 30 days, or removes it for good"),
        )
        .add(
            post("/api/files/{file}/restore", restore)
                .id("restore_file")
                .access(member)
                .statements(u32::MAX)
                .rows(u64::MAX)
                .data::<File>()
                .about("Takes it out of the bin, with what was deleted with it"),
        )
        .add(
            post("/api/files/{file}/copy", copy)
                .id("copy_file")
                .access(member)
                .statements(u32::MAX)
                .rows(u64::MAX)
                .body::<CopyFile>()
                .created::<File>()
                .about("Copies a file, or a folder with what lies in it"),
        )
        .add(
            post("/api/files/{file}/ingest", ingest)
                .id("ingest_file")
                .access(member)
                .statements(6)
                .accepted::<File>()
                .about("Reads the file again for search"),
        )
        .merge(content_routes(observer))
}

fn upload_routes(member: Access) -> Routes {
    Routes::new()
        .add(
            post("/api/workspaces/{workspace}/files", receive)
                .id("upload_files")
                .access(member)
                .statements(u32::MAX)
                .rows(u64::MAX)
                .unhurried()
                .body_limit(usize::MAX)
                .query::<Target>()
                .created::<Vec<Uploaded>>()
                .answer(Answer::Data(
                    StatusCode::MULTI_STATUS,
                    SchemaGenerator::subschema_for::<Vec<Uploaded>>,
                ))
                .about("Uploads files as multipart/form-data: 207 when some were refused, a problem when all were"),
        )
        .add(
            post("/api/workspaces/{workspace}/uploads", create_upload)
                .id("create_upload")
                .access(member)
                .statements(80)
                .body::<CreateUpload>()
                .created::<UploadView>()
                .about("Begins an upload in parts, which can go on after it was cut off"),
        )
        .add(
            get("/api/uploads/{upload}", show_upload)
                .id("get_upload")
                .access(member)
                .data::<UploadView>()
                .about("How far an upload is; for a day after its last part, its file"),
        )
        .add(
            put("/api/uploads/{upload}", put_part)
                .id("put_upload_part")
                .access(member)
                .statements(u32::MAX)
                .rows(u64::MAX)
                .unhurried()
                .body_limit(PART_BYTES)
                .query::<PartAt>()
                .data::<UploadView>()
                .about("Takes the bytes at an offset; with the last ones it becomes a file, and sent again they answer that file"),
        )
        .add(
            delete("/api/uploads/{upload}", cancel_upload)
                .id("delete_upload")
                .access(member)
                .statements(u32::MAX)
                .rows(u64::MAX)
                .empty()
                .about("Gives an upload up; the file that it has become stays"),
        )
}

fn content_routes(observer: Access) -> Routes {
    Routes::new()
        .add(
            get("/api/files/{file}/content", content)
                .id("get_file_content")
                .access(observer)
                .unhurried()
                .query::<Download>()
                .answer(Answer::Bytes("application/octet-stream"))
                .about("The content of a file, whole or in a range"),
        )
        .add(
            get("/api/files/{file}/preview", show_preview)
                .id("preview_file")
                .access(observer)
                // Who and which; where its content is, once more for the text of a document.
                .statements(3)
                .data::<Preview>()
                .about("What of a file can be shown at once"),
        )
        .add(
            get("/api/files/{file}/zip", zip)
                .id("get_folder_zip")
                .access(observer)
                .unhurried()
                .statements(u32::MAX)
                .rows(u64::MAX)
                .answer(Answer::Bytes("application/zip"))
                .about("A folder as a zip that is made while it is sent"),
        )
}

/// What of the files a list shows.
#[derive(Debug, Default, Deserialize, JsonSchema)]
struct Filter {
    /// The folder; `root` or absent for the top. With `q` the whole workspace is searched.
    parent: Option<String>,
    /// The order.
    #[serde(default)]
    sort: Sort,
    /// Hidden ones too.
    hidden: Option<bool>,
    /// What was deleted instead.
    deleted: Option<bool>,
}

/// Behind every name and id.
const LAST: &str = "\u{10ffff}";
const LAST_TIME: Time = Time::from_micros(253_402_300_799_000_000);

impl Sort {
    /// Where a list in this order begins.
    fn beginning(self) -> Place {
        let (key, id) = match self {
            Self::Name => (Value::Text(String::new()), ""),
            Self::NameDown => (Value::Text(LAST.into()), LAST),
            Self::Size => (Value::Int(-1), ""),
            Self::SizeDown => (Value::Int(i64::MAX), LAST),
            Self::Updated => (Value::Time(Time::from_micros(0)), ""),
            Self::UpdatedDown => (Value::Time(LAST_TIME), LAST),
        };
        Place { key, id: id.into() }
    }

    /// What a row is sorted by.
    fn cursor(self, file: &File) -> (serde_json::Value, String) {
        let key = match self {
            Self::Name | Self::NameDown => store::name_key(file.kind, &file.name).into(),
            Self::Size | Self::SizeDown => file.size_bytes.into(),
            Self::Updated | Self::UpdatedDown => file.updated_at.micros().into(),
        };
        (key, file.id.clone())
    }

    /// The place that a cursor names.
    fn place(self, cursor: Option<(serde_json::Value, String)>) -> Result<Place, Problem> {
        let Some((key, id)) = cursor else {
            return Ok(self.beginning());
        };
        let key = match self {
            Self::Name | Self::NameDown => key.as_str().map(|key| Value::Text(key.into())),
            Self::Size | Self::SizeDown => key.as_i64().map(Value::Int),
            Self::Updated | Self::UpdatedDown => key.as_i64().map(|key| Value::Time(Time::from_micros(key))),
        };
        let key = key.ok_or_else(|| Problem::invalid("after", "is the cursor of a list in another order"))?;
        Ok(Place { key, id })
    }
}

async fn list(
    State(app): State<App>,
    Member { row, .. }: Member<Workspace>,
    Query(params): Query<PageParams>,
    Query(filter): Query<Filter>,
) -> Result<Page<File>, Problem> {
    cache::made_from([Tag::files(&row.id)]);
    let (limit, offset) = (params.limit()?, params.offset()?);
    let hidden = filter.hidden.unwrap_or(false);
    if filter.deleted.unwrap_or(false) {
        let after = params
            .cursor::<(Time, String)>()?
            .unwrap_or((LAST_TIME, LAST.into()));
        let rows = store::list_deleted(&app.db, &row.id, after, limit + 1, offset).await?;
        let total = if params.wants_count() {
            Some(store::count(&app.db, &row.id, None, hidden).await?)
        } else {
            None
        };
        let cursor = |file: &File| file.deleted_at.map(|at| (at, file.id.clone()));
        return Ok(Page::new(&params, rows, cursor)?.with_total(total));
    }
    let like = params.like();
    let parent = match like {
        Some(_) => None,
        None => folder(&app, &row.id, filter.parent.as_deref()).await?,
    };
    let of = || match &like {
        Some(like) => Of::Names(like),
        None => Of::Folder(parent.as_ref().map_or("", |parent| parent.id.as_str())),
    };
    let listing = Listing {
        workspace_id: &row.id,
        of: of(),
        hidden,
        sort: filter.sort,
        after: filter.sort.place(params.cursor()?)?,
        limit: limit + 1,
        offset,
    };
    let rows = store::list(&app.db, listing).await?;
    let total = if params.wants_count() {
        Some(store::count(&app.db, &row.id, Some(&of()), hidden).await?)
    } else {
        None
    };
    Ok(Page::new(&params, rows, |file| Some(filter.sort.cursor(file)))?.with_total(total))
}

async fn create_folder(
    State(app): State<App>,
    Editor { caller, row, .. }: Editor<Workspace>,
    Json(body): Json<CreateFolder>,
) -> Result<Created<File>, Problem> {
    tree::create_folder(&app, &row.id, caller.id(), body)
        .await
        .map(Created)
}

/// Where uploaded files go.
#[derive(Debug, Deserialize, JsonSchema)]
struct Target {
    /// The folder; absent for the top.
    parent: Option<String>,
    /// What is done when a name is taken.
    #[serde(default)]
    on_conflict: OnConflict,
}

fn broke_off(error: MultipartError) -> Problem {
    Problem::new(
        ErrorCode::Malformed,
        "The upload is no multipart/form-data, broke off, or has a control character in the name of a file.",
    )
    .with_source(error)
}

async fn receive(
    State(app): State<App>,
    Editor { caller, row, .. }: Editor<Workspace>,
    Query(target): Query<Target>,
    request: Request,
) -> Result<Response, Problem> {
    let multipart = Multipart::from_request(request, &app).await;
    let mut multipart = multipart.map_err(|rejection| {
        Problem::new(
            ErrorCode::UnsupportedMediaType,
            "Send the files as multipart/form-data.",
        )
        .with_source(rejection)
    })?;
    let top = folder(&app, &row.id, target.parent.as_deref()).await?;
    let (mut uploaded, mut refused) = (Vec::new(), Vec::new());
    while let Some(field) = multipart.next_field().await.map_err(broke_off)? {
        let Some(name) = field.file_name().map(str::to_owned) else {
            continue;
        };
        let media_type = field.content_type().map(str::to_owned);
        let new = NewUpload {
            workspace_id: &row.id,
            user_id: caller.id(),
            parent_id: top.as_ref().map(|top| top.id.as_str()),
            name: &name,
            media_type: media_type.as_deref(),
            on_conflict: target.on_conflict,
            size_bytes: 0,
        };
        uploaded.push(match one(&app, new, field).await {
            Ok(file) => Uploaded::File(Box::new(file)),
            Err(problem) if problem.code == ErrorCode::Malformed => return Err(problem),
            Err(problem) => {
                if problem.code == ErrorCode::Internal {
                    tracing::error!("A file could not be uploaded: {}", problem.chain());
                }
                let error = problem.to_stored();
                refused.push((name.clone(), problem));
                Uploaded::Failed { name, error }
            }
        });
    }
    received(uploaded, refused)
}

/// 201 when all files are there and 207 when some are. When none is, the problem of the first, which names them all.
fn received(uploaded: Vec<Uploaded>, refused: Vec<(String, Problem)>) -> Result<Response, Problem> {
    if refused.is_empty() && !uploaded.is_empty() {
        return Ok(Created(uploaded).into_response());
    }
    if refused.len() < uploaded.len() {
        return Ok((StatusCode::MULTI_STATUS, Data(uploaded)).into_response());
    }
    let error = |(n, (name, problem)): (usize, &(String, Problem))| {
        FieldError::new(format!("files[{n}]"), format!("{name}: {}", problem.detail))
    };
    let errors = refused.iter().enumerate().map(error).collect();
    Err(match refused.into_iter().next() {
        Some((_, first)) => Problem { errors, ..first },
        None => Problem::invalid("file", "there is no file in the body"),
    })
}

/// A control character of a file's name as forms write it: a line break is escaped in them (HTML, "multipart/form-data encoding
/// algorithm"), and some senders escape the end of a text as well. No system has such names.
fn escaped_control(name: &str) -> Option<&str> {
    let escapes = |escape: &&str| ["%00", "%0a", "%0d"].contains(&escape.to_ascii_lowercase().as_str());
    let mut found = name.match_indices('%').filter_map(|(at, _)| name.get(at..at + 3));
    found.find(escapes)
}

async fn one(app: &App, new: NewUpload<'_>, field: Field<'_>) -> Result<File, Problem> {
    if let Some(escape) = escaped_control(new.name) {
        let detail = format!("has a control character, `{escape}`; give the file another name");
        return Err(Problem::invalid("name", detail));
    }
    upload::receive(app, new, field.map_err(std::io::Error::other)).await
}

async fn create_upload(
    State(app): State<App>,
    Editor { caller, row, .. }: Editor<Workspace>,
    Json(body): Json<CreateUpload>,
) -> Result<Created<UploadView>, Problem> {
    parts::create(&app, &row.id, caller.id(), body).await.map(Created)
}

async fn show_upload(
    State(app): State<App>,
    Editor { row, .. }: Editor<Upload>,
) -> Result<Data<UploadView>, Problem> {
    parts::view(&app, &row).await.map(Data)
}

/// Where a part begins.
#[derive(Debug, Deserialize, JsonSchema)]
struct PartAt {
    /// The number of bytes before it.
    offset: i64,
}

async fn put_part(
    State(app): State<App>,
    Editor { row, .. }: Editor<Upload>,
    Query(at): Query<PartAt>,
    request: Request,
) -> Result<Data<UploadView>, Problem> {
    let part = body_bytes(request, &app).await?;
    parts::put(&app, &row.id, at.offset, part).await.map(Data)
}

async fn cancel_upload(State(app): State<App>, Editor { row, .. }: Editor<Upload>) -> NoContent {
    upload::give_up(&app, &row.id).await;
    NoContent
}

async fn show(Member { row, .. }: Member<File>) -> Data<File> {
    Data(row)
}

async fn update(
    State(app): State<App>,
    Editor { row, .. }: Editor<File>,
    headers: HeaderMap,
    Json(body): Json<UpdateFile>,
) -> Result<Data<File>, Problem> {
    if_match(&headers, &row)?;
    tree::update(&app, &row, body).await.map(Data)
}

/// How a file is deleted.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Removal {
    /// For good, not into the bin.
    forever: Option<bool>,
}

async fn remove(
    State(app): State<App>,
    Editor { row, .. }: Editor<File>,
    Query(removal): Query<Removal>,
) -> Result<NoContent, Problem> {
    if removal.forever.unwrap_or(false) {
        tree::purge(&app, &row).await?;
    } else {
        tree::delete(&app, &row).await?;
    }
    Ok(NoContent)
}

async fn restore(
    State(app): State<App>,
    Editor { caller, row, .. }: Editor<File>,
) -> Result<Data<File>, Problem> {
    tree::restore(&app, &row, caller.id()).await.map(Data)
}

async fn copy(
    State(app): State<App>,
    Editor { caller, row, .. }: Editor<File>,
    Json(body): Json<CopyFile>,
) -> Result<Created<File>, Problem> {
    tree::copy(&app, &row, caller.id(), body).await.map(Created)
}

async fn ingest(
    State(app): State<App>,
    Editor { caller, row, .. }: Editor<File>,
) -> Result<crate::http::respond::Accepted<File>, Problem> {
    let file = tree::ingest_again(&app, &row, caller.id()).await?;
    Ok(crate::http::respond::Accepted(file))
}

/// How content is sent.
#[derive(Debug, Deserialize, JsonSchema)]
struct Download {
    /// To be saved, not shown.
    download: Option<bool>,
}

async fn content(
    State(app): State<App>,
    Member { row, .. }: Member<File>,
    Query(query): Query<Download>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    export::content(&app, &row, &headers, query.download.unwrap_or(false)).await
}

async fn show_preview(
    State(app): State<App>,
    Member { row, .. }: Member<File>,
) -> Result<Data<Preview>, Problem> {
    preview::preview(&app, &row).await.map(Data)
}

async fn zip(State(app): State<App>, Member { row, .. }: Member<File>) -> Result<Response, Problem> {
    export::zip(&app, &row).await
}

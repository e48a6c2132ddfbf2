//! Files: folders and files of a workspace, the bytes they stand for, and the passages that search finds in them.
//!
//! ```text
//! upload.rs, parts.rs ──▶ blobs (once for each content) ──▶ a row, and in the same transaction a run `ingest`
//!                                                                 │ ingest.rs: documents::Parser → split → passages
//! tree.rs: folders, move, copy, delete, restore, purge            ▼
//! sweep.rs: what uploads and purges leave is removed           status: done | failed | unsupported
//! ```
//!
//! Invariant: bytes are in the storage only when a row of `blobs`, `uploads` or `blob_garbage` names their key; the row is
//! there before the first byte and goes after the last. Invariant: what `blobs` names is never removed. Invariant: `blobs.uses` is the number of rows of `files` with that
//! content. Invariant: two live files have different paths. Content is streamed, never whole in memory.

mod export;
pub mod ingest;
mod parts;
mod preview;
pub mod routes;
pub mod stage;
pub(crate) mod store;
pub mod sweep;
mod tree;
mod upload;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::{Row, Statement, Time};

pub use ingest::IngestStep;
pub use parts::Receiving;
pub use sweep::keep_swept;
pub use tree::ingest_again;

use crate::App;
use crate::cache::Tag;
use crate::changes::Notice;
use crate::http::auth::Resource;
use crate::http::problem::Problem;

/// The longest name.
pub const NAME_CHARS_MAX: usize = 255;
/// The longest path.
const PATH_CHARS_MAX: usize = 2_000;
/// The largest file.
pub const SIZE_BYTES_MAX: i64 = 50 << 30;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// It has content.
    File,
    /// It holds others.
    Folder,
}

impl FileKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "folder",
        }
    }
}

/// Whether search finds what is in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IngestStatus {
    /// Nobody has looked; folders are never looked at.
    None,
    /// A run will look.
    Queued,
    /// A run is reading it.
    Running,
    /// Its passages are found.
    Done,
    /// It could not be read; `error` says why.
    Failed,
    /// No text is taken from files of its type.
    Unsupported,
}

impl IngestStatus {
    const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unsupported => "unsupported",
        }
    }
    fn parse(text: &str) -> Self {
        let all = [
            Self::Queued,
            Self::Running,
            Self::Done,
            Self::Failed,
            Self::Unsupported,
        ];
        all.into_iter()
            .find(|status| status.as_str() == text)
            .unwrap_or(Self::None)
    }
}

/// How the reading of a file goes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Ingest {
    /// Where it stands.
    pub status: IngestStatus,
    /// Why it failed: `{code, detail}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<serde_json::Value>,
    /// Passages that search finds.
    pub passages: i64,
    /// Pages, for what has pages.
    pub pages: Option<i64>,
    /// The run that read it last or is reading it.
    pub run_id: Option<String>,
}

/// A file or folder, stored and shown alike.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct File {
    /// `fil_…`
    pub id: String,
    /// The workspace it belongs to.
    pub workspace_id: String,
    /// The folder it lies in; absent at the top.
    pub parent_id: Option<String>,
    /// File or folder.
    pub kind: FileKind,
    /// Its name.
    pub name: String,
    /// Its way from the top, with its name.
    pub path: String,
    /// The size of its content.
    pub size_bytes: i64,
    /// The type of its content.
    pub media_type: String,
    /// The SHA-256 of its content, in hex.
    pub hash: Option<String>,
    /// Not shown unless asked for.
    pub hidden: bool,
    /// How its reading goes.
    pub ingest: Ingest,
    /// The content that the passages are of.
    #[serde(skip)]
    ingest_hash: Option<String>,
    /// When it was made.
    #[schemars(with = "String")]
    pub created_at: Time,
    /// When it was last changed.
    #[schemars(with = "String")]
    pub updated_at: Time,
    /// When it was put away.
    #[schemars(with = "Option<String>")]
    pub deleted_at: Option<Time>,
    #[serde(skip)]
    deleted_with: Option<String>,
}

impl File {
    /// Tells that the files of its workspace have changed.
    fn notice(&self) -> Notice {
        Notice::files(&self.workspace_id)
    }

    /// Refuses what is in the bin.
    fn live(&self) -> Result<(), Problem> {
        if self.deleted_at.is_some() {
            return Err(Problem::conflict("It is deleted; restore it first."));
        }
        Ok(())
    }

    /// The hash of its content; a folder has none.
    fn content_hash(&self) -> Result<&str, Problem> {
        self.hash
            .as_deref()
            .ok_or_else(|| Problem::conflict("A folder has no content of its own."))
    }
}

impl Resource for File {
    const NAME: &'static str = "file";
    const PARAM: &'static str = "file";

    fn statement() -> &'static Statement {
        &store::FIND_SCOPED
    }
    fn read(row: &Row<'_>, at: usize) -> sql::Result<Self> {
        Self::read_row(row, at)
    }
    fn tags(&self) -> [Option<Tag>; 2] {
        [
            Some(Tag::workspace(&self.workspace_id)),
            Some(Tag::files(&self.workspace_id)),
        ]
    }
}

/// What is done with a file whose name is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// It gets another name: `report (2).pdf`.
    #[default]
    Rename,
    /// It replaces the content of the other file.
    Replace,
    /// It is refused.
    Fail,
}

impl OnConflict {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Rename => "rename",
            Self::Replace => "replace",
            Self::Fail => "fail",
        }
    }
    fn parse(text: &str) -> Self {
        let all = [Self::Replace, Self::Fail];
        all.into_iter()
            .find(|way| way.as_str() == text)
            .unwrap_or_default()
    }
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
pub enum Sort {
    /// By name, folders first.
    #[default]
    #[serde(rename = "name")]
    Name,
    /// By name, backwards.
    #[serde(rename = "-name")]
    NameDown,
    /// The smallest first.
    #[serde(rename = "size")]
    Size,
    /// The largest first.
    #[serde(rename = "-size")]
    SizeDown,
    /// The oldest change first.
    #[serde(rename = "updated_at")]
    Updated,
    /// The newest change first.
    #[serde(rename = "-updated_at")]
    UpdatedDown,
}

/// The next files whose passages are found behind one, of all workspaces, with who put them there.
pub async fn read_after(db: &sql::Db, id: &str, limit: u32) -> sql::Result<Vec<(File, String)>> {
    let page = store::read_after(db, id, limit).await?;
    Ok(page
        .into_iter()
        .map(|store::Owned(file, user_id)| (file, user_id))
        .collect())
}

/// A name as it may be stored, or what is wrong with it.
fn checked_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    let wrong = if name.is_empty() {
        "must not be empty".to_owned()
    } else if name.chars().count() > NAME_CHARS_MAX {
        format!("has more than {NAME_CHARS_MAX} characters")
    } else if name == "." || name == ".." || name.chars().any(|c| matches!(c, '/' | '\\') || c.is_control()) {
        "must not be `.` or `..`, nor have `/`, `\\` or control characters".to_owned()
    } else {
        return Ok(name.to_owned());
    };
    Err(Problem::invalid("name", wrong))
}

/// Where a new entry of this name stands below a folder.
fn path_below(parent: Option<&File>, name: &str) -> Result<String, Problem> {
    let path = format!("{}/{name}", parent.map_or("", |parent| parent.path.as_str()));
    if path.chars().count() > PATH_CHARS_MAX {
        return Err(Problem::invalid(
            "name",
            "lies too deep: the whole path is too long",
        ));
    }
    Ok(path)
}

/// The folder of this id in the workspace; nothing for the top.
async fn folder(app: &App, workspace_id: &str, id: Option<&str>) -> Result<Option<File>, Problem> {
    let Some(id) = id.filter(|id| !id.is_empty() && *id != "root") else {
        return Ok(None);
    };
    let found = store::get(&app.db, workspace_id, id).await?;
    match found.filter(|found| found.deleted_at.is_none()) {
        Some(found) if found.kind == FileKind::Folder => Ok(Some(found)),
        Some(_) => Err(Problem::invalid("parent_id", "is a file, not a folder")),
        None => Err(Problem::invalid(
            "parent_id",
            "there is no such folder in this workspace",
        )),
    }
}

/// A name that is free below a folder: the name itself, or with a number before its ending.
async fn free_name(
    app: &App,
    workspace_id: &str,
    parent: Option<&File>,
    name: &str,
) -> Result<String, Problem> {
    let (stem, ending) = match name.rfind('.') {
        Some(at) if at > 0 => name.split_at(at),
        _ => (name, ""),
    };
    let parent_id = parent.map_or("", |parent| parent.id.as_str());
    let taken = store::names(&app.db, workspace_id, parent_id, &path_below(parent, stem)?).await?;
    if !taken.iter().any(|taken| taken == name) {
        return Ok(name.to_owned());
    }
    let numbered = (2..).map(|number| format!("{stem} ({number}){ending}"));
    numbered
        .into_iter()
        .find(|name| !taken.contains(name))
        .ok_or_else(|| name_taken(name))
}

fn name_taken(name: &str) -> Problem {
    Problem::already_exists("name", format!("There is a file or folder {name:?} already."))
}

/// Whether a write failed because another entry has the path.
fn is_path_taken(error: &sql::Error) -> bool {
    matches!(error, sql::Error::Violation { violation, .. } if violation.constraint.as_deref() == Some("files_workspace_id_path_key"))
}

/// Everything that a workspace has stored becomes garbage: the writes that go before those that remove it.
pub fn forget_workspace(workspace_id: &str, now: Time) -> [sql::Query; 2] {
    store::drop_workspace(workspace_id, now)
}

/// A storage that fails is a passing fault of ours.
fn storage_failed(error: crate::blobs::FileError) -> Problem {
    use crate::blobs::FileError;
    use crate::http::problem::ErrorCode;
    match error {
        FileError::Content(source) => Problem::new(
            ErrorCode::Malformed,
            "The upload broke off; nothing of it was kept.",
        )
        .with_source(source),
        error @ FileError::NotFound(_) => Problem::new(
            ErrorCode::Unavailable,
            "The content of this file is missing in the storage. Upload the same file again, and all that stands on it is back.",
        )
        .with_source(error),
        error => Problem::new(
            ErrorCode::Unavailable,
            "The storage of files does not answer as it should.",
        )
        .retry_after(std::time::Duration::from_secs(5))
        .with_source(error),
    }
}

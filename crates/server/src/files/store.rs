//! The SQL of files, the bytes they stand for, and uploads under way.

use sql::{Db, FromRow, Query, Result, Row, Run, Time, Value, query};

use super::upload::Upload;
use super::{File, FileKind, Ingest, IngestStatus, Sort};
use crate::blobs::Stored;
use crate::caller_sql;

macro_rules! columns {
    () => {
        "f.id, f.workspace_id, f.parent_id, f.kind, f.name, f.path, f.size_bytes, f.media_type, f.hash, f.hidden, f.ingest_status, \
         f.ingest_error, f.ingest_run_id, f.ingest_hash, f.passages, f.pages, f.deleted_at, f.deleted_with, f.created_at, f.updated_at"
    };
}
/// How many columns of a file a statement reads.
const COLUMNS: usize = 20;

macro_rules! upload_columns {
    () => {
        "u.id, u.workspace_id, u.user_id, u.parent_id, u.name, u.media_type, u.on_conflict, u.size_bytes, u.key, u.multipart_id, \
         u.received, u.hash_state, u.created_at, u.expires_at, u.file_id"
    };
}
/// A folder's files in an order, behind a place in it.
macro_rules! in_folder {
    ($column:literal, $than:literal, $order:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM files f WHERE f.workspace_id = $1 AND f.parent_id = $2 AND f.deleted_at IS NULL \
            AND ($3 = TRUE OR f.hidden = FALSE) AND (f.",
            $column,
            ", f.id) ",
            $than,
            " ($4, $5) \
            ORDER BY f.",
            $column,
            " ",
            $order,
            ", f.id ",
            $order,
            " LIMIT $6 OFFSET $7"
        )
    };
}
/// A workspace's files with some text in their names, the same way.
macro_rules! by_name {
    ($column:literal, $than:literal, $order:literal) => {
        concat!("SELECT ", columns!(), " FROM files f WHERE f.workspace_id = $1 AND f.name_key LIKE $2 ESCAPE '\\' AND f.deleted_at IS NULL \
            AND ($3 = TRUE OR f.hidden = FALSE) AND (f.", $column, ", f.id) ", $than, " ($4, $5) \
            ORDER BY f.", $column, " ", $order, ", f.id ", $order, " LIMIT $6 OFFSET $7")
    };
}

sql::statements! {
    /// The caller, their role, and the file that a path names.
    pub(crate) FIND_SCOPED = caller_sql!("SELECT caller.*, m.role, ", columns!(), " FROM caller LEFT JOIN files f ON f.id = $3 \
        LEFT JOIN memberships m ON m.user_id = caller.user_id AND m.workspace_id = f.workspace_id");
    /// The caller, their role, and the upload that a path names.
    pub(crate) FIND_UPLOAD_SCOPED = caller_sql!("SELECT caller.*, m.role, ", upload_columns!(), " FROM caller LEFT JOIN uploads u ON u.id = $3 \
        LEFT JOIN memberships m ON m.user_id = caller.user_id AND m.workspace_id = u.workspace_id");
    /// A folder by name; folders come first.
    pub(crate) LIST_NAME = in_folder!("name_key", ">", "ASC");
    /// The same backwards.
    pub(crate) LIST_NAME_DOWN = in_folder!("name_key", "<", "DESC");
    /// A folder by size, the smallest first.
    pub(crate) LIST_SIZE = in_folder!("size_bytes", ">", "ASC");
    /// The largest first.
    pub(crate) LIST_SIZE_DOWN = in_folder!("size_bytes", "<", "DESC");
    /// A folder by change, the oldest first.
    pub(crate) LIST_UPDATED = in_folder!("updated_at", ">", "ASC");
    /// The newest first.
    pub(crate) LIST_UPDATED_DOWN = in_folder!("updated_at", "<", "DESC");
    /// What a search by name finds, by name.
    pub(crate) FIND_NAME = by_name!("name_key", ">", "ASC");
    /// The same backwards.
    pub(crate) FIND_NAME_DOWN = by_name!("name_key", "<", "DESC");
    /// By size, the smallest first.
    pub(crate) FIND_SIZE = by_name!("size_bytes", ">", "ASC");
    /// The largest first.
    pub(crate) FIND_SIZE_DOWN = by_name!("size_bytes", "<", "DESC");
    /// By change, the oldest first.
    pub(crate) FIND_UPDATED = by_name!("updated_at", ">", "ASC");
    /// The newest first.
    pub(crate) FIND_UPDATED_DOWN = by_name!("updated_at", "<", "DESC");
    /// What was deleted in a workspace, the last first; what lay in a deleted folder comes back with it and is not named.
    pub(crate) LIST_DELETED = concat!("SELECT ", columns!(), " FROM files f WHERE f.workspace_id = $1 AND f.deleted_at IS NOT NULL \
        AND f.deleted_with = f.id AND (f.deleted_at, f.id) < ($2, $3) ORDER BY f.deleted_at DESC, f.id DESC LIMIT $4 OFFSET $5");
    /// How many a folder has.
    pub(crate) COUNT = "SELECT COUNT(*) FROM files f WHERE f.workspace_id = $1 AND f.parent_id = $2 AND f.deleted_at IS NULL \
        AND ($3 = TRUE OR f.hidden = FALSE)";
    /// How many a search by name finds.
    pub(crate) COUNT_FOUND = "SELECT COUNT(*) FROM files f WHERE f.workspace_id = $1 AND f.name_key LIKE $2 ESCAPE '\\' \
        AND f.deleted_at IS NULL AND ($3 = TRUE OR f.hidden = FALSE)";
    /// How many were deleted.
    pub(crate) COUNT_DELETED = "SELECT COUNT(*) FROM files f WHERE f.workspace_id = $1 AND f.deleted_at IS NOT NULL AND f.deleted_with = f.id";
    /// A file by id in a workspace.
    pub(crate) GET = concat!("SELECT ", columns!(), " FROM files f WHERE f.workspace_id = $1 AND f.id = $2");
    /// What stands at a path.
    pub(crate) AT_PATH = concat!("SELECT ", columns!(), " FROM files f WHERE f.workspace_id = $1 AND f.path = $2 AND f.deleted_at IS NULL");
    /// The names of a folder that begin like this.
    pub(crate) NAMES = "SELECT f.name FROM files f WHERE f.workspace_id = $1 AND f.path >= $3 AND f.path < $4 AND f.deleted_at IS NULL \
        AND f.parent_id = $2 LIMIT 5000";
    /// What lies below a folder, folders before what they hold.
    pub(crate) BELOW = concat!("SELECT ", columns!(), " FROM files f WHERE f.workspace_id = $1 AND f.path > $2 AND f.path < $3 \
        AND f.deleted_at IS NULL ORDER BY f.path LIMIT $4");
    /// What was deleted together.
    pub(crate) DELETED_WITH = concat!("SELECT ", columns!(), " FROM files f WHERE f.deleted_with = $1 AND f.id > $2 ORDER BY f.id LIMIT $3");
    /// A new file or folder.
    pub(crate) INSERT = "INSERT INTO files (id, workspace_id, user_id, parent_id, kind, name, name_key, path, size_bytes, media_type, hash, \
        hidden, ingest_status, ingest_run_id, passages, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, $15, $15)";
    /// A file has other content.
    pub(crate) REPLACE = "UPDATE files SET size_bytes = $3, media_type = $4, hash = $5, ingest_status = $6, ingest_run_id = $7, \
        ingest_error = NULL, updated_at = $8 WHERE id = $1 AND hash = $2 AND deleted_at IS NULL";
    /// Another name, folder or visibility.
    pub(crate) CHANGE = "UPDATE files SET parent_id = $3, name = $4, name_key = $5, path = $6, hidden = $7, updated_at = $8 \
        WHERE id = $1 AND path = $2 AND deleted_at IS NULL";
    /// What lay below one path lies below another.
    pub(crate) MOVE_BELOW = "UPDATE files SET path = CAST($4 AS TEXT) || SUBSTR(path, LENGTH(CAST($2 AS TEXT))) \
        WHERE workspace_id = $1 AND path > $2 AND path < $3 AND deleted_at IS NULL";
    /// Puts one away.
    pub(crate) DELETE = "UPDATE files SET deleted_at = $2, deleted_with = $1, passages = 0, ingest_hash = NULL, updated_at = $2 \
        WHERE id = $1 AND deleted_at IS NULL";
    /// Puts away what lies below it.
    pub(crate) DELETE_BELOW = "UPDATE files SET deleted_at = $4, deleted_with = $5, passages = 0, ingest_hash = NULL \
        WHERE workspace_id = $1 AND path > $2 AND path < $3 AND deleted_at IS NULL";
    /// Takes it back, to this folder and name.
    pub(crate) RESTORE = "UPDATE files SET parent_id = $2, name = $3, name_key = $4, updated_at = $5 WHERE id = $1 AND deleted_with = $1";
    /// Takes back all that was put away with it, to paths below another one.
    pub(crate) RESTORE_ALL = "UPDATE files SET deleted_at = NULL, deleted_with = NULL, \
        path = CAST($3 AS TEXT) || SUBSTR(path, LENGTH(CAST($2 AS TEXT)) + 1) WHERE deleted_with = $1";
    /// The content of what is purged is used less.
    pub(crate) RELEASE_PURGED = "UPDATE blobs SET uses = uses - (SELECT COUNT(*) FROM files f WHERE f.deleted_with = $2 AND f.hash = blobs.hash) \
        WHERE workspace_id = $1 AND hash IN (SELECT f.hash FROM files f WHERE f.deleted_with = $2)";
    /// Removes for good what was put away together.
    pub(crate) PURGE = "DELETE FROM files WHERE deleted_with = $1";
    /// What has been put away for long.
    pub(crate) PURGEABLE = "SELECT f.workspace_id, f.id FROM files f WHERE f.deleted_at < $1 AND f.deleted_with = f.id LIMIT $2";
    /// An ingest run takes a file.
    pub(crate) INGEST_QUEUED = "UPDATE files SET ingest_status = 'queued', ingest_run_id = $2, ingest_error = NULL \
        WHERE id = $1 AND deleted_at IS NULL AND kind = 'file'";
    /// It has begun.
    pub(crate) INGEST_BEGUN = "UPDATE files SET ingest_status = 'running' WHERE id = $1 AND hash = $2 AND deleted_at IS NULL";
    /// It has ended, well or not, for this content.
    pub(crate) INGEST_ENDED = "UPDATE files SET ingest_status = $3, ingest_error = $4, ingest_hash = $5, passages = $6, pages = $7 \
        WHERE id = $1 AND hash = $2 AND deleted_at IS NULL";
    /// A run that ended without its step leaves no file that waits for it.
    pub(crate) INGEST_CLOSED = "UPDATE files SET ingest_status = 'failed', ingest_error = $3 \
        WHERE id IN {$1} AND ingest_run_id = $2 AND ingest_status IN ('queued', 'running')";
    /// Content is used once more; the first time, and when what was under the other key is lost, it is kept under this one.
    pub(crate) USE_BLOB = "INSERT INTO blobs (workspace_id, hash, key, size_bytes, uses, created_at) VALUES ($1, $2, $3, $4, 1, $5) \
        ON CONFLICT (workspace_id, hash) DO UPDATE SET uses = blobs.uses + 1, \
        key = CASE WHEN blobs.key = $6 THEN excluded.key ELSE blobs.key END";
    /// Content is used once more.
    pub(crate) USE_AGAIN = "UPDATE blobs SET uses = uses + 1 WHERE workspace_id = $1 AND hash = $2";
    /// Content is used once less.
    pub(crate) RELEASE = "UPDATE blobs SET uses = uses - 1 WHERE workspace_id = $1 AND hash = $2";
    /// What is not used any more becomes garbage…
    pub(crate) DROP_UNUSED = "INSERT INTO blob_garbage (key, since) SELECT key, CAST($2 AS TIMESTAMPTZ) FROM blobs WHERE workspace_id = $1 AND uses = 0 \
        ON CONFLICT (key) DO NOTHING";
    /// … and is forgotten.
    pub(crate) FORGET_UNUSED = "DELETE FROM blobs WHERE workspace_id = $1 AND uses = 0";
    /// All content of a workspace becomes garbage, before it goes.
    pub(crate) DROP_WORKSPACE = "INSERT INTO blob_garbage (key, since) SELECT key, CAST($2 AS TIMESTAMPTZ) FROM blobs WHERE workspace_id = $1 \
        ON CONFLICT (key) DO NOTHING";
    /// So do its uploads.
    pub(crate) DROP_UPLOADS = "INSERT INTO blob_garbage (key, multipart_id, since) SELECT key, multipart_id, CAST($2 AS TIMESTAMPTZ) \
        FROM uploads WHERE workspace_id = $1 ON CONFLICT (key) DO NOTHING";
    /// Where content is.
    pub(crate) BLOB_KEY = "SELECT key FROM blobs WHERE workspace_id = $1 AND hash = $2";
    /// What may be stored under a key that no content is kept under becomes garbage.
    pub(crate) DROP_STRAY = "INSERT INTO blob_garbage (key, since) SELECT CAST($1 AS TEXT), CAST($2 AS TIMESTAMPTZ) \
        WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE key = $1) ON CONFLICT (key) DO NOTHING";
    /// The next files whose passages are found, of all workspaces, and who put them there.
    pub(crate) READ_AFTER = concat!("SELECT ", columns!(), ", f.user_id FROM files f WHERE f.id > $1 AND f.deleted_at IS NULL \
        AND f.ingest_status = 'done' AND f.passages > 0 ORDER BY f.id LIMIT $2");
    /// A new upload.
    pub(crate) INSERT_UPLOAD = "INSERT INTO uploads (id, workspace_id, user_id, parent_id, name, media_type, on_conflict, size_bytes, key, \
        multipart_id, received, hash_state, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    /// An upload as it is now.
    pub(crate) GET_UPLOAD = concat!("SELECT ", upload_columns!(), " FROM uploads u WHERE u.id = $1");
    /// The storage's own name of an upload in parts.
    pub(crate) NAME_MULTIPART = "UPDATE uploads SET multipart_id = $2 WHERE id = $1";
    /// More has arrived.
    pub(crate) RECEIVED = "UPDATE uploads SET received = $3, hash_state = $4, expires_at = $5 \
        WHERE id = $1 AND received = $2 AND file_id IS NULL";
    /// A part of it.
    pub(crate) INSERT_PART = "INSERT INTO upload_parts (upload_id, number, content_id) VALUES ($1, $2, $3)";
    /// All parts, in order.
    pub(crate) PARTS = "SELECT content_id FROM upload_parts WHERE upload_id = $1 AND number > $2 ORDER BY number LIMIT 5000";
    /// An upload in parts has become a file. From here on its row stands for what is left of its parts.
    pub(crate) BECOME_FILE = "UPDATE uploads SET file_id = $2, key = $3, multipart_id = NULL, expires_at = $4 \
        WHERE id = $1 AND file_id IS NULL";
    /// An upload has ended.
    pub(crate) END_UPLOAD = "DELETE FROM uploads WHERE id = $1";
    /// What an upload has stored becomes garbage.
    pub(crate) DROP_UPLOAD = "INSERT INTO blob_garbage (key, multipart_id, since) SELECT key, multipart_id, CAST($2 AS TIMESTAMPTZ) \
        FROM uploads WHERE id = $1 ON CONFLICT (key) DO NOTHING";
    /// Uploads that nobody goes on with.
    pub(crate) EXPIRED = "SELECT id FROM uploads WHERE expires_at <= $1 LIMIT 100";
    /// Uploads that came in one go, from before now: with the process that received them they are over.
    pub(crate) EXPIRE_BROKEN = "UPDATE uploads SET expires_at = $1 WHERE expires_at > $1 AND hash_state IS NULL";
    /// The oldest garbage. What content is kept under is none, whoever says so.
    pub(crate) GARBAGE = "SELECT g.key, g.multipart_id FROM blob_garbage g WHERE g.since <= $1 \
        AND NOT EXISTS (SELECT 1 FROM blobs b WHERE b.key = g.key) ORDER BY g.since LIMIT 100";
    /// It is gone.
    pub(crate) FORGET_GARBAGE = "DELETE FROM blob_garbage WHERE key = $1";
    /// It is tried again later.
    pub(crate) DEFER_GARBAGE = "UPDATE blob_garbage SET since = $2 WHERE key = $1";
}

impl FromRow for File {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Self::read_row(row, 0)
    }
}

impl File {
    pub(super) fn read_row(row: &Row<'_>, at: usize) -> Result<Self> {
        let (parent_id, kind, status): (String, String, String) =
            (row.get(at + 2)?, row.get(at + 3)?, row.get(at + 10)?);
        Ok(Self {
            id: row.get(at)?,
            workspace_id: row.get(at + 1)?,
            parent_id: Some(parent_id).filter(|id| !id.is_empty()),
            kind: if kind == "folder" {
                FileKind::Folder
            } else {
                FileKind::File
            },
            name: row.get(at + 4)?,
            path: row.get(at + 5)?,
            size_bytes: row.get(at + 6)?,
            media_type: row.get(at + 7)?,
            hash: row.get(at + 8)?,
            hidden: row.get(at + 9)?,
            ingest: Ingest {
                status: IngestStatus::parse(&status),
                error: row.get(at + 11)?,
                run_id: row.get(at + 12)?,
                passages: row.get(at + 14)?,
                pages: row.get(at + 15)?,
            },
            ingest_hash: row.get(at + 13)?,
            deleted_at: row.get(at + 16)?,
            deleted_with: row.get(at + 17)?,
            created_at: row.get(at + 18)?,
            updated_at: row.get(at + 19)?,
        })
    }
}

impl Upload {
    pub(super) fn read_row(row: &Row<'_>, at: usize) -> Result<Self> {
        Ok(Self {
            id: row.get(at)?,
            workspace_id: row.get(at + 1)?,
            user_id: row.get(at + 2)?,
            parent_id: row.get(at + 3)?,
            name: row.get(at + 4)?,
            media_type: row.get(at + 5)?,
            on_conflict: super::OnConflict::parse(&row.get::<String>(at + 6)?),
            size_bytes: row.get(at + 7)?,
            key: row.get(at + 8)?,
            multipart_id: row.get(at + 9)?,
            received: row.get(at + 10)?,
            hash_state: row.get(at + 11)?,
            created_at: row.get(at + 12)?,
            expires_at: row.get(at + 13)?,
            file_id: row.get(at + 14)?,
        })
    }
}

impl FromRow for Upload {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Self::read_row(row, 0)
    }
}

/// Where a list begins.
pub struct Place {
    pub key: Value,
    pub id: String,
}

/// What a list of files asks for.
pub struct Listing<'a> {
    pub workspace_id: &'a str,
    /// The folder, or the pattern of the name.
    pub of: Of<'a>,
    pub hidden: bool,
    pub sort: Sort,
    pub after: Place,
    pub limit: u32,
    pub offset: u64,
}

/// Which files a list shows.
pub enum Of<'a> {
    Folder(&'a str),
    Names(&'a str),
}

pub async fn list(db: &Db, listing: Listing<'_>) -> Result<Vec<File>> {
    let (statement, of) = match listing.of {
        Of::Folder(id) => {
            let statement = match listing.sort {
                Sort::Name => &LIST_NAME,
                Sort::NameDown => &LIST_NAME_DOWN,
                Sort::Size => &LIST_SIZE,
                Sort::SizeDown => &LIST_SIZE_DOWN,
                Sort::Updated => &LIST_UPDATED,
                Sort::UpdatedDown => &LIST_UPDATED_DOWN,
            };
            (statement, id)
        }
        Of::Names(like) => {
            let statement = match listing.sort {
                Sort::Name => &FIND_NAME,
                Sort::NameDown => &FIND_NAME_DOWN,
                Sort::Size => &FIND_SIZE,
                Sort::SizeDown => &FIND_SIZE_DOWN,
                Sort::Updated => &FIND_UPDATED,
                Sort::UpdatedDown => &FIND_UPDATED_DOWN,
            };
            (statement, like)
        }
    };
    query(statement)
        .bind(listing.workspace_id)
        .bind(of)
        .bind(listing.hidden)
        .bind(listing.after.key)
        .bind(listing.after.id)
        .bind(listing.limit)
        .bind(listing.offset as i64)
        .all(db)
        .await
}

pub async fn list_deleted(
    db: &Db,
    workspace_id: &str,
    after: (Time, String),
    limit: u32,
    offset: u64,
) -> Result<Vec<File>> {
    let query = query(&LIST_DELETED)
        .bind(workspace_id)
        .bind(after.0)
        .bind(after.1);
    query.bind(limit).bind(offset as i64).all(db).await
}

pub async fn count(db: &Db, workspace_id: &str, of: Option<&Of<'_>>, hidden: bool) -> Result<i64> {
    let query = match of {
        Some(Of::Folder(id)) => query(&COUNT).bind(workspace_id).bind(*id).bind(hidden),
        Some(Of::Names(like)) => query(&COUNT_FOUND).bind(workspace_id).bind(*like).bind(hidden),
        None => query(&COUNT_DELETED).bind(workspace_id),
    };
    Ok(query.one::<(i64,)>(db).await?.0)
}

pub async fn get(db: &Db, workspace_id: &str, id: &str) -> Result<Option<File>> {
    query(&GET).bind(workspace_id).bind(id).optional(db).await
}

pub async fn at_path(db: &Db, workspace_id: &str, path: &str) -> Result<Option<File>> {
    query(&AT_PATH).bind(workspace_id).bind(path).optional(db).await
}

/// The names in a folder whose path begins like this.
pub async fn names(db: &Db, workspace_id: &str, parent_id: &str, like: &str) -> Result<Vec<String>> {
    let query = query(&NAMES).bind(workspace_id).bind(parent_id).bind(like);
    let rows: Vec<(String,)> = query.bind(format!("{like}\u{10ffff}")).all(db).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// What lies below a folder, behind a path.
pub async fn below(db: &Db, folder: &File, after: Option<&str>, limit: u32) -> Result<Vec<File>> {
    let (first, last) = range(&folder.path);
    let query = query(&BELOW).bind(folder.workspace_id.as_str());
    query
        .bind(after.unwrap_or(&first))
        .bind(last)
        .bind(limit)
        .all(db)
        .await
}

pub async fn deleted_with(db: &Db, id: &str, after: &str, limit: u32) -> Result<Vec<File>> {
    query(&DELETED_WITH)
        .bind(id)
        .bind(after)
        .bind(limit)
        .all(db)
        .await
}

/// Between these two lie all paths below a folder: the sign behind `/` is `0`.
fn range(path: &str) -> (String, String) {
    (format!("{path}/"), format!("{path}0"))
}

/// What lists sort by: folders first, then names as people read them.
pub fn name_key(kind: FileKind, name: &str) -> String {
    let lower = name.to_lowercase();
    match kind {
        FileKind::Folder => format!(" {lower}"),
        FileKind::File => lower,
    }
}

pub fn insert(file: &File, user_id: &str) -> Query {
    query(&INSERT)
        .bind(file.id.as_str())
        .bind(file.workspace_id.as_str())
        .bind(user_id)
        .bind(file.parent_id.as_deref().unwrap_or_default())
        .bind(file.kind.as_str())
        .bind(file.name.as_str())
        .bind(name_key(file.kind, &file.name))
        .bind(file.path.as_str())
        .bind(file.size_bytes)
        .bind(file.media_type.as_str())
        .bind(file.hash.clone())
        .bind(file.hidden)
        .bind(file.ingest.status.as_str())
        .bind(file.ingest.run_id.clone())
        .bind(file.created_at)
}

/// The file has this content now; it had that of the hash.
pub fn replace(file: &File, hash: &str) -> Query {
    query(&REPLACE)
        .bind(file.id.as_str())
        .bind(hash)
        .bind(file.size_bytes)
        .bind(file.media_type.as_str())
        .bind(file.hash.clone())
        .bind(file.ingest.status.as_str())
        .bind(file.ingest.run_id.clone())
        .bind(file.updated_at)
}

/// The file as it is now; it was at this path.
pub fn change(file: &File, was: &str) -> Query {
    query(&CHANGE)
        .bind(file.id.as_str())
        .bind(was)
        .bind(file.parent_id.as_deref().unwrap_or_default())
        .bind(file.name.as_str())
        .bind(name_key(file.kind, &file.name))
        .bind(file.path.as_str())
        .bind(file.hidden)
        .bind(file.updated_at)
}

pub fn move_below(workspace_id: &str, from: &str, to: &str) -> Query {
    let (first, last) = range(from);
    query(&MOVE_BELOW)
        .bind(workspace_id)
        .bind(first)
        .bind(last)
        .bind(to)
}

pub fn delete(id: &str, now: Time) -> Query {
    query(&DELETE).bind(id).bind(now)
}

pub fn delete_below(folder: &File, now: Time) -> Query {
    let (first, last) = range(&folder.path);
    let query = query(&DELETE_BELOW).bind(folder.workspace_id.as_str());
    query.bind(first).bind(last).bind(now).bind(folder.id.as_str())
}

/// Takes back what was deleted with the file, whose place is this now and whose path was that.
pub fn restore(file: &File, was: &str) -> [Query; 2] {
    let one = query(&RESTORE)
        .bind(file.id.as_str())
        .bind(file.parent_id.as_deref().unwrap_or_default())
        .bind(file.name.as_str())
        .bind(name_key(file.kind, &file.name))
        .bind(file.updated_at);
    let all = query(&RESTORE_ALL)
        .bind(file.id.as_str())
        .bind(was)
        .bind(file.path.as_str());
    [one, all]
}

/// Removes for good what was deleted together, and what of its content nothing else uses.
pub fn purge(workspace_id: &str, id: &str, now: Time) -> [Query; 4] {
    [
        query(&RELEASE_PURGED).bind(workspace_id).bind(id),
        query(&DROP_UNUSED).bind(workspace_id).bind(now),
        query(&FORGET_UNUSED).bind(workspace_id),
        query(&PURGE).bind(id),
    ]
}

/// Workspace and id of what was put away before this time.
pub async fn purgeable(db: &Db, before: Time, limit: u32) -> Result<Vec<(String, String)>> {
    query(&PURGEABLE).bind(before).bind(limit).all(db).await
}

pub fn ingest_queued(id: &str, run_id: &str) -> Query {
    query(&INGEST_QUEUED).bind(id).bind(run_id)
}

pub fn ingest_begun(id: &str, hash: &str) -> Query {
    query(&INGEST_BEGUN).bind(id).bind(hash)
}

pub fn ingest_ended(file: &File, hash: &str) -> Query {
    query(&INGEST_ENDED)
        .bind(file.id.as_str())
        .bind(hash)
        .bind(file.ingest.status.as_str())
        .bind(file.ingest.error.clone())
        .bind(file.ingest_hash.clone())
        .bind(file.ingest.passages)
        .bind(file.ingest.pages)
}

pub fn ingest_closed(ids: Vec<String>, run_id: &str, error: &serde_json::Value) -> Query {
    query(&INGEST_CLOSED)
        .bind(Value::TextList(ids))
        .bind(run_id)
        .bind(error.clone())
}

/// Uses what is stored under the upload's key, or what there is of the same content unless it is `lost`.
pub fn use_blob(upload: &Upload, stored: &Stored, lost: Option<&str>, now: Time) -> Query {
    query(&USE_BLOB)
        .bind(upload.workspace_id.as_str())
        .bind(stored.sha256.as_str())
        .bind(upload.key.as_str())
        .bind(stored.size_bytes as i64)
        .bind(now)
        .bind(lost.unwrap_or_default())
}

pub fn use_again(workspace_id: &str, hash: &str) -> Query {
    query(&USE_AGAIN).bind(workspace_id).bind(hash)
}

/// One use less; when it was the last, the content becomes garbage.
pub fn release(workspace_id: &str, hash: &str, now: Time) -> [Query; 3] {
    [
        query(&RELEASE).bind(workspace_id).bind(hash),
        query(&DROP_UNUSED).bind(workspace_id).bind(now),
        query(&FORGET_UNUSED).bind(workspace_id),
    ]
}

/// Everything that a workspace has stored becomes garbage.
pub fn drop_workspace(workspace_id: &str, now: Time) -> [Query; 2] {
    [
        query(&DROP_WORKSPACE).bind(workspace_id).bind(now),
        query(&DROP_UPLOADS).bind(workspace_id).bind(now),
    ]
}

pub async fn blob_key(db: &Db, workspace_id: &str, hash: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = query(&BLOB_KEY)
        .bind(workspace_id)
        .bind(hash)
        .optional(db)
        .await?;
    Ok(row.map(|(key,)| key))
}

pub fn drop_stray(key: &str, now: Time) -> Query {
    query(&DROP_STRAY).bind(key).bind(now)
}

pub async fn get_upload(db: &Db, id: &str) -> Result<Option<Upload>> {
    query(&GET_UPLOAD).bind(id).optional(db).await
}

pub fn insert_upload(upload: &Upload) -> Query {
    query(&INSERT_UPLOAD)
        .bind(upload.id.as_str())
        .bind(upload.workspace_id.as_str())
        .bind(upload.user_id.as_str())
        .bind(upload.parent_id.as_str())
        .bind(upload.name.as_str())
        .bind(upload.media_type.as_str())
        .bind(upload.on_conflict.as_str())
        .bind(upload.size_bytes)
        .bind(upload.key.as_str())
        .bind(upload.multipart_id.clone())
        .bind(upload.received)
        .bind(upload.hash_state.clone())
        .bind(upload.created_at)
        .bind(upload.expires_at)
}

pub fn name_multipart(id: &str, multipart_id: &str) -> Query {
    query(&NAME_MULTIPART).bind(id).bind(multipart_id)
}

pub fn received(upload: &Upload, before: i64) -> Query {
    query(&RECEIVED)
        .bind(upload.id.as_str())
        .bind(before)
        .bind(upload.received)
        .bind(upload.hash_state.clone())
        .bind(upload.expires_at)
}

pub fn insert_part(upload_id: &str, number: i64, content_id: &str) -> Query {
    query(&INSERT_PART).bind(upload_id).bind(number).bind(content_id)
}

pub async fn parts(db: &Db, upload_id: &str, after: i64) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = query(&PARTS).bind(upload_id).bind(after).all(db).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The upload has become this file, and is remembered until then. What its parts have left is garbage.
pub fn become_file(upload: &Upload, file_id: &str, parts: &str, until: Time) -> Query {
    query(&BECOME_FILE)
        .bind(upload.id.as_str())
        .bind(file_id)
        .bind(parts)
        .bind(until)
}

pub fn end_upload(id: &str) -> Query {
    query(&END_UPLOAD).bind(id)
}

/// What an upload has stored becomes garbage, and the upload is no more. The file that it became stays.
pub fn drop_upload(id: &str, now: Time) -> [Query; 3] {
    let stray = drop_stray(&super::upload::key_of(id), now);
    [query(&DROP_UPLOAD).bind(id).bind(now), stray, end_upload(id)]
}

pub fn expire_broken(now: Time) -> Query {
    query(&EXPIRE_BROKEN).bind(now)
}

pub async fn expired(db: &Db, now: Time) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = query(&EXPIRED).bind(now).all(db).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub async fn garbage(run: impl Run, until: Time) -> Result<Vec<(String, Option<String>)>> {
    query(&GARBAGE).bind(until).all(run).await
}

pub fn forget_garbage(key: &str) -> Query {
    query(&FORGET_GARBAGE).bind(key)
}

pub fn defer_garbage(key: &str, until: Time) -> Query {
    query(&DEFER_GARBAGE).bind(key).bind(until)
}

/// A file and who put it there.
pub struct Owned(pub File, pub String);

impl FromRow for Owned {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self(File::read_row(row, 0)?, row.get(COLUMNS)?))
    }
}

pub async fn read_after(db: &Db, id: &str, limit: u32) -> Result<Vec<Owned>> {
    query(&READ_AFTER).bind(id).bind(limit).all(db).await
}

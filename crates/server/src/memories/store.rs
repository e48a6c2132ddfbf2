//! The SQL of memories, their versions and tags.

use futures_util::Stream;
use sql::{Db, FromRow, Query, Result, Row, Statement, Time, Value, query};

use crate::caller_sql;
use crate::http::auth::Resource;
use crate::memories::{Memory, MemoryEntry, Source, Status, VersionEntry, VersionView};

macro_rules! entry_columns {
    () => {
        "v.id, v.workspace_id, v.user_id, v.status, v.title, v.snippet, v.tags, v.sources, v.series, v.position, v.valid_from, \
         v.valid_until, v.version, v.last_used_at, v.created_at, v.updated_at"
    };
}

/// How many columns of a memory a list reads; its text comes after them.
pub const ENTRY_COLUMNS: usize = 16;

macro_rules! list {
    ($key:literal, $beyond:literal, $order:literal) => {
        concat!(
            "SELECT ",
            entry_columns!(),
            " FROM memories v WHERE v.workspace_id = $1 AND v.status = $2 AND (v.",
            $key,
            ", v.id) ",
            $beyond,
            " ($3, $4) AND (CAST($5 AS TEXT) IS NULL OR v.title_key LIKE $5 ESCAPE '\\') ORDER BY v.",
            $key,
            " ",
            $order,
            ", v.id ",
            $order,
            " LIMIT $6 OFFSET $7"
        )
    };
}

macro_rules! list_tagged {
    ($key:literal, $beyond:literal, $order:literal) => {
        concat!(
            "SELECT ", entry_columns!(), " FROM memory_tags t CROSS JOIN memories v WHERE t.workspace_id = $1 AND t.status = $2 AND t.tag = $8 \
             AND v.id = t.memory_id AND (v.", $key, ", v.id) ", $beyond,
            " ($3, $4) AND (CAST($5 AS TEXT) IS NULL OR v.title_key LIKE $5 ESCAPE '\\') ORDER BY v.", $key, " ", $order, ", v.id ", $order,
            " LIMIT $6 OFFSET $7"
        )
    };
}

sql::statements! {
    /// The caller, their role, and the memory that a path names.
    pub(crate) FIND_SCOPED = caller_sql!("SELECT caller.*, m.role, ", entry_columns!(), ", v.content FROM caller \
        LEFT JOIN memories v ON v.id = $3 LEFT JOIN memberships m ON m.user_id = caller.user_id AND m.workspace_id = v.workspace_id");
    /// A new memory.
    pub(crate) INSERT = "INSERT INTO memories (id, workspace_id, user_id, edited_by, status, title, title_key, snippet, tags, sources, series, \
        position, valid_from, valid_until, version, last_used_at, created_at, updated_at, content) \
        VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15, $16, $17)";
    /// The tags of a memory, for finding it by one.
    pub(crate) INSERT_TAGS = sqlite "INSERT INTO memory_tags (workspace_id, status, tag, memory_id) SELECT $1, $2, value, $3 FROM json_each($4)"
        postgres "INSERT INTO memory_tags (workspace_id, status, tag, memory_id) SELECT $1, $2, tag, $3 FROM unnest(CAST($4 AS TEXT[])) AS tag";
    /// Forgets the tags of a memory.
    pub(crate) DELETE_TAGS = "DELETE FROM memory_tags WHERE memory_id = $1";
    /// The last changed first.
    pub(crate) LIST_UPDATED = list!("updated_at", "<", "DESC");
    /// The last changed last.
    pub(crate) LIST_UPDATED_UP = list!("updated_at", ">", "ASC");
    /// The newest first.
    pub(crate) LIST_CREATED = list!("created_at", "<", "DESC");
    /// The oldest first.
    pub(crate) LIST_CREATED_UP = list!("created_at", ">", "ASC");
    /// By title.
    pub(crate) LIST_TITLE = list!("title_key", ">", "ASC");
    /// The last used first.
    pub(crate) LIST_USED = list!("last_used_at", "<", "DESC");
    /// Those with a tag, the last changed first.
    pub(crate) TAGGED_UPDATED = list_tagged!("updated_at", "<", "DESC");
    /// Those with a tag, the last changed last.
    pub(crate) TAGGED_UPDATED_UP = list_tagged!("updated_at", ">", "ASC");
    /// Those with a tag, the newest first.
    pub(crate) TAGGED_CREATED = list_tagged!("created_at", "<", "DESC");
    /// Those with a tag, the oldest first.
    pub(crate) TAGGED_CREATED_UP = list_tagged!("created_at", ">", "ASC");
    /// Those with a tag, by title.
    pub(crate) TAGGED_TITLE = list_tagged!("title_key", ">", "ASC");
    /// Those with a tag, the last used first.
    pub(crate) TAGGED_USED = list_tagged!("last_used_at", "<", "DESC");
    /// How many there are.
    pub(crate) COUNT = "SELECT COUNT(*) FROM memories v WHERE v.workspace_id = $1 AND v.status = $2 \
        AND (CAST($3 AS TEXT) IS NULL OR v.title_key LIKE $3 ESCAPE '\\')";
    /// How many have a tag.
    pub(crate) COUNT_TAGGED = "SELECT COUNT(*) FROM memory_tags t CROSS JOIN memories v WHERE t.workspace_id = $1 AND t.status = $2 AND t.tag = $4 \
        AND v.id = t.memory_id AND (CAST($3 AS TEXT) IS NULL OR v.title_key LIKE $3 ESCAPE '\\')";
    /// The tags of what is known in a workspace, the most used first.
    pub(crate) TAGS = "SELECT t.tag, COUNT(*) FROM memory_tags t WHERE t.workspace_id = $1 AND t.status = 'active' \
        GROUP BY t.tag ORDER BY COUNT(*) DESC, t.tag LIMIT $2";
    /// Some memories of a workspace, without their text: found by their ids, for no index has the workspace as it is
    /// compared here, and the workspace may have a hundred thousand.
    pub(crate) SOME = concat!("SELECT ", entry_columns!(), " FROM memories v WHERE v.workspace_id || '' = $1 AND v.id IN {$2}");
    /// The texts of some.
    pub(crate) TEXTS = "SELECT v.id, v.content FROM memories v WHERE v.workspace_id || '' = $1 AND v.id IN {$2}";
    /// Keeps what a memory says as one of its versions, if it is still that version.
    pub(crate) KEEP_VERSION = "INSERT INTO memory_versions (memory_id, version, user_id, created_at, title, snippet, tags, valid_from, valid_until, content) \
        SELECT v.id, v.version, v.edited_by, v.updated_at, v.title, v.snippet, v.tags, v.valid_from, v.valid_until, v.content \
        FROM memories v WHERE v.id = $1 AND v.version = $2";
    /// A memory says something else, if it is still that version; no text leaves the text.
    pub(crate) UPDATE = "UPDATE memories SET edited_by = $3, title = $4, title_key = $5, snippet = $6, tags = $7, sources = $8, series = $9, \
        position = $10, valid_from = $11, valid_until = $12, content = COALESCE(CAST($13 AS TEXT), content), version = version + 1, updated_at = $14 \
        WHERE id = $1 AND version = $2";
    /// A person says yes or no to a memory, if it still stands where they saw it.
    pub(crate) SET_STATUS = "UPDATE memories SET status = $3, updated_at = $4 WHERE id = $1 AND status = $2";
    /// The same for its tags.
    pub(crate) SET_TAG_STATUS = "UPDATE memory_tags SET status = $2 WHERE memory_id = $1";
    /// A memory with its versions and tags.
    pub(crate) DELETE = "DELETE FROM memories WHERE id = $1";
    /// What a memory said before, the newest first.
    pub(crate) VERSIONS = "SELECT version, user_id, created_at, title, snippet, tags, valid_from, valid_until FROM memory_versions \
        WHERE memory_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3";
    /// One of these, with its text.
    pub(crate) VERSION = "SELECT version, user_id, created_at, title, snippet, tags, valid_from, valid_until, content FROM memory_versions \
        WHERE memory_id = $1 AND version = $2";
    /// The next memories that are known, of all workspaces.
    pub(crate) ALL_AFTER = concat!("SELECT ", entry_columns!(), ", v.content FROM memories v WHERE v.id > $1 AND v.status = 'active' ORDER BY v.id LIMIT $2");
    /// A memory that is as it was read stays so until the end of the transaction.
    pub(crate) HOLD = "UPDATE memories SET version = version WHERE id = $1 AND version = $2 AND status = 'active'";
    /// Everything of a workspace, the oldest first, for an export.
    pub(crate) EXPORT = concat!("SELECT ", entry_columns!(), ", v.content FROM memories v WHERE v.workspace_id = $1 AND v.status = $2 \
        ORDER BY v.created_at, v.id");
}

/// Behind every id and every time, before every id and every time: where a list without a cursor begins.
const LAST_ID: &str = "~";
const LAST_TIME: Time = Time::from_micros(253_402_300_799_000_000);
const FIRST_ID: &str = "";
/// When something was last used that never was.
const NEVER: Time = Time::from_micros(0);

impl MemoryEntry {
    pub(super) fn read(row: &Row<'_>, at: usize) -> Result<Self> {
        let status: String = row.get(at + 3)?;
        let (tags, sources): (serde_json::Value, serde_json::Value) = (row.get(at + 6)?, row.get(at + 7)?);
        Ok(Self {
            id: row.get(at)?,
            workspace_id: row.get(at + 1)?,
            user_id: row.get(at + 2)?,
            status: Status::parse(&status),
            title: row.get(at + 4)?,
            snippet: row.get(at + 5)?,
            tags: words(tags),
            // A source of a newer version is left out rather than hides the memory.
            sources: serde_json::from_value::<Vec<Source>>(sources).unwrap_or_default(),
            series: row.get(at + 8)?,
            position: row.get(at + 9)?,
            valid_from: row.get(at + 10)?,
            valid_until: row.get(at + 11)?,
            version: row.get(at + 12)?,
            last_used_at: Some(row.get(at + 13)?).filter(|at| *at > NEVER),
            created_at: row.get(at + 14)?,
            updated_at: row.get(at + 15)?,
        })
    }
}

/// The texts of a JSON list.
fn words(list: serde_json::Value) -> Vec<String> {
    serde_json::from_value(list).unwrap_or_default()
}

impl FromRow for MemoryEntry {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Self::read(row, 0)
    }
}

impl FromRow for Memory {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        <Self as Resource>::read(row, 0)
    }
}

impl FromRow for VersionEntry {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            version: row.get(0)?,
            user_id: row.get(1)?,
            created_at: row.get(2)?,
            title: row.get(3)?,
            snippet: row.get(4)?,
            tags: words(row.get(5)?),
            valid_from: row.get(6)?,
            valid_until: row.get(7)?,
        })
    }
}

impl FromRow for VersionView {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            entry: VersionEntry::from_row(row)?,
            content: row.get(8)?,
        })
    }
}

pub fn insert(memory: &Memory) -> Query {
    let entry = &memory.entry;
    query(&INSERT)
        .bind(entry.id.as_str())
        .bind(entry.workspace_id.as_str())
        .bind(entry.user_id.as_str())
        .bind(entry.status.as_str())
        .bind(entry.title.as_str())
        .bind(entry.title.to_lowercase())
        .bind(entry.snippet.as_str())
        .bind(sql::Json(&entry.tags))
        .bind(sql::Json(&entry.sources))
        .bind(entry.series.as_deref())
        .bind(entry.position)
        .bind(entry.valid_from)
        .bind(entry.valid_until)
        .bind(entry.last_used_at.unwrap_or(NEVER))
        .bind(entry.created_at)
        .bind(entry.updated_at)
        .bind(memory.content.as_str())
}

pub fn insert_tags(entry: &MemoryEntry) -> Query {
    query(&INSERT_TAGS)
        .bind(entry.workspace_id.as_str())
        .bind(entry.status.as_str())
        .bind(entry.id.as_str())
        .bind(entry.tags.as_slice())
}

pub fn delete_tags(id: &str) -> Query {
    query(&DELETE_TAGS).bind(id)
}

/// In which order a list of memories stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Updated,
    UpdatedUp,
    Created,
    CreatedUp,
    Title,
    Used,
}

/// What a list of memories asks for.
pub struct Listing {
    pub status: Status,
    pub tag: Option<String>,
    pub like: Option<String>,
    pub order: Order,
    pub after: Option<(Value, String)>,
    pub limit: u32,
    pub offset: u64,
}

impl Listing {
    fn statement(&self) -> &'static Statement {
        match (self.order, self.tag.is_some()) {
            (Order::Updated, false) => &LIST_UPDATED,
            (Order::UpdatedUp, false) => &LIST_UPDATED_UP,
            (Order::Created, false) => &LIST_CREATED,
            (Order::CreatedUp, false) => &LIST_CREATED_UP,
            (Order::Title, false) => &LIST_TITLE,
            (Order::Used, false) => &LIST_USED,
            (Order::Updated, true) => &TAGGED_UPDATED,
            (Order::UpdatedUp, true) => &TAGGED_UPDATED_UP,
            (Order::Created, true) => &TAGGED_CREATED,
            (Order::CreatedUp, true) => &TAGGED_CREATED_UP,
            (Order::Title, true) => &TAGGED_TITLE,
            (Order::Used, true) => &TAGGED_USED,
        }
    }

    /// Before the first row.
    fn begin(&self) -> (Value, String) {
        match self.order {
            Order::Updated | Order::Created | Order::Used => (LAST_TIME.into(), LAST_ID.to_owned()),
            Order::UpdatedUp | Order::CreatedUp => (NEVER.into(), FIRST_ID.to_owned()),
            Order::Title => (Value::Text(String::new()), FIRST_ID.to_owned()),
        }
    }
}

/// The sort value of a row, for the cursor behind it.
pub fn sort_value(entry: &MemoryEntry, order: Order) -> serde_json::Value {
    let time = |at: Time| serde_json::Value::from(at.to_string());
    match order {
        Order::Updated | Order::UpdatedUp => time(entry.updated_at),
        Order::Created | Order::CreatedUp => time(entry.created_at),
        Order::Title => entry.title.to_lowercase().into(),
        Order::Used => time(entry.last_used_at.unwrap_or(NEVER)),
    }
}

pub async fn list(db: &Db, workspace_id: &str, listing: Listing) -> Result<Vec<MemoryEntry>> {
    let statement = listing.statement();
    let (key, id) = listing.after.clone().unwrap_or_else(|| listing.begin());
    let bound = query(statement)
        .bind(workspace_id)
        .bind(listing.status.as_str())
        .bind(key)
        .bind(id)
        .bind(listing.like)
        .bind(listing.limit)
        .bind(listing.offset);
    match listing.tag {
        Some(tag) => bound.bind(tag).all(db).await,
        None => bound.all(db).await,
    }
}

pub async fn count(
    db: &Db,
    workspace_id: &str,
    status: Status,
    tag: Option<&str>,
    like: Option<String>,
) -> Result<i64> {
    let bound = query(if tag.is_some() { &COUNT_TAGGED } else { &COUNT })
        .bind(workspace_id)
        .bind(status.as_str())
        .bind(like);
    let bound = match tag {
        Some(tag) => bound.bind(tag),
        None => bound,
    };
    Ok(bound.one::<(i64,)>(db).await?.0)
}

pub async fn tags(db: &Db, workspace_id: &str, limit: u32) -> Result<Vec<(String, i64)>> {
    query(&TAGS).bind(workspace_id).bind(limit).all(db).await
}

pub async fn some(db: &Db, workspace_id: &str, ids: Vec<&str>) -> Result<Vec<MemoryEntry>> {
    query(&SOME).bind(workspace_id).bind(ids).all(db).await
}

pub async fn texts(db: &Db, workspace_id: &str, ids: Vec<&str>) -> Result<Vec<(String, String)>> {
    query(&TEXTS).bind(workspace_id).bind(ids).all(db).await
}

pub fn keep_version(id: &str, version: i64) -> Query {
    query(&KEEP_VERSION).bind(id).bind(version)
}

/// Writes the entry, and the text when there is a new one, over version `before`.
pub fn update(entry: &MemoryEntry, before: i64, content: Option<&str>, edited_by: &str) -> Query {
    query(&UPDATE)
        .bind(entry.id.as_str())
        .bind(before)
        .bind(edited_by)
        .bind(entry.title.as_str())
        .bind(entry.title.to_lowercase())
        .bind(entry.snippet.as_str())
        .bind(sql::Json(&entry.tags))
        .bind(sql::Json(&entry.sources))
        .bind(entry.series.as_deref())
        .bind(entry.position)
        .bind(entry.valid_from)
        .bind(entry.valid_until)
        .bind(content)
        .bind(entry.updated_at)
}

pub fn set_status(id: &str, from: Status, to: Status, now: Time) -> Query {
    query(&SET_STATUS)
        .bind(id)
        .bind(from.as_str())
        .bind(to.as_str())
        .bind(now)
}

pub fn set_tag_status(id: &str, to: Status) -> Query {
    query(&SET_TAG_STATUS).bind(id).bind(to.as_str())
}

pub fn delete(id: &str) -> Query {
    query(&DELETE).bind(id)
}

pub async fn versions(db: &Db, id: &str, before: i64, limit: u32) -> Result<Vec<VersionEntry>> {
    query(&VERSIONS).bind(id).bind(before).bind(limit).all(db).await
}

pub async fn version(db: &Db, id: &str, version: i64) -> Result<Option<VersionView>> {
    query(&VERSION).bind(id).bind(version).optional(db).await
}

pub fn export(
    db: &Db,
    workspace_id: &str,
    status: Status,
) -> impl Stream<Item = Result<Memory>> + Send + use<> {
    query(&EXPORT).bind(workspace_id).bind(status.as_str()).stream(db)
}

pub async fn all_after(db: &Db, id: &str, limit: u32) -> Result<Vec<Memory>> {
    query(&ALL_AFTER).bind(id).bind(limit).all(db).await
}

pub fn hold(entry: &MemoryEntry) -> Query {
    query(&HOLD).bind(entry.id.as_str()).bind(entry.version)
}

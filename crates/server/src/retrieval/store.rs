//! The SQL of what hits belong to, and of how far it is with what can not be found yet.

use sql::{Db, FromRow, Query, Result, Row, Time, query};

sql::statements! {
    /// The titles of conversations, for the messages that were found in them.
    pub(crate) TITLES = "SELECT id, title FROM conversations WHERE id IN {$1}";
    /// How far it is with each kind of thing.
    pub(crate) STANDS = "SELECT name, at, finished_at IS NOT NULL FROM backfills LIMIT 10";
    /// It begins.
    pub(crate) BEGIN_STAND = "INSERT INTO backfills (name, at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    /// It goes on, from where it was.
    pub(crate) MOVE_STAND = "UPDATE backfills SET at = $3, finished_at = $4 WHERE name = $1 AND at = $2 AND finished_at IS NULL";
    /// It begins anew.
    pub(crate) FORGET_STAND = "DELETE FROM backfills WHERE name = $1";
    /// Of the memories of workspaces behind one, no more than a bound: how many, and how many of them can not be found.
    pub(crate) MEMORIES_LACKING = "SELECT count(*), CAST(COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM passages AS p \
        WHERE p.owner_id = behind.id AND p.part = 0) THEN 0 ELSE 1 END), 0) AS BIGINT) FROM (SELECT id FROM memories \
        WHERE workspace_id IN {$1} AND status = 'active' AND id > $2 LIMIT $3) AS behind";
    /// The same of messages that say something, behind one of a conversation.
    pub(crate) MESSAGES_LACKING = "SELECT count(*), CAST(COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM passages AS p \
        WHERE p.owner_id = behind.id AND p.part = 0) THEN 0 ELSE 1 END), 0) AS BIGINT) FROM (SELECT x.id FROM conversations AS v \
        CROSS JOIN messages AS x WHERE v.workspace_id IN {$1} AND v.id >= $2 AND x.conversation_id = v.id \
        AND (v.id > $2 OR x.id > $3) AND x.status <> 'generating' AND trim(x.content) <> '' LIMIT $4) AS behind";
    /// How many memories of workspaces are behind one.
    pub(crate) MEMORIES_BEHIND = "SELECT count(*) FROM memories WHERE workspace_id IN {$1} AND status = 'active' AND id > $2";
    /// How many messages are in the conversations of workspaces from one on.
    pub(crate) MESSAGES_BEHIND = "SELECT CAST(COALESCE(SUM(message_count), 0) AS BIGINT) FROM conversations WHERE workspace_id IN {$1} AND id >= $2";
}

/// The titles of these conversations.
pub async fn titles(db: &Db, ids: Vec<String>) -> Result<Vec<(String, String)>> {
    query(&TITLES).bind(ids).all(db).await
}

/// How far it is with a kind of thing.
#[derive(Debug)]
pub struct Stand {
    pub name: String,
    pub at: String,
    pub finished: bool,
}

impl FromRow for Stand {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            name: row.get(0)?,
            at: row.get(1)?,
            finished: row.get(2)?,
        })
    }
}

pub async fn stands(db: &Db) -> Result<Vec<Stand>> {
    query(&STANDS).all(db).await
}

pub fn begin_stand(name: &str, at: &str) -> Query {
    query(&BEGIN_STAND).bind(name).bind(at)
}

pub fn move_stand(stand: &Stand, to: &str, finished_at: Option<Time>) -> Query {
    query(&MOVE_STAND)
        .bind(stand.name.as_str())
        .bind(stand.at.as_str())
        .bind(to)
        .bind(finished_at)
}

pub fn forget_stand(name: &str) -> Query {
    query(&FORGET_STAND).bind(name)
}

/// How many were looked at, and how many of them lack passages.
pub async fn memories_lacking(db: &Db, workspaces: &[String], id: &str, bound: i64) -> Result<(i64, i64)> {
    let bound_to = query(&MEMORIES_LACKING).bind(workspaces);
    bound_to.bind(id).bind(bound).one(db).await
}

/// The same of messages.
pub async fn messages_lacking(
    db: &Db,
    workspaces: &[String],
    (conversation_id, id): (&str, &str),
    bound: i64,
) -> Result<(i64, i64)> {
    query(&MESSAGES_LACKING)
        .bind(workspaces)
        .bind(conversation_id)
        .bind(id)
        .bind(bound)
        .one(db)
        .await
}

pub async fn memories_behind(db: &Db, workspaces: &[String], id: &str) -> Result<i64> {
    let found: (i64,) = query(&MEMORIES_BEHIND).bind(workspaces).bind(id).one(db).await?;
    Ok(found.0)
}

/// `seen` of the first conversation's messages are not counted.
pub async fn messages_behind(
    db: &Db,
    workspaces: &[String],
    conversation_id: &str,
    seen: i64,
) -> Result<i64> {
    let found: (i64,) = query(&MESSAGES_BEHIND)
        .bind(workspaces)
        .bind(conversation_id)
        .one(db)
        .await?;
    // The conversation that is being looked at may be another workspace's.
    Ok((found.0 - seen).max(0))
}

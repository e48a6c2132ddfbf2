//! The SQL of administration.

use sql::{Db, FromRow, Query, Result, Row, Time, query};

use super::{AdminConversation, AdminUser, UserSort};
use crate::accounts::{self, UserView};

macro_rules! users {
    ($which:literal, $order:literal, $month:literal) => {
        concat!(
            "SELECT u.id, u.email, u.name, u.is_admin, u.disabled_at, u.created_at, \
             (SELECT COUNT(*) FROM conversations v WHERE v.user_id = u.id), \
             (SELECT CAST(COALESCE(SUM(h.cost_micros), 0) AS BIGINT) FROM usage_hours h WHERE h.user_id = u.id AND h.hour >= ",
            $month,
            "), (SELECT MAX(c.last_used_at) FROM credentials c WHERE c.user_id = u.id), u.limits FROM users u WHERE ",
            $which,
            " (CAST($3 AS TEXT) IS NULL OR LOWER(u.name) LIKE $3 ESCAPE '\\' OR u.email LIKE $3 ESCAPE '\\') ",
            $order
        )
    };
}

macro_rules! conversations {
    ($which:literal) => {
        concat!(
            "SELECT v.id, v.title, v.kind, v.workspace_id, w.name, v.user_id, u.name, v.message_count, v.cost_micros, \
             v.last_message_at, v.created_at FROM conversations v JOIN workspaces w ON w.id = v.workspace_id \
             JOIN users u ON u.id = v.user_id WHERE ",
            $which,
            " AND (CAST($4 AS TEXT) IS NULL OR LOWER(v.title) LIKE $4 ESCAPE '\\') "
        )
    };
}

sql::statements! {
    /// All users, oldest first, with what they did.
    pub(crate) LIST_USERS = users!("(u.created_at, u.id) > ($1, $2) AND", "ORDER BY u.created_at, u.id LIMIT $4", "$5");
    /// The newest first.
    pub(crate) LIST_USERS_DOWN =
        users!("(u.created_at, u.id) < ($1, $2) AND", "ORDER BY u.created_at DESC, u.id DESC LIMIT $4", "$5");
    /// By their conversations, the fewest first.
    pub(crate) LIST_USERS_BY_CONVERSATIONS = users!("", "ORDER BY 7, u.id LIMIT $4 OFFSET $1", "$2");
    /// The most first.
    pub(crate) LIST_USERS_BY_CONVERSATIONS_DOWN = users!("", "ORDER BY 7 DESC, u.id LIMIT $4 OFFSET $1", "$2");
    /// By what models cost them this month, the least first.
    pub(crate) LIST_USERS_BY_COST = users!("", "ORDER BY 8, u.id LIMIT $4 OFFSET $1", "$2");
    /// The most first.
    pub(crate) LIST_USERS_BY_COST_DOWN = users!("", "ORDER BY 8 DESC, u.id LIMIT $4 OFFSET $1", "$2");
    /// The conversations of all, newest first.
    pub(crate) LIST_CONVERSATIONS = concat!(conversations!("(v.created_at, v.id) < ($1, $2) AND CAST($3 AS TEXT) = ''"),
        "ORDER BY v.created_at DESC, v.id DESC LIMIT $5");
    /// Those of a user.
    pub(crate) LIST_CONVERSATIONS_OF_USER = concat!(conversations!("(v.created_at, v.id) < ($1, $2) AND v.user_id = $3"),
        "ORDER BY v.created_at DESC, v.id DESC LIMIT $5");
    /// Those of a workspace, by their last message.
    pub(crate) LIST_CONVERSATIONS_OF_WORKSPACE = concat!(conversations!("(v.last_message_at, v.id) < ($1, $2) AND v.workspace_id = $3"),
        "ORDER BY v.last_message_at DESC, v.id DESC LIMIT $5");
    /// Conversations that nothing happened in since a time.
    pub(crate) LEFT_ALONE = "SELECT id FROM conversations WHERE updated_at < $1 AND pinned_at IS NULL AND active_run_id IS NULL \
        ORDER BY updated_at LIMIT $2";
    /// Forgets the oldest calls that are counted.
    pub(crate) DELETE_CALLS = "DELETE FROM usage_calls WHERE id IN (SELECT id FROM usage_calls WHERE id < $1 AND settled_at IS NOT NULL \
        ORDER BY id LIMIT $2)";
    /// Forgets hours.
    pub(crate) DELETE_HOURS = "DELETE FROM usage_hours WHERE hour < $1";
}

impl FromRow for AdminUser {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            user: UserView::from_row(row)?,
            conversations: row.get(6)?,
            cost_micros: row.get(7)?,
            last_seen_at: row.get(8)?,
            limits: accounts::rates(row.get(9)?).unwrap_or_default(),
        })
    }
}

/// Where a page of users begins.
pub enum Start {
    /// Behind this one.
    After(Option<(Time, String)>),
    /// Behind so many.
    Offset(u64),
}

pub async fn list_users(
    db: &Db,
    sort: UserSort,
    q: Option<String>,
    (start, limit): (Start, u32),
    month: Time,
) -> Result<Vec<AdminUser>> {
    let statement = match sort {
        UserSort::Created => &LIST_USERS,
        UserSort::CreatedDown => &LIST_USERS_DOWN,
        UserSort::Conversations => &LIST_USERS_BY_CONVERSATIONS,
        UserSort::ConversationsDown => &LIST_USERS_BY_CONVERSATIONS_DOWN,
        UserSort::Cost => &LIST_USERS_BY_COST,
        UserSort::CostDown => &LIST_USERS_BY_COST_DOWN,
    };
    let list = query(statement);
    let list = match start {
        Start::Offset(offset) => list.bind(offset).bind(month).bind(q).bind(limit),
        Start::After(after) => {
            let first = match sort {
                UserSort::CreatedDown => Time::from_micros(i64::MAX / 2),
                _ => Time::from_micros(0),
            };
            let (at, id) = after.unwrap_or((first, String::new()));
            list.bind(at).bind(id).bind(q).bind(limit).bind(month)
        }
    };
    list.all(db).await
}

impl FromRow for AdminConversation {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            title: row.get(1)?,
            kind: row.get(2)?,
            workspace_id: row.get(3)?,
            workspace_name: row.get(4)?,
            user_id: row.get(5)?,
            user_name: row.get(6)?,
            message_count: row.get(7)?,
            cost_micros: row.get(8)?,
            last_message_at: row.get(9)?,
            created_at: row.get(10)?,
        })
    }
}

/// Whose conversations.
pub enum Of<'a> {
    /// Everybody's, by when they were begun.
    All,
    /// Those that a user began, by when.
    User(&'a str),
    /// Those in a workspace, by their last message.
    Workspace(&'a str),
}

pub async fn list_conversations(
    db: &Db,
    of: &Of<'_>,
    q: Option<String>,
    before: Option<(Time, String)>,
    limit: u32,
) -> Result<Vec<AdminConversation>> {
    let (at, id) = before.unwrap_or((Time::from_micros(i64::MAX / 2), String::new()));
    let (statement, whose) = match of {
        Of::All => (&LIST_CONVERSATIONS, ""),
        Of::User(id) => (&LIST_CONVERSATIONS_OF_USER, *id),
        Of::Workspace(id) => (&LIST_CONVERSATIONS_OF_WORKSPACE, *id),
    };
    query(statement)
        .bind(at)
        .bind(id)
        .bind(whose)
        .bind(q)
        .bind(limit)
        .all(db)
        .await
}

pub async fn left_alone(db: &Db, since: Time, limit: usize) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = query(&LEFT_ALONE).bind(since).bind(limit).all(db).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Forgets calls with ids before this one; says how many.
pub async fn delete_calls(db: &Db, before_id: &str, limit: usize) -> Result<u64> {
    query(&DELETE_CALLS).bind(before_id).bind(limit).execute(db).await
}

pub fn delete_hours(before: Time) -> Query {
    query(&DELETE_HOURS).bind(before)
}

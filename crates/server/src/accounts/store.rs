//! The SQL of users and credentials.

use sql::{Db, FromRow, Json, Query, Result, Row, Run, Time, query};

use crate::accounts::{CallerRow, NewUser, Preferences, UserView, rates};
use crate::caller_sql;
use crate::limits::Rates;

sql::statements! {
    /// The user of a valid credential, for every request that names no row.
    pub(crate) FIND_CALLER = caller_sql!("SELECT * FROM caller");
    /// The same with what the user has set; for the start of the client.
    pub(crate) FIND_MYSELF = caller_sql!("SELECT caller.*, u.preferences FROM caller LEFT JOIN users u ON u.id = caller.user_id");
    /// What a user has set, held until the change of it is written.
    pub(crate) LOCK_PREFERENCES = "SELECT preferences FROM users WHERE id = $1 {for_update}";
    /// What a user has set from now on.
    pub(crate) SET_PREFERENCES = "UPDATE users SET preferences = $2, updated_at = $3 WHERE id = $1";
    /// A new user; administrator when asked for, or when there is no user yet. With $7, only when there is none.
    pub(crate) INSERT_USER = "INSERT INTO users (id, email, name, password_hash, is_admin, founder, created_at, updated_at) \
        SELECT $1, $2, $3, $4, (CAST($5 AS BOOLEAN) OR NOT EXISTS (SELECT 1 FROM users)), \
        CASE WHEN NOT EXISTS (SELECT 1 FROM users) THEN TRUE END, CAST($6 AS TIMESTAMPTZ), CAST($6 AS TIMESTAMPTZ) \
        WHERE NOT CAST($7 AS BOOLEAN) OR NOT EXISTS (SELECT 1 FROM users)";
    /// A user by id, and what limits them.
    pub(crate) GET_USER = "SELECT id, email, name, is_admin, disabled_at, created_at, limits FROM users WHERE id = $1";
    /// What a login is checked against.
    pub(crate) FIND_LOGIN = "SELECT id, password_hash, disabled_at FROM users WHERE email = $1";
    /// All users, oldest first; for the command line.
    pub(crate) LIST_USERS = "SELECT id, email, name, is_admin, disabled_at, created_at FROM users \
        WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3";
    /// Whether anybody has an account.
    pub(crate) ANY_USER = "SELECT EXISTS (SELECT 1 FROM users)";
    /// What an administrator changes of a user; null leaves it.
    pub(crate) UPDATE_USER = "UPDATE users SET name = COALESCE($2, name), is_admin = COALESCE($3, is_admin), updated_at = $4 WHERE id = $1";
    /// What limits a user from now on; null for nothing.
    pub(crate) SET_LIMITS = "UPDATE users SET limits = $2, updated_at = $3 WHERE id = $1";
    /// Switches an account off or, with null, on.
    pub(crate) SET_DISABLED = "UPDATE users SET disabled_at = $2, updated_at = $3 WHERE id = $1";
    /// Whether an administrator other than this one is left.
    pub(crate) ANOTHER_ADMIN = "SELECT EXISTS (SELECT 1 FROM users WHERE is_admin AND disabled_at IS NULL AND id <> $1)";
    /// A new password.
    pub(crate) SET_PASSWORD = "UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1";
    /// A new session.
    pub(crate) INSERT_SESSION = "INSERT INTO credentials (id, user_id, kind, token_hash, name, prefix, scopes, user_agent, address, \
        created_at, expires_at) VALUES ($1, $2, 'session', $3, '', '', $4, $5, $6, $7, $8)";
    /// A user's sessions, newest first.
    pub(crate) LIST_SESSIONS = "SELECT id, user_agent, address, created_at, last_used_at, expires_at FROM credentials \
        WHERE user_id = $1 AND kind = 'session' AND (expires_at IS NULL OR expires_at > $2) ORDER BY created_at DESC LIMIT 100";
    /// Revokes one credential of this user.
    pub(crate) DELETE_CREDENTIAL = "DELETE FROM credentials WHERE user_id = $1 AND kind = $2 AND id = $3 \
        AND workspace_id IS NULL";
    /// Ends a user's sessions but one.
    pub(crate) DELETE_OTHER_SESSIONS = "DELETE FROM credentials WHERE user_id = $1 AND kind = 'session' AND id <> $2";
    /// Ends everything that a user is logged in with. Keys of workspaces are not the user's, whoever made them.
    pub(crate) DELETE_ALL_CREDENTIALS = "DELETE FROM credentials WHERE user_id = $1 AND workspace_id IS NULL";
    /// When it was last used.
    pub(crate) TOUCH_CREDENTIAL = "UPDATE credentials SET last_used_at = $2 WHERE id = $1";
    /// The housekeeping of expired credentials.
    pub(crate) DELETE_EXPIRED = "DELETE FROM credentials WHERE expires_at < $1";
}

pub async fn find_caller(db: &Db, token_hash: &str, now: Time) -> Result<Option<CallerRow>> {
    query(&FIND_CALLER).bind(token_hash).bind(now).optional(db).await
}

/// The user of a valid credential, and what they have set.
pub struct Myself {
    pub user: CallerRow,
    pub preferences: Preferences,
}

impl FromRow for Myself {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            user: CallerRow::from_row(row)?,
            preferences: preferences(row.get(CallerRow::COLUMNS)?),
        })
    }
}

/// What cannot be read, because a newer version wrote it, is as if nothing had been set.
fn preferences(stored: Option<serde_json::Value>) -> Preferences {
    stored
        .and_then(|stored| serde_json::from_value(stored).ok())
        .unwrap_or_default()
}

pub async fn find_myself(db: &Db, token_hash: &str, now: Time) -> Result<Option<Myself>> {
    query(&FIND_MYSELF).bind(token_hash).bind(now).optional(db).await
}

pub async fn lock_preferences(run: impl Run, user_id: &str) -> Result<Preferences> {
    let (stored,): (Option<serde_json::Value>,) = query(&LOCK_PREFERENCES).bind(user_id).one(run).await?;
    Ok(preferences(stored))
}

pub fn set_preferences(user_id: &str, preferences: &Preferences, now: Time) -> Query {
    query(&SET_PREFERENCES)
        .bind(user_id)
        .bind(Json(preferences))
        .bind(now)
}

pub fn insert_user(id: &str, new: &NewUser, hash: &str, only_first: bool, now: Time) -> Query {
    query(&INSERT_USER)
        .bind(id)
        .bind(new.email.as_str())
        .bind(new.name.as_str())
        .bind(hash)
        .bind(new.is_admin)
        .bind(now)
        .bind(only_first)
}

impl FromRow for UserView {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            email: row.get(1)?,
            name: row.get(2)?,
            is_admin: row.get(3)?,
            disabled: row.get::<Option<Time>>(4)?.is_some(),
            created_at: row.get(5)?,
        })
    }
}

pub async fn get_user(db: &Db, id: &str) -> Result<Option<UserView>> {
    query(&GET_USER).bind(id).optional(db).await
}

/// A user, and what limits them.
#[derive(Clone)]
pub struct Limited {
    pub user: UserView,
    pub rates: Rates,
}

impl FromRow for Limited {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            user: UserView::from_row(row)?,
            rates: rates(row.get(6)?).unwrap_or_default(),
        })
    }
}

pub async fn get_limited(db: &Db, id: &str) -> Result<Option<Limited>> {
    query(&GET_USER).bind(id).optional(db).await
}

/// What a login is checked against.
pub struct LoginRow {
    pub id: String,
    pub password_hash: String,
    pub disabled: bool,
}

impl FromRow for LoginRow {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            password_hash: row.get(1)?,
            disabled: row.get::<Option<Time>>(2)?.is_some(),
        })
    }
}

pub async fn find_login(db: &Db, email: &str) -> Result<Option<LoginRow>> {
    query(&FIND_LOGIN).bind(email).optional(db).await
}

pub async fn list_users(db: &Db, after: Option<(Time, String)>, limit: u32) -> Result<Vec<UserView>> {
    let (at, id) = after.unwrap_or((Time::from_micros(0), String::new()));
    query(&LIST_USERS).bind(at).bind(id).bind(limit).all(db).await
}

pub async fn any_user(db: &Db) -> Result<bool> {
    Ok(query(&ANY_USER).one::<(bool,)>(db).await?.0)
}

pub async fn another_admin(db: &Db, id: &str) -> Result<bool> {
    Ok(query(&ANOTHER_ADMIN).bind(id).one::<(bool,)>(db).await?.0)
}

pub fn update_user(id: &str, name: Option<&str>, is_admin: Option<bool>, now: Time) -> Query {
    query(&UPDATE_USER).bind(id).bind(name).bind(is_admin).bind(now)
}

pub fn set_limits(id: &str, rates: Rates, now: Time) -> Query {
    query(&SET_LIMITS)
        .bind(id)
        .bind(rates.is_any().then_some(Json(rates)))
        .bind(now)
}

pub fn set_disabled(id: &str, at: Option<Time>, now: Time) -> Query {
    query(&SET_DISABLED).bind(id).bind(at).bind(now)
}

pub fn set_password(id: &str, hash: &str, now: Time) -> Query {
    query(&SET_PASSWORD).bind(id).bind(hash).bind(now)
}

/// A session to be stored.
pub struct NewSession {
    pub id: String,
    pub user_id: String,
    pub token_hash: String,
    pub scopes: String,
    pub user_agent: Option<String>,
    pub address: Option<String>,
    pub created_at: Time,
    pub expires_at: Option<Time>,
}

pub fn insert_session(new: &NewSession) -> Query {
    query(&INSERT_SESSION)
        .bind(new.id.as_str())
        .bind(new.user_id.as_str())
        .bind(new.token_hash.as_str())
        .bind(new.scopes.as_str())
        .bind(new.user_agent.clone())
        .bind(new.address.clone())
        .bind(new.created_at)
        .bind(new.expires_at)
}

/// A stored session, without its hash.
pub struct Session {
    pub id: String,
    pub user_agent: Option<String>,
    pub address: Option<String>,
    pub created_at: Time,
    pub last_used_at: Option<Time>,
    pub expires_at: Option<Time>,
}

impl FromRow for Session {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            user_agent: row.get(1)?,
            address: row.get(2)?,
            created_at: row.get(3)?,
            last_used_at: row.get(4)?,
            expires_at: row.get(5)?,
        })
    }
}

pub async fn list_sessions(db: &Db, user_id: &str, now: Time) -> Result<Vec<Session>> {
    query(&LIST_SESSIONS).bind(user_id).bind(now).all(db).await
}

pub async fn delete_credential(db: &Db, user_id: &str, kind: &str, id: &str) -> Result<bool> {
    Ok(query(&DELETE_CREDENTIAL)
        .bind(user_id)
        .bind(kind)
        .bind(id)
        .execute(db)
        .await?
        > 0)
}

pub fn delete_other_sessions(user_id: &str, keep: &str) -> Query {
    query(&DELETE_OTHER_SESSIONS).bind(user_id).bind(keep)
}

pub fn delete_all_credentials(user_id: &str) -> Query {
    query(&DELETE_ALL_CREDENTIALS).bind(user_id)
}

pub fn touch_credential(id: &str, at: Time) -> Query {
    query(&TOUCH_CREDENTIAL).bind(id).bind(at)
}

pub async fn delete_expired(db: &Db, now: Time) -> Result<u64> {
    query(&DELETE_EXPIRED).bind(now).execute(db).await
}

//! The SQL of API keys.

use sql::{Db, FromRow, Json, Query, Result, Row, Time, query};

use super::Owner;
use crate::accounts::{limits, rates};
use crate::limits::{Limits, Rates};

sql::statements! {
    /// A new API key.
    pub(crate) INSERT = "INSERT INTO credentials (id, user_id, workspace_id, kind, token_hash, name, prefix, scopes, limits, created_at, \
        expires_at) VALUES ($1, $2, $3, 'key', $4, $5, $6, $7, $8, $9, $10)";
    /// A user's keys, newest first.
    pub(crate) LIST_OF_USER = "SELECT id, name, prefix, scopes, limits, created_at, last_used_at, expires_at FROM credentials \
        WHERE user_id = $1 AND kind = 'key' AND workspace_id IS NULL AND (expires_at IS NULL OR expires_at > $2) \
        ORDER BY created_at DESC LIMIT 100";
    /// A workspace's keys, newest first.
    pub(crate) LIST_OF_WORKSPACE = "SELECT id, name, prefix, scopes, limits, created_at, last_used_at, expires_at FROM credentials \
        WHERE workspace_id = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY created_at DESC LIMIT 100";
    /// All keys with whose they are, oldest first, after a cursor.
    pub(crate) LIST_ALL = "SELECT c.id, c.name, c.prefix, c.scopes, c.limits, c.created_at, c.last_used_at, c.expires_at, u.id, u.name, \
        u.email, w.id, w.name FROM credentials c JOIN users u ON u.id = c.user_id LEFT JOIN workspaces w ON w.id = c.workspace_id \
        WHERE c.kind = 'key' AND (c.created_at, c.id) > ($1, $2) AND (CAST($3 AS TEXT) IS NULL OR LOWER(c.name) LIKE $3 ESCAPE '\\' \
        OR LOWER(u.name) LIKE $3 ESCAPE '\\' OR LOWER(w.name) LIKE $3 ESCAPE '\\') ORDER BY c.created_at, c.id LIMIT $4";
    /// A key of this user.
    pub(crate) FIND_OF_USER = "SELECT id, name, prefix, scopes, limits, created_at, last_used_at, expires_at FROM credentials \
        WHERE id = $1 AND kind = 'key' AND user_id = $2 AND workspace_id IS NULL";
    /// A key of this workspace.
    pub(crate) FIND_OF_WORKSPACE = "SELECT id, name, prefix, scopes, limits, created_at, last_used_at, expires_at FROM credentials \
        WHERE id = $1 AND kind = 'key' AND workspace_id = $2";
    /// What limits a key that is still valid, and the user whose it is.
    pub(crate) LIMITS_OF = "SELECT c.limits, CASE WHEN c.workspace_id IS NULL THEN u.limits END FROM credentials c \
        JOIN users u ON u.id = c.user_id WHERE c.id = $1 AND (c.expires_at IS NULL OR c.expires_at > $2)";
    /// A key's name and limits from now on.
    pub(crate) UPDATE = "UPDATE credentials SET name = $2, limits = $3 WHERE id = $1 AND kind = 'key'";
    /// Revokes a key of this workspace.
    pub(crate) DELETE_OF_WORKSPACE = "DELETE FROM credentials WHERE id = $2 AND kind = 'key' AND workspace_id = $1";
    /// Revokes anybody's key.
    pub(crate) DELETE_ANY = "DELETE FROM credentials WHERE id = $1 AND kind = 'key'";
    /// Who made a key, the workspace it belongs to, and its name.
    pub(crate) OWNER_OF = "SELECT user_id, workspace_id, name FROM credentials WHERE id = $1 AND kind = 'key'";
}

/// A key to be stored.
pub(super) struct NewCredential {
    pub id: String,
    pub made_by: String,
    pub workspace_id: Option<String>,
    pub token_hash: String,
    pub name: String,
    pub prefix: String,
    pub scopes: String,
    pub limits: Limits,
    pub created_at: Time,
    pub expires_at: Option<Time>,
}

impl NewCredential {
    /// As it will be read back.
    pub fn into_stored(self) -> Key {
        Key {
            id: self.id,
            name: self.name,
            prefix: self.prefix,
            scopes: self.scopes,
            limits: self.limits,
            created_at: self.created_at,
            last_used_at: None,
            expires_at: self.expires_at,
        }
    }
}

/// Nothing is stored for a key without limits.
fn stored(limits: &Limits) -> Option<Json<Limits>> {
    (!limits.is_none()).then(|| Json(limits.clone()))
}

pub(super) fn insert(new: &NewCredential) -> Query {
    query(&INSERT)
        .bind(new.id.as_str())
        .bind(new.made_by.as_str())
        .bind(new.workspace_id.clone())
        .bind(new.token_hash.as_str())
        .bind(new.name.as_str())
        .bind(new.prefix.as_str())
        .bind(new.scopes.as_str())
        .bind(stored(&new.limits))
        .bind(new.created_at)
        .bind(new.expires_at)
}

/// A stored key, without its hash.
pub struct Key {
    pub id: String,
    pub name: String,
    pub prefix: String,
    pub scopes: String,
    pub limits: Limits,
    pub created_at: Time,
    pub last_used_at: Option<Time>,
    pub expires_at: Option<Time>,
}

impl FromRow for Key {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            prefix: row.get(2)?,
            scopes: row.get(3)?,
            limits: limits(row.get(4)?)
                .map(|limits| Limits::clone(&limits))
                .unwrap_or_default(),
            created_at: row.get(5)?,
            last_used_at: row.get(6)?,
            expires_at: row.get(7)?,
        })
    }
}

/// A key, and whose it is.
pub struct OwnedKey {
    pub key: Key,
    /// Who made it: id, name, address.
    pub user: (String, String, String),
    /// The id and the name of the workspace it belongs to, if it does.
    pub workspace: Option<(String, String)>,
}

impl FromRow for OwnedKey {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let workspace: (Option<String>, Option<String>) = (row.get(11)?, row.get(12)?);
        Ok(Self {
            key: Key::from_row(row)?,
            user: (row.get(8)?, row.get(9)?, row.get(10)?),
            workspace: workspace.0.zip(workspace.1),
        })
    }
}

pub(super) async fn list(db: &Db, owner: Owner<'_>, now: Time) -> Result<Vec<Key>> {
    let (statement, id) = match owner {
        Owner::User(id) => (&LIST_OF_USER, id),
        Owner::Workspace(id) => (&LIST_OF_WORKSPACE, id),
    };
    query(statement).bind(id).bind(now).all(db).await
}

pub(super) async fn list_all(
    db: &Db,
    q: Option<String>,
    after: Option<(Time, String)>,
    limit: u32,
) -> Result<Vec<OwnedKey>> {
    let (at, id) = after.unwrap_or((Time::from_micros(0), String::new()));
    query(&LIST_ALL)
        .bind(at)
        .bind(id)
        .bind(q)
        .bind(limit)
        .all(db)
        .await
}

pub(super) async fn find(db: &Db, owner: Owner<'_>, id: &str) -> Result<Option<Key>> {
    let (statement, owner_id) = match owner {
        Owner::User(id) => (&FIND_OF_USER, id),
        Owner::Workspace(id) => (&FIND_OF_WORKSPACE, id),
    };
    query(statement).bind(id).bind(owner_id).optional(db).await
}

pub(super) async fn limits_of(
    db: &Db,
    id: &str,
    now: Time,
) -> Result<Option<(Option<Limits>, Option<Rates>)>> {
    type Stored = Option<serde_json::Value>;
    let found: Option<(Stored, Stored)> = query(&LIMITS_OF).bind(id).bind(now).optional(db).await?;
    Ok(found.map(|(of_key, of_user)| {
        let of_key = limits(of_key).map(|limits| Limits::clone(&limits));
        (of_key, rates(of_user))
    }))
}

pub(super) fn update(key: &Key) -> Query {
    query(&UPDATE)
        .bind(key.id.as_str())
        .bind(key.name.as_str())
        .bind(stored(&key.limits))
}

pub(super) fn delete_of_workspace(workspace_id: &str, id: &str) -> Query {
    query(&DELETE_OF_WORKSPACE).bind(workspace_id).bind(id)
}

pub(super) fn delete_any(id: &str) -> Query {
    query(&DELETE_ANY).bind(id)
}

/// Who made it, the workspace it belongs to, and its name.
pub(super) async fn owner_of(db: &Db, id: &str) -> Result<Option<(String, Option<String>, String)>> {
    query(&OWNER_OF).bind(id).optional(db).await
}

//! The SQL of connections.

use std::str::FromStr;

use llm::ProviderKind;
use sql::{Db, FromRow, Query, Result, Row, Time, query};

use super::{Connection, Scope};
use crate::caller_sql;
use crate::workspaces::Role;

sql::statements! {
    /// The caller, their role, and the connection that a path names. The installation's connections belong to its
    /// administrators and are seen by everybody; a user's own are that user's alone.
    pub(crate) FIND_SCOPED = caller_sql!("SELECT caller.*, \
        CASE WHEN c.scope = 'system' THEN CASE WHEN caller.is_admin THEN 'owner' ELSE 'observer' END \
             WHEN c.scope = 'user' THEN CASE WHEN c.user_id = caller.user_id THEN 'owner' END ELSE m.role END, \
        c.id, c.scope, c.workspace_id, c.user_id, c.kind, c.slug, c.name, c.base_url, c.api_key_sealed, c.api_key_hint, \
        c.headers_sealed, c.settings, c.enabled, c.created_at, c.updated_at, g.read_at, g.error_code, g.error \
        FROM caller LEFT JOIN connections c ON c.id = $3 LEFT JOIN catalogues g ON g.connection_id = c.id \
        LEFT JOIN memberships m ON m.user_id = caller.user_id AND m.workspace_id = c.workspace_id");
    /// The connections whose models a user may use in a workspace.
    pub(crate) LIST = "WITH own AS (SELECT * FROM connections WHERE scope = 'system' \
        UNION ALL SELECT * FROM connections WHERE scope = 'user' AND user_id = $1 \
        UNION ALL SELECT * FROM connections WHERE scope = 'workspace' AND workspace_id = $2) \
        SELECT own.id, own.scope, own.workspace_id, own.user_id, own.kind, own.slug, own.name, own.base_url, own.api_key_sealed, \
        own.api_key_hint, own.headers_sealed, own.settings, own.enabled, own.created_at, own.updated_at, \
        g.read_at, g.error_code, g.error FROM own JOIN catalogues g ON g.connection_id = own.id ORDER BY own.scope, own.slug, own.id";
    /// How many connections an owner has.
    pub(crate) COUNT_OF = "SELECT COUNT(*) FROM connections WHERE scope = $1 \
        AND (CAST($2 AS TEXT) IS NULL OR workspace_id = $2) AND (CAST($3 AS TEXT) IS NULL OR user_id = $3)";
    /// A workspace by id or slug, with the user's role in it.
    pub(crate) FIND_WORKSPACE = "SELECT w.id, m.role FROM workspaces w \
        JOIN memberships m ON m.workspace_id = w.id AND m.user_id = $2 WHERE w.id = $1 OR w.slug = $1";
    /// A new connection.
    pub(crate) INSERT = "INSERT INTO connections (id, scope, workspace_id, user_id, kind, slug, name, base_url, api_key_sealed, \
        api_key_hint, headers_sealed, settings, enabled, created_by, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)";
    /// A changed connection, if it still is as it was read.
    pub(crate) UPDATE = "UPDATE connections SET slug = $3, name = $4, base_url = $5, api_key_sealed = $6, api_key_hint = $7, \
        headers_sealed = $8, settings = $9, enabled = $10, updated_at = $11 WHERE id = $1 AND updated_at = $2";
    /// A connection with its catalogue.
    pub(crate) DELETE = "DELETE FROM connections WHERE id = $1";
}

/// The number of columns that [`read_connection`] reads.
pub const COLUMNS: usize = 18;

/// Reads a connection whose first column is `at`.
pub fn read_connection(row: &Row<'_>, at: usize) -> Result<Connection> {
    let scope: String = row.get(at + 1)?;
    let kind: String = row.get(at + 4)?;
    Ok(Connection {
        id: row.get(at)?,
        // The table's check admits no other scope; the narrowest is the safe reading of a broken one.
        scope: Scope::parse(&scope).unwrap_or(Scope::User),
        workspace_id: row.get(at + 2)?,
        user_id: row.get(at + 3)?,
        // A kind of a newer version: this one can not be opened, so its key goes nowhere.
        kind: ProviderKind::from_str(&kind).unwrap_or(ProviderKind::Local),
        slug: row.get(at + 5)?,
        name: row.get(at + 6)?,
        base_url: row.get(at + 7)?,
        api_key_sealed: row.get(at + 8)?,
        api_key_hint: row.get(at + 9)?,
        headers_sealed: row.get(at + 10)?,
        settings: row.get(at + 11)?,
        enabled: row.get(at + 12)?,
        created_at: row.get(at + 13)?,
        updated_at: row.get(at + 14)?,
        read_at: row.get(at + 15)?,
        error_code: row.get(at + 16)?,
        error: row.get(at + 17)?,
    })
}

impl FromRow for Connection {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        read_connection(row, 0)
    }
}

pub async fn list(db: &Db, user_id: &str, workspace_id: &str) -> Result<Vec<Connection>> {
    query(&LIST).bind(user_id).bind(workspace_id).all(db).await
}

pub async fn count_of(
    db: &Db,
    scope: Scope,
    workspace_id: Option<&str>,
    user_id: Option<&str>,
) -> Result<i64> {
    Ok(query(&COUNT_OF)
        .bind(scope.as_str())
        .bind(workspace_id)
        .bind(user_id)
        .one::<(i64,)>(db)
        .await?
        .0)
}

pub async fn find_workspace(db: &Db, named: &str, user_id: &str) -> Result<Option<(String, Role)>> {
    let found: Option<(String, String)> = query(&FIND_WORKSPACE)
        .bind(named)
        .bind(user_id)
        .optional(db)
        .await?;
    Ok(found.map(|(id, role)| (id, Role::parse(&role).unwrap_or(Role::Observer))))
}

pub fn insert(connection: &Connection, created_by: &str) -> Query {
    query(&INSERT)
        .bind(connection.id.as_str())
        .bind(connection.scope.as_str())
        .bind(connection.workspace_id.clone())
        .bind(connection.user_id.clone())
        .bind(connection.kind.as_str())
        .bind(connection.slug.as_str())
        .bind(connection.name.as_str())
        .bind(connection.base_url.clone())
        .bind(connection.api_key_sealed.clone())
        .bind(connection.api_key_hint.clone())
        .bind(connection.headers_sealed.clone())
        .bind(&connection.settings)
        .bind(connection.enabled)
        .bind(created_by)
        .bind(connection.created_at)
}

pub fn update(connection: &Connection, seen: Time) -> Query {
    query(&UPDATE)
        .bind(connection.id.as_str())
        .bind(seen)
        .bind(connection.slug.as_str())
        .bind(connection.name.as_str())
        .bind(connection.base_url.clone())
        .bind(connection.api_key_sealed.clone())
        .bind(connection.api_key_hint.clone())
        .bind(connection.headers_sealed.clone())
        .bind(&connection.settings)
        .bind(connection.enabled)
        .bind(connection.updated_at)
}

pub fn delete(id: &str) -> Query {
    query(&DELETE).bind(id)
}

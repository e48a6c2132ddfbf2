//! The SQL of routes. Which ones a caller may use is read with their connections (`models/store.rs`).

use sql::{Db, FromRow, Json, Query, Result, Row, Time, query};

use super::{Route, Spec};
use crate::caller_sql;

sql::statements! {
    /// The caller, their role, and the route that a path names.
    pub(crate) FIND_SCOPED = caller_sql!("SELECT caller.*, \
        CASE WHEN r.id IS NULL THEN NULL WHEN r.workspace_id IS NULL THEN CASE WHEN caller.is_admin THEN 'owner' ELSE 'observer' END \
        ELSE m.role END, \
        r.id, r.workspace_id, r.name, r.description, r.tag, r.spec, r.enabled, r.created_at, r.updated_at \
        FROM caller LEFT JOIN routes r ON r.id = $3 \
        LEFT JOIN memberships m ON m.user_id = caller.user_id AND m.workspace_id = r.workspace_id");
    /// The routes of a workspace and of the installation, by name.
    pub(crate) LIST = "WITH own AS (SELECT * FROM routes WHERE workspace_id = $1 \
        UNION ALL SELECT * FROM routes WHERE workspace_id IS NULL) \
        SELECT id, workspace_id, name, description, tag, spec, enabled, created_at, updated_at FROM own \
        ORDER BY CASE WHEN workspace_id IS NULL THEN 1 ELSE 0 END, name";
    /// How many routes an owner has.
    pub(crate) COUNT_OF = "SELECT (SELECT COUNT(*) FROM routes WHERE workspace_id = $1) \
        + (SELECT COUNT(*) FROM routes WHERE workspace_id IS NULL AND CAST($1 AS TEXT) IS NULL)";
    /// The rule of a workspace for a tag.
    pub(crate) FIND_RULE = "SELECT id, workspace_id, name, description, tag, spec, enabled, created_at, updated_at FROM routes \
        WHERE workspace_id = $1 AND tag = $2";
    /// A new route.
    pub(crate) INSERT = "INSERT INTO routes (id, workspace_id, name, description, tag, spec, enabled, created_by, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
    /// A changed route, if it still is as it was read.
    pub(crate) UPDATE = "UPDATE routes SET name = $3, description = $4, tag = $5, spec = $6, enabled = $7, updated_at = $8 \
        WHERE id = $1 AND updated_at = $2";
    /// Takes a route away.
    pub(crate) DELETE = "DELETE FROM routes WHERE id = $1";
}

/// Reads a route whose first column is `at`.
pub(super) fn read_route(row: &Row<'_>, at: usize) -> Result<Route> {
    Ok(Route {
        id: row.get(at)?,
        workspace_id: row.get(at + 1)?,
        name: row.get(at + 2)?,
        description: row.get(at + 3)?,
        tag: row.get(at + 4)?,
        spec: row.get::<Json<Spec>>(at + 5)?.0,
        enabled: row.get(at + 6)?,
        created_at: row.get(at + 7)?,
        updated_at: row.get(at + 8)?,
    })
}

impl FromRow for Route {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        read_route(row, 0)
    }
}

pub(super) async fn list(db: &Db, workspace_id: Option<&str>) -> Result<Vec<Route>> {
    query(&LIST).bind(workspace_id).all(db).await
}

pub(super) async fn count_of(db: &Db, workspace_id: Option<&str>) -> Result<i64> {
    Ok(query(&COUNT_OF).bind(workspace_id).one::<(i64,)>(db).await?.0)
}

pub(super) async fn find_rule(db: &Db, workspace_id: &str, tag: &str) -> Result<Option<Route>> {
    query(&FIND_RULE).bind(workspace_id).bind(tag).optional(db).await
}

pub(super) fn insert(route: &Route, created_by: &str) -> Query {
    query(&INSERT)
        .bind(route.id.as_str())
        .bind(route.workspace_id.clone())
        .bind(route.name.as_str())
        .bind(route.description.as_str())
        .bind(route.tag.clone())
        .bind(Json(&route.spec))
        .bind(route.enabled)
        .bind(created_by)
        .bind(route.created_at)
}

/// `seen` is when it was last changed as it was read.
pub(super) fn update(route: &Route, seen: Time) -> Query {
    query(&UPDATE)
        .bind(route.id.as_str())
        .bind(seen)
        .bind(route.name.as_str())
        .bind(route.description.as_str())
        .bind(route.tag.clone())
        .bind(Json(&route.spec))
        .bind(route.enabled)
        .bind(route.updated_at)
}

pub(super) fn delete(id: &str) -> Query {
    query(&DELETE).bind(id)
}

//! The SQL of catalogues, and of where a caller uses models.

use llm::ModelInfo;
use sql::{Db, FromRow, Json, Query, Result, Row, Time, query};

use super::registry::Wanted;
use crate::caller_sql;
use crate::providers::{self, Connection};
use crate::routing::{self, Route, Spec};

sql::statements! {
    /// The caller, and their role in their personal workspace; a key of a workspace in that.
    pub(crate) FIND_OWN_PLACE = caller_sql!("SELECT caller.*, CASE WHEN w.id = caller.key_workspace_id THEN 'member' ELSE m.role END, w.id \
        FROM caller LEFT JOIN workspaces w ON w.id = caller.key_workspace_id OR (w.owner_id = caller.user_id AND w.personal) \
        LEFT JOIN memberships m ON m.user_id = caller.user_id AND m.workspace_id = w.id");
    /// A key of a workspace, and the workspace, when it is the one of this id or slug.
    pub(crate) FIND_KEYS_PLACE = caller_sql!("SELECT caller.*, CASE WHEN w.id IS NOT NULL THEN 'member' END, w.id FROM caller \
        LEFT JOIN workspaces w ON w.id = caller.key_workspace_id AND $3 IN (w.id, w.slug)");
    /// The connections of the installation ($1), a user and a workspace, with the models of those whose catalogue is not
    /// among the revisions that the process has; and the routes of the same, in the same columns.
    pub(crate) LOAD = "WITH own AS (SELECT * FROM connections WHERE scope = 'system' AND $1 \
        UNION ALL SELECT * FROM connections WHERE scope = 'user' AND user_id = $2 \
        UNION ALL SELECT * FROM connections WHERE scope = 'workspace' AND workspace_id = $3), \
        ways AS (SELECT * FROM routes WHERE workspace_id IS NULL AND $1 UNION ALL SELECT * FROM routes WHERE workspace_id = $3) \
        SELECT own.id AS id, own.scope, own.workspace_id, own.user_id, own.kind, own.slug AS slug, own.name, own.base_url, \
        own.api_key_sealed, own.api_key_hint, own.headers_sealed, own.settings, own.enabled, own.created_at, own.updated_at, \
        g.read_at, g.error_code, g.error, g.revision, \
        CASE WHEN (own.id || ':' || CAST(g.revision AS TEXT)) IN {$4} THEN NULL ELSE g.models END \
        FROM own JOIN catalogues g ON g.connection_id = own.id \
        UNION ALL SELECT ways.id, 'route', ways.workspace_id, NULL, 'route', ways.name, ways.description, ways.tag, NULL, NULL, NULL, \
        ways.spec, ways.enabled, ways.created_at, ways.updated_at, NULL, NULL, NULL, 0, NULL FROM ways ORDER BY slug, id";
    /// The catalogue of a new connection: empty, and due.
    pub(crate) INSERT_CATALOGUE = "INSERT INTO catalogues (connection_id, revision, models, due_at) VALUES ($1, 0, $2, $3)";
    /// Forgets the failure of a changed connection and reads its models at once.
    pub(crate) RESET_CATALOGUE = "UPDATE catalogues SET due_at = $2, error_code = NULL, error = NULL WHERE connection_id = $1";
    /// Reads the models of a connection at this time.
    pub(crate) SET_DUE = "UPDATE catalogues SET due_at = $2 WHERE connection_id = $1";
    /// Whether a catalogue is due.
    pub(crate) ANY_DUE = "SELECT EXISTS (SELECT 1 FROM catalogues g JOIN connections c ON c.id = g.connection_id \
        WHERE g.due_at <= $1 AND c.enabled)";
    /// Takes due catalogues for this node, by moving them on.
    pub(crate) CLAIM_DUE = "UPDATE catalogues SET due_at = $2 WHERE connection_id IN (SELECT g.connection_id FROM catalogues g \
        JOIN connections c ON c.id = g.connection_id WHERE g.due_at <= $1 AND c.enabled ORDER BY g.due_at LIMIT $3 {skip_locked}) \
        RETURNING connection_id";
    /// The connections whose models are to be read, with the models they had.
    pub(crate) GET_CLAIMED = "SELECT c.id, c.scope, c.workspace_id, c.user_id, c.kind, c.slug, c.name, c.base_url, c.api_key_sealed, \
        c.api_key_hint, c.headers_sealed, c.settings, c.enabled, c.created_at, c.updated_at, g.read_at, g.error_code, g.error, \
        g.revision, g.models FROM connections c JOIN catalogues g ON g.connection_id = c.id WHERE c.id IN {$1} ORDER BY c.id";
    /// A reading that found the same models as before.
    pub(crate) CONFIRM = "UPDATE catalogues SET read_at = $2, error_code = NULL, error = NULL WHERE connection_id = $1";
    /// A reading that found others.
    pub(crate) REPLACE = "UPDATE catalogues SET models = $3, revision = revision + 1, read_at = $2, error_code = NULL, error = NULL \
        WHERE connection_id = $1";
    /// A reading that failed; the models of before stay.
    pub(crate) FAIL = "UPDATE catalogues SET error_code = $2, error = $3, due_at = $4 WHERE connection_id = $1";
}

/// A connection and its catalogue, as far as it was asked for.
pub struct Loaded {
    pub connection: Connection,
    pub revision: i64,
    pub models: Option<Vec<ModelInfo>>,
}

impl FromRow for Loaded {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let at = providers::store::COLUMNS;
        Ok(Self {
            connection: providers::store::read_connection(row, 0)?,
            revision: row.get(at)?,
            models: row
                .get::<Option<Json<Vec<ModelInfo>>>>(at + 1)?
                .map(|models| models.0),
        })
    }
}

/// What an owner has: a connection with its catalogue, or a route.
pub enum Found {
    Connection(Box<Loaded>),
    Route(Box<Route>),
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let kind: String = row.get(4)?;
        if kind != routing::SLUG {
            return Loaded::from_row(row).map(|loaded| Self::Connection(Box::new(loaded)));
        }
        Ok(Self::Route(Box::new(Route {
            id: row.get(0)?,
            workspace_id: row.get(2)?,
            name: row.get(5)?,
            description: row.get(6)?,
            tag: row.get(7)?,
            spec: row.get::<Json<Spec>>(11)?.0,
            enabled: row.get(12)?,
            created_at: row.get(13)?,
            updated_at: row.get(14)?,
        })))
    }
}

pub(super) async fn load(db: &Db, wanted: &Wanted, known: Vec<String>) -> Result<Vec<Found>> {
    let Wanted {
        system,
        user_id,
        workspace_id,
    } = wanted;
    query(&LOAD)
        .bind(*system)
        .bind(user_id.clone())
        .bind(workspace_id.clone())
        .bind(known)
        .all(db)
        .await
}

pub fn insert_catalogue(connection_id: &str, due_at: Time) -> Query {
    query(&INSERT_CATALOGUE)
        .bind(connection_id)
        .bind(Json(Vec::<ModelInfo>::new()))
        .bind(due_at)
}

pub fn reset_catalogue(connection_id: &str, due_at: Time) -> Query {
    query(&RESET_CATALOGUE).bind(connection_id).bind(due_at)
}

pub fn set_due(connection_id: &str, due_at: Time) -> Query {
    query(&SET_DUE).bind(connection_id).bind(due_at)
}

pub async fn any_due(db: &Db, now: Time) -> Result<bool> {
    Ok(query(&ANY_DUE).bind(now).one::<(bool,)>(db).await?.0)
}

pub async fn claim_due(db: &Db, now: Time, next: Time, limit: u32) -> Result<Vec<String>> {
    let ids: Vec<(String,)> = query(&CLAIM_DUE).bind(now).bind(next).bind(limit).all(db).await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

pub async fn get_claimed(db: &Db, ids: Vec<String>) -> Result<Vec<Loaded>> {
    query(&GET_CLAIMED).bind(ids).all(db).await
}

pub fn confirm(connection_id: &str, now: Time) -> Query {
    query(&CONFIRM).bind(connection_id).bind(now)
}

pub fn replace(connection_id: &str, now: Time, models: &[ModelInfo]) -> Query {
    query(&REPLACE).bind(connection_id).bind(now).bind(Json(models))
}

pub fn fail(connection_id: &str, code: &str, error: &str, next: Time) -> Query {
    query(&FAIL).bind(connection_id).bind(code).bind(error).bind(next)
}

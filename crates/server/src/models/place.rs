//! In which workspace a caller uses models, when the path does not say: the one that `?workspace=` or the header
//! `X-Stoa-Workspace` names, else the caller's personal one. One statement answers who asks and where.

use std::sync::Arc;

use http::{HeaderName, request::Parts};
use schemars::JsonSchema;
use serde::Deserialize;
use sql::{FromRow, Row, query};

use super::store;
use crate::App;
use crate::accounts::CallerRow;
use crate::cache::{self, Keeping, Key, Namespace, Tag};
use crate::http::auth::{self, Caller, Resource};
use crate::http::problem::Problem;
use crate::workspaces::{Role, Workspace};

/// The header that names the workspace; for clients that can set headers but not the address.
pub const WORKSPACE_HEADER: HeaderName = HeaderName::from_static("x-stoa-workspace");

/// The query parameter that names the workspace.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct PlaceParams {
    /// A workspace you belong to, by id or slug; your personal one when absent.
    pub workspace: Option<String>,
}

/// A caller in a workspace.
pub struct Place {
    /// Who asks.
    pub caller: Caller,
    /// The workspace.
    pub workspace_id: String,
    /// The caller's role in it.
    pub role: Role,
}

/// The caller's columns, the role and the workspace's id.
struct Looked {
    caller: CallerRow,
    found: Option<(Role, String)>,
}

impl FromRow for Looked {
    fn from_row(row: &Row<'_>) -> sql::Result<Self> {
        let caller = CallerRow::from_row(row)?;
        let role: Option<String> = row.get(CallerRow::COLUMNS)?;
        let found = match role.as_deref().and_then(Role::parse) {
            Some(role) => Some((role, row.get(CallerRow::COLUMNS + 1)?)),
            None => None,
        };
        Ok(Self { caller, found })
    }
}

impl Place {
    /// The caller of a request in the workspace of this name, or in their personal one.
    pub(super) async fn find(parts: &Parts, app: &App, named: Option<&str>) -> Result<Self, Problem> {
        let presented = auth::credential(parts)?;
        let (user, found) = match kept(app, &presented.hash, named).await? {
            Some((user, found)) => (user, Some(found)),
            None => fresh(app, &presented.hash, named).await?,
        };
        auth::admit(&user, parts, app)?;
        let missing = || Problem::not_found("workspace", named.unwrap_or("personal"));
        let (role, workspace_id) = found.ok_or_else(missing)?;
        cache::made_from([Tag::workspace(&workspace_id)]);
        Ok(Self {
            caller: Caller { user },
            workspace_id,
            role,
        })
    }
}

/// A role in a workspace, by its id.
type Found = (Role, String);

/// The memory that a kept place takes, about.
const PLACE_BYTES: usize = 128;

/// The workspace of a key is its own kind of place: its id may be one that somebody chose.
fn key(app: &App, user: &CallerRow, named: Option<&str>) -> Key {
    let (kind, id): (&[u8], &str) = match &user.workspace_id {
        Some(id) => (b"place of a key", id),
        None => (b"place", &user.user_id),
    };
    let named = named.map_or(&b"personal"[..], str::as_bytes);
    app.cache.key(&[kind, id.as_bytes(), named])
}

async fn look(app: &App, hash: &str, named: Option<&str>) -> Result<Option<Looked>, Problem> {
    let now = app.clock.now();
    let Some(name) = named else {
        let look = query(&store::FIND_OWN_PLACE).bind(hash).bind(now);
        return Ok(look.optional(&app.db).await?);
    };
    let look = query(Workspace::statement()).bind(hash).bind(now).bind(name);
    let looked: Option<Looked> = look.optional(&app.db).await?;
    let by_key = looked
        .as_ref()
        .is_some_and(|looked| looked.caller.workspace_id.is_some());
    if !by_key {
        return Ok(looked);
    }
    // A key of a workspace is a member of none, and is used in its own.
    let look = query(&store::FIND_KEYS_PLACE).bind(hash).bind(now).bind(name);
    Ok(look.optional(&app.db).await?)
}

async fn kept(
    app: &App,
    hash: &str,
    named: Option<&str>,
) -> Result<Option<(Arc<CallerRow>, Found)>, Problem> {
    let Some(user) = auth::kept_caller(app, hash).await? else {
        return Ok(None);
    };
    let place = (Namespace::Memberships, key(app, &user, named));
    let fresh = async { Ok(look(app, hash, named).await?.and_then(|looked| looked.found)) };
    let found = cache::kept(app, place, "the place of a caller", fresh).await?;
    Ok(found.map(|found| (user, Found::clone(&found))))
}

async fn fresh(
    app: &App,
    hash: &str,
    named: Option<&str>,
) -> Result<(Arc<CallerRow>, Option<Found>), Problem> {
    app.cache.missed(Namespace::Memberships, false);
    let begun = app.cache.begin();
    let looked = look(app, hash, named).await?.ok_or_else(auth::unauthenticated)?;
    let user = Arc::new(looked.caller);
    auth::keep_caller(app, hash, begun, &user);
    if let Some(found) = &looked.found {
        let [one, other] = user.tags();
        let tags = [
            one,
            other,
            Tag::memberships(&user.user_id),
            Tag::workspace(&found.1),
        ];
        let keeping = Keeping {
            bytes: PLACE_BYTES,
            begun,
            tags: &tags,
            now: app.clock.now(),
            until: None,
        };
        let key = key(app, &user, named);
        app.cache
            .put(Namespace::Memberships, key, Arc::new(found.clone()), &keeping);
    }
    Ok((user, looked.found))
}

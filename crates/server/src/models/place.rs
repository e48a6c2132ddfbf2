//! In which workspace a caller uses models, when the path does not say: the one that `?workspace=` or the header
//! `X-Stoa-Workspace` names, else the caller's personal one. One statement answers who asks and where.

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use http::{HeaderName, request::Parts};
use schemars::JsonSchema;
use serde::Deserialize;
use sql::{FromRow, Row, query};

use super::store;
use crate::App;
use crate::accounts::CallerRow;
use crate::http::auth::{self, Caller, Resource};
use crate::http::problem::{ErrorCode, Problem};
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

fn named(parts: &Parts) -> Result<Option<String>, Problem> {
    if let Some(value) = parts.headers.get(&WORKSPACE_HEADER) {
        let wrong = |_| Problem::invalid(WORKSPACE_HEADER.as_str(), "names a workspace by id or slug");
        return value.to_str().map(|text| Some(text.to_owned())).map_err(wrong);
    }
    let unread = |rejection: QueryRejection| {
        Problem::new(
            ErrorCode::Malformed,
            format!("A query parameter could not be read: {}", rejection.body_text()),
        )
    };
    let Query(params) = Query::<PlaceParams>::try_from_uri(&parts.uri).map_err(unread)?;
    Ok(params.workspace.filter(|name| !name.is_empty()))
}

impl FromRequestParts<App> for Place {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let presented = auth::credential(parts)?;
        let named = named(parts)?;
        let statement = if named.is_some() {
            Workspace::statement()
        } else {
            &store::FIND_PERSONAL_PLACE
        };
        let mut look = query(statement).bind(presented.hash).bind(app.clock.now());
        if let Some(name) = &named {
            look = look.bind(name.as_str());
        }
        let looked: Option<Looked> = look.optional(&app.db).await?;
        let looked = looked.ok_or_else(auth::unauthenticated)?;
        auth::admit(&looked.caller, parts, app)?;
        let name = named.as_deref().unwrap_or("personal");
        let (role, workspace_id) = looked
            .found
            .ok_or_else(|| Problem::not_found("workspace", name))?;
        Ok(Self {
            caller: Caller { user: looked.caller },
            workspace_id,
            role,
        })
    }
}

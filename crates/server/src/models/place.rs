//! In which workspace a caller uses models, when the path does not say: the one that `?workspace=` or the header
//! `X-Stoa-Workspace` names, else the caller's personal one. One statement answers who asks and where.

use http::{HeaderName, request::Parts};
use schemars::JsonSchema;
use serde::Deserialize;
use sql::{FromRow, Row, query};

use super::store;
use crate::App;
use crate::accounts::CallerRow;
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
        let mut look = match named {
            Some(_) => query(Workspace::statement()),
            None => query(&store::FIND_PERSONAL_PLACE),
        };
        look = look.bind(presented.hash).bind(app.clock.now());
        if let Some(name) = named {
            look = look.bind(name);
        }
        let looked: Option<Looked> = look.optional(&app.db).await?;
        let looked = looked.ok_or_else(auth::unauthenticated)?;
        auth::admit(&looked.caller, parts, app)?;
        let missing = || Problem::not_found("workspace", named.unwrap_or("personal"));
        let (role, workspace_id) = looked.found.ok_or_else(missing)?;
        Ok(Self {
            caller: Caller { user: looked.caller },
            workspace_id,
            role,
        })
    }
}

//! `GET /api/admin/audit`: administrators only.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::AuditEntry;
use super::store::{self, Wanted};
use crate::App;
use crate::http::auth::SystemAdmin;
use crate::http::json::Query;
use crate::http::page::{Page, PageParams};
use crate::http::problem::Problem;
use crate::http::route::{Access, Routes, get};

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new().add(
        get("/api/admin/audit", list)
            .id("list_audit_log")
            .access(Access::SystemAdmin)
            .query::<PageParams>()
            .query::<AuditParams>()
            .list::<AuditEntry>()
            .about("Who changed what of this Stoa and its workspaces, newest first"),
    )
}

/// Which entries.
#[derive(Debug, Default, Deserialize, JsonSchema)]
struct AuditParams {
    /// Only this action, such as `user.updated`, or all of a kind of thing, such as `user`.
    action: Option<String>,
    /// Only what this user did, by id.
    actor: Option<String>,
}

async fn list(
    State(app): State<App>,
    _admin: SystemAdmin,
    Query(params): Query<PageParams>,
    Query(which): Query<AuditParams>,
) -> Result<Page<AuditEntry>, Problem> {
    let before: Option<String> = params.cursor()?;
    let wanted = Wanted {
        before: before.as_deref(),
        action: which.action.as_deref().and_then(pattern),
        actor_id: which.actor.as_deref().filter(|actor| !actor.is_empty()),
    };
    let rows = store::list(&app.db, wanted, params.limit()? + 1, params.offset()?).await?;
    Page::new(&params, rows, |entry| Some(entry.id.clone()))
}

/// An action as it is, a kind of thing with whatever was done to it. Actions are made of letters, a full stop and `_`,
/// which stands for any letter here: none differ by that alone.
fn pattern(action: &str) -> Option<String> {
    let plain: String = action
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'))
        .collect();
    match (plain.is_empty(), plain.contains('.')) {
        (true, _) => None,
        (false, true) => Some(plain),
        (false, false) => Some(format!("{plain}.%")),
    }
}

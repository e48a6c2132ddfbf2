//! `/api/admin/…`: administrators only.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::store::{self, Of, Start};
use super::{AdminConversation, AdminUser, UserSort};
use crate::App;
use crate::budgets;
use crate::http::auth::SystemAdmin;
use crate::http::json::Query;
use crate::http::page::{Page, PageParams};
use crate::http::problem::Problem;
use crate::http::route::{Access, Routes, get};

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .add(
            get("/api/admin/users", list_users)
                .id("list_users")
                .access(Access::SystemAdmin)
                .query::<PageParams>()
                .query::<UserParams>()
                .list::<AdminUser>()
                .about("All users, with their conversations and what models cost them this month"),
        )
        .add(
            get("/api/admin/conversations", list_conversations)
                .id("list_all_conversations")
                .access(Access::SystemAdmin)
                .query::<PageParams>()
                .query::<ConversationParams>()
                .list::<AdminConversation>()
                .about("The conversations of everybody, newest first; those of a workspace by their last message"),
        )
}

/// In which order.
#[derive(Debug, Default, Deserialize, JsonSchema)]
struct UserParams {
    /// The oldest account first when absent. By conversations or cost, the next page has an `offset`.
    #[serde(default)]
    sort: UserSort,
}

async fn list_users(
    State(app): State<App>,
    _admin: SystemAdmin,
    Query(params): Query<PageParams>,
    Query(UserParams { sort }): Query<UserParams>,
) -> Result<Page<AdminUser>, Problem> {
    let keyset = sort.is_keyset();
    let start = if keyset {
        Start::After(params.keyset()?)
    } else if params.after.is_some() {
        let message = "is for lists by `created_at`; this one is paged by `offset`";
        return Err(Problem::invalid("after", message));
    } else {
        Start::Offset(params.offset()?)
    };
    let month = budgets::month_of(app.clock.now());
    let users = store::list_users(&app.db, sort, params.like(), (start, params.limit()? + 1), month).await?;
    Page::new(&params, users, |row| {
        keyset.then(|| (row.user.created_at, row.user.id.clone()))
    })
}

/// Which conversations.
#[derive(Debug, Default, Deserialize, JsonSchema)]
struct ConversationParams {
    /// Only those that this user began, by id.
    user: Option<String>,
    /// Only those in this workspace, by id.
    workspace: Option<String>,
}

async fn list_conversations(
    State(app): State<App>,
    _admin: SystemAdmin,
    Query(params): Query<PageParams>,
    Query(which): Query<ConversationParams>,
) -> Result<Page<AdminConversation>, Problem> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (user, workspace) = (given(&which.user), given(&which.workspace));
    let of = match (&user, &workspace) {
        (Some(_), Some(_)) => {
            let message = "can not be given with `workspace`; name one of them";
            return Err(Problem::invalid("user", message));
        }
        (Some(user), None) => Of::User(user),
        (None, Some(workspace)) => Of::Workspace(workspace),
        (None, None) => Of::All,
    };
    let limit = params.limit()? + 1;
    let rows = store::list_conversations(&app.db, &of, params.like(), params.keyset()?, limit).await?;
    let by_message = matches!(of, Of::Workspace(_));
    Page::new(&params, rows, |row| {
        let at = if by_message {
            row.last_message_at
        } else {
            row.created_at
        };
        Some((at, row.id.clone()))
    })
}

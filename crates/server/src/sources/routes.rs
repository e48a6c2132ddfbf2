//! `/api/conversations/{conversation}/collection`.

use axum::extract::State;

use crate::App;
use crate::changes::Notice;
use crate::conversations::Conversation;
use crate::http::auth::Editor;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::respond::Data;
use crate::http::route::{Access, Routes, put};
use crate::sources::{Collection, store};
use crate::workspaces::Role;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new().add(
        put("/api/conversations/{conversation}/collection", set)
            .id("set_collection")
            .access(Access::Workspace(Role::Member))
            // Who and where; the folder and the files; the write.
            .statements(3)
            .body::<Option<Collection>>()
            .data::<Conversation>()
            .about("What the answers of a conversation draw on; null for nothing"),
    )
}

async fn set(
    State(app): State<App>,
    at: Editor<Conversation>,
    Json(body): Json<Option<Collection>>,
) -> Result<Data<Conversation>, Problem> {
    let collection = match body {
        Some(collection) => Some(collection.checked(&app, &at.row.workspace_id).await?),
        None => None,
    };
    let now = app.clock.now();
    store::set(&at.row.id, collection.as_ref(), now)
        .execute(&app.db)
        .await?;
    app.changes
        .publish(Notice::conversation(&at.row.workspace_id, &at.row.id))
        .await;
    Ok(Data(Conversation {
        collection,
        updated_at: now,
        ..at.row
    }))
}

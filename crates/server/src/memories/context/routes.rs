//! `/api/conversations/{conversation}/context…` and `/close`.

use axum::extract::{Path, State};

use crate::App;
use crate::conversations::Conversation;
use crate::http::auth::{Editor, Member};
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::respond::{Accepted, Data, NoContent};
use crate::http::route::{Access, Routes, delete, get, post, put};
use crate::memories::close::{self, Close, Closing};
use crate::memories::context::{self, ContextView, PutItem};
use crate::workspaces::Role;

/// What recall takes: what was said last; the words' frequencies, how many passages, the candidates; the epoch, vectors that
/// are new, those in full, what only they found; the memories.
const RECALL: u32 = 9;
const RECALL_ROWS: u64 = 3_000;

/// The routes of this feature.
pub fn routes() -> Routes {
    let observer = Access::Workspace(Role::Observer);
    let member = Access::Workspace(Role::Member);
    Routes::new()
        .add(
            get("/api/conversations/{conversation}/context", show)
                .id("get_context")
                .access(observer)
                .statements(2 + RECALL)
                .rows(RECALL_ROWS)
                .data::<ContextView>()
                .about("The memories beside a conversation, and those that would help in it"),
        )
        .add(
            put("/api/conversations/{conversation}/context/{memory}", put_item)
                .id("put_context_item")
                .access(member)
                // Who and where; the memory; the write; what stands there now, and what would help.
                .statements(4 + RECALL)
                .rows(RECALL_ROWS)
                .body::<PutItem>()
                .data::<ContextView>()
                .about("Puts a memory beside a conversation, pauses it or goes on with it"),
        )
        .add(
            delete("/api/conversations/{conversation}/context/{memory}", remove)
                .id("remove_context_item")
                .access(member)
                .empty()
                .about("Takes a memory away from a conversation; the memory stays"),
        )
        .add(
            post("/api/conversations/{conversation}/close", close_into_memory)
                .id("close_conversation")
                .access(member)
                .statements(6)
                .body::<Close>()
                .accepted::<Closing>()
                .about("Starts a run that proposes a memory of what was said"),
        )
}

async fn show(State(app): State<App>, at: Member<Conversation>) -> Result<Data<ContextView>, Problem> {
    context::of(&app, &at.row).await.map(Data)
}

async fn put_item(
    State(app): State<App>,
    at: Editor<Conversation>,
    Path((_, memory)): Path<(String, String)>,
    Json(body): Json<PutItem>,
) -> Result<Data<ContextView>, Problem> {
    context::put(&app, &at.row, &memory, at.caller.id(), body.state).await?;
    context::of(&app, &at.row).await.map(Data)
}

async fn remove(
    State(app): State<App>,
    at: Editor<Conversation>,
    Path((_, memory)): Path<(String, String)>,
) -> Result<NoContent, Problem> {
    context::remove(&app, &at.row, &memory).await?;
    Ok(NoContent)
}

async fn close_into_memory(
    State(app): State<App>,
    at: Editor<Conversation>,
    Json(body): Json<Close>,
) -> Result<Accepted<Closing>, Problem> {
    close::begin(&app, &at.row, &at.caller.user, body)
        .await
        .map(Accepted)
}

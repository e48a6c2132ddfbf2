//! `/api/changes`: what an open page listens to.

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::HeaderMap;
use serde_json::json;

use crate::App;
use crate::changes::{self, Change};
use crate::http::auth::{self, Caller};
use crate::http::problem::Problem;
use crate::http::route::{Access, Routes, get};
use crate::http::sse;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new().add(
        get("/api/changes", listen)
            .id("get_changes")
            .access(Access::SignedIn)
            // One row for each workspace of the caller.
            .rows(10_001)
            .unhurried()
            .events()
            .about("Tells as it happens that something you can see has changed: events `change`, without numbers"),
    )
}

async fn listen(State(app): State<App>, caller: Caller, headers: HeaderMap) -> Result<Response, Problem> {
    let presented = auth::presented(&headers).ok_or_else(auth::unauthenticated)?;
    let changes = changes::feed(&app, caller.id(), caller.user.is_admin, presented.hash).await?;
    // A first comment, so that whatever lies between here and the page passes the beginning on.
    let open = stream::iter([Bytes::from_static(b": open\n\n")]);
    Ok(sse::stream(open.chain(changes.map(|change| frame(&change)))))
}

/// One frame. It has no number: after a break the page reads again what it shows.
fn frame(change: &Change) -> Bytes {
    let Change {
        what,
        workspace,
        conversation,
    } = change;
    let data =
        json!({ "type": "change", "what": what, "workspace": workspace, "conversation": conversation });
    Bytes::from(format!("event: change\ndata: {data}\n\n"))
}

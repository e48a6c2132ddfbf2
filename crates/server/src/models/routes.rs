//! `/api/models`, and how a request says in which workspace models are used.

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query, State};
use http::request::Parts;

use crate::App;
use crate::cache::Namespace;
use crate::http::page::Page;
use crate::http::problem::{ErrorCode, Problem};
use crate::http::route::{Access, Routes, get};
use crate::models::place::WORKSPACE_HEADER;
use crate::models::{self, ModelView, Place, PlaceParams};

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new().add(
        get("/api/models", list)
            .id("list_models")
            .about("The models you may use in a workspace, and why some can not be used now")
            .cached(Namespace::Models)
            .access(Access::SignedIn)
            // Who asks and where, their connections, and every five minutes the settings.
            .statements(3)
            .query::<PlaceParams>()
            .list::<ModelView>(),
    )
}

async fn list(State(app): State<App>, place: Place) -> Result<Page<ModelView>, Problem> {
    models::list(&app, &place).await.map(Page::whole)
}

/// What the request names: the header before the parameter, because a client that sets it means it.
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
        let named = named(parts)?;
        Self::find(parts, app, named.as_deref()).await
    }
}

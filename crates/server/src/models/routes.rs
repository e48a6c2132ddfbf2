//! `/api/models`.

use axum::extract::State;

use crate::App;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::http::route::{Access, Routes, get};
use crate::models::{self, ModelView, Place, PlaceParams};

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new().add(
        get("/api/models", list)
            .id("list_models")
            .about("The models you may use in a workspace, and why some can not be used now")
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

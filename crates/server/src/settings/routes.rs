//! `/api/settings`: administrators only.

use axum::extract::State;
use http::{HeaderMap, header};

use crate::App;
use crate::cache::Namespace;
use crate::http::auth::SystemAdmin;
use crate::http::json::Json;
use crate::http::precondition;
use crate::http::problem::Problem;
use crate::http::respond::Data;
use crate::http::route::{Access, Routes, get, patch};
use crate::settings::{self, Settings, UpdateSettings};

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .add(
            get("/api/settings", show)
                .id("get_settings")
                .access(Access::SystemAdmin)
                .cached(Namespace::Settings)
                .data::<Settings>()
                .about("All settings"),
        )
        .add(
            patch("/api/settings", update)
                .id("update_settings")
                .access(Access::SystemAdmin)
                .statements(9)
                .body::<UpdateSettings>()
                .data::<Settings>()
                .about("Changes settings; what is absent stays"),
        )
}

async fn show(State(app): State<App>, _admin: SystemAdmin) -> Result<Data<Settings>, Problem> {
    Ok(Data(Settings::clone(&*settings::current(&app).await?)))
}

async fn update(
    State(app): State<App>,
    admin: SystemAdmin,
    headers: HeaderMap,
    Json(body): Json<UpdateSettings>,
) -> Result<Data<Settings>, Problem> {
    if headers.contains_key(header::IF_MATCH) {
        // What is compared is what is stored, not the copy in memory.
        precondition::if_match(&headers, &*settings::stored(&app).await?)?;
    }
    settings::update(&app, admin.0.id(), body).await.map(Data)
}

//! `GET /api/anonymous-mock-mode-status`.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use super::{MODELS, allowed};
use crate::App;
use crate::http::problem::Problem;
use crate::http::respond::Data;
use crate::http::route::{Access, Routes, get};

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new().add(
        get("/api/anonymous-mock-mode-status", status)
            .id("get_anonymous_mock_mode_status")
            .access(Access::Public)
            .data::<MockModeStatus>()
            .about("Whether one may compare the mock models without an account"),
    )
}

/// What whoever has no account may do.
#[derive(Debug, Serialize, JsonSchema)]
struct MockModeStatus {
    /// Whether `/api/compare` and `/api/compare-stream` answer without logging in.
    enabled: bool,
    /// The models that may be asked then.
    models: Vec<&'static str>,
    /// How many questions an address may ask in a minute.
    requests_per_minute: u32,
}

async fn status(State(app): State<App>) -> Result<Data<MockModeStatus>, Problem> {
    let allowed = allowed(&app).await?;
    Ok(Data(MockModeStatus {
        enabled: allowed.is_some(),
        models: if allowed.is_some() {
            MODELS.to_vec()
        } else {
            Vec::new()
        },
        requests_per_minute: allowed.unwrap_or(0),
    }))
}

//! `GET /api/anonymous-mock-mode-status`.

use axum::extract::{FromRequestParts, State};
use http::request::Parts;
use schemars::JsonSchema;
use serde::Serialize;

use super::{MODELS, Visitor, allowed};
use crate::App;
use crate::accounts::Origin;
use crate::http::auth::{self, Caller, MaybeCaller};
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

/// Somebody with an account, or without one while visitors are let in; else 401.
pub enum Asker {
    /// Somebody who is logged in.
    Caller(Caller),
    /// Whoever has no account.
    Visitor(Visitor),
}

impl FromRequestParts<App> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let MaybeCaller(caller) = MaybeCaller::from_request_parts(parts, app).await?;
        if let Some(caller) = caller {
            return Ok(Self::Caller(caller));
        }
        // Whoever shows a token means to be somebody. A browser may still carry the cookie of a session that has ended.
        let means_to_be_somebody = auth::token(&parts.headers).is_some_and(|(_, by_cookie)| !by_cookie);
        let requests_per_minute = match allowed(app).await? {
            Some(requests) if !means_to_be_somebody => requests,
            _ => return Err(auth::unauthenticated()),
        };
        let Origin { address, .. } = Origin::from_request_parts(parts, app).await?;
        Ok(Self::Visitor(Visitor {
            address,
            requests_per_minute,
        }))
    }
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

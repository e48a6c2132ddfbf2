//! `GET /metrics`, for Prometheus.

use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use http::{header, request::Parts};
use subtle::ConstantTimeEq;

use super::{metrics, text};
use crate::App;
use crate::http::auth;
use crate::http::problem::Problem;
use crate::http::route::{Access, Answer, Routes, get};
use crate::performance::routes::Watcher;
use crate::secrets;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new().add(
        get("/metrics", show)
            .id("get_metrics")
            .access(Access::SystemAdmin)
            .answer(Answer::Bytes(text::CONTENT_TYPE))
            .about(
                "The measurements of this process in Prometheus' format. Also for the bearer of `performance.metrics_token`, \
                 and for who asks from the same machine when `performance.open_on_loopback` is set",
            ),
    )
}

/// Lets in the bearer of the configured token, and whoever may see the profiler.
struct Scraper;

impl FromRequestParts<App> for Scraper {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(token) = &app.config.performance.metrics_token
            && let Some(presented) = auth::presented(&parts.headers)
        {
            // Hashes are compared, so that not even the length of the token can be found by trying.
            let expected = secrets::hash_token(token.expose());
            if bool::from(expected.as_bytes().ct_eq(presented.hash.as_bytes())) {
                return Ok(Self);
            }
        }
        Watcher::from_request_parts(parts, app).await.map(|_| Self)
    }
}

async fn show(State(app): State<App>, _scraper: Scraper) -> Response {
    let families = metrics::collect(&app).await;
    (
        [(header::CONTENT_TYPE, text::CONTENT_TYPE)],
        text::write(&families),
    )
        .into_response()
}

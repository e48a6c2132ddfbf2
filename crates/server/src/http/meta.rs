//! `/health` (the process answers) and `/ready` (it can do its work).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use crate::App;
use crate::http::respond::Plain;
use crate::http::route::{Access, Answer, Route, Routes, get};

/// The routes of this part.
pub fn routes() -> Routes {
    let plain = |route: Route, schema| {
        route
            .access(Access::Public)
            .statements(1)
            .answer(Answer::Plain(StatusCode::OK, schema))
    };
    Routes::new()
        .add(plain(
            get("/health", health)
                .id("get_health")
                .about("Whether the process answers"),
            SchemaGenerator::subschema_for::<Health>,
        ))
        .add(plain(
            get("/ready", ready)
                .id("get_ready")
                .about("Whether the database answers and runs are taken"),
            SchemaGenerator::subschema_for::<Ready>,
        ))
}

#[derive(Serialize, JsonSchema)]
struct Health {
    /// `ok`
    status: &'static str,
    version: &'static str,
}

async fn health() -> Plain<Health> {
    Plain(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
    })
}

#[derive(Serialize, JsonSchema)]
struct Ready {
    /// `ready`, `stopping` or `unavailable`
    status: &'static str,
    /// Whether the database answers.
    database: bool,
}

async fn ready(State(app): State<App>) -> Response {
    let database = app.db.ping().await.is_ok();
    let status = if app.stopping.is_cancelled() {
        "stopping"
    } else if database {
        "ready"
    } else {
        "unavailable"
    };
    let code = if status == "ready" {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let mut response = Plain(Ready { status, database }).into_response();
    *response.status_mut() = code;
    response
}

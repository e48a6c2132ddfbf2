//! `/openapi.json`, `/docs` (a page that shows it) and `/docs/errors`, all without anything from elsewhere.

use std::fmt::Write as _;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, header};

use crate::App;
use crate::http::problem::ErrorCode;
use crate::http::route::{Access, Answer, Route, Routes, get};

/// The routes of this part.
pub fn routes() -> Routes {
    let public = |route: Route, kind| {
        route
            .access(Access::Public)
            .statements(0)
            .answer(Answer::Bytes(kind))
    };
    Routes::new()
        .add(public(
            get("/openapi.json", openapi)
                .id("get_openapi")
                .about("This document"),
            "application/json",
        ))
        .add(public(
            get("/docs", page).id("get_docs").about("This document as a page"),
            "text/html",
        ))
        .add(public(
            get("/docs/docs.js", script)
                .id("get_docs_script")
                .about("The script of that page"),
            "text/javascript",
        ))
        .add(public(
            get("/docs/docs.css", style)
                .id("get_docs_style")
                .about("The style of that page"),
            "text/css",
        ))
        .add(public(
            get("/docs/errors", errors)
                .id("get_docs_errors")
                .about("Every error code"),
            "text/markdown",
        ))
}

fn typed(kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

async fn openapi(State(app): State<App>) -> Response {
    typed("application/json", app.document.bytes())
}

async fn page() -> Response {
    typed("text/html; charset=utf-8", include_str!("docs/page.html"))
}

async fn script() -> Response {
    typed("text/javascript; charset=utf-8", include_str!("docs/docs.js"))
}

async fn style() -> Response {
    typed("text/css; charset=utf-8", include_str!("docs/docs.css"))
}

async fn errors() -> Response {
    typed("text/markdown; charset=utf-8", error_table())
}

/// The content of `docs/errors.md`.
pub fn error_table() -> String {
    let mut text = String::from(
        "# Error codes\n\nEvery error is `application/problem+json` with one of these in `code`.\n\n| code | status | title |\n|---|---|---|\n",
    );
    for code in ErrorCode::ALL {
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            code.as_str(),
            code.status().as_u16(),
            code.title()
        );
    }
    text
}

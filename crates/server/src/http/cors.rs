//! Web pages of other sites that may call `/v1`: those of the origins in `server.cors_origins`, and nobody without it.
//!
//! What always holds: nothing outside of `/v1` is opened, and no credential of the browser is accepted. A page brings a key of its own,
//! and the answers never say that cookies may come along, so a browser sends none or keeps the answer from the page.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::App;

/// How long a browser need not ask again, in seconds.
const ASKED_FOR: HeaderValue = HeaderValue::from_static("600");
/// What may be asked there.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST");
/// Everything that an answer says in its head, which is as good as a list where no credentials are.
const ALL: HeaderValue = HeaderValue::from_static("*");
/// What the answers depend on.
const VARY: HeaderValue = HeaderValue::from_static("Origin");

/// The middleware around all routes.
pub async fn allow(State(app): State<App>, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/v1/") {
        return next.run(request).await;
    }
    let Some(origin) = allowed(&app, request.headers()) else {
        let mut response = next.run(request).await;
        response.headers_mut().append(header::VARY, VARY);
        return response;
    };
    let asked = request.headers();
    let is_preflight =
        *request.method() == Method::OPTIONS && asked.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if is_preflight {
        preflight(asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned())
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, VARY);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, ALL);
    response
}

/// The origin that asks, when it is one of those that may.
fn allowed(app: &App, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let mut known = app.config.server.cors_origins.iter();
    known
        .any(|known| known.as_str().as_bytes() == origin.as_bytes())
        .then(|| origin.clone())
}

/// The answer to a browser that asks whether it may ask. Clients bring headers of their own beside the key; all of them may come.
fn preflight(wanted: Option<HeaderValue>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, ASKED_FOR);
    if let Some(wanted) = wanted {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted);
    }
    response
}

//! The web client, built into the binary: hashed names for ever, compressed forms made at build time, and the page itself
//! for every path that has no route, so that a link into the client opens it.

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::http::negotiate::{Encoding, choose, names_tag};
use crate::http::observe;
use crate::http::problem::{ErrorCode, Problem};
use crate::http::route::{Access, Answer, RouteSpec};

/// Paths that belong to programs: what has no route there is 404, never the page.
const RESERVED: &[&str] = &[
    "/api/",
    "/v1/",
    "/metrics",
    "/performance",
    "/mcp",
    "/health",
    "/ready",
];

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Client;

/// What the pages may load: from here alone, no inline script or style.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; \
    connect-src 'self'; font-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// The declaration of what is served here, for the middleware.
pub fn spec() -> RouteSpec {
    RouteSpec {
        method: Method::GET,
        path: "/{*path}",
        id: "get_page",
        about: "The web client",
        access: Access::Public,
        statements_max: 0,
        rows_max: 0,
        cached: None,
        unlogged: false,
        ends_with_caller: false,
        timeout: None,
        body_bytes_max: 0,
        body: None,
        query: Vec::new(),
        answers: vec![Answer::Bytes("text/html")],
    }
}

/// A file of the client, or its page.
pub async fn serve(request: Request) -> Response {
    let path = request.uri().path();
    if RESERVED.iter().any(|start| path.starts_with(start)) {
        return observe::not_found(&request);
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return observe::method_not_allowed(request).await;
    }
    let name = path.trim_start_matches('/');
    let is_file = !name.is_empty() && Client::get(name).is_some();
    if !is_file && name.rsplit('/').next().is_some_and(|last| last.contains('.')) {
        return Problem::new(ErrorCode::NotFound, format!("There is no file {path}.")).into_response();
    }
    let name = if is_file { name } else { "index.html" };
    send(name, request.headers())
}

fn send(name: &str, asked: &HeaderMap) -> Response {
    let Some(file) = Client::get(name) else {
        let detail =
            "The web client is not part of this build. Build it with `make build`, or use the API (/docs).";
        return Problem::new(ErrorCode::NotFound, detail).into_response();
    };
    let tag = hex::encode(&file.metadata.sha256_hash()[..16]);
    let (encoding, body) = packed(name, asked).unwrap_or((None, file));
    let mut response = Response::new(Body::from(match body.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    }));
    let headers = response.headers_mut();
    // The name of a file below assets/ has the hash of its content in it, so what it names never changes.
    let caching = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    for (header, value) in [
        (header::CONTENT_TYPE, content_type(name)),
        (header::ETAG, format!("\"{tag}\"")),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(header, value);
        }
    }
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if name == "index.html" {
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CONTENT_SECURITY_POLICY),
        );
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    }
    if names_tag(asked, &header::IF_NONE_MATCH, &tag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
    }
    response
}

/// What a file is, by the ending of its name.
fn content_type(name: &str) -> String {
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    if kind.type_() == mime_guess::mime::TEXT {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_string()
    }
}

/// The compressed form that was made at build time and that the client takes.
fn packed(name: &str, asked: &HeaderMap) -> Option<(Option<&'static str>, EmbeddedFile)> {
    let (token, ending) = match choose(asked) {
        Encoding::Brotli | Encoding::Zstd => ("br", ".br"),
        Encoding::Gzip => ("gzip", ".gz"),
        Encoding::Identity => return None,
    };
    // A client that prefers zstd and does not read br is not known; gzip is the safe second choice.
    let reads_br = asked
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("br"));
    let (token, ending) = if token == "br" && !reads_br {
        ("gzip", ".gz")
    } else {
        (token, ending)
    };
    Client::get(&format!("{name}{ending}")).map(|file| (Some(token), file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_file_that_the_client_has_is_told() {
        for (name, kind) in [
            ("index.html", "text/html; charset=utf-8"),
            ("assets/index-1a2b.js", "text/javascript; charset=utf-8"),
            ("assets/index-1a2b.css", "text/css; charset=utf-8"),
            ("assets/mono-1a2b.woff2", "font/woff2"),
            ("app.webmanifest", "application/manifest+json"),
            ("favicon.svg", "image/svg+xml"),
            ("icon-192.png", "image/png"),
            ("assets/highlight-1a2b.wasm", "application/wasm"),
            ("something", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name), kind, "{name}");
        }
    }

    #[test]
    fn the_policy_lets_in_nothing_inline_and_nothing_from_elsewhere() {
        let parts: Vec<&str> = CONTENT_SECURITY_POLICY.split(';').map(str::trim).collect();
        for part in [
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            "worker-src 'self'",
            "manifest-src 'self'",
            "object-src 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(parts.contains(&part), "{part}");
        }
        for word in ["unsafe", "http:", "https:", "*"] {
            assert!(!CONTENT_SECURITY_POLICY.contains(word), "{word}");
        }
    }
}

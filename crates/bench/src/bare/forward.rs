//! A gateway that does nothing: it sends each request on as it came, and each piece of the answer back as it comes.
//!
//! What it adds to a call is what a second connection adds on this machine, with the server and the client that the product has
//! too: the least that any gateway built on them can add.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Where requests go.
#[derive(Clone)]
struct Forward {
    client: Client<HttpConnector, Body>,
    upstream: String,
}

/// Sends everything to `upstream`, the root of a server.
pub(super) fn router(upstream: String) -> Router {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).build(connector);
    Router::new()
        .fallback(pass)
        .with_state(Forward { client, upstream })
}

async fn pass(State(forward): State<Forward>, request: Request) -> Response {
    let (mut head, body) = request.into_parts();
    head.uri = match format!("{}{}", forward.upstream, head.uri).parse() {
        Ok(uri) => uri,
        Err(error) => return (StatusCode::BAD_REQUEST, format!("{error}")).into_response(),
    };
    head.headers = kept(
        &head.headers,
        &[
            header::CONTENT_TYPE,
            header::CONTENT_LENGTH,
            header::AUTHORIZATION,
        ],
    );
    match forward.client.request(Request::from_parts(head, body)).await {
        Ok(answer) => {
            let (mut head, body) = answer.into_parts();
            head.headers = kept(&head.headers, &[header::CONTENT_TYPE, header::CONTENT_LENGTH]);
            Response::from_parts(head, Body::new(body))
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

/// Those of the headers that do not belong to one connection.
fn kept(headers: &HeaderMap, names: &[header::HeaderName]) -> HeaderMap {
    names
        .iter()
        .filter_map(|name| Some((name.clone(), headers.get(name)?.clone())))
        .collect()
}

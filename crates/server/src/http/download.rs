//! Downloads that are made while they are sent.

use std::io;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::{HeaderValue, header};

/// A download whose length is not known beforehand. Should the database fail in the middle, the connection breaks off, so
/// that a half file can be told from a whole one.
pub fn file<C: Into<Bytes>>(
    chunks: impl Stream<Item = sql::Result<C>> + Send + 'static,
    kind: &'static str,
    name: &str,
) -> Response {
    let chunks = chunks.map(|chunk| match chunk {
        Ok(chunk) => Ok(chunk.into()),
        Err(error) => {
            tracing::error!(%error, "an export broke off");
            Err(io::Error::other(error))
        }
    });
    let mut response = Response::new(Body::from_stream(chunks));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response
            .headers_mut()
            .insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

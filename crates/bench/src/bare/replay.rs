//! A bare handler: no login, no limits, no counters. It answers bytes that the product answered before.

use std::io::Write as _;

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::any;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

/// The level that the product compresses with.
const LEVEL: u32 = 6;

/// An answer of the product.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) compressed: Compressed,
}

/// Whether and when the body is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Compressed {
    /// Never.
    #[default]
    No,
    /// Once, before the first request.
    Kept,
    /// For each request.
    Made,
}

/// A router with an answer at `/0`, `/1` and so on.
pub(super) fn router(answers: Vec<Recorded>) -> anyhow::Result<Router> {
    let mut router = Router::new();
    for (index, answer) in answers.into_iter().enumerate() {
        let status = StatusCode::from_u16(answer.status)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &answer.headers {
            headers.append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
        }
        if answer.compressed != Compressed::No {
            headers.insert("content-encoding", HeaderValue::from_static("gzip"));
        }
        let plain = Bytes::from(answer.body);
        let kept = match answer.compressed {
            Compressed::Kept => gzip(&plain).context("cannot compress")?,
            Compressed::No | Compressed::Made => plain,
        };
        let made = answer.compressed == Compressed::Made;
        let handler = move |_body: Bytes| {
            let (kept, headers) = (kept.clone(), headers.clone());
            async move {
                let body = if made {
                    gzip(&kept).unwrap_or_default()
                } else {
                    kept
                };
                let mut response = Response::new(Body::from(body));
                *response.status_mut() = status;
                *response.headers_mut() = headers;
                response
            }
        };
        router = router.route(&format!("/{index}"), any(handler));
    }
    Ok(router)
}

fn gzip(body: &[u8]) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(LEVEL));
    encoder.write_all(body)?;
    encoder.finish().map(Bytes::from)
}

//! A kept answer: the bytes of its body as they are sent, in every coding that was asked for, each with its ETag.

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};

use crate::cache::Outcome;
use crate::http::negotiate::{self, Encoding};

/// What an answer for one caller depends on, so that nobody between here and the caller mixes it up.
pub const VARY: HeaderValue = HeaderValue::from_static(
    "Accept-Encoding, Cookie, Authorization, X-Api-Key, X-Stoa-Workspace, Anthropic-Version",
);
/// The caller's own cache asks each time whether it is still right.
pub const KEEP_PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// The body in one coding.
#[derive(Debug)]
struct Form {
    bytes: Bytes,
    etag: HeaderValue,
    encoding: Encoding,
}

impl Form {
    fn new(bytes: Bytes, tag: &str, encoding: Encoding) -> Self {
        Self {
            bytes,
            etag: negotiate::etag_header(tag, encoding),
            encoding,
        }
    }
}

/// What other nodes need to know of an answer.
#[derive(Serialize, Deserialize)]
struct About {
    content_type: String,
    credential: Option<String>,
}

/// A kept answer with the status 200.
#[derive(Debug)]
pub struct Kept {
    content_type: HeaderValue,
    /// What its ETags have in common: a hash of the plain body.
    tag: String,
    /// The credential it was made for.
    pub credential: Option<Arc<str>>,
    plain: Form,
    /// In the order of [`Encoding::packed_index`]; none inside when it can not be packed.
    packed: [OnceLock<Option<Form>>; 3],
    compressible: bool,
}

impl Kept {
    /// Keeps this body of an answer with these headers.
    pub fn new(headers: &HeaderMap, body: Bytes, credential: Option<Arc<str>>) -> Self {
        let tag = negotiate::etag(&body);
        Self {
            content_type: headers
                .get(header::CONTENT_TYPE)
                .cloned()
                .unwrap_or(HeaderValue::from_static("application/json")),
            compressible: negotiate::worth_packing(body.len(), headers),
            plain: Form::new(body, &tag, Encoding::Identity),
            tag,
            credential,
            packed: Default::default(),
        }
    }

    /// What is said of it where other nodes read it, beside its body.
    pub fn about(&self) -> serde_json::Value {
        serde_json::json!(About {
            content_type: self.content_type.to_str().unwrap_or_default().to_owned(),
            credential: self.credential.as_deref().map(str::to_owned),
        })
    }

    /// Reads what another node has kept.
    pub fn read(about: serde_json::Value, body: Vec<u8>) -> Option<Self> {
        let about: About = serde_json::from_value(about).ok()?;
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::try_from(about.content_type).ok()?,
        );
        Some(Self::new(
            &headers,
            Bytes::from(body),
            about.credential.map(Arc::from),
        ))
    }

    /// The plain body.
    pub const fn body(&self) -> &Bytes {
        &self.plain.bytes
    }

    /// What its ETags have in common.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The memory it takes: the plain body, and about as much again for the packed forms and the headers.
    pub fn weight(&self) -> usize {
        self.plain.bytes.len() * 2 + 512
    }

    /// The body in this coding: packed when it is first asked for, and kept; plain when it can not be.
    fn form(&self, encoding: Encoding) -> &Form {
        let Some(index) = encoding.packed_index().filter(|_| self.compressible) else {
            return &self.plain;
        };
        let packed = self.packed[index].get_or_init(|| {
            negotiate::compress(&self.plain.bytes, encoding)
                .inspect_err(|error| tracing::error!(%error, "compression failed; the body is sent as it is"))
                .ok()
                .map(|bytes| Form::new(Bytes::from(bytes), &self.tag, encoding))
        });
        packed.as_ref().unwrap_or(&self.plain)
    }

    /// The answer for a request with these headers: 304 when it has it already. Packs a large body on a thread of its own.
    pub async fn answer(self: &Arc<Self>, asked: &HeaderMap) -> (Response, Outcome) {
        let encoding = negotiate::choose(asked);
        if let Some(index) = encoding.packed_index()
            && self.compressible
            && self.plain.bytes.len() > negotiate::INLINE_BYTES_MAX
            && self.packed[index].get().is_none()
        {
            let this = Arc::clone(self);
            // When the thread is lost, the body is packed here after all.
            let _ = tokio::task::spawn_blocking(move || {
                this.form(encoding);
            })
            .await;
        }
        let form = self.form(encoding);
        let known = asked
            .get(header::IF_NONE_MATCH)
            .is_some_and(|value| *value == form.etag)
            || negotiate::names_tag(asked, &header::IF_NONE_MATCH, &self.tag);
        // Room for what the middleware adds, so that the table does not grow.
        let mut headers = HeaderMap::with_capacity(14);
        headers.insert(header::ETAG, form.etag.clone());
        headers.insert(header::CACHE_CONTROL, KEEP_PRIVATE);
        headers.insert(header::VARY, VARY);
        let (status, body, outcome) = if known {
            (StatusCode::NOT_MODIFIED, Body::empty(), Outcome::NotModified)
        } else {
            headers.insert(header::CONTENT_TYPE, self.content_type.clone());
            if form.encoding != Encoding::Identity {
                headers.insert(header::CONTENT_ENCODING, form.encoding.header());
            }
            (StatusCode::OK, Body::from(form.bytes.clone()), Outcome::Hit)
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        (response, outcome)
    }
}

//! Conditional requests and compression of whole bodies: strong ETags, 304, gzip, br and zstd above 500 bytes.
//!
//! A stream is passed on untouched. So is an answer that brings its own ETag or encoding (the web client's files).

use std::io::Write;

use axum::body::{Body, to_bytes};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body::Body as _;
use sha2::{Digest, Sha256};

/// Bodies up to this size are sent as they are: compressing them saves nothing.
pub const COMPRESS_ABOVE_BYTES: usize = 500;
/// Larger bodies are compressed on a thread of their own, so that they do not hold up the others.
pub const INLINE_BYTES_MAX: usize = 256 << 10;

/// A content coding that we write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// Zstandard, level 3.
    Zstd,
    /// Brotli, level 4.
    Brotli,
    /// gzip, level 6.
    Gzip,
}

impl Encoding {
    const fn token(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// As `Content-Encoding` names it.
    pub const fn header(self) -> HeaderValue {
        HeaderValue::from_static(self.token())
    }

    /// Its number among those that pack.
    pub const fn packed_index(self) -> Option<usize> {
        match self {
            Self::Identity => None,
            Self::Zstd => Some(0),
            Self::Brotli => Some(1),
            Self::Gzip => Some(2),
        }
    }
}

/// The request headers that `finish` needs.
pub fn relevant(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(2);
    for name in [header::IF_NONE_MATCH, header::ACCEPT_ENCODING] {
        for value in headers.get_all(&name) {
            kept.append(name.clone(), value.clone());
        }
    }
    kept
}

/// The best coding the client accepts: its weights first, then zstd, br, gzip.
pub fn choose(headers: &HeaderMap) -> Encoding {
    if !headers.contains_key(header::ACCEPT_ENCODING) {
        return Encoding::Identity;
    }
    let mut best = (Encoding::Identity, 0_u16);
    let text: Vec<&str> = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    for candidate in [Encoding::Zstd, Encoding::Brotli, Encoding::Gzip] {
        let weight = text
            .iter()
            .flat_map(|text| text.split(','))
            .find_map(|item| weight_of(item, candidate.token()));
        let weight = weight.or_else(|| {
            text.iter()
                .flat_map(|text| text.split(','))
                .find_map(|item| weight_of(item, "*"))
        });
        if let Some(weight) = weight
            && weight > best.1
        {
            best = (candidate, weight);
        }
    }
    best.0
}

/// The weight in thousandths that one item of `Accept-Encoding` gives to a coding, when it names it.
fn weight_of(item: &str, token: &str) -> Option<u16> {
    let mut parts = item.split(';');
    if !parts.next()?.trim().eq_ignore_ascii_case(token) {
        return None;
    }
    let q = parts.find_map(|part| {
        part.trim()
            .strip_prefix("q=")
            .and_then(|q| q.trim().parse::<f32>().ok())
    });
    Some((q.unwrap_or(1.0).clamp(0.0, 1.0) * 1_000.0) as u16)
}

/// A strong ETag of these bytes: the first 128 bits of their SHA-256.
pub fn etag(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..16])
}

/// Whether `If-None-Match` or `If-Match` names this tag, in whatever coding the client had it.
pub fn names_tag(headers: &HeaderMap, name: &header::HeaderName, tag: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| {
            let item = item.trim();
            let item = item.strip_prefix("W/").unwrap_or(item).trim_matches('"');
            item == "*"
                || item == tag
                || item
                    .strip_prefix(tag)
                    .is_some_and(|rest| matches!(rest, "-zstd" | "-br" | "-gzip"))
        })
}

/// Gives a whole answer its ETag (on GET), answers 304 when the client has it, and compresses it.
pub async fn finish(response: Response, method: &Method, asked: &HeaderMap) -> Response {
    let headers = response.headers();
    let ready = headers.contains_key(header::ETAG) || headers.contains_key(header::CONTENT_ENCODING);
    let Some(size) = response.body().size_hint().exact() else {
        return response;
    };
    if ready || size == 0 {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        // A body of known size is in memory already; reading it does not fail.
        return Response::from_parts(parts, Body::empty());
    };
    let encoding = if worth_packing(bytes.len(), &parts.headers) {
        choose(asked)
    } else {
        Encoding::Identity
    };
    parts
        .headers
        .append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if *method == Method::GET && parts.status == StatusCode::OK {
        let tag = etag(&bytes);
        parts
            .headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("private, no-cache"));
        parts.headers.insert(header::ETAG, etag_header(&tag, encoding));
        if names_tag(asked, &header::IF_NONE_MATCH, &tag) {
            parts.status = StatusCode::NOT_MODIFIED;
            parts.headers.remove(header::CONTENT_TYPE);
            parts.headers.remove(header::CONTENT_LENGTH);
            return Response::from_parts(parts, Body::empty());
        }
    }
    let bytes = if encoding == Encoding::Identity {
        bytes
    } else {
        encode(bytes, encoding, &mut parts.headers).await
    };
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    Response::from_parts(parts, Body::from(bytes))
}

/// The ETag of a body in this coding. The tag is our own hexadecimal text.
pub fn etag_header(tag: &str, encoding: Encoding) -> HeaderValue {
    let text = match encoding {
        Encoding::Identity => format!("\"{tag}\""),
        encoding => format!("\"{tag}-{}\"", encoding.token()),
    };
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Whether a body of this size with these headers is sent packed to who takes it so.
pub fn worth_packing(bytes: usize, headers: &HeaderMap) -> bool {
    bytes > COMPRESS_ABOVE_BYTES && compressible(headers)
}

fn compressible(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    kind.starts_with("application/json")
        || kind.starts_with("application/problem+json")
        || kind.starts_with("text/")
}

async fn encode(bytes: Bytes, encoding: Encoding, headers: &mut HeaderMap) -> Bytes {
    let plain = bytes.clone();
    let packed = if bytes.len() <= INLINE_BYTES_MAX {
        compress(&bytes, encoding)
    } else {
        tokio::task::spawn_blocking(move || compress(&bytes, encoding))
            .await
            .unwrap_or_else(|error| Err(std::io::Error::other(error)))
    };
    match packed {
        Ok(packed) => {
            headers.insert(
                header::CONTENT_ENCODING,
                HeaderValue::from_static(encoding.token()),
            );
            Bytes::from(packed)
        }
        Err(error) => {
            tracing::error!(%error, "compression failed; the body is sent as it is");
            plain
        }
    }
}

/// The bytes in this coding.
pub fn compress(bytes: &[u8], encoding: Encoding) -> std::io::Result<Vec<u8>> {
    match encoding {
        Encoding::Identity => Ok(bytes.to_vec()),
        Encoding::Zstd => zstd::bulk::compress(bytes, 3),
        Encoding::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(
                Vec::with_capacity(bytes.len() / 3),
                flate2::Compression::new(6),
            );
            encoder.write_all(bytes)?;
            encoder.finish()
        }
        Encoding::Brotli => {
            let mut packed = Vec::with_capacity(bytes.len() / 3);
            let mut encoder = brotli::CompressorWriter::new(&mut packed, 4096, 4, 20);
            encoder.write_all(bytes)?;
            encoder.flush()?;
            drop(encoder);
            Ok(packed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn the_clients_weights_decide_then_our_order() {
        for (accept, expected) in [
            ("gzip, deflate, br, zstd", Encoding::Zstd),
            ("gzip, deflate, br", Encoding::Brotli),
            ("gzip", Encoding::Gzip),
            ("br;q=0.5, gzip;q=0.9", Encoding::Gzip),
            ("gzip;q=0", Encoding::Identity),
            ("identity", Encoding::Identity),
            ("*", Encoding::Zstd),
            ("zstd;q=0, *;q=0.5", Encoding::Brotli),
            ("", Encoding::Identity),
        ] {
            assert_eq!(choose(&accepting(accept)), expected, "{accept}");
        }
    }

    #[test]
    fn a_tag_is_recognised_in_every_coding() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::IF_NONE_MATCH,
            HeaderValue::from_static("\"other\", W/\"abc-gzip\""),
        );
        assert!(names_tag(&headers, &header::IF_NONE_MATCH, "abc"));
        assert!(!names_tag(&headers, &header::IF_NONE_MATCH, "ab"));
        assert!(!names_tag(&headers, &header::IF_NONE_MATCH, "abc-gzip-x"));
    }

    #[test]
    fn every_coding_can_be_read_back() {
        let text = "the same words again and again ".repeat(100);
        let gzip = compress(text.as_bytes(), Encoding::Gzip).unwrap();
        let mut read = String::new();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&gzip[..]), &mut read).unwrap();
        assert_eq!(read, text);
        let zstd = compress(text.as_bytes(), Encoding::Zstd).unwrap();
        assert_eq!(zstd::bulk::decompress(&zstd, 1 << 20).unwrap(), text.as_bytes());
        let br = compress(text.as_bytes(), Encoding::Brotli).unwrap();
        let mut read = String::new();
        std::io::Read::read_to_string(&mut brotli::Decompressor::new(&br[..], 4096), &mut read).unwrap();
        assert_eq!(read, text);
    }
}

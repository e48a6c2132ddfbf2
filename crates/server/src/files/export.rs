//! Content on its way out: a file whole or in a range, a folder as a zip that is made while it is sent.

use std::io::{self, Write};
use std::ops::Range;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::preview::key_of;
use super::{File, FileKind, storage_failed, tree};
use crate::App;
use crate::http::problem::Problem;

/// Files of one zip.
const ZIP_FILES_MAX: usize = 100_000;
/// Pieces of a zip that wait for the caller.
const WAITING: usize = 16;
/// A piece of a zip.
const PIECE_BYTES: usize = 64 << 10;
/// From here on an entry of a zip needs the large form.
const LARGE_BYTES: i64 = 4_000_000_000;

/// Types that a browser shows and that can do nothing there.
fn is_harmless(media_type: &str) -> bool {
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    let picture = kind.starts_with("image/") && kind != "image/svg+xml";
    picture
        || kind.starts_with("audio/")
        || kind.starts_with("video/")
        || matches!(kind, "text/plain" | "application/pdf")
}

fn disposition(name: &str, attached: bool) -> HeaderValue {
    let way = if attached { "attachment" } else { "inline" };
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    HeaderValue::try_from(format!("{way}; filename*=UTF-8''{name}"))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

/// The range that is asked for: none for the whole, an error for one that the file does not have. Of several ranges the
/// whole is sent, as the standard allows.
fn range(headers: &HeaderMap, size: u64, etag: &str) -> Result<Option<Range<u64>>, ()> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::IF_RANGE).is_some_and(|tag| tag != etag) {
        return Ok(None);
    }
    let Some((first, last)) = text(header::RANGE)
        .and_then(|range| range.strip_prefix("bytes="))
        .filter(|range| !range.contains(','))
        .and_then(|range| range.split_once('-'))
    else {
        return Ok(None);
    };
    let (first, last) = (first.trim(), last.trim());
    let range = if first.is_empty() {
        let Ok(count) = last.parse::<u64>() else {
            return Ok(None);
        };
        size.saturating_sub(count)..size
    } else {
        let Ok(first) = first.parse::<u64>() else {
            return Ok(None);
        };
        let last = if last.is_empty() {
            u64::MAX
        } else {
            last.parse().map_err(drop)?
        };
        first..last.saturating_add(1).min(size)
    };
    if range.is_empty() {
        Err(())
    } else {
        Ok(Some(range))
    }
}

/// The content of a file.
pub async fn content(
    app: &App,
    file: &File,
    headers: &HeaderMap,
    download: bool,
) -> Result<Response, Problem> {
    let hash = file.content_hash()?;
    let etag = format!("\"{hash}\"");
    let size = file.size_bytes.max(0) as u64;
    let mut response = Response::new(Body::empty());
    let harmless = is_harmless(&file.media_type);
    let head = response.headers_mut();
    let media_type = HeaderValue::try_from(file.media_type.as_str());
    head.insert(
        header::CONTENT_TYPE,
        media_type.unwrap_or(HeaderValue::from_static("application/octet-stream")),
    );
    head.insert(
        header::CONTENT_DISPOSITION,
        disposition(&file.name, download || !harmless),
    );
    head.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    head.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Ok(etag) = HeaderValue::try_from(etag.as_str()) {
        head.insert(header::ETAG, etag);
    }
    if !harmless {
        head.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("sandbox; default-src 'none'"),
        );
    }
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok());
    if known
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim().trim_start_matches("W/") == etag)
    {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    let Ok(range) = range(headers, size, &etag) else {
        *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
        response
            .headers_mut()
            .insert(header::CONTENT_RANGE, of_range(&format!("*/{size}")));
        return Ok(response);
    };
    let key = key_of(app, file).await?;
    let (content, length) = match &range {
        None => (app.blobs.get(&key).await.map_err(storage_failed)?.1, size),
        Some(range) => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let told = format!("{}-{}/{size}", range.start, range.end - 1);
            response
                .headers_mut()
                .insert(header::CONTENT_RANGE, of_range(&told));
            let content = app.blobs.get_range(&key, range.clone()).await;
            (content.map_err(storage_failed)?, range.end - range.start)
        }
    };
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    *response.body_mut() = Body::from_stream(content);
    Ok(response)
}

fn of_range(told: &str) -> HeaderValue {
    HeaderValue::try_from(format!("bytes {told}")).unwrap_or(HeaderValue::from_static("bytes */0"))
}

/// A folder as a zip. Its files are stored as they are: most are packed already, and a reader need not wait.
pub async fn zip(app: &App, folder: &File) -> Result<Response, Problem> {
    folder.live()?;
    if folder.kind != FileKind::Folder {
        return Err(Problem::conflict("This is a file; take its content."));
    }
    let entries = tree::all_below(app, folder, ZIP_FILES_MAX).await?;
    let (pieces, sent) = mpsc::channel(WAITING);
    let (app, top) = (app.clone(), folder.path.clone());
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let sink = Pieces {
            piece: Vec::with_capacity(PIECE_BYTES),
            pieces: pieces.clone(),
        };
        if let Err(error) = write(&app, &runtime, &top, &entries, sink) {
            // Whoever left is no failure; for others the zip breaks off, so that it is not taken for whole.
            let _ = pieces.blocking_send(Err(error));
        }
    });
    let mut response = Response::new(Body::from_stream(ReceiverStream::new(sent)));
    let head = response.headers_mut();
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    head.insert(
        header::CONTENT_DISPOSITION,
        disposition(&format!("{}.zip", folder.name), true),
    );
    Ok(response)
}

/// Bytes on their way to the caller; waits when the caller is slow.
struct Pieces {
    piece: Vec<u8>,
    pieces: mpsc::Sender<io::Result<Bytes>>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE_BYTES));
        let sent = self.pieces.blocking_send(Ok(piece.into()));
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

fn write(
    app: &App,
    runtime: &tokio::runtime::Handle,
    top: &str,
    entries: &[File],
    sink: Pieces,
) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(sink);
    for entry in entries {
        let name = entry
            .path
            .strip_prefix(top)
            .unwrap_or(&entry.path)
            .trim_start_matches('/');
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(entry.size_bytes >= LARGE_BYTES);
        if entry.kind == FileKind::Folder {
            zip.add_directory(name, options)?;
            continue;
        }
        zip.start_file(name, options)?;
        let open = async {
            let key = key_of(app, entry).await.map_err(io::Error::other)?;
            app.blobs.get(&key).await.map_err(io::Error::other)
        };
        let (_, mut content) = runtime.block_on(open)?;
        while let Some(piece) = runtime.block_on(content.next()) {
            zip.write_all(&piece.map_err(io::Error::other)?)?;
        }
    }
    let mut sink = zip.finish()?.into_inner();
    sink.flush()
}

//! Server-sent events of a run: one frame an event, its number as the SSE id, a heartbeat as a comment.
//!
//! `data:` is one line of JSON that repeats `type` and `run`, so a reader that sees nothing but the data knows
//! everything. The heartbeat carries no id and no data: it keeps proxies from closing the connection and nothing else.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use engine::Event;
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, HeaderValue, header};

/// How long a stream is silent before a comment is sent.
pub const HEARTBEAT: Duration = Duration::from_secs(15);
/// The comment.
const HEARTBEAT_FRAME: &[u8] = b": keep-alive\n\n";

/// One event as a frame. The event's data is a JSON object on one line (serde_json never writes a newline).
pub fn frame(run_id: &str, event: &Event) -> Bytes {
    let kind = event.kind.as_ref();
    let fields = event.data.get().trim_start_matches('{');
    let comma = if fields.starts_with('}') { "" } else { "," };
    Bytes::from(format!(
        "id: {}\nevent: {kind}\ndata: {{\"type\":\"{kind}\",\"run\":\"{run_id}\"{comma}{fields}\n\n",
        event.seq
    ))
}

/// The response that streams these events until they end, or the client leaves. Leaving does not stop the run.
pub fn response<S>(run_id: String, events: S) -> Response
where
    S: Stream<Item = Result<std::sync::Arc<Event>, engine::Error>> + Send + 'static,
{
    let frames = events.map(move |event| match event {
        Ok(event) => frame(&run_id, &event),
        Err(error) => {
            // The stream breaks off without an end; the client comes back with the last number it saw.
            tracing::warn!(run = %run_id, %error, "a stream of events broke off");
            Bytes::from_static(b": the log can not be read now; come back\n\n")
        }
    });
    stream(frames)
}

/// A response of these frames with heartbeats between them.
pub fn stream(frames: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let beating = async_heartbeat(frames).map(Ok::<_, Infallible>);
    let mut response = Response::new(Body::from_stream(beating));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-transform"),
    );
    // Tells nginx and its like to pass every frame on at once.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

fn async_heartbeat(frames: impl Stream<Item = Bytes> + Send + 'static) -> impl Stream<Item = Bytes> + Send {
    let frames = Box::pin(frames);
    futures_util::stream::unfold(frames, |mut frames| async move {
        match tokio::time::timeout(HEARTBEAT, frames.next()).await {
            Ok(Some(frame)) => Some((frame, frames)),
            Ok(None) => None,
            Err(_) => Some((Bytes::from_static(HEARTBEAT_FRAME), frames)),
        }
    })
}

/// After which event a client wants to go on: `Last-Event-ID`, else `?after=`.
pub fn resume_after(headers: &HeaderMap, after: Option<u64>) -> u64 {
    let header = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().parse().ok());
    header.or(after).unwrap_or(0)
}

/// Whether the client asks for a stream: by its `Accept`, or by `"stream": true`.
pub fn wants_stream(headers: &HeaderMap, stream: Option<bool>) -> bool {
    stream.unwrap_or_else(|| {
        headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|accept| accept.contains("text/event-stream"))
    })
}

//! `If-Match` on writes: the ETag that a GET of the same thing gave must still be the one it would give now.

use http::{HeaderMap, header};
use serde::Serialize;

use crate::http::negotiate::{etag, names_tag};
use crate::http::problem::{ErrorCode, Problem};

/// The body of a GET.
#[derive(Serialize)]
struct Envelope<'a, T> {
    data: &'a T,
}

/// Refuses the write with 412 when `If-Match` is there and names another version than `present`, the view that a GET shows.
pub fn if_match(headers: &HeaderMap, present: &impl Serialize) -> Result<(), Problem> {
    if !headers.contains_key(header::IF_MATCH) {
        return Ok(());
    }
    let bytes = serde_json::to_vec(&Envelope { data: present }).map_err(Problem::internal)?;
    if names_tag(headers, &header::IF_MATCH, &etag(&bytes)) {
        return Ok(());
    }
    let detail = "It was changed since you read it. Read it again, apply your change to what is there now, and send that.";
    Err(Problem::new(ErrorCode::PreconditionFailed, detail))
}

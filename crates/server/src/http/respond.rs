//! The shapes of an answer: `{"data": …}`, lists with their page, created, accepted, empty.

use std::time::Instant;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::http::page::{Page, PageInfo};
use crate::http::problem::Problem;
use crate::performance::{self, Part};

/// 200 with `{"data": T}`.
pub struct Data<T>(pub T);
/// 201 with `{"data": T}`.
pub struct Created<T>(pub T);
/// 202 with `{"data": T}`: something goes on in the background.
pub struct Accepted<T>(pub T);
/// 204.
pub struct NoContent;
/// 200 with the value as the whole body.
pub struct Plain<T>(pub T);

#[derive(Serialize)]
struct Envelope<'a, T> {
    data: &'a T,
}

#[derive(Serialize)]
struct ListEnvelope<'a, T> {
    data: &'a T,
    page: &'a PageInfo,
}

/// A JSON response of these bytes.
pub fn json_bytes(status: StatusCode, bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let began = Instant::now();
    let written = serde_json::to_vec(value);
    performance::mark(Part::Serialise, began);
    match written {
        Ok(bytes) => json_bytes(status, bytes),
        Err(error) => Problem::internal(error).into_response(),
    }
}

impl<T: Serialize> IntoResponse for Data<T> {
    fn into_response(self) -> Response {
        json(StatusCode::OK, &Envelope { data: &self.0 })
    }
}
impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        json(StatusCode::CREATED, &Envelope { data: &self.0 })
    }
}
impl<T: Serialize> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        json(StatusCode::ACCEPTED, &Envelope { data: &self.0 })
    }
}
impl<T: Serialize> IntoResponse for Plain<T> {
    fn into_response(self) -> Response {
        json(StatusCode::OK, &self.0)
    }
}
impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}
impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.shown() {
            Ok((data, page)) => json(
                StatusCode::OK,
                &ListEnvelope {
                    data: &data,
                    page: &page,
                },
            ),
            Err(problem) => problem.into_response(),
        }
    }
}

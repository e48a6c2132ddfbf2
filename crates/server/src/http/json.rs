//! Extractors for JSON bodies and query parameters whose rejections are problems that say what to do, and the checks
//! of values that features use to turn a body into a valid input.

use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::{StatusCode, Uri, header, request::Parts};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::http::problem::{ErrorCode, FieldError, Problem, Rule};

/// How much a name must look like another to be offered for it, 0 to 1.
const NEAR: f64 = 0.8;

/// A JSON body. 415 for another type, 413 when too large, 400 when it is not JSON, 422 when a value does not fit.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = json_body(request, state).await?;
        parse(&bytes).map(Self)
    }
}

/// The whole body of a request that says it is JSON.
pub async fn json_body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(is_json) {
        let detail = "Send the body as JSON, with `Content-Type: application/json`.";
        return Err(Problem::new(ErrorCode::UnsupportedMediaType, detail));
    }
    body_bytes(request, state).await
}

/// Whether this is a type of JSON.
pub fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json") || essence.to_ascii_lowercase().ends_with("+json")
}

/// How many bytes a body may have: the route tells whoever reads it.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit(pub usize);

fn too_large(limit: Option<BodyLimit>) -> Problem {
    let most = limit.map_or(String::new(), |BodyLimit(bytes)| {
        format!(": {bytes} bytes at most")
    });
    Problem::new(
        ErrorCode::TooLarge,
        format!("The body is larger than this route takes{most}."),
    )
}

/// The whole body, within the route's limit.
pub async fn body_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let limit = request.extensions().get::<BodyLimit>().copied();
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| match rejection {
            BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => too_large(limit),
            rejection if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => too_large(limit),
            rejection => Problem::new(ErrorCode::Malformed, "The body broke off.").with_source(rejection),
        })
}

/// Parses JSON, and names the place when a value does not fit.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let field = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data => misfit(&field, &inner.to_string()),
            _ => Problem::new(
                ErrorCode::Malformed,
                format!("The body is not valid JSON: {inner}"),
            ),
        }
    })?;
    deserializer.end().map_err(|error| {
        Problem::new(
            ErrorCode::Malformed,
            format!("The body is not valid JSON: {error}"),
        )
    })?;
    Ok(value)
}

/// The problem of a value that does not fit. A name that nobody knows is told with the one it looks like.
fn misfit(field: &str, message: &str) -> Problem {
    let field = if field == "." { "body" } else { field };
    let Some(rest) = message.strip_prefix("unknown field `") else {
        return Problem::invalid(field, message);
    };
    // Every second piece between the ticks is a name.
    let mut names = rest.split('`').step_by(2);
    let unknown = names.next().unwrap_or_default();
    let known: Vec<&str> = names.collect();
    let field = match field.rsplit('.').next() {
        Some(last) if last == unknown => field.to_owned(),
        _ if field == "body" => unknown.to_owned(),
        _ => format!("{field}.{unknown}"),
    };
    let hint = meant(unknown, known.iter().copied());
    let message = match (hint.as_str(), known.as_slice()) {
        ("", []) => "is not known here".to_owned(),
        ("", known) => format!("is not known here; there are {}", known.join(", ")),
        (hint, _) => format!("is not known here; {hint}"),
    };
    Problem::invalid(field, message)
}

/// The question whether one of these names was meant, or one of two; empty when none looks like this one.
pub fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let scored = known.map(|known| (strsim::jaro_winkler(name, known), known));
    let mut near: Vec<(f64, &str)> = scored.filter(|(score, _)| *score >= NEAR).collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    match near.as_slice() {
        [] => String::new(),
        [(_, only)] => format!("did you mean `{only}`?"),
        [(_, first), (_, second), ..] => format!("did you mean `{first}` or `{second}`?"),
    }
}

/// Tells a field that is null (`Some(None)`) from one that is absent (`None`, with `#[serde(default)]`).
pub fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Query parameters.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parameters(&parts.uri).map(Self)
    }
}

/// The query parameters of this address.
pub fn parameters<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    let read = axum::extract::Query::<T>::try_from_uri(uri).map_err(|rejection| {
        Problem::new(
            ErrorCode::Malformed,
            format!("A query parameter could not be read: {}", rejection.body_text()),
        )
    })?;
    Ok(read.0)
}

/// Collects what is wrong with the values of an input, so that the caller hears of everything at once.
#[derive(Default)]
pub struct Check {
    errors: Vec<FieldError>,
}

impl Check {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that a field is not valid.
    pub fn fail(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(field, message));
    }

    /// Notes that a field breaks one of the rules that many share.
    pub fn breaks(&mut self, field: &str, rule: Rule, message: impl Into<String>) {
        self.errors.push(FieldError {
            rule,
            ..FieldError::new(field, message)
        });
    }

    /// Between `min` and `max` characters.
    pub fn length(&mut self, field: &str, value: &str, min: usize, max: usize) {
        let length = value.chars().count();
        if length == 0 && min == 1 {
            self.breaks(field, Rule::Required, "must not be empty");
        } else if length < min {
            let message = format!("needs at least {min} characters");
            self.breaks(field, Rule::TooShort { limit: min }, message);
        } else if length > max {
            let message = format!("has {length} characters; at most {max} are possible");
            self.breaks(field, Rule::TooLong { limit: max }, message);
        }
    }

    /// The text without the space around it; between `min` and `max` characters.
    pub fn text(&mut self, field: &str, value: &str, min: usize, max: usize) -> String {
        let value = value.trim();
        self.length(field, value, min, max);
        if value.contains('\0') {
            self.fail(field, "must not contain the zero character");
        }
        value.to_owned()
    }

    /// The same for a text that may be absent.
    pub fn optional_text(&mut self, field: &str, value: Option<&str>, max: usize) -> Option<String> {
        value.map(|value| self.text(field, value, 0, max))
    }

    /// An id or slug that a caller chooses: letters, digits, `-`, `_`, 1 to 64 characters, starting with a letter or digit.
    pub fn slug(&mut self, field: &str, value: &str) -> String {
        let fits = (1..=64).contains(&value.len())
            && value
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && value.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
        if !fits {
            self.breaks(
                field,
                Rule::Slug,
                "takes letters, digits, '-' and '_', at most 64, and begins with a letter or digit",
            );
        }
        value.to_owned()
    }

    /// The problem with every field that failed, if one did.
    pub fn done(self) -> Result<(), Problem> {
        let Some(first) = self.errors.first() else {
            return Ok(());
        };
        let mut problem = Problem::new(ErrorCode::Invalid, format!("{}: {}", first.field, first.message));
        problem.errors = self.errors;
        Err(problem)
    }
}

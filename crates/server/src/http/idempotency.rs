//! `Idempotency-Key`: the same request of the same user begins one run, however often it is sent.
//!
//! A run keeps beside the key which request began it, as a hash. So a key that comes again with another request is refused,
//! and not answered with what the first has begun.

use axum::extract::{FromRequest, Request};
use engine::{NewRun, Run};
use http::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::App;
use crate::http::json::{json_body, parse};
use crate::http::problem::Problem;

/// Where the input of a run has the hash of its request.
const REQUEST: &str = "request_hash";
/// What a request may ask for differently when it is sent again: how it is answered.
const STREAM: &str = "stream";

/// The `Idempotency-Key` of a request.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if (1..=200).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(Problem::invalid(
            "Idempotency-Key",
            "takes 1 to 200 plain characters",
        )),
    }
}

/// 422: the key belongs to something else.
pub fn used_key() -> Problem {
    Problem::invalid(
        "Idempotency-Key",
        "was used for another request; take a new key for each",
    )
}

/// A key, and which request it came with.
#[derive(Debug, Clone)]
pub struct RequestKey {
    key: String,
    request: String,
}

impl RequestKey {
    fn new(key: String, path: &str, body: &[u8]) -> Result<Self, Problem> {
        let mut body: Value = parse(body)?;
        if let Value::Object(fields) = &mut body {
            fields.remove(STREAM);
        }
        let request = hex::encode(Sha256::digest(format!("{path}\n{body}")));
        Ok(Self { key, request })
    }

    /// Writes into a run that this request begins it.
    pub fn mark(&self, run: &mut NewRun) {
        run.idempotency_key = Some(self.key.clone());
        if let Value::Object(input) = &mut run.input {
            input.insert(REQUEST.to_owned(), Value::from(self.request.as_str()));
        }
    }

    /// The run that this request has begun before; refused when the key has begun another's.
    pub async fn begun(&self, app: &App, user_id: &str) -> Result<Option<Run>, Problem> {
        let run = app.engine.find_by_idempotency_key(user_id, &self.key).await;
        let run = run.map_err(Problem::internal)?;
        let began = run.as_ref().and_then(|run| run.input[REQUEST].as_str());
        if began.is_some_and(|began| began != self.request) {
            return Err(used_key());
        }
        Ok(run)
    }
}

/// A JSON body, and the key of its request when it has one.
pub struct Keyed<T>(pub T, pub Option<RequestKey>);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Keyed<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let key = idempotency_key(request.headers())?;
        let path = request.uri().path().to_owned();
        let bytes = json_body(request, state).await?;
        let body = parse(&bytes)?;
        let key = key.map(|key| RequestKey::new(key, &path, &bytes)).transpose()?;
        Ok(Self(body, key))
    }
}

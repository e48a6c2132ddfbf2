//! A fake upstream: an HTTP server on loopback that plays scripted answers and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use futures_util::{StreamExt, stream};
use llm::Url;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// One piece of a scripted body.
#[derive(Clone, Debug)]
pub enum Piece {
    Bytes(Vec<u8>),
    Wait(Duration),
    /// Nothing more, and the connection stays open.
    Hang,
    /// The connection breaks.
    Break,
}

/// A scripted answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<Piece>,
}

impl Answer {
    /// A stream of these texts, each a chunk of its own.
    pub fn stream<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Self {
        let body = texts
            .into_iter()
            .map(|text| Piece::Bytes(text.as_ref().as_bytes().to_vec()))
            .collect();
        Self {
            status: 200,
            headers: vec![("content-type", "text/event-stream".to_owned())],
            body,
        }
    }

    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json".to_owned())],
            body: vec![Piece::Bytes(body.to_string().into_bytes())],
        }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn then(mut self, piece: Piece) -> Self {
        self.body.push(piece);
        self
    }
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Value,
    pub bytes: Bytes,
}

#[derive(Clone)]
pub struct Fake {
    pub port: u16,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// A permit for each body that was dropped before its end.
    pub dropped: Arc<Semaphore>,
}

impl Fake {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let fake = Self {
            port: listener.local_addr().unwrap().port(),
            answers: Arc::default(),
            asked: Arc::default(),
            dropped: Arc::new(Semaphore::new(0)),
        };
        let router = axum::Router::new().fallback(answer).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    pub fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}{path}", self.port)).unwrap()
    }

    pub fn push(&self, answer: Answer) {
        self.answers.lock().unwrap().push_back(answer);
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// Tells of a body that was dropped before its end.
struct Alarm {
    dropped: Arc<Semaphore>,
    ended: bool,
}

impl Alarm {
    fn disarm(&mut self) {
        self.ended = true;
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if !self.ended {
            self.dropped.add_permits(1);
        }
    }
}

async fn answer(
    State(fake): State<Fake>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let bytes = body;
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    fake.asked.lock().unwrap().push(Asked {
        method,
        uri,
        headers,
        body,
        bytes,
    });
    let answer = fake.answers.lock().unwrap().pop_front();
    let answer =
        answer.unwrap_or_else(|| Answer::json(418, &serde_json::json!({"error": "no answer is scripted"})));
    let mut response = Response::builder().status(StatusCode::from_u16(answer.status).unwrap());
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    let state = (
        VecDeque::from(answer.body),
        Alarm {
            dropped: Arc::clone(&fake.dropped),
            ended: false,
        },
    );
    let pieces = stream::unfold(state, |(mut pieces, mut alarm)| async move {
        loop {
            match pieces.pop_front() {
                Some(Piece::Bytes(bytes)) => return Some((Ok(Bytes::from(bytes)), (pieces, alarm))),
                Some(Piece::Wait(time)) => tokio::time::sleep(time).await,
                Some(Piece::Hang) => std::future::pending().await,
                Some(Piece::Break) => return Some((Err(std::io::Error::other("broken")), (pieces, alarm))),
                None => {
                    alarm.disarm();
                    return None;
                }
            }
        }
    });
    response.body(Body::from_stream(pieces.boxed())).unwrap()
}

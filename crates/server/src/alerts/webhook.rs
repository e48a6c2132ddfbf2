//! The webhook: tells another system of alerts by a POST of JSON (docs/operations.md has the body).
//!
//! One task sends, from a short queue: a receiver that is slow or away holds up nothing but what is queued behind it, and
//! what the queue does not hold is dropped and counted. The address goes through the same guarded network layer as
//! providers do: no redirects, and no private addresses unless `alerts.allow_private` says so.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use sql::Time;
use tokio::sync::mpsc;
use tokio::time::Instant;
use url::Url;

use super::Alert;
use crate::App;
use crate::http::problem::Problem;
use crate::settings;

/// Messages that wait to be sent.
const QUEUE: usize = 64;
/// How long a receiver may take.
const LIMIT: Duration = Duration::from_secs(5);
/// The pauses before a message is tried again.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(20),
];

/// What happened to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Opened,
    Closed,
    Test,
}

impl Event {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "alert.opened",
            Self::Closed => "alert.closed",
            Self::Test => "alert.test",
        }
    }
}

/// What a test of the webhook found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TestView {
    /// Whether the receiver answered with a status of 200 to 299.
    pub ok: bool,
    /// Its status, when it answered.
    pub status: Option<u16>,
    /// How long that took.
    pub latency_ms: u64,
    /// What went wrong.
    pub error: Option<String>,
}

/// The way to the task that sends.
pub(super) struct Outbox {
    queue: mpsc::Sender<Value>,
    waiting: parking_lot::Mutex<Option<mpsc::Receiver<Value>>>,
    pub(super) sent: AtomicU64,
    pub(super) failed: AtomicU64,
}

impl Default for Outbox {
    fn default() -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        Self {
            queue,
            waiting: parking_lot::Mutex::new(Some(waiting)),
            sent: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }
}

impl Outbox {
    /// Hands a message to the task; waits for nobody.
    pub(super) fn push(&self, message: Value) {
        if self.queue.try_send(message).is_err() {
            self.failed.fetch_add(1, Ordering::Relaxed);
            tracing::warn!("A message to the webhook was dropped: too many wait already");
        }
    }

    /// The messages, for the one task that sends them.
    pub(super) fn take(&self) -> Option<mpsc::Receiver<Value>> {
        self.waiting.lock().take()
    }
}

/// The body of a message.
pub(super) fn body(event: Event, alert: &Alert, public_url: Option<&Url>, now: Time) -> Value {
    let text = match event {
        Event::Opened => format!("Alert on {}: {}", alert.node, alert.detail),
        Event::Closed => format!("Over on {}: {}", alert.node, alert.detail),
        Event::Test => format!("A test from {}: alerts will arrive here.", alert.node),
    };
    let alert = (event != Event::Test).then_some(alert);
    json!({
        "event": event.as_str(),
        "text": text,
        "at": now,
        "url": public_url.map(Url::as_str),
        "alert": alert,
    })
}

/// Why a message did not arrive.
#[derive(Debug)]
pub(super) struct Failure {
    status: Option<StatusCode>,
    text: String,
    /// Trying again may help.
    passing: bool,
}

impl Failure {
    fn lasting(text: String) -> Self {
        Self {
            status: None,
            text,
            passing: false,
        }
    }
}

/// Sends one message once. The answer's body is not read: nobody needs it.
async fn post(app: &App, url: &Url, message: &Value) -> Result<StatusCode, Failure> {
    let allow_private = app.config.alerts.allow_private;
    llm::Net::check(url, allow_private).map_err(|error| Failure::lasting(error.to_string()))?;
    let client = app.models.net().client(allow_private);
    let client = client.map_err(|error| Failure::lasting(error.to_string()))?;
    let sent = client.post(url.clone()).timeout(LIMIT).json(message).send().await;
    let status = match sent {
        Ok(response) => response.status(),
        Err(error) => {
            let refused = llm::net_refusal(&error);
            return Err(Failure {
                status: None,
                passing: refused.is_none(),
                text: refused.map_or_else(|| in_words(error), |refusal| refusal.to_string()),
            });
        }
    };
    if status.is_success() {
        return Ok(status);
    }
    Err(Failure {
        status: Some(status),
        text: format!("the receiver answered {status}"),
        passing: status.is_server_error()
            || matches!(
                status,
                StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
            ),
    })
}

/// What went wrong with all its causes, without the address, which is a secret.
fn in_words(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("the receiver did not answer within {} s", LIMIT.as_secs());
    }
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Sends what is queued until the server stops.
pub(super) async fn send_all(app: &App, mut waiting: mpsc::Receiver<Value>) {
    loop {
        let message = tokio::select! {
            () = app.stopping.cancelled() => return,
            message = waiting.recv() => message,
        };
        let Some(message) = message else { return };
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = deliver(app, &message) => {}
        }
    }
}

/// Sends one message, again after passing failures.
async fn deliver(app: &App, message: &Value) {
    let url = match settings::webhook_url(app).await {
        Ok(Some(url)) => url,
        Ok(None) => return,
        Err(problem) => {
            app.alerts.outbox.failed.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(
                "The address of the webhook could not be read: {}",
                problem.chain()
            );
            return;
        }
    };
    let mut pauses = PAUSES.iter();
    loop {
        let Err(failure) = post(app, &url, message).await else {
            app.alerts.outbox.sent.fetch_add(1, Ordering::Relaxed);
            return;
        };
        match pauses.next() {
            Some(pause) if failure.passing => tokio::time::sleep(*pause).await,
            _ => {
                app.alerts.outbox.failed.fetch_add(1, Ordering::Relaxed);
                tracing::warn!("An alert did not reach the webhook: {}", failure.text);
                return;
            }
        }
    }
}

/// Sends a test message, once, and says what came of it.
pub async fn test(app: &App) -> Result<TestView, Problem> {
    let Some(url) = settings::webhook_url(app).await? else {
        return Err(Problem::conflict(
            "No webhook is set: set `alerts.webhook_url` in the settings first.",
        ));
    };
    let now = app.clock.now();
    let message = body(
        Event::Test,
        &Alert::of_test(app, now),
        app.config.server.public_url.as_ref(),
        now,
    );
    let started = Instant::now();
    let outcome = post(app, &url, &message).await;
    let latency_ms = started.elapsed().as_millis() as u64;
    Ok(match outcome {
        Ok(status) => TestView {
            ok: true,
            status: Some(status.as_u16()),
            latency_ms,
            error: None,
        },
        Err(failure) => TestView {
            ok: false,
            status: failure.status.map(|status| status.as_u16()),
            latency_ms,
            error: Some(failure.text),
        },
    })
}

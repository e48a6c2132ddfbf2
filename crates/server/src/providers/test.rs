//! The test button: does this connection work? Asks the provider for its models, past the breaker and without retries.

use std::time::Duration;

use llm::{Provider, TestReport};
use schemars::JsonSchema;
use serde::Serialize;

use super::input::Draft;
use super::{Connection, CreateConnection, settle_owner};
use crate::App;
use crate::accounts::CallerRow;
use crate::http::problem::Problem;
use crate::models;

/// How long a provider may take to say which models it has.
const LIMIT: Duration = Duration::from_secs(10);

/// What a test found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TestView {
    /// Whether the provider answered as it should.
    pub ok: bool,
    /// How long that took.
    pub latency_ms: u64,
    /// How many models it has.
    pub models: usize,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<TestError>,
}

/// What went wrong in a test.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TestError {
    /// The code that a call would fail with.
    pub code: String,
    /// For people.
    pub detail: String,
}

/// Tests a stored connection. When it works, its models are read anew in the background.
pub(super) async fn stored(app: &App, connection: &Connection) -> Result<TestView, Problem> {
    let view = ask(app, connection).await;
    if view.ok && connection.enabled {
        models::store::set_due(&connection.id, app.clock.now())
            .execute(&app.db)
            .await?;
        app.models.changed();
    }
    Ok(view)
}

/// Tests what somebody has typed and not stored.
pub(super) async fn unsaved(
    app: &App,
    caller: &CallerRow,
    body: CreateConnection,
) -> Result<TestView, Problem> {
    settle_owner(app, caller, body.scope, body.workspace.as_deref()).await?;
    let draft = Draft::parse(app, body)?;
    let connection = draft.seal(&app.vault, "con_unsaved".to_owned(), None, None, app.clock.now())?;
    Ok(ask(app, &connection).await)
}

async fn ask(app: &App, connection: &Connection) -> TestView {
    let started = tokio::time::Instant::now();
    let outcome = match app.models.open(app, connection) {
        Ok(provider) => limited(&*provider, &connection.name).await,
        Err(reason) => Err(Problem::invalid("connection", reason)),
    };
    match outcome {
        Ok(report) => TestView {
            ok: true,
            latency_ms: report.latency.as_millis() as u64,
            models: report.models,
            error: None,
        },
        Err(problem) => TestView {
            ok: false,
            latency_ms: started.elapsed().as_millis() as u64,
            models: 0,
            error: Some(TestError {
                code: problem.code.as_str().to_owned(),
                detail: problem.detail,
            }),
        },
    }
}

async fn limited(provider: &dyn Provider, name: &str) -> Result<TestReport, Problem> {
    match tokio::time::timeout(LIMIT, provider.test()).await {
        Ok(outcome) => outcome.map_err(Problem::from),
        Err(_) => Err(llm::Error::Timeout {
            upstream: name.to_owned(),
        }
        .into()),
    }
}

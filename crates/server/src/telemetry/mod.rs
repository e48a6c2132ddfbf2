//! Telemetry: what other systems are told of this process. `GET /metrics` for Prometheus, and spans and metrics for an
//! OpenTelemetry collector when one is configured.
//!
//! Nothing is measured here: `performance`, `sql`, `engine`, `cache` and `alerts` count, [`metrics`] makes one list of it,
//! and that list is written as [`text`] and as OpenTelemetry's messages ([`otlp`]).

mod context;
pub mod family;
mod metrics;
pub(crate) mod otlp;
pub mod routes;
pub mod text;

use http::HeaderMap;

pub use self::context::{Context, scope, traceparent};
use crate::App;
use crate::config::Config;
use crate::performance::Observation;

/// What leaves this process by itself.
#[derive(Default)]
pub struct Telemetry {
    exporter: Option<otlp::Exporter>,
}

impl Telemetry {
    /// As configured.
    pub fn new(config: &Config) -> Self {
        let configured = &config.telemetry;
        let endpoint = configured.otlp_endpoint.as_ref();
        Self {
            exporter: endpoint.map(|endpoint| otlp::Exporter::new(endpoint, configured)),
        }
    }

    /// The place of a request in its trace; none when nothing is traced.
    pub fn context(&self, headers: &HeaderMap) -> Option<Context> {
        self.exporter.as_ref().map(|exporter| exporter.context(headers))
    }

    /// A request was answered.
    pub fn tell(&self, app: &App, context: Option<&Context>, route: &str, observation: &Observation<'_>) {
        if let (Some(exporter), Some(context)) = (&self.exporter, context) {
            exporter.tell(app, context, route, observation);
        }
    }

    /// Item, outcome and number of what was for the collector; none when there is none.
    pub fn counts(&self) -> Option<[(&'static str, &'static str, u64); 4]> {
        self.exporter.as_ref().map(otlp::Exporter::counts)
    }
}

/// Sends to the collector until the server stops.
pub async fn keep_telling(app: App) {
    if let Some(exporter) = &app.telemetry.exporter {
        exporter.run(&app).await;
    }
}

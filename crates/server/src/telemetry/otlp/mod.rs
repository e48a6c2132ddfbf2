//! OpenTelemetry: spans and metrics to a collector by OTLP over HTTP (protobuf), when one is configured.
//!
//! ```text
//! a request ends ──▶ Exporter::tell (a bounded queue, waits for nobody) ──▶ one task ──▶ POST /v1/traces
//!                                              every `telemetry.interval` the same task ──▶ POST /v1/metrics
//! ```
//!
//! The messages are those of the crate `opentelemetry-proto`. The SDK is left aside: its instruments would count once more
//! what is counted already, and it has no way to take in histograms that exist. What the queue does not hold, and what a
//! collector does not take after a second try, is dropped and counted; nothing else notices that a collector is away.

mod attribute;
mod points;
mod spans;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::metrics::v1::{ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use url::Url;

use super::context::Context;
use super::metrics;
use crate::App;
use crate::config::Telemetry as Configured;
use crate::performance::Observation;

/// Requests whose spans wait to be sent.
const QUEUE: usize = 4_096;
/// Requests of one message.
const BATCH: usize = 512;
/// How long spans wait for others to go with.
const GATHER: Duration = Duration::from_secs(1);
/// How long a collector may take.
const LIMIT: Duration = Duration::from_secs(10);
/// The pause before the second try.
const PAUSE: Duration = Duration::from_secs(1);
/// How often the log says that a collector does not take what it is sent.
const WARN_EVERY: Duration = Duration::from_mins(1);

#[derive(Default)]
struct Counts {
    sent: AtomicU64,
    dropped: AtomicU64,
}

/// The way to a collector.
pub(super) struct Exporter {
    traces: Url,
    metrics: Url,
    headers: HeaderMap,
    ratio: f64,
    interval: Duration,
    service: String,
    queue: mpsc::Sender<Vec<Span>>,
    waiting: parking_lot::Mutex<Option<mpsc::Receiver<Vec<Span>>>>,
    spans: Counts,
    points: Counts,
}

impl Exporter {
    /// The collector at this address.
    pub(super) fn new(endpoint: &Url, configured: &Configured) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        Self {
            traces: below(endpoint, "v1/traces"),
            metrics: below(endpoint, "v1/metrics"),
            headers: headers(configured),
            ratio: configured.sample_ratio,
            interval: configured.interval,
            service: configured.service_name.clone(),
            queue,
            waiting: parking_lot::Mutex::new(Some(waiting)),
            spans: Counts::default(),
            points: Counts::default(),
        }
    }

    /// The place of a request in its trace.
    pub(super) fn context(&self, headers: &HeaderMap) -> Context {
        Context::of(headers, self.ratio)
    }

    /// Hands the spans of a request to the task that sends; waits for nobody.
    pub(super) fn tell(&self, app: &App, context: &Context, route: &str, observation: &Observation<'_>) {
        if !context.sampled {
            return;
        }
        // A full queue is not worth the making of what it does not take.
        let Ok(place) = self.queue.try_reserve() else {
            let parts = observation.meter.map_or(0, sql::Meter::statements);
            self.spans.dropped.fetch_add(1 + parts, Ordering::Relaxed);
            return;
        };
        place.send(spans::of(
            context,
            route,
            observation,
            app.db.kind(),
            app.clock.now(),
        ));
    }

    /// What was sent and what was dropped.
    pub(super) fn counts(&self) -> [(&'static str, &'static str, u64); 4] {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [
            ("span", "sent", get(&self.spans.sent)),
            ("span", "dropped", get(&self.spans.dropped)),
            ("metric", "sent", get(&self.points.sent)),
            ("metric", "dropped", get(&self.points.dropped)),
        ]
    }

    fn resource(&self, app: &App) -> Resource {
        Resource {
            attributes: vec![
                attribute::text("service.name", &self.service),
                attribute::text("service.version", env!("CARGO_PKG_VERSION")),
                attribute::text("service.instance.id", app.alerts.node()),
            ],
            ..Resource::default()
        }
    }

    async fn send_spans(&self, app: &App, spans: Vec<Span>, warned: &mut Option<Instant>) {
        let number = spans.len() as u64;
        let message = ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                resource: Some(self.resource(app)),
                scope_spans: vec![ScopeSpans {
                    scope: Some(scope()),
                    spans,
                    ..ScopeSpans::default()
                }],
                ..ResourceSpans::default()
            }],
        };
        let outcome = self.post(app, &self.traces, message.encode_to_vec()).await;
        note(&self.spans, number, outcome, warned);
    }

    async fn send_metrics(&self, app: &App, warned: &mut Option<Instant>) {
        let families = metrics::collect(app).await;
        let now = u64::try_from(app.clock.now().micros()).unwrap_or(0) * 1_000;
        let uptime = u64::try_from(app.performance.process().uptime.as_nanos()).unwrap_or(0);
        let span = points::Span {
            start: now.saturating_sub(uptime),
            now,
        };
        let metrics = points::of(&families, span);
        let number = metrics.len() as u64;
        let message = ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                resource: Some(self.resource(app)),
                scope_metrics: vec![ScopeMetrics {
                    scope: Some(scope()),
                    metrics,
                    ..ScopeMetrics::default()
                }],
                ..ResourceMetrics::default()
            }],
        };
        let outcome = self.post(app, &self.metrics, message.encode_to_vec()).await;
        note(&self.points, number, outcome, warned);
    }

    /// Sends a message, a second time after a passing failure.
    async fn post(&self, app: &App, url: &Url, body: Vec<u8>) -> Result<(), String> {
        // Whoever writes the configuration may point it at any machine.
        let client = app.models.net().client(true).map_err(|error| error.to_string())?;
        let body = bytes::Bytes::from(body);
        let once = || async {
            let request = client
                .post(url.clone())
                .headers(self.headers.clone())
                .header(header::CONTENT_TYPE, "application/x-protobuf")
                .timeout(LIMIT)
                .body(body.clone());
            match request.send().await {
                Ok(response) if response.status().is_success() => Ok(()),
                Ok(response) => {
                    let status = response.status();
                    Err((
                        matches!(status.as_u16(), 429 | 502..=504),
                        format!("it answered {status}"),
                    ))
                }
                Err(error) => Err((true, error.without_url().to_string())),
            }
        };
        match once().await {
            Err((true, _)) => {
                tokio::time::sleep(PAUSE).await;
                once().await.map_err(|(_, text)| text)
            }
            outcome => outcome.map_err(|(_, text)| text),
        }
    }

    /// Sends what is told and what is measured until the server stops; then once more what is left.
    pub(super) async fn run(&self, app: &App) {
        let Some(mut waiting) = self.waiting.lock().take() else {
            return;
        };
        let mut warned = None;
        let mut measure = interval_at(Instant::now() + self.interval, self.interval);
        measure.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = Vec::with_capacity(BATCH);
        loop {
            let stopping = tokio::select! {
                () = app.stopping.cancelled() => true,
                _ = measure.tick() => {
                    self.send_metrics(app, &mut warned).await;
                    continue;
                }
                received = waiting.recv_many(&mut told, BATCH) => received == 0,
            };
            if !stopping && told.len() < BATCH {
                // Others will follow; a request's spans are in no hurry.
                let _ = tokio::time::timeout(GATHER, app.stopping.cancelled()).await;
            }
            while told.len() < BATCH
                && let Ok(more) = waiting.try_recv()
            {
                told.push(more);
            }
            let spans: Vec<Span> = told.drain(..).flatten().collect();
            if !spans.is_empty() {
                self.send_spans(app, spans, &mut warned).await;
            }
            if stopping {
                self.send_metrics(app, &mut warned).await;
                return;
            }
        }
    }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: "stoa".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    }
}

/// Counts what became of so many items, and logs a failure now and then.
fn note(counts: &Counts, number: u64, outcome: Result<(), String>, warned: &mut Option<Instant>) {
    match outcome {
        Ok(()) => {
            counts.sent.fetch_add(number, Ordering::Relaxed);
        }
        Err(text) => {
            counts.dropped.fetch_add(number, Ordering::Relaxed);
            if warned.is_none_or(|at| at.elapsed() >= WARN_EVERY) {
                *warned = Some(Instant::now());
                tracing::warn!("The OpenTelemetry collector takes nothing: {text}");
            }
        }
    }
}

/// The address of a signal: the configured one is their common beginning.
fn below(endpoint: &Url, path: &str) -> Url {
    let mut url = endpoint.clone();
    url.set_path(&format!("{}/{path}", endpoint.path().trim_end_matches('/')));
    url
}

/// `name=value` pairs separated by commas, as OTEL_EXPORTER_OTLP_HEADERS has them. The configuration has checked them.
fn headers(configured: &Configured) -> HeaderMap {
    let pairs = configured
        .otlp_headers
        .iter()
        .filter_map(|text| parse_headers(text.expose()));
    pairs.flatten().collect()
}

/// The pairs of such a text; none when one of them is no header.
pub(crate) fn parse_headers(text: &str) -> Option<Vec<(HeaderName, HeaderValue)>> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let value = percent_encoding::percent_decode_str(value.trim())
                .decode_utf8()
                .ok()?;
            let mut value = HeaderValue::from_str(&value).ok()?;
            value.set_sensitive(true);
            Some((HeaderName::from_bytes(name.trim().as_bytes()).ok()?, value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_below_the_common_address() {
        for (endpoint, expected) in [
            ("http://localhost:4318", "http://localhost:4318/v1/traces"),
            (
                "https://otlp.example.com/tenant/",
                "https://otlp.example.com/tenant/v1/traces",
            ),
        ] {
            assert_eq!(
                below(&Url::parse(endpoint).unwrap(), "v1/traces").as_str(),
                expected
            );
        }
    }

    #[test]
    fn headers_are_pairs() {
        let pairs = parse_headers("authorization=Bearer%20abc, x-tenant = one").unwrap();
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        assert_eq!(pairs, [("authorization", "Bearer abc"), ("x-tenant", "one")]);
        assert!(parse_headers("nonsense").is_none());
        assert!(parse_headers("bad name=1").is_none());
    }
}

//! What other systems are told: `/metrics` read by a strict parser, and a real collector that decodes what arrives.

#![expect(
    clippy::float_cmp,
    reason = "counts are whole numbers, also when they are written as samples"
)]

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::Span;
use parking_lot::Mutex;
use prost::Message;
use serde_json::{Value, json};
use testkit::{Client, TestServer};

use crate::upstream::{Upstream, chunk};

const PATIENCE: Duration = Duration::from_secs(20);

// ---- /metrics ----

#[derive(Debug, Default)]
struct Parsed {
    /// Name of the family, its type.
    types: BTreeMap<String, String>,
    /// Name with labels, number.
    samples: BTreeMap<String, f64>,
}

/// Reads the text format, and fails at whatever it does not allow.
fn parse(text: &str) -> Parsed {
    assert!(text.ends_with('\n'));
    let mut parsed = Parsed::default();
    let mut family = String::new();
    let mut helped = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            helped = rest.split_once(' ').expect("a help text").0.to_owned();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            assert_eq!(name, helped, "help comes first");
            assert!(
                ["counter", "gauge", "histogram", "summary"].contains(&kind),
                "{line}"
            );
            let again = parsed.types.insert(name.to_owned(), kind.to_owned());
            assert_eq!(again, None, "{name} is there twice");
            family = name.to_owned();
        } else {
            let (series, number) = line.rsplit_once(' ').expect("a number");
            let number: f64 = number.parse().unwrap_or_else(|_| panic!("no number: {line}"));
            let name = series.split('{').next().unwrap();
            let suffix = name
                .strip_prefix(&family)
                .unwrap_or_else(|| panic!("{line} is below {family}"));
            let allowed: &[&str] = match parsed.types[&family].as_str() {
                "histogram" => &["_bucket", "_sum", "_count"],
                "summary" => &["_sum", "_count"],
                _ => &[""],
            };
            assert!(allowed.contains(&suffix), "{line} in a {}", parsed.types[&family]);
            labels(series);
            let again = parsed.samples.insert(series.to_owned(), number);
            assert_eq!(again, None, "{series} is there twice");
        }
    }
    parsed
}

/// The labels of a series; every name is allowed, every value closed.
fn labels(series: &str) -> BTreeMap<String, String> {
    let Some((_, rest)) = series.split_once('{') else {
        return BTreeMap::new();
    };
    let mut rest = rest
        .strip_suffix('}')
        .unwrap_or_else(|| panic!("not closed: {series}"));
    let mut found = BTreeMap::new();
    while !rest.is_empty() {
        let (name, after) = rest
            .split_once("=\"")
            .unwrap_or_else(|| panic!("no value: {series}"));
        assert!(
            name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
            "{series}"
        );
        let mut value = String::new();
        let mut characters = after.char_indices();
        let end = loop {
            match characters
                .next()
                .unwrap_or_else(|| panic!("not closed: {series}"))
            {
                (_, '\\') => value.push(characters.next().expect("an escaped character").1),
                (at, '"') => break at,
                (_, other) => value.push(other),
            }
        };
        assert_eq!(found.insert(name.to_owned(), value), None, "{series}");
        rest = after[end + 1..].trim_start_matches(',');
    }
    found
}

async fn scrape(client: &Client) -> Parsed {
    let answer = client.get("/metrics").await.expect(200);
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    parse(&answer.text())
}

/// One of everything that is counted.
async fn busy(admin: &Client) {
    let conversation = admin.conversation("mock/echo").await;
    admin.say(&conversation, "hello").await;
    let chat =
        |model: &str| json!({ "model": model, "messages": [{ "role": "user", "content": "one two" }] });
    admin
        .post("/v1/chat/completions", chat("mock/echo"))
        .await
        .expect(200);
    assert!(
        admin
            .post("/v1/chat/completions", chat("mock/fail"))
            .await
            .status
            .is_server_error()
    );
    admin.get("/api/workspaces/nowhere").await.expect(404);
    admin.get("/nothing/here").await;
}

#[tokio::test]
async fn metrics_are_what_prometheus_reads() {
    let server = TestServer::new().await;
    let admin = server.register("ada").await;
    busy(&admin).await;
    let before = scrape(&admin).await;
    for (name, kind) in &before.types {
        // A counter says so in its name, and units are the base ones.
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
        assert!(
            name.starts_with("stoa_") || name.starts_with("process_"),
            "{name}"
        );
        for wrong in ["_ms", "_millis", "_micros", "_kb", "_percent"] {
            assert!(!name.contains(wrong), "{name}");
        }
    }
    histograms_add_up(&before);
    let route = "{method=\"GET\",route=\"/api/workspaces/{workspace}\"}";
    assert_eq!(
        before.samples[&format!("stoa_http_request_duration_seconds_count{route}")],
        1.0
    );
    let failed = "stoa_http_requests_total{method=\"POST\",route=\"/v1/chat/completions\",status=\"5xx\"}";
    assert_eq!(before.samples[failed], 1.0);
    let model = "stoa_model_calls_total{model=\"mock/echo\",outcome=\"ok\"}";
    assert!(before.samples[model] >= 2.0, "{}", before.samples[model]);
    assert!(before.samples["stoa_model_tokens_total{model=\"mock/echo\",direction=\"written\"}"] > 0.0);
    assert!(before.samples["process_start_time_seconds"] > 1.7e9);
    assert!(before.samples["process_resident_memory_bytes"] > 1e6);
    assert!(before.samples.keys().any(|key| key.starts_with("stoa_db_statement_duration_seconds_count{statement=\"conversations.")));
    assert_eq!(before.samples["stoa_alerts_open{kind=\"cpu\"}"], 0.0);

    busy(&admin).await;
    let after = scrape(&admin).await;
    let counted = |parsed: &Parsed| -> Vec<(String, f64)> {
        let counters = parsed.samples.iter().filter(|(series, _)| {
            let name = series.split('{').next().unwrap();
            let counting = ["_bucket", "_sum", "_count"]
                .iter()
                .any(|end| name.ends_with(end));
            name.ends_with("_total") || counting
        });
        counters
            .map(|(series, number)| (series.clone(), *number))
            .collect()
    };
    for (series, number) in counted(&before) {
        assert!(after.samples[&series] >= number, "{series} went down");
    }
    assert_eq!(after.samples[failed], 2.0);
}

fn histograms_add_up(parsed: &Parsed) {
    let mut seen = 0;
    for (name, _) in parsed.types.iter().filter(|(_, kind)| *kind == "histogram") {
        let mut last = BTreeMap::new();
        let bucket = format!("{name}_bucket");
        let mut buckets: Vec<(BTreeMap<String, String>, f64, f64)> = parsed
            .samples
            .iter()
            .filter(|(series, _)| series.split('{').next() == Some(&bucket))
            .map(|(series, number)| {
                let mut labels = labels(series);
                let bound = labels
                    .remove("le")
                    .expect("a bound")
                    .parse()
                    .unwrap_or(f64::INFINITY);
                (labels, bound, *number)
            })
            .collect();
        buckets.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        for (labels, bound, number) in buckets {
            let before = last.insert(labels.clone(), (bound, number));
            assert!(
                before.is_none_or(|(_, before)| before <= number),
                "{name} {labels:?}"
            );
        }
        for (labels, (bound, number)) in last {
            assert_eq!(bound, f64::INFINITY, "{name}");
            let inner: Vec<String> = labels
                .iter()
                .map(|(name, value)| format!("{name}=\"{value}\""))
                .collect();
            let count = parsed.samples.iter().find(|(series, _)| {
                series.split('{').next() == Some(&format!("{name}_count")) && self::labels(series) == labels
            });
            assert_eq!(count.map(|(_, count)| *count), Some(number), "{name} {inner:?}");
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen} histograms");
}

/// Requests that differ from each other: in ids, paths that are not there, models that do not exist, searches.
async fn different(client: &Client, numbers: std::ops::Range<usize>) {
    for number in numbers {
        client.get(&format!("/nothing/{number}")).await;
        client.get(&format!("/api/workspaces/none-{number}")).await;
        client.get(&format!("/api/conversations?q=word{number}")).await;
        let body = json!({ "model": format!("mock/none-{number}"), "messages": [{ "role": "user", "content": "x" }] });
        client.post("/v1/chat/completions", body).await;
    }
}

#[tokio::test]
async fn no_label_takes_its_values_from_a_request() {
    let server = TestServer::new().await;
    let admin = server.register("ada").await;
    busy(&admin).await;
    different(&admin, 0..2).await;
    // The reading itself is a request, with statements of its own.
    scrape(&admin).await;
    let before: HashSet<String> = scrape(&admin).await.samples.into_keys().collect();
    different(&admin, 2..32).await;
    let after = scrape(&admin).await.samples;
    let allowed: BTreeSet<String> = server::http::router::specs()
        .iter()
        .map(|spec| spec.path.to_owned())
        .collect();
    let mut routes = 0;
    for series in after.keys() {
        let labels = labels(series);
        if let Some(route) = labels.get("route") {
            assert!(allowed.contains(route), "{series}");
            routes += 1;
        }
        for (name, value) in &labels {
            assert!(
                !value.contains("none-") && !value.contains("word") && !value.contains("usr_"),
                "{name} of {series}"
            );
        }
    }
    assert!(routes > 50);
    // 120 requests made next to nothing of their own: what is done in the background may be new.
    let new: Vec<&String> = after.keys().filter(|series| !before.contains(*series)).collect();
    assert!(new.len() < 20, "{new:?}");
}

#[tokio::test]
async fn metrics_are_for_administrators_and_the_bearer_of_the_token() {
    let token = "a-token-for-prometheus";
    let server = TestServer::with(&[("performance.metrics_token", token)]).await;
    let admin = server.register("ada").await;
    let bob = server.register("bob").await;
    admin.get("/metrics").await.expect(200);
    bob.get("/metrics").await.expect(403);
    let anonymous = server.anonymous();
    anonymous.get("/metrics").await.expect(401);
    anonymous
        .with_token(Some(token))
        .get("/metrics")
        .await
        .expect(200);
    anonymous
        .with_token(Some("a-token-for-prometheuS"))
        .get("/metrics")
        .await
        .expect(401);
    // It opens nothing else.
    anonymous
        .with_token(Some(token))
        .get("/api/settings")
        .await
        .expect(401);
    anonymous
        .with_token(Some(token))
        .get("/performance")
        .await
        .expect(401);
}

#[tokio::test]
async fn the_dashboard_names_only_metrics_that_exist() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/grafana/stoa.json");
    let dashboard: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let server = TestServer::new().await;
    let admin = server.register("ada").await;
    busy(&admin).await;
    // Twice, so that what comes from a cache is there too.
    busy(&admin).await;
    let names: HashSet<String> = scrape(&admin)
        .await
        .samples
        .keys()
        .map(|series| series.split('{').next().unwrap().to_owned())
        .collect();
    let mut expressions = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            expressions.push(target["expr"].as_str().unwrap().to_owned());
        }
    }
    assert!(expressions.len() >= 15, "{}", expressions.len());
    let mut used = 0;
    for expression in expressions {
        let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        for word in words.filter(|word| word.starts_with("stoa_") || word.starts_with("process_")) {
            assert!(names.contains(word), "{word} does not exist: {expression}");
            used += 1;
        }
    }
    assert!(used >= 15, "{used}");
}

// ---- OpenTelemetry ----

/// An OTLP/HTTP receiver on loopback.
struct Collector {
    url: String,
    got: Arc<Mutex<Got>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Got {
    spans: Vec<Span>,
    metrics: Vec<Metric>,
    resources: Vec<Vec<KeyValue>>,
    headers: Option<HeaderMap>,
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn traces(State(got): State<Arc<Mutex<Got>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let message = ExportTraceServiceRequest::decode(body).expect("a message of OTLP");
    let mut got = got.lock();
    got.headers = Some(headers);
    for resource in message.resource_spans {
        got.resources.push(resource.resource.unwrap().attributes);
        got.spans
            .extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
    }
    StatusCode::OK
}

async fn points(State(got): State<Arc<Mutex<Got>>>, body: Bytes) -> StatusCode {
    let message = ExportMetricsServiceRequest::decode(body).expect("a message of OTLP");
    let resources = message.resource_metrics.into_iter();
    let metrics = resources
        .flat_map(|resource| resource.scope_metrics)
        .flat_map(|scope| scope.metrics);
    got.lock().metrics = metrics.collect();
    StatusCode::OK
}

impl Collector {
    async fn new() -> Self {
        let got = Arc::new(Mutex::new(Got::default()));
        let router = Router::new()
            .route("/tenant/v1/traces", post(traces))
            .route("/tenant/v1/metrics", post(points))
            .with_state(got.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/tenant", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, got, task }
    }

    async fn until<T>(&self, found: impl Fn(&Got) -> Option<T>) -> T {
        let waiting = async {
            loop {
                if let Some(found) = found(&self.got.lock()) {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .expect("the collector is told in time")
    }

    /// The span of the server with this name, and all below it.
    async fn request(&self, name: &str) -> (Span, Vec<Span>) {
        self.until(|got| {
            let server = got.spans.iter().rfind(|span| span.name == name)?.clone();
            let below = got
                .spans
                .iter()
                .filter(|span| span.parent_span_id == server.span_id);
            Some((server.clone(), below.cloned().collect()))
        })
        .await
    }
}

fn attribute(attributes: &[KeyValue], key: &str) -> Value {
    let found = attributes.iter().find(|attribute| attribute.key == key);
    match found
        .and_then(|attribute| attribute.value.clone())
        .and_then(|value| value.value)
    {
        Some(Any::StringValue(text)) => json!(text),
        Some(Any::IntValue(number)) => json!(number),
        _ => Value::Null,
    }
}

async fn traced(collector: &Collector, ratio: &str) -> TestServer {
    TestServer::with(&[
        ("telemetry.otlp_endpoint", &collector.url),
        ("telemetry.otlp_headers", "x-tenant=one"),
        ("telemetry.service_name", "stoa-test"),
        ("telemetry.sample_ratio", ratio),
        ("telemetry.interval", "1s"),
    ])
    .await
}

#[tokio::test]
async fn a_request_is_told_as_a_span_with_its_parts_below() {
    let collector = Collector::new().await;
    let server = traced(&collector, "1").await;
    let admin = server.register("ada").await;
    let answer = admin.get("/api/workspaces?limit=5").await.expect(200);
    let (span, below) = collector.request("GET /api/workspaces").await;
    for (key, expected) in [
        ("http.request.method", json!("GET")),
        ("http.route", json!("/api/workspaces")),
        ("url.path", json!("/api/workspaces")),
        ("http.response.status_code", json!(200)),
        ("stoa.request_id", json!(answer.header("x-request-id"))),
    ] {
        assert_eq!(attribute(&span.attributes, key), expected, "{key}");
    }
    assert_eq!((span.trace_id.len(), span.span_id.len(), span.kind), (16, 8, 2));
    assert!(span.parent_span_id.is_empty() && span.status.is_none());
    let took = span.end_time_unix_nano - span.start_time_unix_nano;
    assert!(took > 0 && took < 30_000_000_000, "{took}");
    assert!(below.iter().any(|span| span.name == "auth"), "{below:?}");
    let statement = below
        .iter()
        .find(|span| span.name.starts_with("workspaces."))
        .unwrap_or_else(|| panic!("no statement: {below:?}"));
    let system = attribute(&statement.attributes, "db.system.name");
    assert!(
        ["sqlite", "postgresql"].contains(&system.as_str().unwrap()),
        "{system}"
    );
    for part in &below {
        assert_eq!(part.trace_id, span.trace_id);
        assert!(part.start_time_unix_nano >= span.start_time_unix_nano, "{part:?}");
        assert!(
            part.end_time_unix_nano <= span.end_time_unix_nano + 1_000_000,
            "{part:?}"
        );
    }
    let got = collector.got.lock();
    assert_eq!(attribute(&got.resources[0], "service.name"), "stoa-test");
    assert_eq!(
        attribute(&got.resources[0], "service.instance.id"),
        server.app().alerts.node()
    );
    let headers = got.headers.clone().unwrap();
    assert_eq!(headers["x-tenant"], "one");
    assert_eq!(headers["content-type"], "application/x-protobuf");
}

#[tokio::test]
async fn a_trace_of_the_caller_is_gone_on_with_and_reaches_the_provider() {
    let collector = Collector::new().await;
    // Nothing is sampled by itself: the caller decides.
    let server = traced(&collector, "0").await;
    let admin = server.register("ada").await;
    let upstream = Upstream::with_models(&["m"]).await;
    upstream.stream(&[
        chunk(json!({ "role": "assistant", "content": "hi" }), None),
        chunk(json!({}), Some("stop")),
    ]);
    let connection = json!({ "scope": "system", "kind": "openai", "slug": "up", "base_url": upstream.url, "api_key": "sk-1" });
    admin.post("/api/connections", connection).await.expect(201);
    crate::upstream::eventually(&admin, "/v1/models", |answer| answer.text().contains("up/m")).await;
    let body = json!({ "model": "up/m", "messages": [{ "role": "user", "content": "x" }] });
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let answer = admin
        .send(
            http::Method::POST,
            "/v1/chat/completions",
            Some(body.clone()),
            &[("traceparent", parent)],
        )
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let (span, below) = collector.request("POST /v1/chat/completions").await;
    assert_eq!(hex(&span.trace_id), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(hex(&span.parent_span_id), "00f067aa0ba902b7");
    assert!(below.iter().any(|span| span.name == "model"), "{below:?}");
    let (headers, _) = upstream.requests().remove(0);
    let expected = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{}-01", hex(&span.span_id));
    assert_eq!(headers["traceparent"], expected.as_str());
    // Not sampled by the caller: handed on as such, and not told.
    let parent = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-00";
    admin
        .send(
            http::Method::POST,
            "/v1/chat/completions",
            Some(body),
            &[("traceparent", parent)],
        )
        .await;
    let (headers, _) = upstream.requests().remove(1);
    let handed = headers["traceparent"].to_str().unwrap();
    assert!(
        handed.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && handed.ends_with("-00"),
        "{handed}"
    );
    let got = collector.got.lock();
    assert!(
        got.spans
            .iter()
            .all(|span| hex(&span.trace_id).starts_with("4bf92f35")),
        "only what was sampled"
    );
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[tokio::test]
async fn a_failure_is_an_error_of_its_span() {
    let collector = Collector::new().await;
    let server = traced(&collector, "1").await;
    let admin = server.register("ada").await;
    let body = json!({ "model": "mock/fail", "messages": [{ "role": "user", "content": "x" }] });
    let answer = admin.post("/v1/chat/completions", body).await;
    let (span, _) = collector.request("POST /v1/chat/completions").await;
    assert_eq!(span.status.unwrap().code, 2);
    assert_eq!(attribute(&span.attributes, "error.type"), answer.status.as_str());
}

#[tokio::test]
async fn metrics_are_told_with_their_units() {
    let collector = Collector::new().await;
    let server = traced(&collector, "1").await;
    let admin = server.register("ada").await;
    admin.get("/api/workspaces").await.expect(200);
    let metric = collector
        .until(|got| {
            let found = |name: &str| got.metrics.iter().find(|metric| metric.name == name).cloned();
            let times = found("stoa_http_request_duration_seconds")?;
            let Some(Data::Histogram(histogram)) = times.data.clone() else {
                panic!("no histogram")
            };
            let point = histogram
                .data_points
                .into_iter()
                .find(|point| attribute(&point.attributes, "route") == "/api/workspaces")?;
            assert_eq!(times.unit, "s");
            Some((point, found("stoa_http_requests")?, found("stoa_build_info")?))
        })
        .await;
    let (point, requests, _) = metric;
    assert_eq!((point.count, point.bucket_counts.iter().sum::<u64>()), (1, 1));
    assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
    assert!(point.start_time_unix_nano < point.time_unix_nano);
    let Some(Data::Sum(sum)) = requests.data else {
        panic!("no sum")
    };
    assert!(sum.is_monotonic);
}

#[tokio::test]
async fn a_collector_that_is_away_costs_nothing_but_what_was_for_it() {
    let server = TestServer::with(&[
        ("telemetry.otlp_endpoint", "http://127.0.0.1:9"),
        ("telemetry.interval", "1s"),
    ])
    .await;
    let admin = server.register("ada").await;
    for _ in 0..20 {
        let answer = admin.get("/api/workspaces").await.expect(200);
        let seconds: f64 = answer.header("x-process-time").parse().unwrap();
        assert!(seconds < 1.0, "{seconds}");
    }
    let dropped = async {
        loop {
            let counts = server.app().telemetry.counts().unwrap();
            if counts
                .iter()
                .any(|(item, outcome, number)| (*item, *outcome) == ("span", "dropped") && *number > 0)
            {
                return counts;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let counts = tokio::time::timeout(PATIENCE, dropped)
        .await
        .expect("what could not be sent is counted");
    assert!(
        counts
            .iter()
            .all(|(_, outcome, number)| *outcome != "sent" || *number == 0)
    );
    let metrics = scrape(&admin).await;
    assert!(metrics.samples["stoa_otlp_items_total{item=\"span\",outcome=\"dropped\"}"] > 0.0);
}

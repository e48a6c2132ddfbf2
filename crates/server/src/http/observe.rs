//! What happens around every handler: request id, statement meter, time limit, panics, problems, ETag and compression,
//! `X-Process-Time`, `Server-Timing`, the slow-request log and the check of the route's budget.
//!
//! This is the one place that logs a failed request, once, with its chain of causes. Prompts, contents and keys never
//! reach the log: only ids, codes, counts and times do.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body::Body as _;
use serde_json::json;
use sql::Meter;

use crate::App;
use crate::audit;
use crate::cache::{Gathered, Outcome, Seat};
use crate::http::cached::{self, Place, SharedPlace};
use crate::http::kept::{self, Kept};
use crate::http::list::{self, RowFields};
use crate::http::problem::{ErrorCode, Problem};
use crate::http::respond::json_bytes;
use crate::http::route::{Access, RouteSpec};
use crate::http::timing::{self, ServerTiming};
use crate::http::{anthropic_error, counted, negotiate, openai_error};
use crate::ids::Kind;
use crate::performance::{Entered, Observation, Part, RouteIndex, Trace};
use crate::telemetry;
use crate::workspaces::{Role, TOKEN_PREFIX};

/// Header with the id of the request; a client's own id is kept when it is short and plain.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Header with the seconds the request took until its answer began.
pub const X_PROCESS_TIME: HeaderName = HeaderName::from_static("x-process-time");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The id of the request, for handlers that pass it on.
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);

/// A route with its declaration, as the middleware sees it.
#[derive(Clone)]
pub struct Watched {
    app: App,
    spec: Arc<RouteSpec>,
    route: RouteIndex,
    fields: Option<Arc<RowFields>>,
}

impl Watched {
    /// Watches this route.
    pub fn new(app: App, spec: Arc<RouteSpec>) -> Self {
        let route = app.performance.route(&spec);
        let fields = RowFields::of(&spec);
        Self {
            app,
            spec,
            route,
            fields,
        }
    }

    fn enter(&self, asked: &Asked, meter: &Meter, trace: &Trace) -> Entered {
        let performance = &self.app.performance;
        performance.enter(self.route, &asked.method, &asked.path, &asked.id, meter, trace)
    }
}

/// What has to be remembered of the request, because the handler consumes it.
struct Asked {
    id: Arc<str>,
    method: Method,
    path: String,
    headers: HeaderMap,
    /// Whether a failure is told as Anthropic's clients read it.
    is_anthropic: bool,
    context: Option<telemetry::Context>,
}

/// The middleware of every route.
pub async fn observe(State(watched): State<Watched>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let app = &watched.app;
    let (parts, body) = request.into_parts();
    let place = cached::place(app, &watched.spec, &parts);
    let mut doubted = None;
    let mut making = None;
    let mut shared = None;
    if let Some(place) = place {
        let mut kept = cached::find(app, place);
        if kept.is_none() {
            match app.cache.board(place.key).await {
                Seat::Maker(maker) => making = Some(maker),
                Seat::Waited => kept = cached::find(app, place),
            }
            if kept.is_none() {
                app.cache.missed(place.namespace, making.is_none());
                (kept, shared) = cached::find_shared(app, &watched.spec, place, &parts).await;
            }
        }
        match kept {
            Some(kept) if app.doubts_cache => doubted = Some(kept),
            Some(kept) => return answer_kept(&watched, &parts, &kept, started).await,
            None => {}
        }
    }
    let request = Request::from_parts(parts, body);
    let place = place.map(|place| (place, shared));
    let response = make(&watched, request, next, (place, doubted), started).await;
    // Who waits for this answer looks for it only now that it is kept.
    drop(making);
    response
}

/// Where nothing is kept yet: in this process, and among the nodes.
type Empty = (Place, Option<SharedPlace>);

/// Answers with what is kept: no handler, no database.
async fn answer_kept(watched: &Watched, parts: &Parts, kept: &Arc<Kept>, started: Instant) -> Response {
    let (response, outcome) = kept.answer(&parts.headers).await;
    let answered = Answered {
        id: &request_id(&watched.app, &parts.headers),
        method: &parts.method,
        path: parts.uri.path(),
        meter: None,
        trace: None,
        context: watched.app.telemetry.context(&parts.headers),
        cache: outcome,
        took: started.elapsed(),
    };
    label(response, watched, &answered)
}

/// Has the handler make the answer, and keeps it where it is to be kept.
async fn make(
    watched: &Watched,
    mut request: Request,
    next: Next,
    (place, doubted): (Option<Empty>, Option<Arc<Kept>>),
    started: Instant,
) -> Response {
    let app = &watched.app;
    let asked = Asked {
        id: request_id(app, request.headers()),
        method: request.method().clone(),
        path: without_token(request.uri().path()),
        headers: negotiate::relevant(request.headers()),
        is_anthropic: anthropic_error::speaks(request.uri().path(), request.headers()),
        context: watched.app.telemetry.context(request.headers()),
    };
    request.extensions_mut().insert(RequestId(asked.id.clone()));
    let (meter, trace) = (Meter::new(), Trace::new(started));
    if place.is_some() {
        trace.mark(Part::Cache, started);
    }
    let entered = watched.enter(&asked, &meter, &trace);
    let around = (&meter, &trace, asked.context);
    let begun = app.cache.begin();
    let mut gathered = Gathered::default();
    let mut response = if place.is_some() {
        let (response, made_from) = Gathered::during(handle(watched, around, request, next)).await;
        gathered = made_from;
        response
    } else {
        handle(watched, around, request, next).await
    };
    let excess = over_budget(&watched.spec, &meter);
    if let Some(excess) = excess.or_else(|| unlogged(app, &watched.spec, &meter, response.status())) {
        if app.strict_budgets {
            response = Problem::internal(excess).into_response();
        } else {
            tracing::warn!(route = watched.spec.id, request_id = %asked.id, "Over budget: {excess}");
        }
    }
    let encoding = Instant::now();
    let response = match (place, doubted) {
        (Some((place, _)), Some(kept)) => Err(cached::doubt(app, place, &kept, response).await),
        (Some(place), None) => cached::keep(app, place, (response, gathered, begun), &asked.headers).await,
        (None, _) => Err(response),
    };
    let mut response = match response {
        Ok(kept) => kept,
        Err(response) => finish(response, &asked).await,
    };
    trace.mark(Part::Encode, encoding);
    drop(entered);
    let answered = Answered {
        id: &asked.id,
        method: &asked.method,
        path: &asked.path,
        meter: Some(&meter),
        trace: Some(&trace),
        context: asked.context,
        cache: response.extensions_mut().remove::<Outcome>().unwrap_or_default(),
        took: started.elapsed(),
    };
    label(response, watched, &answered)
}

/// Runs the handler within its time. A change that has begun is finished even when the caller hangs up in the middle, so
/// that what it has written is also made known.
async fn handle(
    watched: &Watched,
    (meter, trace, context): (&Meter, &Trace, Option<telemetry::Context>),
    request: Request,
    next: Next,
) -> Response {
    let lasting = watched.spec.outlives_caller();
    let made = list::during(watched.fields.clone(), request, next);
    let made = telemetry::scope(context, made);
    let handled = AssertUnwindSafe(trace.scope(meter.scope(made))).catch_unwind();
    let handled = async {
        if lasting {
            match watched.app.tasks.spawn(audit::during(handled)).await {
                Ok(outcome) => outcome,
                Err(lost) => Ok(Problem::internal(lost).into_response()),
            }
        } else {
            handled.await
        }
    };
    let outcome = match watched.spec.timeout {
        None => handled.await,
        Some(limit) => match tokio::time::timeout(limit, handled).await {
            Ok(outcome) => outcome,
            Err(_) => {
                return Problem::new(
                    ErrorCode::Timeout,
                    format!("The request took longer than {} s.", limit.as_secs()),
                )
                .into_response();
            }
        },
    };
    outcome.unwrap_or_else(|panic| panicked(&panic))
}

/// The path as it may be logged: the token of an invitation's link is cut off behind its first characters.
fn without_token(path: &str) -> String {
    if !path.contains(TOKEN_PREFIX) {
        return path.to_owned();
    }
    let parts = path.split('/').map(|part| {
        if part.starts_with(TOKEN_PREFIX) {
            TOKEN_PREFIX
        } else {
            part
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

fn request_id(app: &App, headers: &HeaderMap) -> Arc<str> {
    let given = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = |id: &&str| {
        (1..=64).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    match given.filter(plain) {
        Some(id) => Arc::from(id),
        None => Arc::from(app.ids.make(Kind::Request, app.clock.now())),
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    Problem::internal(format!("a handler panicked: {}", text.unwrap_or_default())).into_response()
}

fn over_budget(spec: &RouteSpec, meter: &Meter) -> Option<String> {
    let (statements, rows) = (meter.statements(), meter.rows());
    if statements <= u64::from(spec.statements_max) && rows <= spec.rows_max {
        return None;
    }
    let names: Vec<_> = meter.records().iter().map(|record| record.name).collect();
    Some(format!(
        "{} took {statements} statements of {} and {rows} rows of {}: {}",
        spec.id,
        spec.statements_max,
        spec.rows_max,
        names.join(", ")
    ))
}

/// What administrators change has an entry in the audit log. Looked for where budgets are strict: in tests.
fn unlogged(app: &App, spec: &RouteSpec, meter: &Meter, status: StatusCode) -> Option<String> {
    let administers = matches!(
        spec.access,
        Access::SystemAdmin | Access::Workspace(Role::Admin | Role::Owner)
    );
    if !app.strict_budgets || !administers || spec.unlogged || !spec.outlives_caller() || !status.is_success()
    {
        return None;
    }
    let records = meter.records();
    let wrote = |name: &str| audit::writes(name);
    let changed = records.iter().any(|record| wrote(record.name));
    let logged = records.iter().any(|record| record.name == audit::ENTRY);
    (changed && !logged).then(|| {
        format!(
            "{} changes something without an entry in the audit log; add `audit::entry` to its batch",
            spec.id
        )
    })
}

/// Renders a problem, or gives a good answer its ETag and its compressed form.
async fn finish(mut response: Response, asked: &Asked) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        log_problem(&problem, asked);
        let mut rendered = render(&problem, asked);
        // Headers that the failing handler set on purpose (a cleared cookie) stay.
        for (name, value) in response.headers() {
            if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
                rendered.headers_mut().append(name.clone(), value.clone());
            }
        }
        response = rendered;
    }
    let mut response = negotiate::finish(response, &asked.method, &asked.headers).await;
    if asked.path.starts_with("/api/") || asked.path.starts_with("/v1/") {
        keep_private(&mut response);
    }
    response
}

/// What depends on who asks is kept by nobody but the caller's own cache, which asks each time whether it is still right;
/// a failure is not kept at all.
fn keep_private(response: &mut Response) {
    let good = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let keeping = if good {
        kept::KEEP_PRIVATE
    } else {
        HeaderValue::from_static("no-store")
    };
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(keeping);
    headers.insert(header::VARY, kept::VARY);
}

fn log_problem(problem: &Problem, asked: &Asked) {
    let status = problem.code.status();
    let (method, path, request_id) = (&asked.method, &asked.path, &asked.id);
    if problem.code == ErrorCode::Internal {
        tracing::error!(%method, %path, %request_id, "Request failed: {}", problem.chain());
    } else if status.is_server_error() {
        tracing::warn!(%method, %path, %request_id, "Request failed: {}", problem.chain());
    } else {
        tracing::debug!(%method, %path, %request_id, "Request refused: {}", problem.chain());
    }
}

/// The problem as a response: RFC 9457, or the shape of the format that the surface speaks, OpenAI's or Anthropic's.
fn render(problem: &Problem, asked: &Asked) -> Response {
    let status = problem.code.status();
    let mut response = if asked.path.starts_with("/v1/") {
        let body = if asked.is_anthropic {
            anthropic_error::body(problem, &asked.id)
        } else {
            openai_error::body(problem, &asked.id)
        };
        json_bytes(status, body.to_string().into_bytes())
    } else {
        let body = json!({
            "type": format!("/docs/errors#{}", problem.code.as_str()),
            "title": problem.code.title(),
            "status": status.as_u16(),
            "code": problem.code.as_str(),
            "detail": problem.detail,
            "request_id": &*asked.id,
            "errors": problem.errors,
        });
        let mut response = json_bytes(status, body.to_string().into_bytes());
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    };
    if let Some(after) = problem.retry_after {
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    if status == StatusCode::UNAUTHORIZED {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// What an answer cost.
struct Answered<'a> {
    id: &'a Arc<str>,
    method: &'a Method,
    path: &'a str,
    /// None when the answer was kept; so is the trace.
    meter: Option<&'a Meter>,
    trace: Option<&'a Trace>,
    context: Option<telemetry::Context>,
    cache: Outcome,
    took: Duration,
}

/// Writes the headers that say what the request cost, counts it, and logs it when it was slow.
fn label(mut response: Response, watched: &Watched, answered: &Answered<'_>) -> Response {
    let took = answered.took;
    let observation = Observation {
        route: watched.route,
        method: answered.method,
        path: answered.path,
        request_id: answered.id,
        status: response.status(),
        took,
        bytes: response.body().size_hint().exact(),
        meter: answered.meter,
        trace: answered.trace,
        cache: answered.cache,
    };
    watched.app.performance.observe(&observation);
    let context = answered.context.as_ref();
    watched
        .app
        .telemetry
        .tell(&watched.app, context, watched.spec.path, &observation);
    response = counted::count(response, &watched.app, watched.route);
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(answered.id) {
        headers.insert(X_REQUEST_ID, id);
    }
    headers.insert(X_PROCESS_TIME, timing::process_time(took));
    headers.insert(SERVER_TIMING, server_timing(answered));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    log_slow(watched, answered, response.status());
    response
}

/// `Server-Timing`: what the browser's own tools show of a request.
fn server_timing(answered: &Answered<'_>) -> HeaderValue {
    let mut timing = ServerTiming::new(answered.cache);
    for part in [Part::Auth, Part::Model] {
        if let Some(took) = answered.trace.and_then(|trace| trace.time_of(part)) {
            timing.part(part.word(), took);
        }
    }
    if let Some(meter) = answered.meter {
        timing.database(meter.database_time(), meter.statements());
    }
    timing.total(answered.took)
}

fn log_slow(watched: &Watched, answered: &Answered<'_>, status: StatusCode) {
    let (log, took) = (&watched.app.config.log, answered.took);
    if took < log.slow_request || matches!(watched.spec.path, "/health" | "/ready") {
        return;
    }
    let words = if took >= log.very_slow_request {
        "VERY SLOW REQUEST:"
    } else {
        "Slow request:"
    };
    let statements = answered.meter.map_or(0, Meter::statements);
    let rows = answered.meter.map_or(0, Meter::rows);
    let database = answered.meter.map(Meter::database_time).unwrap_or_default();
    tracing::warn!(
        request_id = %answered.id, status = status.as_u16(), ms = took.as_millis() as u64,
        statements, rows, database_ms = database.as_millis() as u64,
        "{words} {} {}", answered.method, answered.path
    );
}

/// What answers a path that no route has: 404 as a problem for the API's paths.
pub fn not_found(request: &Request) -> Response {
    let path = request.uri().path().to_owned();
    Problem::new(
        ErrorCode::NotFound,
        format!("There is no route {path}. The API is described in /openapi.json."),
    )
    .into_response()
}

/// What answers a path whose routes have other methods.
pub async fn method_not_allowed(request: Request) -> Response {
    let detail = format!(
        "{} does not answer {}. The API is described in /openapi.json.",
        request.uri().path(),
        request.method()
    );
    Problem::new(ErrorCode::MethodNotAllowed, detail).into_response()
}

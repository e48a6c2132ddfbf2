//! `/performance` and `/api/performance`: administrators of the installation only.
//!
//! `/performance` alone also answers whoever asks from the same machine, when that is configured: for a watchdog or a
//! collector that has no account.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Path, State};
use http::{HeaderMap, request::Parts};
use schemars::JsonSchema;
use serde::Deserialize;
use sql::{Distribution, StatementStats};

use super::views::{
    CalledModelView, DatabaseView, NamedPlan, OpenAlertsView, OverviewView, PlanView, RequestView,
    RequestsView, RouteView, RunsView, SeriesView, StatementDetail, StatementView, WaterfallView, spans,
};
use super::{Detail, Window, plans, series};
use crate::App;
use crate::alerts;
use crate::cache::routes::CacheView;
use crate::http::auth::SystemAdmin;
use crate::http::json::Query;
use crate::http::problem::Problem;
use crate::http::respond::Data;
use crate::http::route::{Access, Route, Routes, get};

/// Statements that the overview shows.
const STATEMENTS_SHOWN: usize = 50;
/// Requests of a list when the caller names no limit, and at most.
const REQUESTS_SHOWN: usize = 100;
/// Statements of one request whose plans are shown.
const PLANS_SHOWN: usize = 20;
/// Points of a series when the caller names no number, and at most.
const POINTS_DEFAULT: usize = 120;
const POINTS_MAX: usize = 1_000;

/// The routes of this feature.
pub fn routes() -> Routes {
    let admins = |route: Route| route.access(Access::SystemAdmin);
    Routes::new()
        .add(
            admins(get("/performance", overview))
                .id("get_performance")
                .about("How the process is doing: requests, routes, statements, database, runs, models, cache")
                .statements(3)
                .data::<OverviewView>(),
        )
        .add(
            admins(get("/api/performance/routes", list_routes))
                .id("list_route_performance")
                .about("What every route has cost since the start, the one that took the most time first")
                .data::<Vec<RouteView>>(),
        )
        .add(
            admins(get("/api/performance/statements", list_statements))
                .id("list_statement_performance")
                .about("What every SQL statement has cost since the start, the one that took the most time first")
                .data::<Vec<StatementView>>(),
        )
        .add(
            admins(get("/api/performance/statements/{statement}", show_statement))
                .id("get_statement_performance")
                .about("A statement with its text, its plan, and the index it lacks, if any")
                .data::<StatementDetail>(),
        )
        .add(
            admins(get("/api/performance/requests", list_requests))
                .id("list_request_performance")
                .about("Requests that were slow, that failed, that are a sample of all, or that have been running for long")
                .query::<RequestParams>()
                .data::<Vec<RequestView>>(),
        )
        .add(
            admins(get("/api/performance/requests/{request}", show_request))
                .id("get_request_performance")
                .about("One request part by part, with the plans of its statements")
                .data::<WaterfallView>(),
        )
        .add(
            admins(get("/api/performance/series", show_series))
                .id("get_performance_series")
                .about("The last hours of the measurements, a day at most")
                .query::<SeriesParams>()
                .data::<SeriesView>(),
        )
}

/// Lets in administrators of the installation, and anybody on the same machine when `performance.open_on_loopback` says so.
///
/// Who comes through a proxy is not on the same machine, even if the proxy is: a request with any header that proxies add
/// is treated like one from elsewhere. No header ever opens anything.
pub struct Watcher;

impl FromRequestParts<App> for Watcher {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(address)| address.ip());
        if app.config.performance.open_on_loopback && is_same_machine(peer, &parts.headers) {
            return Ok(Self);
        }
        SystemAdmin::from_request_parts(parts, app).await.map(|_| Self)
    }
}

/// What proxies add to the requests they hand on.
const BY_PROXIES: [&str; 6] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "via",
];

fn is_same_machine(peer: Option<IpAddr>, headers: &HeaderMap) -> bool {
    peer.is_some_and(|peer| peer.to_canonical().is_loopback())
        && !BY_PROXIES.iter().any(|name| headers.contains_key(*name))
}

async fn overview(State(app): State<App>, _watcher: Watcher) -> Result<Data<OverviewView>, Problem> {
    let performance = &app.performance;
    let answers = app.db.ping().await.is_ok();
    // A database that does not answer is what one wants to see here, not a reason for an error.
    let runs = app.engine.stats().await.ok();
    let open = alerts::count_open(&app).await.ok();
    let file_bytes = app.db.size_bytes().await.ok();
    let totals = performance.totals();
    let process = performance.process();
    let running = performance.requests_running();
    let since_start = Window {
        span: process.uptime,
        counts: totals,
    };
    let mut statements = statements(&app);
    statements.truncate(STATEMENTS_SHOWN);
    Ok(Data(OverviewView {
        health: match (app.stopping.is_cancelled(), answers) {
            (true, _) => "stopping",
            (false, true) => "ok",
            (false, false) => "unavailable",
        },
        version: env!("CARGO_PKG_VERSION"),
        process: process.into(),
        requests: RequestsView::new(&since_start, running),
        last_minute: RequestsView::new(&performance.recent(), running),
        routes: called_routes(&app),
        statements,
        database: DatabaseView::new(app.db.kind(), &app.db.stats(), file_bytes),
        runs: runs.as_ref().map(RunsView::from),
        streams: performance.streams_open(),
        models: performance.models().iter().map(CalledModelView::from).collect(),
        cache: CacheView::of(&app),
        alerts: OpenAlertsView { open },
    }))
}

fn called_routes(app: &App) -> Vec<RouteView> {
    let mut routes: Vec<RouteView> = app
        .performance
        .routes()
        .iter()
        .filter(|route| route.counts.count() > 0)
        .map(RouteView::from)
        .collect();
    routes.sort_by(|a, b| b.times.total_ms.total_cmp(&a.times.total_ms));
    routes
}

fn statements(app: &App) -> Vec<StatementView> {
    let mut statements: Vec<StatementView> = app.db.statements().iter().map(StatementView::from).collect();
    statements.sort_by(|a, b| b.times.total_ms.total_cmp(&a.times.total_ms));
    statements
}

async fn list_routes(State(app): State<App>, _admin: SystemAdmin) -> Data<Vec<RouteView>> {
    Data(called_routes(&app))
}

async fn list_statements(State(app): State<App>, _admin: SystemAdmin) -> Data<Vec<StatementView>> {
    Data(statements(&app))
}

async fn show_statement(
    State(app): State<App>,
    _admin: SystemAdmin,
    Path(name): Path<String>,
) -> Result<Data<StatementDetail>, Problem> {
    let statement = plans::statement(&name).ok_or_else(|| Problem::not_found("statement", &name))?;
    let stats = app.db.statements();
    let counts = stats
        .iter()
        .find(|stats| std::ptr::eq(stats.statement, statement));
    let never = StatementStats {
        statement,
        count: 0,
        errors: 0,
        rows: 0,
        rows_most: 0,
        wait: std::time::Duration::ZERO,
        times: Distribution::default(),
    };
    let plan = app.performance.plan(&app.db, statement).await;
    Ok(Data(StatementDetail {
        counts: counts.unwrap_or(&never).into(),
        text: statement.text(app.db.kind()).to_owned(),
        plan: PlanView::from(&*plan),
    }))
}

/// Which requests.
#[derive(Debug, Default, Deserialize, JsonSchema)]
struct RequestParams {
    /// Only those that were slow, and those that have been running for as long.
    slow: Option<bool>,
    /// Only those that failed.
    failed: Option<bool>,
    /// Only those that are running.
    running: Option<bool>,
    /// Only those of this route: its operation id.
    route: Option<String>,
    /// At most so many: 1 to 100.
    limit: Option<usize>,
}

impl RequestParams {
    fn wants(&self, request: &RequestView) -> bool {
        let kinds: &[(Option<bool>, &[&str])] = &[
            (self.slow, &["slow", "running"]),
            (self.failed, &["failed"]),
            (self.running, &["running"]),
        ];
        let any = kinds.iter().any(|(wanted, _)| *wanted == Some(true));
        let kind = kinds
            .iter()
            .any(|(wanted, kept)| *wanted == Some(true) && kept.contains(&request.kept));
        let route = self.route.as_deref().is_none_or(|route| route == request.route);
        (kind || !any) && route
    }
}

async fn list_requests(
    State(app): State<App>,
    _admin: SystemAdmin,
    Query(params): Query<RequestParams>,
) -> Data<Vec<RequestView>> {
    let running = app.performance.running().into_iter().map(Arc::new);
    let requests = running
        .chain(app.performance.requests())
        .map(|detail| RequestView::from(&*detail))
        .filter(|request| params.wants(request));
    let limit = params.limit.unwrap_or(REQUESTS_SHOWN).clamp(1, REQUESTS_SHOWN);
    Data(requests.take(limit).collect())
}

async fn show_request(
    State(app): State<App>,
    _admin: SystemAdmin,
    Path(id): Path<String>,
) -> Result<Data<WaterfallView>, Problem> {
    let detail = app.performance.request(&id);
    let detail = detail.ok_or_else(|| Problem::not_found("request", &id))?;
    Ok(Data(WaterfallView {
        request: RequestView::from(&*detail),
        took_micros: u64::try_from(detail.took.as_micros()).unwrap_or(u64::MAX),
        spans: spans(&detail),
        plans: plans_of(&app, &detail).await,
    }))
}

async fn plans_of(app: &App, detail: &Detail) -> Vec<NamedPlan> {
    let mut names: Vec<&str> = detail.records.iter().map(|record| record.name).collect();
    names.sort_unstable();
    names.dedup();
    let mut found = Vec::new();
    for statement in names.into_iter().filter_map(plans::statement).take(PLANS_SHOWN) {
        let plan = app.performance.plan(&app.db, statement).await;
        found.push(NamedPlan {
            name: statement.name(),
            plan: PlanView::from(&*plan),
        });
    }
    found
}

/// Which part of the series.
#[derive(Debug, Default, Deserialize, JsonSchema)]
struct SeriesParams {
    /// The names, separated by commas; all when absent.
    names: Option<String>,
    /// The last so many seconds: 10 to 86,400, an hour when absent.
    seconds: Option<u64>,
    /// At most so many points: 1 to 1,000, 120 when absent.
    points: Option<usize>,
}

async fn show_series(
    State(app): State<App>,
    _admin: SystemAdmin,
    Query(params): Query<SeriesParams>,
) -> Result<Data<SeriesView>, Problem> {
    let names: Vec<&str> = params
        .names
        .iter()
        .flat_map(|names| names.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    if let Some(unknown) = names
        .iter()
        .find(|name| !series::names().any(|known| known == **name))
    {
        let known: Vec<&str> = series::names().collect();
        let detail = format!("there is no series `{unknown}`; there are {}", known.join(", "));
        return Err(Problem::invalid("names", detail));
    }
    let points = params.points.unwrap_or(POINTS_DEFAULT).clamp(1, POINTS_MAX);
    let excerpt = app
        .performance
        .series(&names, params.seconds.unwrap_or(3_600), points);
    Ok(Data(excerpt.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_machine_is_a_peer_on_loopback_that_no_proxy_speaks_for() {
        let none = HeaderMap::new();
        let address = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        for (peer, expected) in [
            (address("127.0.0.1"), true),
            (address("::1"), true),
            (address("::ffff:127.0.0.1"), true),
            (address("10.0.0.1"), false),
            (None, false),
        ] {
            assert_eq!(is_same_machine(peer, &none), expected, "{peer:?}");
        }
        for name in BY_PROXIES {
            let mut headers = HeaderMap::new();
            headers.insert(name, http::HeaderValue::from_static("127.0.0.1"));
            assert!(!is_same_machine(address("127.0.0.1"), &headers), "{name}");
        }
    }
}

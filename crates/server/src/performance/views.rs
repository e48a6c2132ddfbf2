//! The measurements as the API shows them. Times are milliseconds, and microseconds inside a single request.

use schemars::JsonSchema;
use serde::Serialize;
use sql::{Distribution, Kind, Record, StatementStats, Time, plan::Finding};

use super::{
    CacheCounts, Detail, Excerpt, Kept, ModelStats, Plan, Process, RouteStats, Span, Totals, Window,
};
use crate::cache::routes::CacheView;

/// How the process is doing.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OverviewView {
    /// `ok`; `unavailable` when the database does not answer; `stopping`.
    pub health: &'static str,
    /// The version that runs.
    pub version: &'static str,
    /// Memory, processor, threads, files.
    pub process: ProcessView,
    /// All requests since the start.
    pub requests: RequestsView,
    /// The requests of the last minute.
    pub last_minute: RequestsView,
    /// Every route that was called, the one that took the most time in all first.
    pub routes: Vec<RouteView>,
    /// The statements that took the most time in all, at most 50.
    pub statements: Vec<StatementView>,
    /// The database and the ways to it.
    pub database: DatabaseView,
    /// Durable runs; absent when the database does not answer.
    pub runs: Option<RunsView>,
    /// Answers that are being streamed.
    pub streams: u64,
    /// Models that were called, the most called first.
    pub models: Vec<CalledModelView>,
    /// The cache of this node.
    pub cache: CacheView,
    /// What is wrong at this moment.
    pub alerts: OpenAlertsView,
}

/// What is wrong at this moment.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OpenAlertsView {
    /// Alerts that are open, of all nodes; absent when the database does not answer.
    pub open: Option<i64>,
}

/// What the process takes of its machine; absent is unknown.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProcessView {
    /// Since the start.
    pub uptime_seconds: u64,
    /// Memory in use.
    pub rss_bytes: Option<u64>,
    /// Memory that it may use: the limit of its group, or all of the machine.
    pub memory_bytes_max: Option<u64>,
    /// The share of all processors, 0 to 100, over the last seconds.
    pub cpu_percent: Option<f64>,
    /// Processor time since the start.
    pub cpu_seconds: Option<f64>,
    /// Processors it may use.
    pub cores: u64,
    /// Threads.
    pub threads: Option<u64>,
    /// Open files and connections.
    pub open_files: Option<u64>,
}

/// Requests together.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RequestsView {
    /// How many.
    pub count: u64,
    /// Those that failed through no fault of the caller (5xx).
    pub errors: u64,
    /// Those that were refused (4xx).
    pub refused: u64,
    /// How many a second.
    pub per_second: f64,
    /// How long they took.
    #[serde(flatten)]
    pub times: TimesView,
    /// Bytes of answers.
    pub bytes: u64,
    /// Statements they took.
    pub statements: u64,
    /// Those that took more statements or rows than their route may.
    pub over_budget: u64,
    /// The share of answers out of the cache (304 too) among those that could be; absent when there was none.
    pub hit_rate: Option<f64>,
    /// Requests whose answer has not begun.
    pub running: u64,
}

/// How long something took, in milliseconds; 0 when it never happened.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are those of the API, which end with their unit"
)]
pub struct TimesView {
    /// The mean.
    pub mean_ms: f64,
    /// Half took at most this long.
    pub p50_ms: f64,
    /// 95 of 100 took at most this long.
    pub p95_ms: f64,
    /// 99 of 100 took at most this long.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
    /// All together.
    pub total_ms: f64,
}

/// A route since the start.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RouteView {
    /// Its operation id.
    pub id: &'static str,
    /// Its method.
    pub method: String,
    /// Its path with `{parameters}`.
    pub path: &'static str,
    /// Requests.
    pub count: u64,
    /// Those that failed through no fault of the caller (5xx).
    pub errors: u64,
    /// Those that were refused (4xx).
    pub refused: u64,
    /// How long they took until the answer began.
    #[serde(flatten)]
    pub times: TimesView,
    /// Bytes of answers.
    pub bytes: u64,
    /// Statements of a request, on average.
    pub statements_mean: f64,
    /// The most statements of one request.
    pub statements_most: u64,
    /// How many statements a request may take.
    pub statements_max: u32,
    /// Rows of a request, on average.
    pub rows_mean: f64,
    /// How many rows a request may read or change.
    pub rows_max: u64,
    /// Time that a request waited for the database, on average.
    pub database_mean_ms: f64,
    /// Requests that took more statements or rows than they may.
    pub over_budget: u64,
    /// Answers that were kept in the cache.
    pub hits: u64,
    /// Answers that the client still had: 304 out of the cache.
    pub not_modified: u64,
    /// Answers that were made although they could have been kept.
    pub misses: u64,
    /// The share of the first two among the three; absent for what is not cached.
    pub hit_rate: Option<f64>,
}

/// A statement since the start.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StatementView {
    /// Its name.
    pub name: &'static str,
    /// Whether it only reads.
    pub reads: bool,
    /// How often it ran.
    pub count: u64,
    /// How often it failed.
    pub errors: u64,
    /// Rows it returned or changed.
    pub rows: u64,
    /// The most rows of one run.
    pub rows_most: u64,
    /// How long the database worked on it.
    #[serde(flatten)]
    pub times: TimesView,
    /// Time in queues before the database began with it, all together.
    pub wait_ms: f64,
}

/// A statement with its text and its plan.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StatementDetail {
    /// Its counts; all 0 when it has not run yet.
    #[serde(flatten)]
    pub counts: StatementView,
    /// Its text, as this database gets it; values are bound and never seen.
    pub text: String,
    /// How the database runs it.
    pub plan: PlanView,
}

/// How the database runs a statement.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlanView {
    /// As the database prints it.
    pub text: String,
    /// What would make it faster.
    pub hints: Vec<HintView>,
}

/// An index that a statement lacks.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HintView {
    /// `scan`: the whole table is read. `sort`: rows are sorted after they are read. `temporary_index`: an index is made for
    /// each run.
    pub finding: &'static str,
    /// The table.
    pub table: String,
    /// The columns of an index that would help, in order.
    pub columns: Vec<String>,
}

/// The database and the ways to it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DatabaseView {
    /// `sqlite` or `postgres`.
    pub kind: &'static str,
    /// Statements that read.
    pub reads: u64,
    /// Statements that wrote.
    pub writes: u64,
    /// Statements that failed.
    pub failures: u64,
    /// Statements slower than `database.slow`.
    pub slow: u64,
    /// Statements that were turned away because too many waited.
    pub refused: u64,
    /// Readers (SQLite) or connections (PostgreSQL) at work.
    pub in_use: u64,
    /// Those that exist.
    pub open: u64,
    /// Those that there can be.
    pub open_max: u64,
    /// Callers that wait for one.
    pub waiting: u64,
    /// SQLite: writes that wait for the writer.
    pub writer_queue: u64,
    /// SQLite: commits that carried the writes of one or more callers.
    pub group_commits: GroupCommitsView,
    /// SQLite: the size of the log.
    pub wal_bytes: u64,
    /// SQLite: checkpoints that ran.
    pub checkpoints: u64,
    /// The size of the database on its disk; absent when it can not be asked.
    pub file_bytes: Option<u64>,
}

/// How many writes share a commit.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GroupCommitsView {
    /// Commits.
    pub count: u64,
    /// Writes in them.
    pub jobs: u64,
    /// The most writes in one.
    pub largest: u64,
    /// Commits by number of writes: 1, 2, up to 4, up to 8, … up to 256.
    pub histogram: [u64; 9],
}

/// Durable runs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunsView {
    /// In the queue or asleep, of all nodes.
    pub queued: u64,
    /// Running here.
    pub running: u64,
    /// Running here that somebody waits for.
    pub running_interactive: u64,
    /// Running here in the background.
    pub running_background: u64,
    /// Readers of events here.
    pub subscribers: u64,
    /// Events that are shown but not logged yet.
    pub unflushed: u64,
}

/// A model since the start.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CalledModelView {
    /// Its full name.
    pub model: String,
    /// Calls that ended.
    pub calls: u64,
    /// Those that failed.
    pub errors: u64,
    /// Those that the caller gave up.
    pub cancelled: u64,
    /// Half of the first words took at most this long.
    pub ttft_p50_ms: f64,
    /// 95 of 100 first words took at most this long.
    pub ttft_p95_ms: f64,
    /// How long whole calls took.
    #[serde(flatten)]
    pub times: TimesView,
    /// Tokens it read.
    pub prompt_tokens: u64,
    /// Tokens it wrote.
    pub completion_tokens: u64,
    /// Tokens a second, from the first word on; absent when that can not be said.
    pub tokens_per_second: Option<f64>,
    /// What it cost, in millionths.
    pub cost_micros: u64,
}

/// A request that is kept or under way.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RequestView {
    /// Its id.
    pub id: String,
    /// The operation id of its route.
    pub route: &'static str,
    /// Its method.
    pub method: String,
    /// Its path, without what could open something.
    pub path: String,
    /// The status of the answer; absent while it runs.
    pub status: Option<u16>,
    /// When it began.
    pub at: String,
    /// How long it took until its answer began, or how long it has been running.
    pub took_ms: f64,
    /// Statements it took.
    pub statements: u64,
    /// Rows they read or changed.
    pub rows: u64,
    /// Bytes of its answer; absent for a stream.
    pub bytes: Option<u64>,
    /// `hit`, `not-modified` or `miss`; absent when the cache had nothing to do with it.
    pub cache: Option<&'static str>,
    /// Why it is shown: `slow`, `failed`, `sampled` or `running`.
    pub kept: &'static str,
}

/// One request, part by part.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WaterfallView {
    /// The request.
    #[serde(flatten)]
    pub request: RequestView,
    /// How long it took.
    pub took_micros: u64,
    /// Its parts by their beginning. A part may lie within another: a statement within `auth`.
    pub spans: Vec<SpanView>,
    /// The statements of its parts with their plans, each once.
    pub plans: Vec<NamedPlan>,
}

/// A part of a request.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SpanView {
    /// `auth`, `cache`, `statement`, `model_first` (until the first word), `model` (the whole call), `serialise` or `encode`.
    pub kind: &'static str,
    /// The statement, when it is one.
    pub name: Option<&'static str>,
    /// When it began, after the request did.
    pub offset_micros: u64,
    /// How long it took in all, or has taken so far.
    pub micros: u64,
    /// Statements: how long it waited before the database began with it.
    pub wait_micros: Option<u64>,
    /// Statements: how long the database worked on it.
    pub work_micros: Option<u64>,
    /// Statements: rows it returned or changed.
    pub rows: Option<u64>,
    /// Whether it failed.
    pub failed: bool,
}

/// A statement's plan.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NamedPlan {
    /// The statement.
    pub name: &'static str,
    /// How the database runs it.
    #[serde(flatten)]
    pub plan: PlanView,
}

/// A part of the day, in series.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SeriesView {
    /// When each point ends, in seconds since 1970; the same for every series.
    pub times: Vec<i64>,
    /// Seconds between two of them.
    pub step_seconds: u64,
    /// The series.
    pub series: Vec<LineView>,
}

/// One series.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LineView {
    /// Its name.
    pub name: &'static str,
    /// What its numbers are: `1/s`, `ms`, `B`, `B/s`, `ms/s`, `%`, `share` (0 to 1) or `count`.
    pub unit: &'static str,
    /// A number for each time; null where nothing is known.
    pub values: Vec<Option<f32>>,
}

/// Milliseconds with three places, which is what was measured.
fn ms(duration: std::time::Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn mean(sum: u64, count: u64) -> f64 {
    if count == 0 {
        0.0
    } else {
        sum as f64 / count as f64
    }
}

impl From<&Distribution> for TimesView {
    fn from(times: &Distribution) -> Self {
        Self {
            mean_ms: ms(times.mean()),
            p50_ms: ms(times.quantile(0.5)),
            p95_ms: ms(times.quantile(0.95)),
            p99_ms: ms(times.quantile(0.99)),
            max_ms: ms(times.max()),
            total_ms: ms(times.sum()),
        }
    }
}

impl From<Process> for ProcessView {
    fn from(process: Process) -> Self {
        Self {
            uptime_seconds: process.uptime.as_secs(),
            rss_bytes: process.rss_bytes,
            memory_bytes_max: process.memory_bytes_max,
            cpu_percent: process.cpu_percent,
            cpu_seconds: process.cpu.map(|cpu| cpu.as_secs_f64()),
            cores: process.cores,
            threads: process.threads,
            open_files: process.open_files,
        }
    }
}

impl RequestsView {
    /// These requests, in so long a time.
    pub fn new(window: &Window, running: u64) -> Self {
        let counts = &window.counts;
        Self {
            count: counts.count(),
            errors: counts.errors(),
            refused: counts.by_class[3],
            per_second: window.rate(counts.count()),
            times: (&counts.times).into(),
            bytes: counts.bytes,
            statements: counts.statements,
            over_budget: counts.over_budget,
            hit_rate: counts.hit_rate(),
            running,
        }
    }
}

impl From<&RouteStats> for RouteView {
    fn from(route: &RouteStats) -> Self {
        let Totals {
            by_class,
            bytes,
            statements,
            statements_most,
            rows,
            database,
            over_budget,
            cache,
            times,
        } = &route.counts;
        let CacheCounts {
            hits,
            not_modified,
            misses,
        } = *cache;
        let count = route.counts.count();
        Self {
            id: route.id,
            method: route.method.to_string(),
            path: route.path,
            count,
            errors: route.counts.errors(),
            refused: by_class[3],
            times: times.into(),
            bytes: *bytes,
            statements_mean: mean(*statements, count),
            statements_most: *statements_most,
            statements_max: route.statements_max,
            rows_mean: mean(*rows, count),
            rows_max: route.rows_max,
            database_mean_ms: mean(micros(*database), count) / 1e3,
            over_budget: *over_budget,
            hits,
            not_modified,
            misses,
            hit_rate: route.counts.hit_rate(),
        }
    }
}

impl From<&StatementStats> for StatementView {
    fn from(stats: &StatementStats) -> Self {
        Self {
            name: stats.statement.name(),
            reads: stats.statement.is_read(),
            count: stats.count,
            errors: stats.errors,
            rows: stats.rows,
            rows_most: stats.rows_most,
            times: (&stats.times).into(),
            wait_ms: ms(stats.wait),
        }
    }
}

impl From<&Plan> for PlanView {
    fn from(plan: &Plan) -> Self {
        let hints = plan.hints.iter().map(|hint| HintView {
            finding: match hint.finding {
                Finding::Scan => "scan",
                Finding::Sort => "sort",
                Finding::TemporaryIndex => "temporary_index",
            },
            table: hint.table.clone(),
            columns: hint.columns.clone(),
        });
        Self {
            text: plan.text.clone(),
            hints: hints.collect(),
        }
    }
}

impl DatabaseView {
    /// The database with these counters.
    pub fn new(kind: Kind, stats: &sql::Stats, file_bytes: Option<u64>) -> Self {
        Self {
            kind: match kind {
                Kind::Sqlite => "sqlite",
                Kind::Postgres => "postgres",
            },
            reads: stats.reads,
            writes: stats.writes,
            failures: stats.failures,
            slow: stats.slow,
            refused: stats.refused,
            in_use: stats.in_use,
            open: stats.open,
            open_max: stats.open_max,
            waiting: stats.waiting + stats.reader_queue,
            writer_queue: stats.writer_queue,
            group_commits: GroupCommitsView {
                count: stats.group_commits.count,
                jobs: stats.group_commits.jobs,
                largest: stats.group_commits.largest,
                histogram: stats.group_commits.histogram,
            },
            wal_bytes: stats.wal_bytes,
            checkpoints: stats.checkpoints,
            file_bytes,
        }
    }
}

impl From<&engine::Stats> for RunsView {
    fn from(stats: &engine::Stats) -> Self {
        let [interactive, background] = stats.running;
        Self {
            queued: stats.queued.iter().sum(),
            running: interactive + background,
            running_interactive: interactive,
            running_background: background,
            subscribers: stats.subscribers,
            unflushed: stats.unflushed,
        }
    }
}

impl From<&ModelStats> for CalledModelView {
    fn from(stats: &ModelStats) -> Self {
        Self {
            model: stats.model.clone(),
            calls: stats.calls,
            errors: stats.errors,
            cancelled: stats.cancelled,
            ttft_p50_ms: ms(stats.first_token.quantile(0.5)),
            ttft_p95_ms: ms(stats.first_token.quantile(0.95)),
            times: (&stats.times).into(),
            prompt_tokens: stats.prompt_tokens,
            completion_tokens: stats.completion_tokens,
            tokens_per_second: stats.tokens_per_second(),
            cost_micros: stats.cost_micros,
        }
    }
}

impl From<&Detail> for RequestView {
    fn from(detail: &Detail) -> Self {
        let runs = detail.status == 0;
        Self {
            id: detail.request_id.to_string(),
            route: detail.route,
            method: detail.method.to_string(),
            path: detail.path.clone(),
            status: (!runs).then_some(detail.status),
            at: shown(detail.at),
            took_ms: ms(detail.took),
            statements: detail.statements,
            rows: detail.rows,
            bytes: detail.bytes,
            cache: detail.cache.word(),
            kept: match detail.kept {
                _ if runs => "running",
                Kept::Slow => "slow",
                Kept::Failed => "failed",
                Kept::Sampled => "sampled",
            },
        }
    }
}

fn shown(at: Time) -> String {
    at.to_string()
}

/// The parts of a request by their beginning.
pub fn spans(detail: &Detail) -> Vec<SpanView> {
    let parts = detail.spans.iter().map(|span| part(span, detail.took));
    let mut spans: Vec<SpanView> = parts.chain(detail.records.iter().map(statement)).collect();
    // What begins together: the longer first, it is around the other.
    spans.sort_by_key(|span| (span.offset_micros, std::cmp::Reverse(span.micros)));
    spans
}

fn part(span: &Span, whole: std::time::Duration) -> SpanView {
    let took = span.took.unwrap_or_else(|| whole.saturating_sub(span.offset));
    SpanView {
        kind: span.part.word(),
        name: None,
        offset_micros: micros(span.offset),
        micros: micros(took),
        wait_micros: None,
        work_micros: None,
        rows: None,
        failed: false,
    }
}

fn statement(record: &Record) -> SpanView {
    SpanView {
        kind: "statement",
        name: Some(record.name),
        offset_micros: record.offset_micros,
        micros: record.wait_micros + record.micros + record.after_micros,
        wait_micros: Some(record.wait_micros),
        work_micros: Some(record.micros),
        rows: Some(record.rows),
        failed: record.failed,
    }
}

impl From<Excerpt> for SeriesView {
    fn from(excerpt: Excerpt) -> Self {
        let lines = excerpt.series.into_iter().map(|line| LineView {
            name: line.name,
            unit: line.unit,
            values: line.values,
        });
        Self {
            times: excerpt.times,
            step_seconds: excerpt.step_seconds,
            series: lines.collect(),
        }
    }
}

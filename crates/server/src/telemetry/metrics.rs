//! What is told of this process: the one list of metrics. Names and units follow Prometheus' conventions.
//!
//! Invariant: no label takes its values from a request. Routes, statements, namespaces and kinds are fixed by the program;
//! models are those that were called, which `performance` tells apart up to a limit.

use sql::Stats;

use super::family::{Family, Kind, Value, summed, times};
use crate::App;
use crate::alerts;
use crate::cache::RedisStats;
use crate::performance::{ModelStats, RouteStats};

/// Upper bounds of the numbers of writes that share a commit.
const GROUPS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// All metrics as they are now.
pub async fn collect(app: &App) -> Vec<Family> {
    let mut families = vec![build_info()];
    families.extend(requests(&app.performance.routes()));
    families.push(
        Family::new(
            Kind::Gauge,
            "stoa_http_requests_running",
            "Requests whose answer has not begun.",
        )
        .of(app.performance.requests_running() as f64),
    );
    families.push(
        Family::new(
            Kind::Gauge,
            "stoa_http_streams_open",
            "Answers that are being streamed.",
        )
        .of(app.performance.streams_open() as f64),
    );
    families.extend(statements(app));
    families.extend(database(&app.db.stats()));
    families.extend(cache(app));
    families.extend(runs(app).await);
    families.extend(models(&app.performance.models()));
    families.extend(told(app).await);
    families.extend(process(app));
    families
}

fn build_info() -> Family {
    let mut info = Family::new(Kind::Gauge, "stoa_build_info", "The version that runs; always 1.");
    info.add(&[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    info
}

fn requests(routes: &[RouteStats]) -> Vec<Family> {
    let mut count = Family::new(
        Kind::Counter,
        "stoa_http_requests_total",
        "Requests by route and class of status.",
    );
    let mut took = Family::new(
        Kind::Histogram,
        "stoa_http_request_duration_seconds",
        "Time until the answer began.",
    );
    let mut bytes = Family::new(
        Kind::Counter,
        "stoa_http_response_bytes_total",
        "Bytes of bodies as they were sent.",
    );
    let mut statements = Family::new(
        Kind::Counter,
        "stoa_http_statements_total",
        "SQL statements of requests.",
    );
    let mut over = Family::new(
        Kind::Counter,
        "stoa_http_over_budget_total",
        "Requests that took more statements or rows than their route declares.",
    );
    let mut cached = Family::new(
        Kind::Counter,
        "stoa_http_cached_answers_total",
        "Answers by what the cache had to do with them.",
    );
    for route in routes.iter().filter(|route| route.counts.count() > 0) {
        let counts = &route.counts;
        let labels = [("method", route.method.as_str()), ("route", route.path)];
        for (class, number) in ["1xx", "2xx", "3xx", "4xx", "5xx"].iter().zip(counts.by_class) {
            if number > 0 {
                count.add(&[labels[0], labels[1], ("status", class)], number as f64);
            }
        }
        took.push(&labels, times(&counts.times));
        bytes.add(&labels, counts.bytes as f64);
        statements.add(&labels, counts.statements as f64);
        over.add(&labels, counts.over_budget as f64);
        let outcomes = [
            ("hit", counts.cache.hits),
            ("not_modified", counts.cache.not_modified),
            ("miss", counts.cache.misses),
        ];
        if outcomes.iter().any(|(_, number)| *number > 0) {
            for (outcome, number) in outcomes {
                cached.add(&[labels[0], labels[1], ("outcome", outcome)], number as f64);
            }
        }
    }
    vec![count, took, bytes, statements, over, cached]
}

fn statements(app: &App) -> Vec<Family> {
    let mut took = Family::new(
        Kind::Summary,
        "stoa_db_statement_duration_seconds",
        "Time the database worked on a statement.",
    );
    let mut waited = Family::new(
        Kind::Counter,
        "stoa_db_statement_wait_seconds_total",
        "Time callers waited before the database began with a statement.",
    );
    let mut rows = Family::new(
        Kind::Counter,
        "stoa_db_statement_rows_total",
        "Rows that a statement returned or changed.",
    );
    let mut errors = Family::new(
        Kind::Counter,
        "stoa_db_statement_errors_total",
        "Runs of a statement that failed.",
    );
    for stats in app.db.statements() {
        let labels = [("statement", stats.statement.name())];
        took.push(&labels, summed(stats.count, stats.times.sum()));
        waited.add(&labels, stats.wait.as_secs_f64());
        rows.add(&labels, stats.rows as f64);
        errors.add(&labels, stats.errors as f64);
    }
    vec![took, waited, rows, errors]
}

fn database(stats: &Stats) -> Vec<Family> {
    let counter = |name, help, number: u64| Family::new(Kind::Counter, name, help).of(number as f64);
    let gauge = |name, help, number: u64| Family::new(Kind::Gauge, name, help).of(number as f64);
    let mut connections = Family::new(
        Kind::Gauge,
        "stoa_db_connections",
        "Readers (SQLite) or connections (PostgreSQL).",
    );
    connections.add(&[("state", "open")], stats.open as f64);
    connections.add(&[("state", "in_use")], stats.in_use as f64);
    let mut waiting = Family::new(
        Kind::Gauge,
        "stoa_db_waiting",
        "Callers that wait for a reader, the writer, or a connection.",
    );
    for (queue, number) in [
        ("reader", stats.reader_queue),
        ("writer", stats.writer_queue),
        ("pool", stats.waiting),
    ] {
        waiting.add(&[("queue", queue)], number as f64);
    }
    let commits = group_commits(stats);
    vec![
        connections,
        waiting,
        commits,
        counter("stoa_db_reads_total", "Statements that read.", stats.reads),
        counter("stoa_db_writes_total", "Statements that wrote.", stats.writes),
        counter(
            "stoa_db_failures_total",
            "Statements that failed.",
            stats.failures,
        ),
        counter(
            "stoa_db_refused_total",
            "Callers that were turned away for want of room.",
            stats.refused,
        ),
        counter(
            "stoa_db_slow_statements_total",
            "Statements slower than `database.slow`.",
            stats.slow,
        ),
        gauge(
            "stoa_db_wal_bytes",
            "Size of the write-ahead log (SQLite).",
            stats.wal_bytes,
        ),
        counter(
            "stoa_db_checkpoints_total",
            "Checkpoints of the write-ahead log (SQLite).",
            stats.checkpoints,
        ),
    ]
}

fn group_commits(stats: &Stats) -> Family {
    let groups = &stats.group_commits;
    let mut at_most = Vec::with_capacity(GROUPS.len());
    let mut sum = 0;
    for number in groups.histogram.iter().take(GROUPS.len()) {
        sum += number;
        at_most.push(sum);
    }
    let mut commits = Family::new(
        Kind::Histogram,
        "stoa_db_group_commit_writes",
        "Writes that shared a commit (SQLite).",
    );
    let value = Value::Buckets {
        bounds: GROUPS,
        at_most,
        count: groups.count,
        sum: groups.jobs as f64,
    };
    commits.push(&[], value);
    commits
}

fn cache(app: &App) -> Vec<Family> {
    let mut looks = Family::new(
        Kind::Counter,
        "stoa_cache_looks_total",
        "Looks into the cache by what they found.",
    );
    let mut ended = Family::new(
        Kind::Counter,
        "stoa_cache_entries_ended_total",
        "Entries found that a write had dropped, or that were too old.",
    );
    let mut entries = Family::new(Kind::Gauge, "stoa_cache_entries", "Entries in memory.");
    let mut bytes = Family::new(Kind::Gauge, "stoa_cache_bytes", "Memory that they take.");
    for stats in app.cache.stats(app.clock.now()) {
        let namespace = ("namespace", stats.name);
        for (outcome, number) in [("hit", stats.hits), ("miss", stats.misses)] {
            looks.add(&[namespace, ("outcome", outcome)], number as f64);
        }
        for (reason, number) in [("dropped", stats.drops), ("expired", stats.expired)] {
            ended.add(&[namespace, ("reason", reason)], number as f64);
        }
        entries.add(&[namespace], stats.entries as f64);
        bytes.add(&[namespace], stats.bytes as f64);
    }
    let mut families = vec![looks, ended, entries, bytes];
    families.extend(app.cache.redis().iter().flat_map(redis));
    families
}

/// The second level, when there is one.
fn redis(stats: &RedisStats) -> Vec<Family> {
    let counter = |name, help, number: u64| Family::new(Kind::Counter, name, help).of(number as f64);
    let up = f64::from(u8::from(stats.connected));
    let mut looks = Family::new(
        Kind::Counter,
        "stoa_redis_looks_total",
        "Looks into Redis by what they found.",
    );
    for (outcome, number) in [("hit", stats.hits), ("miss", stats.misses)] {
        looks.add(&[("outcome", outcome)], number as f64);
    }
    let mut told = Family::new(
        Kind::Counter,
        "stoa_redis_invalidations_total",
        "Writes told to other nodes, and heard of from them.",
    );
    told.add(&[("direction", "sent")], stats.invalidations_sent as f64);
    told.add(&[("direction", "received")], stats.invalidations_received as f64);
    vec![
        Family::new(Kind::Gauge, "stoa_redis_connected", "Whether Redis answers.").of(up),
        looks,
        told,
        counter(
            "stoa_redis_errors_total",
            "Commands that failed or took too long.",
            stats.errors,
        ),
        counter(
            "stoa_redis_reconnects_total",
            "Times that Redis came back.",
            stats.reconnects,
        ),
    ]
}

async fn runs(app: &App) -> Vec<Family> {
    let mut runs = Family::new(
        Kind::Gauge,
        "stoa_runs",
        "Runs that wait on all nodes, and run on this one.",
    );
    // A database that does not answer is told by other metrics.
    let Ok(stats) = app.engine.stats().await else {
        return Vec::new();
    };
    for (index, lane) in ["interactive", "background"].into_iter().enumerate() {
        runs.add(&[("lane", lane), ("state", "queued")], stats.queued[index] as f64);
        runs.add(
            &[("lane", lane), ("state", "running")],
            stats.running[index] as f64,
        );
    }
    let gauge = |name, help, number: u64| Family::new(Kind::Gauge, name, help).of(number as f64);
    let counter = |name, help, number: u64| Family::new(Kind::Counter, name, help).of(number as f64);
    vec![
        runs,
        gauge(
            "stoa_run_subscribers",
            "Open subscriptions to events of runs.",
            stats.subscribers,
        ),
        gauge(
            "stoa_run_events_unlogged",
            "Events that are shown and not logged yet.",
            stats.unflushed,
        ),
        counter(
            "stoa_run_events_logged_total",
            "Events that were logged.",
            stats.flush.events,
        ),
        counter(
            "stoa_run_log_failures_total",
            "Writes of events that failed.",
            stats.flush.failures,
        ),
    ]
}

fn models(models: &[ModelStats]) -> Vec<Family> {
    let mut calls = Family::new(
        Kind::Counter,
        "stoa_model_calls_total",
        "Calls of models by their outcome.",
    );
    let mut tokens = Family::new(
        Kind::Counter,
        "stoa_model_tokens_total",
        "Tokens that models read and wrote.",
    );
    let mut cost = Family::new(
        Kind::Counter,
        "stoa_model_cost_total",
        "What calls cost, in the unit of the prices.",
    );
    let mut first = Family::new(
        Kind::Histogram,
        "stoa_model_first_token_seconds",
        "Time until the first word.",
    );
    let mut took = Family::new(
        Kind::Histogram,
        "stoa_model_call_duration_seconds",
        "Time of a whole call.",
    );
    for stats in models {
        let model = ("model", stats.model.as_str());
        let good = stats.calls.saturating_sub(stats.errors + stats.cancelled);
        for (outcome, number) in [
            ("ok", good),
            ("error", stats.errors),
            ("cancelled", stats.cancelled),
        ] {
            calls.add(&[model, ("outcome", outcome)], number as f64);
        }
        tokens.add(&[model, ("direction", "read")], stats.prompt_tokens as f64);
        tokens.add(&[model, ("direction", "written")], stats.completion_tokens as f64);
        cost.add(&[model], stats.cost_micros as f64 / 1e6);
        first.push(&[model], times(&stats.first_token));
        took.push(&[model], times(&stats.times));
    }
    vec![calls, tokens, cost, first, took]
}

/// Alerts, and what leaves the process about them and about itself.
async fn told(app: &App) -> Vec<Family> {
    let here = app.alerts.open_here().await;
    let mut open = Family::new(
        Kind::Gauge,
        "stoa_alerts_open",
        "Whether an alert of this kind is open on this node.",
    );
    for kind in alerts::Kind::ALL {
        open.add(
            &[("kind", kind.as_str())],
            f64::from(u8::from(here.contains(&kind))),
        );
    }
    let (sent, failed) = app.alerts.webhook_counts();
    let mut messages = Family::new(
        Kind::Counter,
        "stoa_webhook_messages_total",
        "Messages of alerts to the webhook.",
    );
    messages.add(&[("outcome", "sent")], sent as f64);
    messages.add(&[("outcome", "failed")], failed as f64);
    let mut exported = Family::new(
        Kind::Counter,
        "stoa_otlp_items_total",
        "Spans and metrics for the OpenTelemetry collector.",
    );
    if let Some(counts) = app.telemetry.counts() {
        for (item, outcome, number) in counts {
            exported.add(&[("item", item), ("outcome", outcome)], number as f64);
        }
    }
    vec![open, messages, exported]
}

fn process(app: &App) -> Vec<Family> {
    let process = app.performance.process();
    let gauge = |name, help, number: f64| Family::new(Kind::Gauge, name, help).of(number);
    let started = app.clock.now().minus(process.uptime);
    let mut families = vec![gauge(
        "process_start_time_seconds",
        "When the process started, in seconds since 1970.",
        started.micros() as f64 / 1e6,
    )];
    // What the system does not tell is left out.
    let cpu = process.cpu.map(|cpu| {
        let help = "Time of the processor that the process used.";
        Family::new(Kind::Counter, "process_cpu_seconds_total", help).of(cpu.as_secs_f64())
    });
    let counted = |name, help, number: Option<u64>| number.map(|number| gauge(name, help, number as f64));
    families.extend(cpu);
    families.extend(counted(
        "process_resident_memory_bytes",
        "Memory that the process holds.",
        process.rss_bytes,
    ));
    families.extend(counted("process_open_fds", "Open files.", process.open_files));
    families.extend(counted("process_threads", "Threads.", process.threads));
    families
}

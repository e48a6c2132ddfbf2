//! The life of alerts: measures again and again, and makes rows, log lines, notices and messages of what it finds.
//!
//! The log line, the notice and the message do not wait for the row: a database that takes no more callers is one of the
//! things that are told here. A row that could not be written is tried again with the next measurement.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sql::{Batch, Time};

use super::machine::Machine;
use super::measure::{self, RouteCounts, Sample};
use super::thresholds::Thresholds;
use super::watch::{Reading, Step, Watch};
use super::webhook::{self, Event, Outbox};
use super::{Alert, Kind, store};
use crate::App;
use crate::changes::Notice;
use crate::config::Config;
use crate::http::problem::Problem;
use crate::http::router;
use crate::ids;
use crate::settings;

/// Measurements of a window.
const SAMPLES: u32 = 12;
/// The shortest and the longest time between two measurements.
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// How often a row says that its alert is still open.
const SEEN_EVERY: Duration = Duration::from_mins(1);
/// Of whom nothing was heard for this long is gone.
const GONE_AFTER: Duration = Duration::from_mins(10);
/// How long alerts that are over are kept, and how often the old ones are looked for.
const KEPT_FOR: Duration = Duration::from_hours(90 * 24);
const SWEEP_EVERY: Duration = Duration::from_mins(5);

/// What is watched on this node.
pub struct Alerts {
    node: String,
    machine: Machine,
    /// For each route in the order of the table whether its time is its own.
    hurried: Vec<bool>,
    pub(super) outbox: Outbox,
    // Held for a whole look: two at once would count a reading twice.
    state: tokio::sync::Mutex<State>,
}

#[derive(Default)]
struct State {
    watch: Watch,
    /// The bounds as they were last read.
    thresholds: Thresholds,
    history: VecDeque<Sample>,
    open: [Option<Held>; Kind::ALL.len()],
    swept_at: Option<Time>,
}

/// An open alert.
struct Held {
    alert: Alert,
    /// When its row last said so; none when it has no row yet.
    seen_at: Option<Time>,
}

impl Alerts {
    /// Watches this node.
    pub fn new(config: &Config) -> Self {
        Self {
            node: node_name(config),
            machine: Machine::here(),
            hurried: router::specs()
                .into_iter()
                .map(|spec| spec.timeout.is_some())
                .collect(),
            outbox: Outbox::default(),
            state: tokio::sync::Mutex::default(),
        }
    }

    /// The name of this node in rows and messages.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// Messages that reached the webhook, and those that did not.
    pub fn webhook_counts(&self) -> (u64, u64) {
        let get = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        (get(&self.outbox.sent), get(&self.outbox.failed))
    }

    /// Which kinds are open on this node.
    pub async fn open_here(&self) -> Vec<Kind> {
        let state = self.state.lock().await;
        Kind::ALL
            .into_iter()
            .filter(|kind| state.open[kind.index()].is_some())
            .collect()
    }

    /// Measures once and does what follows. Called again and again by [`keep_watch`].
    pub async fn look(&self, app: &App) {
        let mut state = self.state.lock().await;
        let now = app.clock.now();
        // When the settings can not be read, the bounds of before hold.
        if let Ok(settings) = settings::current(app).await {
            let thresholds = &settings.alerts;
            if state.thresholds != *thresholds {
                // What was counted at other limits can not be compared.
                state.history.clear();
                state.thresholds = thresholds.clone();
            }
        }
        if !state.thresholds.enabled {
            state.history.clear();
            for kind in Kind::ALL {
                state.watch.reset(kind);
                self.close(app, &mut state, kind, now).await;
            }
            return;
        }
        let routes = self.routes(app, &state.thresholds);
        let sample = measure::sample(&self.machine, app.db.stats(), routes, now);
        state.forget(now);
        let readings = state.readings(&sample);
        state.history.push_back(sample);
        let window = state.thresholds.window();
        for (kind, reading) in Kind::ALL.into_iter().zip(readings) {
            match (state.watch.step(kind, reading.as_ref(), now, window), reading) {
                (Step::Opens, Some(reading)) => self.open(app, &mut state, kind, &reading, now).await,
                (Step::Closes, _) => self.close(app, &mut state, kind, now).await,
                (_, reading) => self.keep(app, &mut state, kind, reading.as_ref(), now).await,
            }
        }
        self.sweep(app, &mut state, now).await;
    }

    /// What each route has done, counted at the limits of these bounds.
    fn routes(&self, app: &App, thresholds: &Thresholds) -> Vec<RouteCounts> {
        let limits = measure::limits(thresholds);
        let routes = app.performance.routes().into_iter().enumerate();
        routes
            .map(|(at, route)| RouteCounts {
                name: format!("{} {}", route.method, route.path),
                hurried: self.hurried.get(at).copied().unwrap_or(true),
                count: route.counts.count(),
                errors: route.counts.errors(),
                at_most: limits.map(|limit| route.counts.times.at_most(limit)),
            })
            .collect()
    }

    async fn open(&self, app: &App, state: &mut State, kind: Kind, reading: &Reading, now: Time) {
        let alert = Alert {
            id: app.ids.make(ids::Kind::Alert, now),
            kind,
            node: self.node.clone(),
            opened_at: now,
            closed_at: None,
            value: reading.value,
            worst: reading.value,
            threshold: reading.threshold,
            unit: kind.unit(),
            detail: reading.detail.clone(),
            acknowledged_at: None,
            acknowledged_by: None,
        };
        tracing::warn!(
            alert = %alert.id, kind = kind.as_str(), node = %alert.node, value = alert.value,
            threshold = alert.threshold, "Alert opened: {}", alert.detail
        );
        self.tell(app, state, Event::Opened, &alert, now);
        let seen_at = write(app, store::open(&alert)).await.map(|_| now);
        state.open[kind.index()] = Some(Held { alert, seen_at });
        app.changes.publish(Notice::alerts()).await;
    }

    async fn close(&self, app: &App, state: &mut State, kind: Kind, now: Time) {
        let Some(Held { mut alert, seen_at }) = state.open[kind.index()].take() else {
            return;
        };
        alert.closed_at = Some(now);
        tracing::info!(
            alert = %alert.id, kind = kind.as_str(), node = %alert.node, worst = alert.worst,
            threshold = alert.threshold, "Alert closed: {}", alert.detail
        );
        self.tell(app, state, Event::Closed, &alert, now);
        let mut batch = Batch::new();
        if seen_at.is_none() {
            batch.push(store::open(&alert));
        }
        batch.push(store::close(&alert, now));
        if let Err(error) = app.db.write(batch).await {
            // Its row is closed by the sweep: nobody speaks of it any more.
            tracing::warn!(
                "The end of an alert could not be stored: {}",
                Problem::from(error).chain()
            );
        }
        app.changes.publish(Notice::alerts()).await;
    }

    /// Notes how bad an open alert is, and says in its row that it is still open.
    async fn keep(&self, app: &App, state: &mut State, kind: Kind, reading: Option<&Reading>, now: Time) {
        let Some(held) = &mut state.open[kind.index()] else {
            return;
        };
        if let Some(reading) = reading
            && reading.value > held.alert.worst
        {
            held.alert.worst = reading.value;
        }
        match held.seen_at {
            None => held.seen_at = write(app, store::open(&held.alert)).await.map(|_| now),
            Some(at) if now.since(at) >= SEEN_EVERY => {
                match write(app, store::seen(&held.alert, now)).await {
                    // Somebody thought this node was gone and ended its alert: if it is still so it will open again.
                    Some(0) => {
                        state.open[kind.index()] = None;
                        state.watch.reset(kind);
                    }
                    Some(_) => held.seen_at = Some(now),
                    None => {}
                }
            }
            Some(_) => {}
        }
    }

    fn tell(&self, app: &App, state: &State, event: Event, alert: &Alert, now: Time) {
        if state.thresholds.webhook_url.is_some() {
            let public_url = app.config.server.public_url.as_ref();
            self.outbox.push(webhook::body(event, alert, public_url, now));
        }
    }

    /// Ends what nodes that are gone left open, and removes what is old.
    async fn sweep(&self, app: &App, state: &mut State, now: Time) {
        if state.swept_at.is_some_and(|at| now.since(at) < SWEEP_EVERY) {
            return;
        }
        state.swept_at = Some(now);
        // No node has no name, so this ends nothing but what nobody speaks of.
        let closed = write(app, store::close_left("", now.minus(GONE_AFTER), now)).await;
        let oldest = app.ids.first_of(ids::Kind::Alert, now.minus(KEPT_FOR));
        write(app, store::delete_old(&oldest)).await;
        if closed.unwrap_or(0) > 0 {
            app.changes.publish(Notice::alerts()).await;
        }
    }

    /// Ends what an earlier process of this node left open.
    async fn take_over(&self, app: &App) {
        let now = app.clock.now();
        // Whoever has an SQLite file has it alone: what is open there is nobody's, whatever its name.
        let unseen_since = match app.db.kind() {
            sql::Kind::Sqlite => now.plus(GONE_AFTER),
            sql::Kind::Postgres => now.minus(GONE_AFTER),
        };
        if let Some(closed @ 1..) = write(app, store::close_left(&self.node, unseen_since, now)).await {
            tracing::info!("Alerts that an earlier process left open were closed: {closed}");
            app.changes.publish(Notice::alerts()).await;
        }
    }
}

impl State {
    /// The readings of all kinds; none before there is something to compare with.
    fn readings(&self, now: &Sample) -> [Option<Reading>; Kind::ALL.len()] {
        let (Some(window), Some(before)) = (self.history.front(), self.history.back()) else {
            return Default::default();
        };
        Kind::ALL.map(|kind| measure::reading(kind, window, before, now, &self.thresholds))
    }

    /// Drops what lies before the window; one measurement at its beginning stays, or before when there is none.
    fn forget(&mut self, now: Time) {
        let begin = now.minus(self.thresholds.window());
        while self.history.get(1).is_some_and(|next| next.at <= begin) {
            self.history.pop_front();
        }
    }
}

impl Alert {
    /// What a test message is about: nothing but its node.
    pub(super) fn of_test(app: &App, now: Time) -> Self {
        Self {
            id: String::new(),
            kind: Kind::Cpu,
            node: app.alerts.node.clone(),
            opened_at: now,
            closed_at: None,
            value: 0.0,
            worst: 0.0,
            threshold: 0.0,
            unit: Kind::Cpu.unit(),
            detail: String::new(),
            acknowledged_at: None,
            acknowledged_by: None,
        }
    }
}

/// Runs one write; its failure is logged here, because alerts go on without their rows.
async fn write(app: &App, query: sql::Query) -> Option<u64> {
    match query.execute(&app.db).await {
        Ok(rows) => Some(rows),
        Err(error) => {
            tracing::warn!("An alert could not be stored: {}", Problem::from(error).chain());
            None
        }
    }
}

/// The machine's name and the port: what people know the node by, and the same after a restart.
fn node_name(config: &Config) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    let host = if host.is_empty() { "stoa" } else { host };
    format!("{host}:{}", config.server.listen.port())
}

/// Measures again and again, and sends what is to be sent, until the server stops.
pub async fn keep_watch(app: App) {
    let Some(waiting) = app.alerts.outbox.take() else {
        return;
    };
    app.alerts.take_over(&app).await;
    let watching = async {
        loop {
            app.alerts.look(&app).await;
            let window = app.alerts.state.lock().await.thresholds.window();
            tokio::time::sleep((window / SAMPLES).clamp(PAUSE_MIN, PAUSE_MAX)).await;
        }
    };
    tokio::select! {
        () = app.stopping.cancelled() => {}
        () = watching => {}
        () = webhook::send_all(&app, waiting) => {}
    }
}

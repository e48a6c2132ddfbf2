//! What a request does is counted, and slow statements are logged with their plan.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use sql::{Batch, Db, Meter, both_databases, query};
use tracing::field::{Field, Visit};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber, span};

use crate::support::{self, MIGRATIONS, add_users, note, user};

both_databases! {
    MIGRATIONS;

    async fn every_statement_is_counted_in_its_scope(db) {
        add_users(&db, 3).await;
        let meter = Meter::new();
        let counted = async {
            query(&support::LIST_IDS).all::<String>(&*db).await.unwrap();
            let mut batch = Batch::from(user("u"));
            batch.push(note("u", "n", "t"));
            db.write(batch).await.unwrap();
            let mut tx = db.begin().await.unwrap();
            query(&support::GET_EMAIL).bind("u").one::<String>(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
            let streamed: Vec<_> = query(&support::LIST_IDS).stream::<String>(&db).collect().await;
            assert_eq!(streamed.len(), 4);
            query(&support::BROKEN).bind(1_i64).all::<i64>(&*db).await.unwrap_err();
        };
        meter.scope(counted).await;
        query(&support::LIST_IDS).all::<String>(&*db).await.unwrap();
        let records: Vec<_> = meter.records().into_iter().map(|record| (record.name, record.rows)).collect();
        assert_eq!(records, [
            ("support.list_ids", 3),
            ("support.insert_user", 1),
            ("support.insert_note", 1),
            ("support.get_email", 1),
            ("support.list_ids", 4),
            ("support.broken", 0),
        ]);
        assert_eq!((meter.statements(), meter.rows()), (6, 10));
        assert!(meter.database_time() > Duration::ZERO);
    }

    async fn a_spawned_task_is_counted_when_it_is_wrapped(db) {
        let meter = Meter::new();
        meter.scope(async {
            let (wrapped, plain) = (db.db().clone(), db.db().clone());
            let inner = Meter::current().unwrap();
            tokio::spawn(inner.scope(async move { support::count(&wrapped).await })).await.unwrap().unwrap();
            tokio::spawn(async move { support::count(&plain).await }).await.unwrap().unwrap();
        }).await;
        assert_eq!(meter.statements(), 1);
        assert!(Meter::current().is_none());
    }

    async fn statements_are_counted_for_the_whole_process(db) {
        let before = db.stats();
        user("a").execute(&*db).await.unwrap();
        user("a").execute(&*db).await.unwrap_err();
        support::count(&*db).await.unwrap();
        let after = db.stats();
        assert_eq!((after.reads - before.reads, after.writes - before.writes, after.failures - before.failures), (1, 2, 1));
        assert!(after.open >= 1);
    }

    async fn a_slow_statement_is_logged_once_with_its_plan(db) {
        let log = Log::default();
        let _guard = tracing::subscriber::set_default(log.clone());
        let mut config = db.config().clone();
        config.slow = Duration::ZERO;
        let slow = Db::open(&config).await.unwrap();
        for _ in 0..2 {
            query(&support::GET_EMAIL).bind("u").optional::<String>(&slow).await.unwrap();
        }
        while log.lines().len() < 2 {
            tokio::task::yield_now().await;
        }
        let lines = log.lines();
        let planned: Vec<_> = lines.iter().filter(|line| line.contains("plan=")).collect();
        assert_eq!(planned.len(), 1, "{lines:?}");
        assert!(planned[0].contains("users"), "{lines:?}");
        assert!(lines.iter().all(|line| line.contains("Slow statement") && line.contains("statement=support.get_email")), "{lines:?}");
        assert_eq!(slow.stats().slow, 2);
        slow.close().await;
    }
}

/// Keeps the lines that the slow log writes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Subscriber for Log {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sql::slow"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.extend([" ", field.name(), "=", &format!("{value:?}")]);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.extend([" ", field.name(), "=", value]);
    }
}

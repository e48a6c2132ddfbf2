//! Many writers, readers, transactions, checkpoints and a second process at once: nobody meets a locked database.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sql::testing::TestDb;
use sql::{Db, query};

use crate::support::{self, MIGRATIONS, add_users, note, user};

const LASTS: Duration = Duration::from_secs(4);

struct Load {
    db: Db,
    until: Instant,
    done: AtomicU64,
}

impl Load {
    fn goes_on(&self) -> bool {
        self.done.fetch_add(1, Ordering::Relaxed);
        Instant::now() < self.until
    }

    async fn writer(self: Arc<Self>, number: usize) {
        let padding = "x".repeat(1_000);
        let mut count = 0;
        while self.goes_on() {
            let id = format!("w{number:02}-{count:06}");
            let mut batch = sql::Batch::from(user(&id));
            batch.push(note(&id, "n", &padding));
            batch.push_expecting(1, query(&support::ADD_CREDIT).bind("u000").bind(1_i64));
            self.db.write(batch).await.unwrap();
            count += 1;
        }
    }

    async fn reader(self: Arc<Self>) {
        while self.goes_on() {
            query(&support::GET_CREDIT)
                .bind("u000")
                .one::<i64>(&self.db)
                .await
                .unwrap();
            query(&support::COUNT_NOTES).one::<i64>(&self.db).await.unwrap();
        }
    }

    async fn transactions(self: Arc<Self>) {
        while self.goes_on() {
            let mut tx = self.db.begin().await.unwrap();
            let credit: i64 = query(&support::GET_CREDIT)
                .bind("u001")
                .one(&mut tx)
                .await
                .unwrap();
            query(&support::ADD_CREDIT)
                .bind("u001")
                .bind(1_i64)
                .execute(&mut tx)
                .await
                .unwrap();
            let after: i64 = query(&support::GET_CREDIT)
                .bind("u001")
                .one(&mut tx)
                .await
                .unwrap();
            assert_eq!(after, credit + 1);
            if credit % 3 == 0 {
                tx.commit().await.unwrap();
            } else {
                drop(tx);
                // Rolled back credits would never move on.
                query(&support::ADD_CREDIT)
                    .bind("u001")
                    .bind(1_i64)
                    .execute(&self.db)
                    .await
                    .unwrap();
            }
        }
    }
}

/// What other processes do to the file: hold the write lock for a moment, move the whole log.
fn interfere(path: &Path, stop: &AtomicBool) -> u64 {
    let other = rusqlite::Connection::open(path).unwrap();
    other.busy_timeout(Duration::from_secs(10)).unwrap();
    let mut held = 0;
    while !stop.load(Ordering::Relaxed) {
        other
            .execute_batch("BEGIN IMMEDIATE; UPDATE users SET age = 1 WHERE id = 'u000'")
            .unwrap();
        std::thread::sleep(Duration::from_millis(30));
        other
            .execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")
            .unwrap();
        held += 1;
        std::thread::sleep(Duration::from_millis(100));
    }
    held
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_caller_meets_a_locked_database() {
    let test = TestDb::sqlite(MIGRATIONS).await;
    // As in production: every commit waits for the disk.
    let db = Db::open(test.config()).await.unwrap();
    add_users(&db, 2).await;
    let load = Arc::new(Load {
        db: db.clone(),
        until: Instant::now() + LASTS,
        done: AtomicU64::new(0),
    });
    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, path) = (Arc::clone(&stop), path_of(&test));
    let other = std::thread::spawn(move || interfere(&path, &stopped));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..16 {
        tasks.spawn(Arc::clone(&load).writer(number));
        tasks.spawn(Arc::clone(&load).reader());
    }
    for _ in 0..2 {
        tasks.spawn(Arc::clone(&load).transactions());
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    assert!(other.join().unwrap() > 0);
    let stats = db.stats();
    assert_eq!(stats.failures, 0);
    assert!(stats.checkpoints > 0, "{stats:?}");
    assert!(stats.group_commits.largest > 1, "{stats:?}");
    // Every acknowledged batch added one, and one note.
    let credit = query(&support::GET_CREDIT)
        .bind("u000")
        .one::<i64>(&db)
        .await
        .unwrap();
    assert_eq!(
        query(&support::COUNT_NOTES).one::<i64>(&db).await.unwrap(),
        credit
    );
    assert!(load.done.load(Ordering::Relaxed) > 100);
    db.close().await;
}

fn path_of(test: &TestDb) -> std::path::PathBuf {
    match &test.config().kind {
        sql::KindConfig::Sqlite { path, .. } => path.clone(),
        sql::KindConfig::Postgres { .. } => unreachable!("this test is about SQLite"),
    }
}

//! Operations per second: a point get, a list of twenty, a write of two statements, by 1, 16 and 100 clients.
//!
//! `cargo run --release -p sql --example throughput [postgres URL]`. Without a URL it measures SQLite in a temporary
//! folder, beside plain rusqlite doing the same on one connection in one thread.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sql::{Db, DbConfig, Migration, SystemClock, query};

const CONVERSATIONS: usize = 2_000;
const MESSAGES: usize = 50;
const LASTS: Duration = Duration::from_secs(2);
const CLIENTS: [usize; 3] = [1, 16, 100];

const MIGRATIONS: &[Migration] = &[Migration {
    name: "0001_conversations",
    text: "
CREATE TABLE conversations (id {id} NOT NULL PRIMARY KEY, workspace_id {id} NOT NULL, title {text} NOT NULL, message_count {int} NOT NULL, updated_at {time} NOT NULL) {strict};
CREATE INDEX conversations_workspace_updated ON conversations (workspace_id, updated_at DESC, id);
CREATE TABLE messages (conversation_id {id} NOT NULL, id {id} NOT NULL, content {text} NOT NULL, PRIMARY KEY (conversation_id, id)) {clustered};",
}];

sql::statements! {
    GET = "SELECT title, message_count FROM conversations WHERE id = $1";
    LIST = "SELECT id, title, message_count, updated_at FROM conversations WHERE workspace_id = $1 ORDER BY updated_at DESC, id LIMIT 20";
    INSERT_CONVERSATION = "INSERT INTO conversations (id, workspace_id, title, message_count, updated_at) VALUES ($1, $2, $3, 0, $4)";
    INSERT_MESSAGE = "INSERT INTO messages (conversation_id, id, content) VALUES ($1, $2, $3)";
    TOUCH = "UPDATE conversations SET message_count = message_count + 1, updated_at = $2 WHERE id = $1";
}

/// Writes of the whole run, so that no two have the same id.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

#[derive(Clone, Copy, Debug)]
enum Operation {
    Get,
    List,
    Write,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("throughput.db");
    let config = std::env::args()
        .nth(1)
        .map_or_else(|| DbConfig::sqlite(&path), DbConfig::postgres);
    let db = Db::open(&config).await?;
    if !sql::migrate(&db, MIGRATIONS, &SystemClock).await?.is_empty() {
        fill(&db).await?;
    }
    for operation in [Operation::Get, Operation::List, Operation::Write] {
        for clients in CLIENTS {
            let (rate, slowest) = measure(&db, operation, clients).await?;
            say(&format!(
                "{:?} {operation:?} {clients:>3} clients: {rate:>8.0}/s, p99 {slowest:?}",
                db.kind()
            ));
        }
    }
    say(&format!("{:?}", db.stats()));
    db.close().await;
    if path.exists() {
        plain(&path)?;
    }
    Ok(())
}

fn say(line: &str) {
    use std::io::Write;
    // Who closed the pipe wants no more.
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn conversation(number: usize) -> String {
    format!("con_{:05}", number % CONVERSATIONS)
}

fn workspace(number: usize) -> String {
    format!("ws_{:03}", number % 50)
}

fn now(number: usize) -> sql::Time {
    sql::Time::from_micros(1_795_258_800_000_000 + number as i64)
}

async fn fill(db: &Db) -> sql::Result<()> {
    for number in 0..CONVERSATIONS {
        let id = conversation(number);
        let mut batch = sql::Batch::from(
            query(&INSERT_CONVERSATION)
                .bind(&id)
                .bind(workspace(number))
                .bind("A title of some length")
                .bind(now(number)),
        );
        for message in 0..MESSAGES {
            batch.push(
                query(&INSERT_MESSAGE)
                    .bind(&id)
                    .bind(format!("msg_{message:09}"))
                    .bind("x".repeat(300)),
            );
        }
        db.write(batch).await?;
    }
    Ok(())
}

/// Operations per second, and the time that one of a hundred exceeds.
async fn measure(db: &Db, operation: Operation, clients: usize) -> sql::Result<(f64, Duration)> {
    let number = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut tasks: tokio::task::JoinSet<sql::Result<Vec<Duration>>> = tokio::task::JoinSet::new();
    for _ in 0..clients {
        let (db, number) = (db.clone(), Arc::clone(&number));
        tasks.spawn(async move {
            let mut took = Vec::new();
            while started.elapsed() < LASTS {
                let number = number.fetch_add(1, Ordering::Relaxed) as usize;
                let begun = Instant::now();
                run(&db, operation, number.wrapping_mul(7_919)).await?;
                took.push(begun.elapsed());
            }
            Ok(took)
        });
    }
    let mut took = Vec::new();
    while let Some(done) = tasks.join_next().await {
        took.extend(done.unwrap_or_else(|_| Ok(Vec::new()))?);
    }
    let rate = took.len() as f64 / started.elapsed().as_secs_f64();
    took.sort_unstable();
    Ok((rate, took.get(took.len() * 99 / 100).copied().unwrap_or_default()))
}

async fn run(db: &Db, operation: Operation, number: usize) -> sql::Result<()> {
    match operation {
        Operation::Get => {
            query(&GET)
                .bind(conversation(number))
                .one::<(String, i64)>(db)
                .await?;
        }
        Operation::List => {
            let rows = query(&LIST)
                .bind(workspace(number))
                .all::<(String, String, i64, sql::Time)>(db)
                .await?;
            assert_eq!(rows.len(), 20);
        }
        Operation::Write => {
            let written = WRITTEN.fetch_add(1, Ordering::Relaxed);
            let id = format!("new_{}_{written:09}", std::process::id());
            let insert = query(&INSERT_MESSAGE)
                .bind(conversation(number))
                .bind(id)
                .bind("x".repeat(300));
            let touch = query(&TOUCH).bind(conversation(number)).bind(now(number));
            db.write([insert, touch].into_iter().collect()).await?;
        }
    }
    Ok(())
}

/// The same reads on one connection in this thread: what nothing can beat.
fn plain(path: &std::path::Path) -> Result<(), Box<dyn Error>> {
    let connection = rusqlite::Connection::open(path)?;
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "mmap_size", 1_i64 << 30)?;
    for operation in [Operation::Get, Operation::List] {
        let (started, mut count) = (Instant::now(), 0_usize);
        while started.elapsed() < LASTS {
            let number = count.wrapping_mul(7_919);
            if matches!(operation, Operation::Get) {
                let mut statement = connection
                    .prepare_cached("SELECT title, message_count FROM conversations WHERE id = ?1")?;
                statement.query_row([conversation(number)], |row| {
                    Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
                })?;
            } else {
                let text = "SELECT id, title, message_count, updated_at FROM conversations WHERE workspace_id = ?1 ORDER BY updated_at DESC, id LIMIT 20";
                let mut statement = connection.prepare_cached(text)?;
                let rows = statement.query_map([workspace(number)], |row| {
                    Ok((
                        row.get::<_, String>(0)?,
                        row.get::<_, String>(1)?,
                        row.get::<_, i64>(2)?,
                        row.get::<_, i64>(3)?,
                    ))
                })?;
                assert_eq!(rows.collect::<Result<Vec<_>, _>>()?.len(), 20);
            }
            count += 1;
        }
        say(&format!(
            "rusqlite {operation:?} one thread: {:.0}/s",
            count as f64 / started.elapsed().as_secs_f64()
        ));
    }
    Ok(())
}

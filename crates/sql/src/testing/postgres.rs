//! PostgreSQL: a database made from a migrated template.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio_postgres::{Client, NoTls};

use super::{chain, checksum, open, variable};
use crate::{Clock, DbConfig, Migration, SystemClock, Time, migrate};

/// The lock that whoever makes or sweeps databases holds.
const LOCK: i64 = 0x73_74_6f_61_74;
/// After how long a database that a crashed test left behind is dropped.
const LEFT_BEHIND: Duration = Duration::from_hours(1);
/// How long a test waits for its database to be dropped.
const DROP_WAIT: Duration = Duration::from_secs(2);

/// A database that is dropped with this.
#[derive(Debug)]
pub(super) struct Database {
    admin: String,
    name: String,
}

impl Database {
    pub(super) async fn create(server: &'static str, migrations: &[Migration]) -> Self {
        let Some(admin) = variable(server) else {
            panic!(
                "{server} is not set: this test needs a PostgreSQL server and a user who may create databases, \
                 for example postgres://stoa:stoa@127.0.0.1:5432/postgres (`make test` starts one)"
            );
        };
        let client = connect(&admin).await;
        let template = format!("stoa_template_{}", checksum(migrations));
        make_template(&client, &admin, &template, migrations).await;
        let name = unique_name("stoa_test");
        run(&client, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Self { admin, name }
    }

    pub(super) fn url(&self) -> String {
        url_of(&self.admin, &self.name)
    }
}

impl Drop for Database {
    /// Drops the database, whoever is still connected. On a thread of its own, because a test's runtime is about to end.
    /// A server that drops several at once may let each wait for a minute; it goes on by itself when nobody listens.
    fn drop(&mut self) {
        let (admin, text) = (
            self.admin.clone(),
            format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
        );
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                let drop = async { run(&connect(&admin).await, &text).await };
                // What stays behind is swept later; a test does not fail for it.
                let _ = runtime.block_on(async { tokio::time::timeout(DROP_WAIT, drop).await });
            }
        });
        // It may have panicked over a server that is gone.
        let _ = dropped.join();
    }
}

/// Makes the template unless it is there. Under a lock, because the tests of several processes begin at once; renamed
/// when it is complete, so that a half one is never used.
async fn make_template(client: &Client, admin: &str, template: &str, migrations: &[Migration]) {
    if exists(client, template).await {
        return;
    }
    run(client, &format!("SELECT pg_advisory_lock({LOCK})")).await;
    if !exists(client, template).await {
        sweep(client).await;
        let making = unique_name("stoa_test_template");
        run(
            client,
            &format!("CREATE DATABASE {making} TEMPLATE template0 ENCODING 'UTF8'"),
        )
        .await;
        let db = open(&DbConfig::postgres(url_of(admin, &making))).await;
        if let Err(error) = migrate(&db, migrations, &SystemClock).await {
            panic!("the migrations cannot be applied: {}", chain(&error));
        }
        db.close().await;
        // The server needs a moment to see that nobody is connected any more.
        let end =
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{making}'");
        run(client, &end).await;
        run(client, &format!("ALTER DATABASE {making} RENAME TO {template}")).await;
    }
    run(client, &format!("SELECT pg_advisory_unlock({LOCK})")).await;
}

/// Drops what crashed tests have left behind: names carry the second in which they were made.
async fn sweep(client: &Client) {
    let names = client
        .query(
            "SELECT datname FROM pg_database WHERE datname LIKE 'stoa\\_test\\_%'",
            &[],
        )
        .await;
    let oldest = SystemClock.now().minus(LEFT_BEHIND).secs();
    for row in names.unwrap_or_default() {
        let name: String = row.get(0);
        let made = name
            .split('_')
            .rev()
            .nth(2)
            .and_then(|seconds| seconds.parse::<i64>().ok());
        if made.is_some_and(|made| made < oldest) {
            run(client, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

async fn exists(client: &Client, name: &str) -> bool {
    match client
        .query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name])
        .await
    {
        Ok(row) => row.is_some(),
        Err(error) => panic!("the test server does not answer: {}", chain(&error)),
    }
}

async fn connect(url: &str) -> Client {
    match tokio_postgres::connect(url, NoTls).await {
        Ok((client, connection)) => {
            tokio::spawn(connection);
            client
        }
        Err(error) => panic!("the server for tests cannot be reached: {}", chain(&error)),
    }
}

async fn run(client: &Client, text: &str) {
    if let Err(error) = client.batch_execute(text).await {
        panic!("`{text}` fails on the test server: {}", chain(&error));
    }
}

/// `<prefix>_<second>_<process>_<number>`.
fn unique_name(prefix: &str) -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let now: Time = SystemClock.now();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!(
        "{prefix}_{}_{}_{number}x{}",
        now.secs(),
        std::process::id(),
        now.micros() % 1_000_000
    )
}

/// The same server, another database.
fn url_of(admin: &str, name: &str) -> String {
    let (start, parameters) = match admin.split_once('?') {
        Some((start, parameters)) => (start, format!("?{parameters}")),
        None => (admin, String::new()),
    };
    let authority = start.find("://").map_or(0, |at| at + 3);
    let end = start[authority..]
        .find('/')
        .map_or(start.len(), |at| authority + at);
    format!("{}/{name}{parameters}", &start[..end])
}

#[cfg(test)]
mod tests {
    use super::url_of;

    #[test]
    fn only_the_database_changes() {
        assert_eq!(url_of("postgres://a:b@h:1/postgres", "x"), "postgres://a:b@h:1/x");
        assert_eq!(
            url_of("postgres://a:b@h:1/postgres?sslmode=disable", "x"),
            "postgres://a:b@h:1/x?sslmode=disable"
        );
        assert_eq!(url_of("postgres://a:b@h:1", "x"), "postgres://a:b@h:1/x");
    }
}

//! Databases for tests, here and in the crates above: each test has its own, migrated, dropped afterwards.
//!
//! ([`TestDb::pgvector`] is one on a server that has the extension pgvector, that of `TEST_PGVECTOR_URL`.)
//! The migrations run once a checksum: SQLite's file is copied from a template in the system's temporary folder,
//! PostgreSQL makes the database from a template database. PostgreSQL is the server of `TEST_POSTGRES_URL`; without it
//! the tests that need it fail.

#![expect(clippy::panic, reason = "a test that has no database cannot go on")]

mod postgres;
mod sqlite;

use std::ops::Deref;

use sha2::{Digest, Sha256};

use crate::{Db, DbConfig, Migration};

/// A database of its own for one test.
#[derive(Debug)]
pub struct TestDb {
    db: Db,
    config: DbConfig,
    // Dropped last: takes the database away.
    _home: Home,
}

#[derive(Debug)]
enum Home {
    Sqlite { _folder: tempfile::TempDir },
    Postgres { _database: postgres::Database },
}

impl TestDb {
    /// An SQLite database with these migrations applied.
    pub async fn sqlite(migrations: &[Migration]) -> Self {
        let folder = sqlite::folder(migrations).await;
        let config = DbConfig::sqlite(folder.path().join("test.db"));
        Self::open(config, Home::Sqlite { _folder: folder }).await
    }

    /// A PostgreSQL database with these migrations applied.
    pub async fn postgres(migrations: &[Migration]) -> Self {
        Self::on_server("TEST_POSTGRES_URL", migrations).await
    }

    /// The same on a server that has the extension pgvector.
    pub async fn pgvector(migrations: &[Migration]) -> Self {
        Self::on_server("TEST_PGVECTOR_URL", migrations).await
    }

    async fn on_server(server: &'static str, migrations: &[Migration]) -> Self {
        let database = postgres::Database::create(server, migrations).await;
        let config = DbConfig::postgres(database.url());
        Self::open(config, Home::Postgres { _database: database }).await
    }

    /// The database that `TEST_DATABASE` asks for: SQLite, or PostgreSQL when it is `postgres`.
    ///
    /// # Panics
    /// When it asks for something else, or when there is no such database.
    pub async fn from_env(migrations: &[Migration]) -> Self {
        match variable("TEST_DATABASE").as_deref() {
            Some("postgres") => Self::postgres(migrations).await,
            None | Some("" | "sqlite") => Self::sqlite(migrations).await,
            Some(other) => panic!("TEST_DATABASE is `{other}`; it may be `sqlite` or `postgres`"),
        }
    }

    async fn open(config: DbConfig, home: Home) -> Self {
        let db = open(&config).await;
        Self {
            db,
            config,
            _home: home,
        }
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// How it is opened. Another `Db` on it sees the same data.
    pub fn config(&self) -> &DbConfig {
        &self.config
    }

    /// Closes and opens it, as a restart does.
    pub async fn reopen(&mut self) {
        self.db.close().await;
        self.db = open(&self.config).await;
    }
}

impl Deref for TestDb {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

/// Opens without waiting for the disk: what a test writes need not survive a loss of power.
async fn open(config: &DbConfig) -> Db {
    match Db::open_as(config, false).await {
        Ok(db) => db,
        Err(error) => panic!("the test database does not open: {}", chain(&error)),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are configured by the environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What tells the templates of different migrations apart.
fn checksum(migrations: &[Migration]) -> String {
    let names = migrations
        .iter()
        .map(|migration| format!("{} {}\n", migration.name, migration.checksum()));
    let all: String = std::iter::once(crate::migrate::TABLE.to_owned())
        .chain(names)
        .collect();
    hex::encode(Sha256::digest(all.as_bytes()))
        .chars()
        .take(20)
        .collect()
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// Makes two tests of each body, one on SQLite and one on PostgreSQL.
///
/// ```text
/// sql::both_databases! {
///     MIGRATIONS;
///     async fn a_note_is_found(db) {
///         assert!(query(&GET_NOTE).bind("n1").optional::<String>(&*db).await.unwrap().is_none());
///     }
/// }
/// ```
#[macro_export]
macro_rules! both_databases {
    ($migrations:expr; $($(#[$meta:meta])* async fn $name:ident($db:ident) $body:block)*) => {
        $(
            $(#[$meta])*
            mod $name {
                #[allow(unused_imports, clippy::allow_attributes, reason = "a body may need nothing from around it")]
                use super::*;

                async fn body($db: $crate::testing::TestDb) $body

                #[tokio::test]
                async fn sqlite() {
                    body($crate::testing::TestDb::sqlite($migrations).await).await;
                }

                #[tokio::test]
                async fn postgres() {
                    body($crate::testing::TestDb::postgres($migrations).await).await;
                }
            }
        )*
    };
}

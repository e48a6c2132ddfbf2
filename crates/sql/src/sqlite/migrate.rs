//! Applies migrations on the writer's connection.

use rusqlite::{Connection, OptionalExtension, params};

use super::Sqlite;
use crate::migrate::{Applied, Ready, TABLE, expand, missing};
use crate::{Error, Kind, Result, Time};

impl Sqlite {
    pub(crate) async fn migrate(&self, ready: Vec<Ready>, now: Time) -> Result<Vec<String>> {
        self.alone(move |connection| migrate(connection, &ready, now))
            .await?
    }

    pub(crate) async fn applied(&self) -> Result<Vec<Applied>> {
        self.alone(applied).await?
    }
}

fn migrate(connection: &Connection, ready: &[Ready], now: Time) -> Result<Vec<String>> {
    connection
        .execute_batch(&expand(TABLE, Kind::Sqlite))
        .map_err(|error| database("migrations", error))?;
    missing(ready, &applied(connection)?)?;
    let mut names = Vec::new();
    for migration in ready {
        // Tables are rebuilt by copy and rename, which references must survive; they are checked before the commit.
        set_foreign_keys(connection, false)?;
        let done = apply(connection, migration, now);
        set_foreign_keys(connection, true)?;
        if done? {
            names.push(migration.name.to_owned());
        }
    }
    Ok(names)
}

/// Applies one migration unless it is; another process may have done it meanwhile.
fn apply(connection: &Connection, migration: &Ready, now: Time) -> Result<bool> {
    let failed = |error: rusqlite::Error| Error::Migration {
        name: migration.name.to_owned(),
        detail: "it fails".to_owned(),
        source: Some(error.into()),
    };
    // Dropping the transaction rolls it back.
    connection.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
    let run = || -> rusqlite::Result<Option<String>> {
        let known = "SELECT 1 FROM migrations WHERE name = ?1";
        if connection
            .query_row(known, [migration.name], |_| Ok(()))
            .optional()?
            .is_some()
        {
            return Ok(None);
        }
        connection.execute_batch(&migration.text)?;
        let broken = "SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1";
        let broken: Option<String> = connection.query_row(broken, [], |row| row.get(0)).optional()?;
        let insert = "INSERT INTO migrations (name, checksum, applied_at) VALUES (?1, ?2, ?3)";
        connection.execute(insert, params![migration.name, migration.checksum, now.micros()])?;
        Ok(Some(broken.unwrap_or_default()))
    };
    let outcome = run().map_err(failed).and_then(|outcome| match outcome {
        Some(table) if !table.is_empty() => Err(crate::migrate::fault(
            migration.name,
            format!("rows of `{table}` refer to rows that are not there"),
        )),
        outcome => Ok(outcome.is_some()),
    });
    let end = if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = connection.execute_batch(end).map_err(failed);
    outcome.and_then(|applied| ended.map(|()| applied))
}

fn applied(connection: &Connection) -> Result<Vec<Applied>> {
    let read = || -> rusqlite::Result<Vec<Applied>> {
        let exists = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'";
        if connection.query_row(exists, [], |_| Ok(())).optional()?.is_none() {
            return Ok(Vec::new());
        }
        let mut statement = connection.prepare("SELECT name, checksum FROM migrations ORDER BY name")?;
        statement
            .query_map([], |row| {
                Ok(Applied {
                    name: row.get(0)?,
                    checksum: row.get(1)?,
                })
            })?
            .collect()
    };
    read().map_err(|error| database("migrations", error))
}

fn set_foreign_keys(connection: &Connection, on: bool) -> Result<()> {
    connection
        .pragma_update(None, "foreign_keys", on)
        .map_err(|error| database("foreign_keys", error))
}

fn database(statement: &'static str, error: rusqlite::Error) -> Error {
    Error::Database {
        statement,
        source: error.into(),
    }
}

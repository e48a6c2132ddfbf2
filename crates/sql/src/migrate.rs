//! Migrations: the schema, written once, applied in order, never changed afterwards.
//!
//! Plain SQL with words for what the databases call differently:
//!
//! | word | SQLite | PostgreSQL |
//! |---|---|---|
//! | `{id}` `{text}` | TEXT | TEXT COLLATE "C" |
//! | `{int}` | INTEGER | BIGINT |
//! | `{real}` | REAL | DOUBLE PRECISION |
//! | `{bool}` | INTEGER | BOOLEAN |
//! | `{bytes}` `{vector}` | BLOB | BYTEA |
//! | `{time}` | INTEGER (microseconds) | TIMESTAMPTZ |
//! | `{json}` | TEXT | JSONB |
//! | `{strict}` behind the closing parenthesis | STRICT | nothing |
//! | `{clustered}` the same, rows kept in the order of the key | STRICT, WITHOUT ROWID | nothing |
//!
//! What differs beyond words stands in blocks of lines: `-- sqlite:` or `-- postgres:` up to `-- end`.

use sha2::{Digest, Sha256};

use crate::db::Backend;
use crate::{Clock, Db, Error, Kind, Result};

/// One change of the schema.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// The file's name without its ending: `0001_accounts`.
    pub name: &'static str,
    /// The file.
    pub text: &'static str,
}

impl Migration {
    /// What says whether an applied migration is still the one in the program.
    pub fn checksum(&self) -> String {
        hex::encode(Sha256::digest(self.text.as_bytes()))
    }
}

/// A migration that the database knows.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(crate) name: String,
    pub(crate) checksum: String,
}

/// A migration ready to be applied.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub(crate) name: &'static str,
    pub(crate) checksum: String,
    pub(crate) text: String,
}

/// Where applied migrations are kept.
pub(crate) const TABLE: &str = "
CREATE TABLE IF NOT EXISTS migrations (
    name {text} NOT NULL PRIMARY KEY,
    checksum {text} NOT NULL,
    applied_at {time} NOT NULL
) {strict}";

/// Applies what is missing, each in a transaction of its own, and returns the names. Several processes may call it at
/// once: one does the work, the others find it done.
pub async fn migrate(db: &Db, migrations: &[Migration], clock: &dyn Clock) -> Result<Vec<String>> {
    let ready: Vec<Ready> = migrations
        .iter()
        .map(|migration| ready(migration, db.kind()))
        .collect::<Result<_>>()?;
    match db.backend() {
        Backend::Sqlite(sqlite) => sqlite.migrate(ready, clock.now()).await,
        Backend::Postgres(postgres) => postgres.migrate(ready, clock.now()).await,
    }
}

/// The names of the migrations that are not applied yet.
pub async fn pending(db: &Db, migrations: &[Migration]) -> Result<Vec<String>> {
    let ready: Vec<Ready> = migrations
        .iter()
        .map(|migration| ready(migration, db.kind()))
        .collect::<Result<_>>()?;
    let applied = match db.backend() {
        Backend::Sqlite(sqlite) => sqlite.applied().await?,
        Backend::Postgres(postgres) => postgres.applied().await?,
    };
    Ok(missing(&ready, &applied)?
        .into_iter()
        .map(|ready| ready.name.to_owned())
        .collect())
}

fn ready(migration: &Migration, kind: Kind) -> Result<Ready> {
    let text = expand(migration.text, kind);
    match leftover(&text) {
        Some(word) => Err(fault(migration.name, format!("`{word}` is no type word"))),
        None => Ok(Ready {
            name: migration.name,
            checksum: migration.checksum(),
            text,
        }),
    }
}

/// What of `ready` is to be applied. Refuses a database that was made by other migrations.
pub(crate) fn missing<'a>(ready: &'a [Ready], applied: &[Applied]) -> Result<Vec<&'a Ready>> {
    for old in applied {
        match ready.iter().find(|ready| ready.name == old.name) {
            Some(ready) if ready.checksum == old.checksum => {}
            Some(_) => return Err(fault(&old.name, "it was changed after it had been applied")),
            None => {
                return Err(fault(
                    &old.name,
                    "the database has it, this program does not: it is older than its database",
                ));
            }
        }
    }
    let last = ready
        .iter()
        .rposition(|ready| applied.iter().any(|old| old.name == ready.name));
    let missing: Vec<&Ready> = ready
        .iter()
        .filter(|ready| applied.iter().all(|old| old.name != ready.name))
        .collect();
    match missing.first() {
        Some(first)
            if last.is_some_and(|last| ready[..last].iter().any(|ready| ready.name == first.name)) =>
        {
            Err(fault(first.name, "it comes before one that is applied already"))
        }
        _ => Ok(missing),
    }
}

pub(crate) fn fault(name: &str, detail: impl Into<String>) -> Error {
    Error::Migration {
        name: name.to_owned(),
        detail: detail.into(),
        source: None,
    }
}

/// The text of a migration as this database gets it.
pub fn expand(text: &str, kind: Kind) -> String {
    let mut expanded = String::with_capacity(text.len() + 256);
    let mut block: Option<Kind> = None;
    for line in text.lines() {
        match line.trim() {
            "-- sqlite:" => block = Some(Kind::Sqlite),
            "-- postgres:" => block = Some(Kind::Postgres),
            "-- end" => block = None,
            _ if block.is_some_and(|block| block != kind) => {}
            _ => {
                expanded.push_str(&words(line, kind));
                expanded.push('\n');
            }
        }
    }
    expanded
}

fn words(line: &str, kind: Kind) -> String {
    const WORDS: [(&str, &str, &str); 11] = [
        ("{id}", "TEXT", "TEXT COLLATE \"C\""),
        ("{text}", "TEXT", "TEXT COLLATE \"C\""),
        ("{int}", "INTEGER", "BIGINT"),
        ("{real}", "REAL", "DOUBLE PRECISION"),
        ("{bool}", "INTEGER", "BOOLEAN"),
        ("{bytes}", "BLOB", "BYTEA"),
        ("{time}", "INTEGER", "TIMESTAMPTZ"),
        ("{json}", "TEXT", "JSONB"),
        ("{vector}", "BLOB", "BYTEA"),
        (" {strict}", " STRICT", ""),
        (" {clustered}", " STRICT, WITHOUT ROWID", ""),
    ];
    WORDS
        .iter()
        .fold(line.to_owned(), |line, (word, sqlite, postgres)| {
            line.replace(
                word,
                match kind {
                    Kind::Sqlite => sqlite,
                    Kind::Postgres => postgres,
                },
            )
        })
}

/// The first word in braces that means nothing.
fn leftover(text: &str) -> Option<&str> {
    crate::scan::pieces(text)
        .into_iter()
        .find_map(|piece| match piece {
            crate::scan::Piece::Code(code) => {
                let start = code.find('{')?;
                let end = code[start..].find('}').map_or(code.len(), |end| start + end + 1);
                Some(&code[start..end])
            }
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "CREATE TABLE a (\n  id {id} NOT NULL,\n  done {bool} NOT NULL\n) {strict};\n-- sqlite:\nCREATE VIRTUAL TABLE f USING fts5(a);\n-- end\n-- postgres:\nCREATE INDEX g ON a USING gin (a);\n-- end\nCREATE TABLE b (id {id} PRIMARY KEY) {clustered};\n";

    #[test]
    fn words_and_blocks_become_what_each_database_has() {
        insta::assert_snapshot!(expand(TEXT, Kind::Sqlite), @r"
        CREATE TABLE a (
          id TEXT NOT NULL,
          done INTEGER NOT NULL
        ) STRICT;
        CREATE VIRTUAL TABLE f USING fts5(a);
        CREATE TABLE b (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        ");
        insta::assert_snapshot!(expand(TEXT, Kind::Postgres), @r#"
        CREATE TABLE a (
          id TEXT COLLATE "C" NOT NULL,
          done BOOLEAN NOT NULL
        );
        CREATE INDEX g ON a USING gin (a);
        CREATE TABLE b (id TEXT COLLATE "C" PRIMARY KEY);
        "#);
    }

    #[test]
    fn unknown_words_are_refused() {
        let migration = Migration {
            name: "0001_a",
            text: "CREATE TABLE a (id {uuid}, b {text} DEFAULT '{}')",
        };
        let error = ready(&migration, Kind::Sqlite).unwrap_err();
        assert_eq!(error.to_string(), "migration `0001_a`: `{uuid}` is no type word");
    }

    #[test]
    fn only_what_comes_after_the_applied_ones_is_applied() {
        let ready: Vec<Ready> = ["1", "2", "3"]
            .into_iter()
            .map(|name| Ready {
                name,
                checksum: name.to_owned(),
                text: String::new(),
            })
            .collect();
        let applied = |names: &[&str]| -> Vec<Applied> {
            names
                .iter()
                .map(|name| Applied {
                    name: (*name).to_owned(),
                    checksum: (*name).to_owned(),
                })
                .collect()
        };
        let names = |applied: &[Applied]| {
            missing(&ready, applied).map(|missing| missing.iter().map(|ready| ready.name).collect::<Vec<_>>())
        };
        assert_eq!(names(&[]).unwrap(), ["1", "2", "3"]);
        assert_eq!(names(&applied(&["1", "2"])).unwrap(), ["3"]);
        assert!(names(&applied(&["1", "2", "3"])).unwrap().is_empty());
        assert_eq!(
            names(&applied(&["1", "3"])).unwrap_err().to_string(),
            "migration `2`: it comes before one that is applied already"
        );
        assert!(
            names(&applied(&["1", "4"]))
                .unwrap_err()
                .to_string()
                .contains("older than its database")
        );
        let changed = [Applied {
            name: "1".to_owned(),
            checksum: "x".to_owned(),
        }];
        assert!(names(&changed).unwrap_err().to_string().contains("changed after"));
    }
}

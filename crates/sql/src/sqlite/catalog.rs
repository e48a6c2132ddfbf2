//! The names of unique indexes by the columns they are on: SQLite reports `users.email`, the call site wants
//! `users_email_key`.

use std::collections::HashMap;

use parking_lot::RwLock;
use rusqlite::Connection;

use crate::ViolationKind;

/// The unique indexes of the schema, read after each migration and whenever an unknown one is violated.
#[derive(Debug, Default)]
pub(super) struct Catalog(RwLock<HashMap<String, String>>);

/// Every unique index with its columns, in order. An index over an expression has no name for it and is left out:
/// SQLite reports that one by the index's name.
const UNIQUE_INDEXES: &str = "
    SELECT t.name, i.name, i.origin, c.name
    FROM sqlite_schema AS t, pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS c
    WHERE t.type = 'table' AND i.\"unique\" AND c.name IS NOT NULL
    ORDER BY t.name, i.name, c.seqno";

/// Tables whose key is the rowid itself have no index for it.
const ROWID_KEYS: &str = "
    SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
    WHERE t.type = 'table' AND c.pk > 0";

impl Catalog {
    /// Reads the indexes anew.
    pub(super) fn refresh(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut found: HashMap<(String, String, String), Vec<String>> = HashMap::new();
        let mut statement = connection.prepare(UNIQUE_INDEXES)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            found
                .entry((row.get(0)?, row.get(1)?, row.get(2)?))
                .or_default()
                .push(row.get(3)?);
        }
        let mut names = HashMap::new();
        let mut statement = connection.prepare(ROWID_KEYS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (table, column): (String, String) = (row.get(0)?, row.get(1)?);
            names.insert(format!("{table}.{column}"), format!("{table}_pkey"));
        }
        for ((table, index, origin), columns) in found {
            let key: Vec<String> = columns.iter().map(|column| format!("{table}.{column}")).collect();
            // What has no name of its own gets the one that PostgreSQL would give it.
            let name = match origin.as_str() {
                "pk" => format!("{table}_pkey"),
                "u" => format!("{table}_{}_key", columns.join("_")),
                _ => index,
            };
            names.insert(key.join(", "), name);
        }
        *self.0.write() = names;
        Ok(())
    }

    /// The name of the rule that SQLite's message is about.
    pub(super) fn constraint(
        &self,
        connection: &Connection,
        kind: ViolationKind,
        message: &str,
    ) -> Option<String> {
        let (_, subject) = message.split_once("constraint failed: ")?;
        match kind {
            ViolationKind::ForeignKey => None,
            // The name of a named one; of others the expression, which is no name.
            ViolationKind::Check => Some(subject.to_owned()).filter(|name| is_name(name)),
            ViolationKind::NotNull => Some(subject.to_owned()),
            ViolationKind::Unique => match subject.strip_prefix("index '") {
                Some(rest) => Some(rest.trim_end_matches('\'').to_owned()),
                None => self.unique(connection, subject),
            },
        }
    }

    fn unique(&self, connection: &Connection, columns: &str) -> Option<String> {
        let known = self.0.read().get(columns).cloned();
        known.or_else(|| {
            self.refresh(connection).ok()?;
            self.0.read().get(columns).cloned()
        })
    }
}

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

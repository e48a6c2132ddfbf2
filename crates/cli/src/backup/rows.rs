//! How many rows each table of a SQLite database has: the proof that a restored database is the one that was saved.

use std::collections::BTreeMap;

use sql::{Db, Statement, Text, query};

sql::statements! {
    /// The tables that hold rows of their own.
    TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name";
}

/// Rows of each table.
pub(crate) async fn count(db: &Db) -> sql::Result<BTreeMap<String, u64>> {
    let tables: Vec<(String,)> = query(&TABLES).all(db).await?;
    let mut rows = BTreeMap::new();
    for (table,) in tables {
        let text = format!("SELECT COUNT(*) FROM \"{}\"", table.replace('"', "\"\""));
        // Statements live as long as the process. These few are made by a command that ends soon.
        let text: &'static str = Box::leak(text.into_boxed_str());
        let statement: &'static Statement =
            Box::leak(Box::new(Statement::new("backup", "COUNT_ROWS", Text::Both(text))));
        let (count,): (i64,) = query(statement).one(db).await?;
        rows.insert(table, u64::try_from(count).unwrap_or_default());
    }
    Ok(rows)
}

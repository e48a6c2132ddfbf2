//! What the schema is, how statements would run, and copies of the whole file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::backup::Backup;

use super::Settings;
use super::catalog::Catalog;
use super::conn::{Access, Conn};
use crate::{Error, Index, Kind, Result, Statement};

/// The query plan, a step a line, indented by depth.
pub(super) fn explain(conn: &Conn, statement: &'static Statement) -> Result<String> {
    let text = format!("EXPLAIN QUERY PLAN {}", statement.text(Kind::Sqlite));
    let read = || -> rusqlite::Result<String> {
        let mut prepared = conn.raw.prepare(&text)?;
        let mut rows = prepared.raw_query();
        let mut depths = std::collections::HashMap::from([(0_i64, 0_usize)]);
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            let (id, parent, detail): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(3)?);
            let depth = depths.get(&parent).copied().unwrap_or(0);
            depths.insert(id, depth + 1);
            lines.push(format!("{}{detail}", "  ".repeat(depth)));
        }
        Ok(lines.join("\n"))
    };
    read().map_err(|error| conn.error(statement.name(), error))
}

/// Every table, index, view and trigger as SQL.
pub(super) fn dump(conn: &Conn) -> Result<String> {
    // The hidden tables of a full-text index carry its name and a suffix; they are SQLite's business.
    const OBJECTS: &str = "
        SELECT s.sql FROM sqlite_schema AS s
        WHERE s.sql IS NOT NULL AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
          AND NOT EXISTS (SELECT 1 FROM pragma_table_list AS t WHERE t.schema = 'main' AND t.name = s.name AND t.type = 'shadow')
        ORDER BY s.tbl_name, CASE s.type WHEN 'table' THEN 0 WHEN 'view' THEN 1 WHEN 'index' THEN 2 ELSE 3 END, s.name";
    let read = || -> rusqlite::Result<Vec<String>> {
        conn.raw
            .prepare(OBJECTS)?
            .query_map([], |row| row.get(0))?
            .collect()
    };
    let objects = read().map_err(|error| conn.error("schema", error))?;
    Ok(objects
        .iter()
        .map(|text| crate::schema::normalised(text) + ";\n")
        .collect())
}

pub(super) fn indexes(conn: &Conn) -> Result<Vec<Index>> {
    const COLUMNS: &str = "
        SELECT i.name, t.name, i.\"unique\", c.name, c.\"desc\"
        FROM sqlite_schema AS t, pragma_index_list(t.name) AS i, pragma_index_xinfo(i.name) AS c
        WHERE t.type = 'table' AND c.key ORDER BY t.name, i.name, c.seqno";
    let read = || -> rusqlite::Result<Vec<Index>> {
        let mut statement = conn.raw.prepare(COLUMNS)?;
        let mut rows = statement.query([])?;
        let mut indexes: Vec<Index> = Vec::new();
        while let Some(row) = rows.next()? {
            let (name, table): (String, String) = (row.get(0)?, row.get(1)?);
            let column: Option<String> = row.get(3)?;
            let descending: bool = row.get(4)?;
            let column =
                column.unwrap_or_else(|| "(expression)".to_owned()) + if descending { " desc" } else { "" };
            match indexes.last_mut() {
                Some(last) if last.name == name => last.columns.push(column),
                _ => indexes.push(Index {
                    name,
                    table,
                    columns: vec![column],
                    unique: row.get(2)?,
                }),
            }
        }
        Ok(indexes)
    };
    read().map_err(|error| conn.error("indexes", error))
}

/// Copies the database page by page into a new file. What is written meanwhile belongs to it too.
pub(super) fn backup(settings: &Settings, catalog: Arc<Catalog>, path: &Path) -> Result<()> {
    const PAGES_A_STEP: i32 = 1_024;
    const BETWEEN_STEPS: Duration = Duration::from_millis(1);
    if path.exists() {
        return Err(Error::unavailable(format!("{} exists already", path.display())));
    }
    let conn = Conn::open(settings, Access::Read, catalog)?;
    let copy = || -> rusqlite::Result<()> {
        let mut target = rusqlite::Connection::open(path)?;
        Backup::new(&conn.raw, &mut target)?.run_to_completion(PAGES_A_STEP, BETWEEN_STEPS, None)?;
        // A copy is one file: without a log beside it.
        target.pragma_update(None, "journal_mode", "DELETE")
    };
    copy().map_err(|error| conn.error("backup", error))
}

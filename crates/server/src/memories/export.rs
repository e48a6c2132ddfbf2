//! Everything a workspace knows as a file, streamed row by row.

use std::fmt::Write as _;

use axum::response::Response;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::App;
use crate::http::download;
use crate::memories::{Memory, Status, store};

/// A format of exported memories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// One JSON object a line, for programs.
    Jsonl,
    /// A table.
    Csv,
    /// For people.
    Md,
}

/// The columns of the table.
const COLUMNS: &str =
    "id,title,content,tags,status,series,position,valid_from,valid_until,sources,created_at,updated_at\n";

/// The memories as a file, oldest first.
pub fn of_workspace(app: &App, workspace_id: &str, status: Status, format: Format) -> Response {
    let memories = store::export(&app.db, workspace_id, status);
    let (top, kind, name) = match format {
        Format::Jsonl => ("", "application/x-ndjson", "memories.jsonl"),
        Format::Csv => (COLUMNS, "text/csv; charset=utf-8", "memories.csv"),
        Format::Md => ("", "text/markdown; charset=utf-8", "memories.md"),
    };
    let rows = memories.and_then(move |memory| async move {
        match format {
            Format::Jsonl => line(&memory),
            Format::Csv => Ok(row(&memory)),
            Format::Md => Ok(section(&memory)),
        }
    });
    download::file(stream::once(async { Ok(top.to_owned()) }).chain(rows), kind, name)
}

fn line(memory: &Memory) -> sql::Result<String> {
    match serde_json::to_string(memory) {
        Ok(text) => Ok(text + "\n"),
        Err(error) => Err(sql::Error::Decode {
            statement: "memories.export",
            column: "json".into(),
            detail: error.to_string(),
        }),
    }
}

fn row(memory: &Memory) -> String {
    let entry = &memory.entry;
    let time = |at: Option<sql::Time>| at.map(|at| at.to_string()).unwrap_or_default();
    let sources = if entry.sources.is_empty() {
        String::new()
    } else {
        serde_json::to_string(&entry.sources).unwrap_or_default()
    };
    let cells = [
        entry.id.clone(),
        entry.title.clone(),
        memory.content.clone(),
        entry.tags.join("; "),
        entry.status.as_str().to_owned(),
        entry.series.clone().unwrap_or_default(),
        entry.position.map(|at| at.to_string()).unwrap_or_default(),
        time(entry.valid_from),
        time(entry.valid_until),
        sources,
        entry.created_at.to_string(),
        entry.updated_at.to_string(),
    ];
    let mut row = cells.map(|text| cell(&text)).join(",");
    row.push('\n');
    row
}

/// A cell of a table: in quotation marks when it holds what parts cells or rows.
fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn section(memory: &Memory) -> String {
    let entry = &memory.entry;
    let mut text = format!("# {}\n\n", entry.title);
    if !entry.tags.is_empty() {
        // Writing to a String does not fail.
        let _ = write!(text, "_{}_\n\n", entry.tags.join(", "));
    }
    let _ = write!(text, "{}\n\n", memory.content);
    text
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn what_parts_cells_is_put_in_quotation_marks() {
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell("a, \"b\"\nc"), "\"a, \"\"b\"\"\nc\"");
    }
}

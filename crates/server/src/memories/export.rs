//! Everything a workspace knows as a file, streamed row by row.
//!
//! Invariant: `import/exported.rs` reads each of the three again as it was written.

use std::fmt::Write as _;

use axum::response::Response;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use crate::App;
use crate::http::download;
use crate::memories::{Memory, Status, one_line, store};

/// A format of exported memories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// One JSON object a line, for programs.
    Jsonl,
    /// A table.
    Csv,
    /// For people.
    #[serde(alias = "markdown")]
    Md,
}

/// The columns of the table.
pub const COLUMNS: &str =
    "id,title,content,tags,status,series,position,valid_from,valid_until,sources,created_at,updated_at\n";

/// What a memory begins with in Markdown: a comment, which nobody sees, with what a text for people does not say.
pub const MARK: &str = "<!-- stoa {";

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
        tags(&entry.tags),
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

/// Tags in one cell; as JSON when one of them has a sign that parts them.
fn tags(tags: &[String]) -> String {
    let parts = |tag: &String| tag.contains([',', ';', '\n']) || tag.starts_with('[');
    if tags.iter().any(parts) {
        json!(tags).to_string()
    } else {
        tags.join("; ")
    }
}

/// Tags as they stand below a title, on one line.
pub fn shown(tags: &[String]) -> String {
    format!("_{}_", one_line(&tags.join(", ")))
}

fn section(memory: &Memory) -> String {
    let entry = &memory.entry;
    let beside = json!({
        "id": entry.id,
        "tags": entry.tags,
        "status": entry.status,
        "sources": entry.sources,
        "series": entry.series,
        "position": entry.position,
        "valid_from": entry.valid_from,
        "valid_until": entry.valid_until,
        "last_used_at": entry.last_used_at,
        "created_at": entry.created_at,
        "updated_at": entry.updated_at,
    });
    // In JSON it stands in words only, where it may be written so: nothing ends the comment.
    let beside = beside.to_string().replace('>', "\\u003e");
    let mut text = format!("<!-- stoa {beside} -->\n# {}\n\n", entry.title);
    if !entry.tags.is_empty() {
        // Writing to a String does not fail.
        let _ = write!(text, "{}\n\n", shown(&entry.tags));
    }
    for line in memory.content.split_inclusive('\n') {
        // A text that says what a memory begins with does not begin one.
        if line.trim_start_matches('\\').starts_with(MARK) {
            text.push('\\');
        }
        text.push_str(line);
    }
    text.push_str("\n\n");
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

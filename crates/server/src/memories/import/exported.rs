//! What this program exported (`export.rs`), read again as it was written: also the status, the series, the time for which a
//! memory holds, where it comes from, and when it was made, changed and used. Its id, workspace, author and version are
//! those of the place where it is kept, and are made anew. Pure.
//!
//! People may have changed the file, in an editor or a spreadsheet: what is absent is as in a new memory, and what is wrong
//! fails with where it stands.

use serde::Deserialize;
use serde_json::{Map, Value};
use sql::Time;

use super::made::tags_of;
use crate::documents::{self, Format, Reason, Unreadable};
use crate::http::json::Check;
use crate::memories::export::{COLUMNS, MARK, shown};
use crate::memories::input::Fields;
use crate::memories::{MemoryBody, NewMemory, Status, Times};

/// So much of a file shows whether it is one.
pub const BEGINNING_BYTES: usize = 1_024;
/// What a text in one of the two other forms begins with, without its spaces.
const LINE: [&str; 2] = ["{\"id\":\"mem_", "[{\"id\":\"mem_"];

/// A memory as it was exported.
#[derive(Debug, Deserialize)]
struct Exported {
    #[serde(flatten)]
    body: MemoryBody,
    created_at: Option<Time>,
    updated_at: Option<Time>,
    last_used_at: Option<Time>,
}

/// Whether a file that begins so is one that was exported here.
pub fn is_ours(beginning: &[u8], media_type: &str, name: &str) -> bool {
    let text = documents::decoded(beginning);
    match Format::of(media_type, name) {
        Some(Format::Json) => {
            let text: String = text
                .chars()
                .filter(|letter| !letter.is_whitespace())
                .take(40)
                .collect();
            LINE.iter().any(|line| text.starts_with(line))
        }
        Some(Format::Csv) => {
            let (rows, _) = documents::rows(&text, 1, usize::MAX);
            let names: Vec<&str> = rows.iter().flatten().map(|name| name.trim()).collect();
            COLUMNS.trim().split(',').all(|column| names.contains(&column))
        }
        Some(Format::Markdown) => text.starts_with(MARK),
        _ => false,
    }
}

/// The memories of such a file, in its order.
pub fn memories(bytes: &[u8], media_type: &str, name: &str) -> Result<Vec<NewMemory>, Unreadable> {
    let text = documents::decoded(bytes);
    let values = match Format::of(media_type, name) {
        Some(Format::Csv) => of_rows(&text),
        Some(Format::Markdown) => of_sections(&text),
        _ => of_lines(&text),
    };
    let mut made = Vec::new();
    for value in values {
        let which = made.len() + 1;
        let exported = value
            .and_then(|value| serde_json::from_value::<Exported>(value).map_err(|error| error.to_string()));
        let memory = exported.and_then(checked);
        made.push(memory.map_err(|why| {
            Unreadable::new(Reason::Damaged, format!("Memory {which} can not be read: {why}"))
        })?);
    }
    Ok(made)
}

fn checked(exported: Exported) -> Result<NewMemory, String> {
    let mut body = exported.body;
    // That a person said no is known of what was exported only.
    let status = body.status.take().unwrap_or(Status::Active);
    let mut check = Check::new();
    let memory = Fields::new(&mut check, "").new_memory(body);
    check.done().map_err(|problem| problem.detail)?;
    let times = exported.created_at.map(|created_at| Times {
        created_at,
        updated_at: exported.updated_at.unwrap_or(created_at),
        last_used_at: exported.last_used_at,
    });
    Ok(NewMemory {
        status,
        times,
        ..memory
    })
}

/// One value a line, or a list.
fn of_lines(text: &str) -> Vec<Result<Value, String>> {
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        match value {
            Ok(Value::Array(items)) => values.extend(items.into_iter().map(Ok)),
            value => values.push(value.map_err(|error| error.to_string())),
        }
    }
    values
}

/// A table; of its columns those that were exported.
fn of_rows(text: &str) -> Vec<Result<Value, String>> {
    let (rows, _) = documents::rows(text, usize::MAX, usize::MAX);
    let mut rows = rows.into_iter();
    let names = rows.next().unwrap_or_default();
    rows.filter(|row| row.iter().any(|cell| !cell.trim().is_empty()))
        .map(|row| {
            let cells = names.iter().map(|name| name.trim()).zip(row);
            let filled = cells.filter(|(_, cell)| !cell.is_empty());
            let values = filled.map(|(name, cell)| Ok((name.to_owned(), value_of(name, cell)?)));
            values.collect::<Result<Map<_, _>, String>>().map(Value::Object)
        })
        .collect()
}

fn value_of(column: &str, cell: String) -> Result<Value, String> {
    let read = match column {
        "sources" => serde_json::from_str(&cell),
        "tags" if cell.starts_with('[') => serde_json::from_str(&cell),
        "tags" => Ok(tags_of(&cell).into()),
        "position" => cell
            .trim()
            .parse::<i64>()
            .map(Value::from)
            .map_err(serde::de::Error::custom),
        _ => Ok(Value::from(cell)),
    };
    read.map_err(|error: serde_json::Error| format!("{column}: {error}"))
}

/// Sections, each behind its mark.
fn of_sections(text: &str) -> Vec<Result<Value, String>> {
    let mut sections: Vec<String> = Vec::new();
    for line in text.split_inclusive('\n') {
        if line.starts_with(MARK) {
            sections.push(line.to_owned());
        } else if let Some(section) = sections.last_mut() {
            let is_escaped = line.starts_with('\\') && line.trim_start_matches('\\').starts_with(MARK);
            section.push_str(if is_escaped { &line[1..] } else { line });
        }
    }
    sections.iter().map(|section| of_section(section)).collect()
}

fn of_section(section: &str) -> Result<Value, String> {
    let (mark, text) = section.split_once('\n').unwrap_or((section, ""));
    let beside = mark
        .trim()
        .strip_prefix("<!-- stoa ")
        .and_then(|mark| mark.strip_suffix("-->"));
    let beside = beside.ok_or("its first line has no end")?;
    let mut memory: Map<String, Value> = serde_json::from_str(beside).map_err(|error| error.to_string())?;
    let mut text = text.trim_start();
    if let Some(titled) = text.strip_prefix("# ") {
        let (title, behind) = titled.split_once('\n').unwrap_or((titled, ""));
        memory.insert("title".into(), title.trim().into());
        text = behind.trim_start();
    }
    let tags: Vec<String> = memory
        .get("tags")
        .and_then(|tags| serde_json::from_value(tags.clone()).ok())
        .unwrap_or_default();
    // Read from the mark, for a tag may have a comma, or be of two lines.
    if !tags.is_empty()
        && let Some(behind) = text.strip_prefix(&shown(&tags))
    {
        text = behind;
    }
    memory.insert("content".into(), text.trim().into());
    Ok(Value::Object(memory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_exported_is_taken_for_it() {
        let ours = |name: &str, text: &str| is_ours(text.as_bytes(), "", name);
        assert!(ours("m.jsonl", "{\"id\":\"mem_1\",\"workspace_id\":\"ws_1\"}"));
        assert!(ours("m.json", " [ {\n \"id\": \"mem_1\" } ]"));
        assert!(!ours("m.json", "{\"id\":\"1\",\"content\":\"mem_\"}"));
        assert!(ours("m.csv", COLUMNS));
        assert!(ours("m.csv", &format!("\u{feff}{}", COLUMNS.replace(',', ";"))));
        assert!(!ours("m.csv", "id,title,content,tags\nmem_1,T,C,\n"));
        assert!(ours("m.md", "<!-- stoa {\"id\":\"mem_1\"} -->\n# T\n\nC\n\n"));
        assert!(!ours("m.md", "# T\n\n<!-- stoa {\"id\":\"mem_1\"} -->\n"));
        assert!(!ours("m.txt", "<!-- stoa {\"id\":\"mem_1\"} -->\n"));
    }

    #[test]
    fn a_file_that_people_changed_is_read_or_says_what_is_wrong() {
        let read = |name: &str, text: &str| memories(text.as_bytes(), "", name);
        let added =
            "{\"id\":\"mem_1\",\"content\":\"A\",\"version\":3}\n{\"content\":\"B\",\"tags\":[\"#New\"]}";
        let made = read("m.jsonl", added).unwrap();
        assert_eq!((made[0].content.as_str(), made[0].times), ("A", None));
        assert_eq!((made[1].content.as_str(), made[1].tags[0].as_str()), ("B", "new"));
        let row = format!("{COLUMNS}mem_1,T,C,a; b,proposed,s,x,,,,,\n");
        let why = read("m.csv", &row).unwrap_err().detail;
        assert!(why.starts_with("Memory 1 can not be read: position: "), "{why}");
        let span = "{\"content\":\"A\",\"valid_from\":\"2026-02-01T00:00:00Z\",\"valid_until\":\"2026-01-01T00:00:00Z\"}";
        let why = read("m.jsonl", span).unwrap_err().detail;
        assert!(why.contains("must be after `valid_from`"), "{why}");
        let changed = "<!-- stoa {\"tags\":[\"a\"],\"series\":\"s\"} -->\n# Other\n\nWithout the tags.\n";
        let made = read("m.md", changed).unwrap().remove(0);
        assert_eq!(
            (made.title.as_str(), made.content.as_str()),
            ("Other", "Without the tags.")
        );
        assert_eq!((made.tags[0].as_str(), made.series.as_deref()), ("a", Some("s")));
        assert!(read("m.md", "<!-- stoa {\"tags\":[\n").is_err());
    }
}

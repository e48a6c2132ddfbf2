//! A batch as a file: a table for programs and spreadsheets, Markdown, a page and a PDF for people. Pure.
//!
//! Invariant: nothing that was written by people or models stands in the page as markup, or in the table as a formula.

use std::fmt::Write as _;

use serde_json::Value;

use crate::batches::{Batch, Cell, CellStatus, Row};
use crate::compare::{PAGE_STYLE, escaped, quoted};
use crate::conversations::Lane;
use crate::http::problem::Problem;
use crate::print::{Part, Print};

/// What a lane is called.
fn name(lane: &Lane) -> String {
    let model = lane.model.as_deref().unwrap_or_default();
    match &lane.label {
        Some(label) => format!("{label} ({model})"),
        None => model.to_owned(),
    }
}

fn name_of(batch: &Batch, cell: &Cell) -> String {
    let lane = batch.models.iter().find(|lane| lane.lane == cell.lane);
    lane.map(name).unwrap_or_default()
}

/// A value of a table. A spreadsheet that opens the file must not take it for a formula, so one that begins like a formula
/// gets an apostrophe before it. Numbers of ours are written as they are.
fn safe(value: &str) -> String {
    let risky = value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if risky {
        format!("'{value}")
    } else {
        value.to_owned()
    }
}

fn line(values: &[String]) -> String {
    let mut text = String::new();
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        if value.contains(['"', ',', '\n', '\r', ';', '\t']) || value.starts_with(' ') || value.ends_with(' ')
        {
            // Writing to a String does not fail.
            let _ = write!(text, "\"{}\"", value.replace('"', "\"\""));
        } else {
            text.push_str(value);
        }
    }
    text.push_str("\r\n");
    text
}

/// The first line of the table: the names of its columns. A lane has eight, which begin with its number.
pub fn csv_head(batch: &Batch) -> String {
    let mut names = vec!["row".to_owned()];
    names.extend(batch.columns.iter().map(|column| safe(column)));
    let own = ["asked", "expected_answer", "conversation_id", "original_model"];
    names.extend(own.map(str::to_owned));
    for lane in &batch.models {
        let number = lane.lane + 1;
        names.push(format!("{number} {}", name(lane)));
        let parts = [
            "status",
            "error",
            "prompt_tokens",
            "completion_tokens",
            "cost",
            "latency_ms",
            "first_token_ms",
        ];
        names.extend(parts.map(|part| format!("{number} {part}")));
    }
    // With the mark by which spreadsheets know the encoding.
    format!("\u{feff}{}", line(&names))
}

/// A row of the table.
pub fn csv_row(batch: &Batch, row: &Row) -> String {
    let text = |value: &Option<String>| safe(value.as_deref().unwrap_or_default());
    let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    let mut values = vec![(row.position + 1).to_string()];
    for column in &batch.columns {
        let value = row
            .variables
            .as_ref()
            .and_then(|values| values[column.as_str()].as_str());
        values.push(safe(value.unwrap_or_default()));
    }
    values.extend([
        safe(&row.prompt),
        text(&row.expected),
        text(&row.conversation_id),
        text(&row.original_model),
    ]);
    for cell in &row.cells {
        values.extend([
            text(&cell.text),
            cell.status.as_str().to_owned(),
            safe(detail(cell).unwrap_or_default()),
            cell.prompt_tokens.to_string(),
            cell.completion_tokens.to_string(),
            format!("{:.6}", cell.cost_micros as f64 / 1e6),
            number(cell.latency_ms),
            number(cell.first_token_ms),
        ]);
    }
    line(&values)
}

fn detail(cell: &Cell) -> Option<&str> {
    let error = cell
        .error
        .as_ref()
        .filter(|_| cell.status == CellStatus::Failed)?;
    Some(error["detail"].as_str().unwrap_or("This cell failed."))
}

/// Tokens, times and what went wrong, in one line.
fn facts(cell: &Cell) -> String {
    let mut facts = Vec::new();
    if cell.status == CellStatus::Pending {
        facts.push("not answered yet".to_owned());
    }
    if cell.completion_tokens > 0 {
        facts.push(format!("{} tokens", cell.completion_tokens));
    }
    if let Some(first) = cell.first_token_ms {
        facts.push(format!("first token after {first} ms"));
    }
    if let Some(whole) = cell.latency_ms.filter(|_| cell.finished_at.is_some()) {
        facts.push(format!("{whole} ms in all"));
    }
    if cell.cost_micros > 0 {
        facts.push(format!("cost {:.6}", cell.cost_micros as f64 / 1e6));
    }
    facts.extend(detail(cell).map(str::to_owned));
    facts.join(" · ")
}

/// What an answer to compare with is called.
fn original(row: &Row) -> String {
    match &row.original_model {
        Some(model) => format!("Original answer ({model})"),
        None => "Expected".to_owned(),
    }
}

/// The beginning of the Markdown.
pub fn markdown_head(batch: &Batch) -> String {
    format!(
        "# {}\n\n_{}_ · {}\n\n",
        batch.name,
        batch.created_at,
        state(batch)
    )
}

/// How far it has come and what it has cost.
fn state(batch: &Batch) -> String {
    format!(
        "{} of {} answered, {} failed · cost {:.6}",
        batch.done,
        batch.cells,
        batch.failed,
        batch.cost_micros as f64 / 1e6
    )
}

/// The beginning of the PDF.
pub fn print_head(batch: &Batch, print: &mut Print) -> Result<(), Problem> {
    print.add(Part::Note(state(batch)))
}

/// A row of the PDF.
pub fn print_row(batch: &Batch, row: &Row, print: &mut Print) -> Result<(), Problem> {
    print.add(Part::Heading(1, (row.position + 1).to_string()))?;
    print.add(Part::Question(row.prompt.clone()))?;
    if let Some(expected) = &row.expected {
        print.add(Part::Heading(2, original(row)))?;
        print.add(Part::Markdown(expected.clone()))?;
    }
    for cell in &row.cells {
        print.add(Part::Heading(2, name_of(batch, cell)))?;
        print.add(Part::Markdown(cell.text.clone().unwrap_or_default()))?;
        print.add(Part::Note(facts(cell)))?;
    }
    Ok(())
}

/// A row in Markdown.
pub fn markdown_row(batch: &Batch, row: &Row) -> String {
    let mut text = format!("## {}\n\n{}\n\n", row.position + 1, quoted(&row.prompt));
    if let Some(expected) = &row.expected {
        // Writing to a String does not fail.
        let _ = write!(text, "### {}\n\n{expected}\n\n", original(row));
    }
    for cell in &row.cells {
        let _ = write!(text, "### {}\n\n", name_of(batch, cell));
        if let Some(answer) = cell.text.as_ref().filter(|answer| !answer.is_empty()) {
            let _ = write!(text, "{answer}\n\n");
        }
        let _ = write!(text, "{}\n\n", quoted(&facts(cell)));
    }
    text
}

/// The beginning of the page.
pub fn html_head(batch: &Batch) -> String {
    let title = escaped(&batch.name);
    format!(
        "<!doctype html>\n<html><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{PAGE_STYLE}</style></head><body>\n<h1>{title}</h1><p class=\"facts\">{} · {}</p>\n",
        batch.created_at,
        state(batch)
    )
}

/// A row of the page.
pub fn html_row(batch: &Batch, row: &Row) -> String {
    let mut text = format!(
        "<section><pre class=\"question\">{}</pre><div class=\"lanes\">",
        escaped(&row.prompt)
    );
    let mut article = |heading: &str, answer: &str, facts: &str| {
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "<article><h2>{}</h2><pre>{}</pre><p class=\"facts\">{}</p></article>",
            escaped(heading),
            escaped(answer),
            escaped(facts)
        );
    };
    if let Some(expected) = &row.expected {
        article(&original(row), expected, "");
    }
    for cell in &row.cells {
        let answer = cell.text.as_deref().unwrap_or_default();
        article(&name_of(batch, cell), answer, &facts(cell));
    }
    text.push_str("</div></section>\n");
    text
}

/// The end of the page.
pub const HTML_END: &str = "</body></html>\n";

/// The beginning of the JSON, up to its rows.
pub fn json_head(batch: &Value) -> String {
    format!("{{\"format\":\"stoa.batch.1\",\"batch\":{batch},\"rows\":[\n")
}

/// The end of the JSON.
pub const JSON_END: &str = "\n]}\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_of_a_table_is_a_formula_and_every_value_comes_back() {
        for (value, written) in [
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-1", "'-1"),
            ("@sum", "'@sum"),
            ("\t=1", "'\t=1"),
            ("＝1", "'＝1"),
            ("plain", "plain"),
            ("'quoted", "'quoted"),
            ("a=b", "a=b"),
        ] {
            assert_eq!(safe(value), written, "{value:?}");
        }
        let values = ["a,b", "say \"hi\"", "two\nlines", "", " padded ", "semi;colon"].map(str::to_owned);
        let written = line(&values);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(written.as_bytes());
        let read = reader.records().next().unwrap().unwrap();
        assert_eq!(read.iter().collect::<Vec<_>>(), values);
    }
}

//! The form for a document: tables of Markdown.

#![expect(
    clippy::format_push_string,
    reason = "made once a run; a write! whose result is thrown away says less"
)]

use crate::report::Report;
use crate::report::table::{self, number, right, used_columns};

/// Headings of the third level and tables, to stand inside a document.
pub(super) fn document(report: &Report) -> String {
    let mut text = String::new();
    for (name, line) in table::header(report) {
        text.push_str(&format!("- {name}: {}\n", cell(&line)));
    }
    for warning in &report.warnings {
        text.push_str(&format!("- warning: {}\n", cell(warning)));
    }
    for suite in &report.suites {
        text.push_str(&format!("\n### {} ({} s)\n", suite.name, number(suite.seconds)));
        for note in suite.notes.iter().map(String::as_str).chain(table::star(suite)) {
            text.push_str(&format!("\n{}\n", cell(note)));
        }
        for grid in table::grids(suite) {
            let used = used_columns(&grid);
            let line = |cells: Vec<&str>| {
                let cells: Vec<String> = cells.into_iter().map(cell).collect();
                format!("| {} |\n", cells.join(" | "))
            };
            text.push_str(&format!("\n{}:\n\n", grid.title));
            text.push_str(&line(used.iter().map(|&column| grid.columns[column]).collect()));
            let marks = used
                .iter()
                .map(|&column| if right(&grid, column) { "---:" } else { "---" });
            text.push_str(&line(marks.collect()));
            for row in &grid.rows {
                text.push_str(&line(used.iter().map(|&column| row[column].as_str()).collect()));
            }
        }
        if let Some(why) = &suite.failed {
            text.push_str(&format!("\nFailed: {}\n", cell(why)));
        }
    }
    text
}

/// Text inside a cell: a bar would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

//! The form for a browser: one page with its style and its charts inside, light or dark as the reader's system is.

#![expect(
    clippy::format_push_string,
    reason = "made once a run; a write! whose result is thrown away says less"
)]

use crate::report::table::{self, number, right, used_columns};
use crate::report::{Report, Suite, chart};

const STYLE: &str = "\
:root { color-scheme: light dark; --ground: #fff; --text: #1b1f24; --soft: #656d76; --line: #d0d7de; --bad: #b42318;
  --good: #1a7f37; --one: #2563eb; --two: #d97706; --three: #059669; --four: #9333ea; --five: #db2777 }
@media (prefers-color-scheme: dark) { :root { --ground: #14171b; --text: #e6e8eb; --soft: #9aa4af; --line: #343b44;
  --bad: #ff8f80; --good: #5fd38d; --one: #7aa7ff; --two: #f5b659; --three: #4fd1a5; --four: #c69cff; --five: #f58cc0 } }
body { background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto;
  max-width: 76rem; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.2rem; margin-top: 2.5rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem } dt { color: var(--soft) } dd { margin: 0 }
.scroll { overflow-x: auto; margin: 1rem 0 } table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums }
th, td { border-bottom: 1px solid var(--line); padding: .2rem .6rem; text-align: left; white-space: nowrap }
th { color: var(--soft); font-weight: 500 } td.n { text-align: right } .bad { color: var(--bad) } .good { color: var(--good) }
.note { color: var(--soft) } .charts { display: flex; flex-wrap: wrap; gap: 1.5rem }
figure { margin: 1rem 0 } figcaption { font-size: .85rem; color: var(--soft) }
svg { max-width: 100%; height: auto } svg text { fill: var(--text); font: 11px system-ui, sans-serif } svg .soft { fill: var(--soft) }
";

/// The page.
pub(super) fn page(report: &Report) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>stoa bench</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>stoa bench</h1>\n<dl>\n"
    );
    for (name, line) in table::header(report) {
        page.push_str(&format!("<dt>{name}</dt><dd>{}</dd>\n", escaped(&line)));
    }
    page.push_str("</dl>\n");
    for warning in &report.warnings {
        page.push_str(&format!("<p class=\"bad\">{}</p>\n", escaped(warning)));
    }
    for suite in &report.suites {
        section(&mut page, suite);
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn section(page: &mut String, suite: &Suite) {
    page.push_str(&format!(
        "<h2>{} <small class=\"note\">{} s</small></h2>\n",
        escaped(&suite.name),
        number(suite.seconds)
    ));
    for note in suite.notes.iter().map(String::as_str).chain(table::star(suite)) {
        page.push_str(&format!("<p class=\"note\">{}</p>\n", escaped(note)));
    }
    if let Some(why) = &suite.failed {
        page.push_str(&format!("<p class=\"bad\">Failed: {}</p>\n", escaped(why)));
    }
    let charts = chart::of(suite);
    if !charts.is_empty() {
        page.push_str("<div class=\"charts\">\n");
        for chart in &charts {
            page.push_str(chart);
        }
        page.push_str("</div>\n");
    }
    for grid in table::grids(suite) {
        let used = used_columns(&grid);
        page.push_str("<div class=\"scroll\"><table>\n<tr>");
        for &column in &used {
            page.push_str(&format!("<th>{}</th>", escaped(grid.columns[column])));
        }
        page.push_str("</tr>\n");
        for row in &grid.rows {
            page.push_str("<tr>");
            for &column in &used {
                let cell = &row[column];
                let class = if cell.ends_with("missed") {
                    " class=\"bad\""
                } else if cell.ends_with('✓') {
                    " class=\"good\""
                } else if right(&grid, column) {
                    " class=\"n\""
                } else {
                    ""
                };
                page.push_str(&format!("<td{class}>{}</td>", escaped(cell)));
            }
            page.push_str("</tr>\n");
        }
        page.push_str("</table></div>\n");
    }
}

/// Text that stands for itself.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

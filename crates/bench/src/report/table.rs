//! The figures as grids of text, from which all readable forms are made, and the form for a terminal.

#![expect(
    clippy::format_push_string,
    reason = "made once a run; a write! whose result is thrown away says less"
)]

use crate::report::{Report, Row, Spread, Suite, Target};

/// A table.
#[derive(Debug)]
pub(super) struct Grid {
    pub(super) title: &'static str,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

/// The tables of a suite; an empty one is left out.
pub(super) fn grids(suite: &Suite) -> Vec<Grid> {
    let load = Grid {
        title: "Under load",
        columns: vec![
            "case",
            "answer",
            "clients",
            "messages",
            "req/s",
            "of",
            "ratio (rounds)",
            "CPU ratio",
            "offered/s",
            "p50 ms",
            "p99 ms",
            "p999 ms",
            "CPU µs",
            "client µs",
            "SQL",
            "bytes",
            "RSS MB",
            "errors",
            "target",
        ],
        rows: suite.rows.iter().map(load_row).collect(),
    };
    let figures = Grid {
        title: "Figures",
        columns: vec!["figure", "value", "unit", "target"],
        rows: suite
            .figures
            .iter()
            .map(|figure| {
                vec![
                    figure.name.clone(),
                    number(figure.value),
                    figure.unit.clone(),
                    target(figure.target.as_ref()),
                ]
            })
            .collect(),
    };
    let pairs = Grid {
        title: "Without and with",
        columns: vec!["rows", "optimisation", "measured", "without", "with", "factor"],
        rows: suite
            .pairs
            .iter()
            .map(|pair| {
                vec![
                    pair.rows.clone(),
                    pair.what.clone(),
                    pair.unit.clone(),
                    number(pair.without),
                    number(pair.with),
                    format!("{}×", number(pair.factor)),
                ]
            })
            .collect(),
    };
    [load, figures, pairs]
        .into_iter()
        .filter(|grid| !grid.rows.is_empty())
        .collect()
}

fn load_row(row: &Row) -> Vec<String> {
    let shown = |value: Option<f64>| value.map(number).unwrap_or_default();
    let ms = |micros: Option<f64>| micros.map(|micros| number(micros / 1e3)).unwrap_or_default();
    let latency = row.latency.as_ref();
    let errors: Vec<String> = row
        .errors
        .iter()
        .map(|(kind, count)| format!("{count} × {kind}"))
        .collect();
    vec![
        row.case.clone(),
        row.variant.clone(),
        row.clients.to_string(),
        grouped(row.messages),
        shown(row.throughput),
        row.reference
            .as_ref()
            .map(|name| format!("{name}{}", if row.client_bound { " *" } else { "" }))
            .unwrap_or_default(),
        row.ratio.as_ref().map(spread).unwrap_or_default(),
        row.cpu_ratio
            .as_ref()
            .map(|ratio| format!("{:.2}", ratio.median))
            .unwrap_or_default(),
        shown(row.offered),
        ms(latency.map(|latency| latency.p50_us)),
        ms(latency.map(|latency| latency.p99_us)),
        ms(latency.map(|latency| latency.p999_us)),
        shown(row.server_cpu_us),
        shown(row.client_cpu_us),
        shown(row.statements),
        row.bytes.map(grouped).unwrap_or_default(),
        row.rss_bytes
            .map(|bytes| number(bytes as f64 / 1e6))
            .unwrap_or_default(),
        if errors.is_empty() {
            "0".to_owned()
        } else {
            errors.join(", ")
        },
        target(row.target.as_ref()),
    ]
}

fn spread(spread: &Spread) -> String {
    format!("{:.2} ({:.2}–{:.2})", spread.median, spread.low, spread.high)
}

fn target(target: Option<&Target>) -> String {
    target
        .map(|target| format!("{} {}", target.text, if target.kept { "✓" } else { "✗ missed" }))
        .unwrap_or_default()
}

/// Three digits that mean something, and thousands apart.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        "–".to_owned()
    } else if size >= 100.0 {
        let whole = grouped(size.round() as u64);
        if value < 0.0 { format!("-{whole}") } else { whole }
    } else if size >= 10.0 {
        trimmed(format!("{value:.1}"))
    } else if size >= 1.0 {
        trimmed(format!("{value:.2}"))
    } else {
        trimmed(format!("{value:.3}"))
    }
}

fn trimmed(text: String) -> String {
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// 1,234,567
pub(super) fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What stands above the tables: what was measured, where, and how the process itself is.
pub(super) fn header(report: &Report) -> Vec<(&'static str, String)> {
    let machine = &report.machine;
    let commit = report
        .commit
        .as_ref()
        .map(|commit| format!(", commit {commit}"))
        .unwrap_or_default();
    let mut lines = vec![
        (
            "measured",
            format!(
                "Stoa {}{commit}, {} build, {}",
                report.version, report.build, report.made_at
            ),
        ),
        ("command", report.command.clone()),
        (
            "machine",
            format!(
                "{} cores, {}, {} GB, {}; load {:.2} at the start; {}",
                machine.cores,
                machine.cpu,
                number(machine.memory_bytes as f64 / 1e9),
                machine.kernel,
                machine.load_at_start,
                if machine.split_cores {
                    "servers on the first half of the cores, clients on the second"
                } else {
                    "servers and clients on the same cores"
                }
            ),
        ),
    ];
    if let Some(footprint) = &report.footprint {
        let mb = |bytes: u64| number(bytes as f64 / 1e6);
        lines.push((
            "process",
            format!(
                "ready in {} ms, {} MB resident when idle, binary {} MB; database of {} messages {} MB",
                number(footprint.ready_ms),
                mb(footprint.idle_rss_bytes),
                mb(footprint.binary_bytes),
                grouped(footprint.messages),
                mb(footprint.database_bytes)
            ),
        ));
    }
    lines
}

/// What the star means, where there is one.
pub(super) fn star(suite: &Suite) -> Option<&'static str> {
    suite.rows.iter().any(|row| row.client_bound).then_some(
        "* The reference was faster than the client can ask: read the CPU ratio; the target is held against the lower one.",
    )
}

/// The form for a terminal.
pub(super) fn text(report: &Report) -> String {
    let mut text = String::new();
    for (name, line) in header(report) {
        text.push_str(&format!("{name:<9} {line}\n"));
    }
    for warning in &report.warnings {
        text.push_str(&format!("warning   {warning}\n"));
    }
    for suite in &report.suites {
        text.push_str(&format!("\n== {} ({} s)\n", suite.name, number(suite.seconds)));
        for note in suite.notes.iter().map(String::as_str).chain(star(suite)) {
            text.push_str(&format!("   {note}\n"));
        }
        for grid in grids(suite) {
            text.push('\n');
            text.push_str(&aligned(&grid));
        }
        if let Some(why) = &suite.failed {
            text.push_str(&format!("   FAILED: {why}\n"));
        }
    }
    text
}

/// Columns as wide as their widest cell; a column without a single value is left out.
fn aligned(grid: &Grid) -> String {
    let used = used_columns(grid);
    let widths: Vec<usize> = used
        .iter()
        .map(|&column| {
            let cells = grid.rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0).max(grid.columns[column].chars().count())
        })
        .collect();
    let rights: Vec<bool> = used.iter().map(|&column| right(grid, column)).collect();
    let line = |cells: Vec<&str>| {
        let padded: Vec<String> = cells
            .iter()
            .zip(widths.iter().zip(&rights))
            .map(|(cell, (width, right))| {
                let space = " ".repeat(width - cell.chars().count());
                if *right {
                    format!("{space}{cell}")
                } else {
                    format!("{cell}{space}")
                }
            })
            .collect();
        format!("   {}\n", padded.join("  ").trim_end())
    };
    let mut text = line(used.iter().map(|&column| grid.columns[column]).collect());
    for row in &grid.rows {
        text.push_str(&line(used.iter().map(|&column| row[column].as_str()).collect()));
    }
    text
}

/// The columns in which some row has something.
pub(super) fn used_columns(grid: &Grid) -> Vec<usize> {
    (0..grid.columns.len())
        .filter(|&column| grid.rows.iter().any(|row| !row[column].is_empty()))
        .collect()
}

/// Whether a column holds numbers, which stand at the right.
pub(super) fn right(grid: &Grid, column: usize) -> bool {
    grid.rows
        .iter()
        .all(|row| row[column].is_empty() || numeric(&row[column]))
}

fn numeric(cell: &str) -> bool {
    cell.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && cell.chars().all(|c| c.is_ascii_digit() || ",.-×".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_that_mean_something() {
        let shown: Vec<String> = [0.0, 0.012_34, 1.5, 12.34, 123.4, 1_234_567.0, -250.0, f64::NAN]
            .into_iter()
            .map(number)
            .collect();
        assert_eq!(
            shown,
            ["0", "0.012", "1.5", "12.3", "123", "1,234,567", "-250", "–"]
        );
    }
}

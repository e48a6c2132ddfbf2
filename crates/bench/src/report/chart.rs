//! Charts as inline SVG: bars for ratios and factors, lines for what grows with clients or rows. Their colours are the
//! page's, so that they are light or dark with it.

#![expect(
    clippy::format_push_string,
    reason = "made once a run; a write! whose result is thrown away says less"
)]

use std::collections::BTreeMap;

use crate::report::html::escaped;
use crate::report::table::{grouped, number};
use crate::report::{Row, Suite};

const WIDTH: f64 = 620.0;
const COLOURS: [&str; 5] = ["--one", "--two", "--three", "--four", "--five"];

/// The charts of a suite.
pub(super) fn of(suite: &Suite) -> Vec<String> {
    let mut charts = Vec::new();
    let ratios: Vec<(String, f64)> = suite
        .rows
        .iter()
        .filter_map(|row| {
            let ratio = row.ratio.as_ref()?;
            let name = format!("{}, {}, {} clients", row.case, row.variant, row.clients);
            Some((name, ratio.median))
        })
        .collect();
    if !ratios.is_empty() {
        charts.push(bars(
            "Throughput as a part of the reference's",
            &ratios,
            Some(1.0),
        ));
    }
    let pairs: Vec<(String, f64)> = suite
        .pairs
        .iter()
        .map(|pair| (pair.what.clone(), pair.factor))
        .collect();
    if !pairs.is_empty() {
        charts.push(bars(
            "How many times better with the optimisation",
            &pairs,
            Some(1.0),
        ));
    }
    charts.extend(lines(
        suite,
        "p99 in ms by clients at once",
        |row| row.messages,
        |row| row.clients as f64,
    ));
    charts.extend(lines(
        suite,
        "p99 in ms by messages in the database",
        |row| row.clients as u64,
        |row| row.messages as f64,
    ));
    charts
}

/// Horizontal bars; a thin line where `mark` lies.
fn bars(title: &str, values: &[(String, f64)], mark: Option<f64>) -> String {
    let left = 300.0;
    let most = values
        .iter()
        .map(|(_, value)| *value)
        .chain(mark)
        .filter(|value| value.is_finite())
        .fold(0.0, f64::max)
        .max(f64::MIN_POSITIVE);
    let scale = (WIDTH - left - 60.0) / most;
    let height = values.len() as f64 * 18.0 + 10.0;
    let mut svg = open(title, height);
    for (index, (name, value)) in values.iter().enumerate() {
        let y = index as f64 * 18.0 + 5.0;
        let width = if value.is_finite() { value * scale } else { 0.0 };
        svg.push_str(&format!(
            "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\" class=\"soft\">{}</text>\
             <rect x=\"{left}\" y=\"{y:.0}\" width=\"{width:.1}\" height=\"13\" rx=\"2\" fill=\"var(--one)\"/>\
             <text x=\"{:.1}\" y=\"{:.0}\">{}</text>\n",
            left - 6.0,
            y + 11.0,
            escaped(&shortened(name)),
            left + width + 5.0,
            y + 11.0,
            number(*value)
        ));
    }
    if let Some(mark) = mark {
        let x = left + mark * scale;
        svg.push_str(&format!(
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{height:.0}\" stroke=\"var(--soft)\" stroke-dasharray=\"3 3\"/>\n"
        ));
    }
    close(svg, title)
}

/// Lines of p99 over something, one for each case and variant that was measured at more than one place; both axes are
/// logarithmic. `same` is what the points of a line share; the group with the most points is drawn.
fn lines(
    suite: &Suite,
    title: &str,
    same: impl Fn(&Row) -> u64,
    along: impl Fn(&Row) -> f64,
) -> Option<String> {
    let mut groups: BTreeMap<u64, BTreeMap<String, Vec<(f64, f64)>>> = BTreeMap::new();
    for row in &suite.rows {
        if let Some(latency) = &row.latency {
            let name = format!("{}, {}", row.case, row.variant);
            let line = groups.entry(same(row)).or_default().entry(name).or_default();
            line.push((along(row).max(1.0), (latency.p99_us / 1e3).max(0.01)));
        }
    }
    let mut group = groups
        .into_values()
        .max_by_key(|group| group.values().map(Vec::len).sum::<usize>())?;
    group.retain(|_, line| line.len() > 1 && line.iter().any(|point| (point.0 - line[0].0).abs() > 0.5));
    let points: Vec<(f64, f64)> = group.values().flatten().copied().collect();
    if points.is_empty() {
        return None;
    }
    let range = |of: fn(&(f64, f64)) -> f64| {
        let values = points.iter().map(of);
        values.fold((f64::MAX, f64::MIN), |(low, high), value| {
            (low.min(value.ln()), high.max(value.ln()))
        })
    };
    let ((x_low, x_high), (y_low, y_high)) = (range(|point| point.0), range(|point| point.1));
    let height = 220.0 + group.len() as f64 * 14.0;
    let x = |value: f64| 50.0 + (value.ln() - x_low) / (x_high - x_low).max(0.1) * (WIDTH - 80.0);
    let y = |value: f64| 190.0 - (value.ln() - y_low) / (y_high - y_low).max(0.1) * 170.0;
    let mut svg = open(title, height);
    for (anchor, value) in [("start", x_low.exp()), ("end", x_high.exp())] {
        svg.push_str(&format!(
            "<text x=\"{:.0}\" y=\"208\" text-anchor=\"{anchor}\" class=\"soft\">{}</text>\n",
            x(value),
            grouped(value.round() as u64)
        ));
    }
    for value in [y_low.exp(), y_high.exp()] {
        svg.push_str(&format!(
            "<text x=\"44\" y=\"{:.0}\" text-anchor=\"end\" class=\"soft\">{}</text>\n",
            y(value) + 4.0,
            number(value)
        ));
    }
    for (index, (name, line)) in group.iter_mut().enumerate() {
        line.sort_by(|one, other| one.0.total_cmp(&other.0));
        let colour = COLOURS[index % COLOURS.len()];
        let path: Vec<String> = line
            .iter()
            .map(|(at, value)| format!("{:.1},{:.1}", x(*at), y(*value)))
            .collect();
        let legend = 222.0 + index as f64 * 14.0;
        svg.push_str(&format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"var({colour})\" stroke-width=\"2\"/>\
             <rect x=\"50\" y=\"{legend:.0}\" width=\"10\" height=\"10\" fill=\"var({colour})\"/>\
             <text x=\"66\" y=\"{:.0}\">{}</text>\n",
            path.join(" "),
            legend + 9.0,
            escaped(name)
        ));
    }
    Some(close(svg, title))
}

fn open(title: &str, height: f64) -> String {
    format!(
        "<figure><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height:.0}\" viewBox=\"0 0 {WIDTH} {height:.0}\" \
         role=\"img\" aria-label=\"{}\">\n",
        escaped(title)
    )
}

fn close(svg: String, title: &str) -> String {
    format!(
        "{svg}</svg><figcaption>{}</figcaption></figure>\n",
        escaped(title)
    )
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 46 {
        return text.to_owned();
    }
    let start: String = text.chars().take(45).collect();
    format!("{start}…")
}

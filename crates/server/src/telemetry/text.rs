//! Prometheus' text exposition format, version 0.0.4.
//!
//! Written here and not by a crate: the crates that write it want to own the counters, and ours are where they are counted.
//! What is left is thirty lines, which a test reads back with a strict parser.

use std::fmt::Write as _;

use super::family::{Family, Kind, Series, Value};

/// Its content type.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The families as text. A family without measurements is left out.
pub fn write(families: &[Family]) -> String {
    let mut out = String::with_capacity(64 * 1024);
    for family in families.iter().filter(|family| !family.series.is_empty()) {
        let kind = match family.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
            Kind::Summary => "summary",
        };
        // Writing to a String does not fail.
        let _ = write!(
            out,
            "# HELP {0} {1}\n# TYPE {0} {kind}\n",
            family.name, family.help
        );
        for series in &family.series {
            write_series(&mut out, family.name, series);
        }
    }
    out
}

fn write_series(out: &mut String, name: &str, series: &Series) {
    match &series.value {
        Value::Number(number) => line(out, name, "", &series.labels, None, *number),
        Value::Sum { count, sum } => {
            line(out, name, "_sum", &series.labels, None, *sum);
            line(out, name, "_count", &series.labels, None, *count as f64);
        }
        Value::Buckets {
            bounds,
            at_most,
            count,
            sum,
        } => {
            for (bound, number) in bounds.iter().zip(at_most) {
                let bound = bound.to_string();
                line(out, name, "_bucket", &series.labels, Some(&bound), *number as f64);
            }
            line(out, name, "_bucket", &series.labels, Some("+Inf"), *count as f64);
            line(out, name, "_sum", &series.labels, None, *sum);
            line(out, name, "_count", &series.labels, None, *count as f64);
        }
    }
}

fn line(
    out: &mut String,
    name: &str,
    suffix: &str,
    labels: &[(&'static str, String)],
    bound: Option<&str>,
    number: f64,
) {
    out.push_str(name);
    out.push_str(suffix);
    let bound = bound.map(|bound| ("le", bound));
    let labels = labels
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .chain(bound);
    let mut separator = '{';
    for (name, value) in labels {
        let _ = write!(out, "{separator}{name}=\"");
        for character in value.chars() {
            match character {
                '\\' => out.push_str("\\\\"),
                '"' => out.push_str("\\\""),
                '\n' => out.push_str("\\n"),
                other => out.push(other),
            }
        }
        out.push('"');
        separator = ',';
    }
    if separator == ',' {
        out.push('}');
    }
    let _ = writeln!(out, " {number}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_written_as_prometheus_reads_it() {
        let mut calls = Family::new(Kind::Counter, "calls_total", "Calls.");
        calls.add(&[("model", "a\"b\\c\nd"), ("outcome", "ok")], 3.0);
        let mut times = Family::new(Kind::Histogram, "times_seconds", "Times.");
        let value = Value::Buckets {
            bounds: &[0.005, 1.0],
            at_most: vec![1, 2],
            count: 3,
            sum: 4.5,
        };
        times.push(&[], value);
        let none = Family::new(Kind::Gauge, "none", "Nothing to say.");
        let text = write(&[calls, none, times, Family::new(Kind::Gauge, "up", "Up.").of(0.1)]);
        assert_eq!(
            text,
            "# HELP calls_total Calls.\n# TYPE calls_total counter\n\
             calls_total{model=\"a\\\"b\\\\c\\nd\",outcome=\"ok\"} 3\n\
             # HELP times_seconds Times.\n# TYPE times_seconds histogram\n\
             times_seconds_bucket{le=\"0.005\"} 1\ntimes_seconds_bucket{le=\"1\"} 2\n\
             times_seconds_bucket{le=\"+Inf\"} 3\ntimes_seconds_sum 4.5\ntimes_seconds_count 3\n\
             # HELP up Up.\n# TYPE up gauge\nup 0.1\n"
        );
    }
}

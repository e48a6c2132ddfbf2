//! The families of metrics as OpenTelemetry's messages: sums and histograms since the start of the process.

use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, Sum, Summary,
    SummaryDataPoint,
};

use super::attribute;
use crate::telemetry::family::{Family, Kind, Series, Value};

/// The beginning of the process and this moment, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub start: u64,
    pub now: u64,
}

/// The families as metrics. Those without measurements are left out.
pub(super) fn of(families: &[Family], span: Span) -> Vec<Metric> {
    let told = families.iter().filter(|family| !family.series.is_empty());
    told.map(|family| metric(family, span)).collect()
}

fn metric(family: &Family, span: Span) -> Metric {
    let cumulative = AggregationTemporality::Cumulative as i32;
    let data = match family.kind {
        Kind::Counter => Data::Sum(Sum {
            data_points: numbers(family, span),
            aggregation_temporality: cumulative,
            is_monotonic: true,
        }),
        Kind::Gauge => Data::Gauge(Gauge {
            data_points: numbers(family, span),
        }),
        Kind::Histogram => Data::Histogram(Histogram {
            data_points: family
                .series
                .iter()
                .filter_map(|series| buckets(series, span))
                .collect(),
            aggregation_temporality: cumulative,
        }),
        Kind::Summary => Data::Summary(Summary {
            data_points: family
                .series
                .iter()
                .filter_map(|series| summed(series, span))
                .collect(),
        }),
    };
    // A collector that writes Prometheus' format adds the ending again.
    let name = family.name.strip_suffix("_total").unwrap_or(family.name);
    let unit = match name {
        name if name.ends_with("_seconds") => "s",
        name if name.ends_with("_bytes") => "By",
        _ => "1",
    };
    Metric {
        name: name.to_owned(),
        description: family.help.to_owned(),
        unit: unit.to_owned(),
        data: Some(data),
        ..Metric::default()
    }
}

fn attributes(series: &Series) -> Vec<opentelemetry_proto::tonic::common::v1::KeyValue> {
    let labels = series.labels.iter();
    labels.map(|(name, value)| attribute::text(name, value)).collect()
}

fn numbers(family: &Family, span: Span) -> Vec<NumberDataPoint> {
    let numbers = family.series.iter().filter_map(|series| match series.value {
        Value::Number(number) => Some((series, number)),
        _ => None,
    });
    numbers
        .map(|(series, number)| NumberDataPoint {
            attributes: attributes(series),
            start_time_unix_nano: span.start,
            time_unix_nano: span.now,
            value: Some(Number::AsDouble(number)),
            ..NumberDataPoint::default()
        })
        .collect()
}

fn buckets(series: &Series, span: Span) -> Option<HistogramDataPoint> {
    let Value::Buckets {
        bounds,
        at_most,
        count,
        sum,
    } = &series.value
    else {
        return None;
    };
    // Ours add up from below; these count each bucket for itself, the last one beyond all bounds.
    let mut below = 0;
    let mut bucket_counts: Vec<u64> = at_most
        .iter()
        .map(|up_to| {
            let here = up_to.saturating_sub(below);
            below = *up_to;
            here
        })
        .collect();
    bucket_counts.push(count.saturating_sub(below));
    Some(HistogramDataPoint {
        attributes: attributes(series),
        start_time_unix_nano: span.start,
        time_unix_nano: span.now,
        count: *count,
        sum: Some(*sum),
        bucket_counts,
        explicit_bounds: bounds.to_vec(),
        ..HistogramDataPoint::default()
    })
}

fn summed(series: &Series, span: Span) -> Option<SummaryDataPoint> {
    let Value::Sum { count, sum } = series.value else {
        return None;
    };
    Some(SummaryDataPoint {
        attributes: attributes(series),
        start_time_unix_nano: span.start,
        time_unix_nano: span.now,
        count,
        sum,
        ..SummaryDataPoint::default()
    })
}

//! A request as spans: the server's, and below it the parts that were measured anyway, with the attributes of
//! OpenTelemetry's semantic conventions.

use std::time::Duration;

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use sql::{Kind, Record, Time};

use super::attribute::{self, text};
use crate::performance::{Observation, Part, Trace, records};
use crate::telemetry::context::Context;

/// The spans of a request that has just been answered.
pub(super) fn of(
    context: &Context,
    route: &str,
    observation: &Observation<'_>,
    database: Kind,
    now: Time,
) -> Vec<Span> {
    let end = nanos(now);
    let begin = end.saturating_sub(duration_nanos(observation.took));
    let mut spans = vec![server(context, route, observation, begin, end)];
    let child = |name: String, kind: SpanKind, offset: Duration, took: Duration| Span {
        trace_id: context.trace_id.to_vec(),
        span_id: rand::random::<[u8; 8]>().to_vec(),
        parent_span_id: context.span_id.to_vec(),
        name,
        kind: kind as i32,
        start_time_unix_nano: begin + duration_nanos(offset),
        end_time_unix_nano: begin + duration_nanos(offset + took),
        ..Span::default()
    };
    for part in observation.trace.map(Trace::spans).unwrap_or_default() {
        let took = part
            .took
            .unwrap_or_else(|| observation.took.saturating_sub(part.offset));
        let kind = match part.part {
            Part::Model | Part::ModelFirst => SpanKind::Client,
            _ => SpanKind::Internal,
        };
        spans.push(child(part.part.word().to_owned(), kind, part.offset, took));
    }
    let began = observation.trace.map(Trace::began);
    let ran = observation
        .meter
        .map(|meter| records(meter, began))
        .unwrap_or_default();
    for record in &ran {
        let offset = Duration::from_micros(record.offset_micros);
        let took = Duration::from_micros(record.wait_micros + record.micros + record.after_micros);
        let mut span = child(record.name.to_owned(), SpanKind::Client, offset, took);
        statement(&mut span, record, database);
        spans.push(span);
    }
    spans
}

fn server(context: &Context, route: &str, observation: &Observation<'_>, begin: u64, end: u64) -> Span {
    let status = observation.status.as_u16();
    let mut attributes = vec![
        text("http.request.method", observation.method.as_str()),
        text("http.route", route),
        text("url.path", observation.path),
        text("url.scheme", "http"),
        attribute::int("http.response.status_code", i64::from(status)),
        text("stoa.request_id", observation.request_id),
    ];
    if let Some(bytes) = observation.bytes {
        attributes.push(attribute::int("http.response.body.size", bytes as i64));
    }
    if let Some(word) = observation.cache.word() {
        attributes.push(text("stoa.cache", word));
    }
    let failed = observation.status.is_server_error();
    if failed {
        attributes.push(text("error.type", observation.status.as_str()));
    }
    Span {
        trace_id: context.trace_id.to_vec(),
        span_id: context.span_id.to_vec(),
        parent_span_id: context.parent_id.map(|id| id.to_vec()).unwrap_or_default(),
        name: format!("{} {route}", observation.method),
        kind: SpanKind::Server as i32,
        start_time_unix_nano: begin,
        end_time_unix_nano: end,
        attributes,
        status: failed.then(|| Status {
            message: String::new(),
            code: StatusCode::Error as i32,
        }),
        ..Span::default()
    }
}

fn statement(span: &mut Span, record: &Record, database: Kind) {
    let system = match database {
        Kind::Sqlite => "sqlite",
        Kind::Postgres => "postgresql",
    };
    span.attributes = vec![
        text("db.system.name", system),
        // Never the text: its name says which it is, and values are nobody's business.
        text("db.query.summary", record.name),
        attribute::int("db.response.returned_rows", record.rows as i64),
        attribute::int("stoa.wait_micros", record.wait_micros as i64),
    ];
    if record.failed {
        span.status = Some(Status {
            message: String::new(),
            code: StatusCode::Error as i32,
        });
    }
}

fn nanos(time: Time) -> u64 {
    u64::try_from(time.micros()).unwrap_or(0).saturating_mul(1_000)
}

fn duration_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

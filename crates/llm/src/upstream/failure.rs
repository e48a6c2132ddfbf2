//! What an upstream says when it fails: error bodies of every dialect, statuses, and when to come back.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::Error;

/// Most characters of an upstream's message that are kept.
const MESSAGE_CHARS_MAX: usize = 1000;

/// A failure in the upstream's own words.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The HTTP status, or the one that stands for an error inside a stream.
    pub status: u16,
    /// What it says.
    pub message: String,
    /// Its codes and types, joined, lower case: what the kind is decided by.
    labels: String,
    /// When to come back.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// Reads the body of an answer that is not a success.
    pub(crate) fn read(status: u16, body: &[u8]) -> Self {
        if let Ok(value) = serde_json::from_slice::<Value>(body) {
            return Self::from_value(Some(status), &value);
        }
        let text = String::from_utf8_lossy(body);
        let text = text.trim();
        let message = if text.is_empty() || text.starts_with('<') {
            // A proxy's page of HTML says less than the status.
            let reason = reqwest::StatusCode::from_u16(status)
                .ok()
                .and_then(|status| status.canonical_reason());
            reason.unwrap_or("no explanation").to_owned()
        } else {
            shorten(text)
        };
        Self {
            status,
            message,
            labels: String::new(),
            retry_after: None,
        }
    }

    /// Reads an error that came inside a stream whose status was a success.
    pub(crate) fn in_band(value: &Value) -> Self {
        Self::from_value(None, value)
    }

    fn from_value(status: Option<u16>, value: &Value) -> Self {
        // Gemini wraps the object in a list when it was not asked for events.
        let value = value.as_array().and_then(|list| list.first()).unwrap_or(value);
        let error = value
            .get("error")
            .filter(|error| !error.is_null())
            .unwrap_or(value);
        let message = message_of(error)
            .or_else(|| message_of(value))
            .unwrap_or_else(|| shorten(&error.to_string()));
        let mut labels = String::new();
        for field in ["type", "code", "status", "reason"] {
            if let Some(label) = error.get(field).and_then(Value::as_str) {
                labels.push_str(&label.to_lowercase());
                labels.push(' ');
            }
        }
        let details = error
            .get("details")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let mut retry_after = None;
        for detail in details {
            if let Some(reason) = detail.get("reason").and_then(Value::as_str) {
                labels.push_str(&reason.to_lowercase());
                labels.push(' ');
            }
            let delay = detail
                .get("retryDelay")
                .and_then(Value::as_str)
                .and_then(|text| text.strip_suffix('s'));
            retry_after = retry_after.or(delay.and_then(seconds));
        }
        let own = ["code", "status", "http_status"]
            .iter()
            .filter_map(|field| error.get(field))
            .find_map(as_status);
        let status = status.or(own).unwrap_or_else(|| status_of(&labels));
        Self {
            status,
            message,
            labels,
            retry_after,
        }
    }

    /// The error that callers see.
    pub(crate) fn into_error(self, upstream: &str) -> Error {
        let Self {
            status,
            message,
            labels,
            retry_after,
        } = self;
        let lower = message.to_lowercase();
        let said = |phrases: &[&str]| phrases.iter().any(|phrase| lower.contains(phrase));
        let labelled = |words: &[&str]| words.iter().any(|word| labels.contains(word));
        if labelled(&["insufficient_quota", "billing_error"])
            || said(&["credit balance is too low", "insufficient credits"])
        {
            return Error::QuotaExhausted(message);
        }
        if status < 500 && status != 429 {
            if labelled(&["context_length_exceeded", "exceed_context_size"]) || said(CONTEXT_PHRASES) {
                return Error::ContextTooLong(message);
            }
            if labelled(&[
                "content_policy",
                "content_filter",
                "responsibleaipolicy",
                "data_inspection_failed",
            ]) {
                return Error::Refused(message);
            }
            if labelled(&["model_not_found", "model_not_exist"]) {
                return Error::NotFound(message);
            }
            if labelled(&["invalid_api_key", "api_key_invalid", "api_key_expired"])
                || said(&["api key not valid"])
            {
                return Error::Authentication(message);
            }
        }
        Error::from_status(upstream, status, message, retry_after)
    }
}

/// How upstreams say that a conversation does not fit; most of them send no code for it.
const CONTEXT_PHRASES: &[&str] = &[
    "maximum context length",
    "context_length_exceeded",
    "context length exceeded",
    "context window",
    "prompt is too long",
    "exceed context limit",
    "exceeds the available context size",
    "input token count",
    "input is too long",
    "too many tokens",
    "reduce the length of the messages",
];

/// The first text that explains something.
fn message_of(value: &Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(shorten(text));
    }
    let text = ["message", "detail", "error_description", "msg", "error"]
        .iter()
        .find_map(|field| match value.get(field)? {
            Value::String(text) => Some(text.clone()),
            // FastAPI's list of what is wrong.
            Value::Array(items) => {
                let texts: Vec<&str> = items
                    .iter()
                    .filter_map(|item| item.get("msg").and_then(Value::as_str))
                    .collect();
                (!texts.is_empty()).then(|| texts.join("; "))
            }
            _ => None,
        })?;
    // OpenRouter says only "Provider returned error" and keeps the provider's words beside it.
    let raw = value.pointer("/metadata/raw").and_then(Value::as_str);
    Some(shorten(&raw.map_or(text.clone(), |raw| format!("{text}: {raw}"))))
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MESSAGE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn as_status(value: &Value) -> Option<u16> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u16::try_from(number)
        .ok()
        .filter(|status| (400..600).contains(status))
}

/// The status that a type of error stands for when it comes inside a stream.
fn status_of(labels: &str) -> u16 {
    let table: [(&[&str], u16); 8] = [
        (&["overloaded"], 529),
        (&["rate_limit", "resource_exhausted", "too_many_requests"], 429),
        (&["authentication", "unauthenticated", "invalid_api_key"], 401),
        (&["permission"], 403),
        (&["not_found"], 404),
        (&["request_too_large"], 413),
        (&["timeout", "deadline_exceeded"], 504),
        (
            &[
                "invalid_request",
                "invalid_argument",
                "bad_request",
                "context_length",
                "content_filter",
            ],
            400,
        ),
    ];
    table
        .iter()
        .find(|(words, _)| words.iter().any(|word| labels.contains(word)))
        .map_or(500, |(_, status)| *status)
}

/// When an answer's headers say to come back.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
    };
    if let Some(millis) = text("retry-after-ms").and_then(|text| text.parse::<f64>().ok()) {
        return Duration::try_from_secs_f64(millis / 1000.0).ok();
    }
    let after = text("retry-after")?;
    // A date is taken against the answer's own date: no clock of ours has to agree with the upstream's.
    seconds(after).or_else(|| {
        Some(Duration::from_secs(
            http_date(after)?.saturating_sub(http_date(text("date")?)?),
        ))
    })
}

fn seconds(text: &str) -> Option<Duration> {
    text.parse::<f64>()
        .ok()
        .and_then(|number| Duration::try_from_secs_f64(number).ok())
}

/// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may send.
fn http_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut words = text.split_once(", ")?.1.split(' ');
    let day: u64 = words.next()?.parse().ok()?;
    let month_name = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month_name)? as u64 + 1;
    let year: u64 = words
        .next()?
        .parse()
        .ok()
        .filter(|year| (1970..10_000).contains(year))?;
    let mut time = words.next()?.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    // Days since 1970 with the year counted from March, so that the leap day is its last.
    let (shifted_year, shifted_month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * shifted_year + shifted_year / 4 - shifted_year / 100
        + shifted_year / 400
        + (153 * shifted_month + 2) / 5
        + day;
    let days = days.checked_sub(719_469)?;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    /// The kind and message that a status and body become.
    fn kind(status: u16, body: &str) -> String {
        let error = Failure::read(status, body.as_bytes()).into_error("Up");
        format!("{}: {error}", error.code())
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn bodies_of_every_dialect() {
        let table = [
            (
                401,
                r#"{"error":{"message":"Incorrect API key","type":"invalid_request_error","code":"invalid_api_key"}}"#,
                "upstream_authentication: authentication failed: Incorrect API key",
            ),
            (
                400,
                r#"{"error":{"message":"This model's maximum context length is 8192 tokens","code":"context_length_exceeded"}}"#,
                "context_length_exceeded: context too long: This model's maximum context length is 8192 tokens",
            ),
            (
                400,
                r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}"#,
                "context_length_exceeded: context too long: the request exceeds the available context size",
            ),
            (
                429,
                r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota"}}"#,
                "insufficient_quota: quota exhausted: You exceeded your current quota",
            ),
            (
                429,
                r#"{"error":{"message":"Slow down","type":"rate_limit_error"}}"#,
                "rate_limit_exceeded: rate limited: Slow down",
            ),
            (
                404,
                r#"{"error":"model 'x' not found"}"#,
                "model_not_found: not found: model 'x' not found",
            ),
            (
                422,
                r#"{"detail":[{"loc":["body"],"msg":"field required"},{"msg":"too short"}]}"#,
                "invalid_request: bad request: field required; too short",
            ),
            (
                400,
                r#"{"object":"error","message":"bad temperature","type":"BadRequestError","code":400}"#,
                "invalid_request: bad request: bad temperature",
            ),
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 > 8"}}"#,
                "context_length_exceeded: context too long: prompt is too long: 9 > 8",
            ),
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}"#,
                "insufficient_quota: quota exhausted: Your credit balance is too low",
            ),
            (
                529,
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                "upstream_error: Up answered 529: Overloaded",
            ),
            (
                400,
                r#"[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}]"#,
                "upstream_authentication: authentication failed: API key not valid.",
            ),
            (
                502,
                r#"{"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"boom"}}}"#,
                "upstream_error: Up answered 502: Provider returned error: boom",
            ),
            (
                400,
                r#"{"error":{"message":"flagged","code":"content_policy_violation"}}"#,
                "content_filter: refused: flagged",
            ),
            (
                402,
                r#"{"error":{"message":"Insufficient credits","code":402}}"#,
                "insufficient_quota: quota exhausted: Insufficient credits",
            ),
            (
                503,
                "<html>nginx</html>",
                "upstream_error: Up answered 503: Service Unavailable",
            ),
            (500, "plain words", "upstream_error: Up answered 500: plain words"),
            (500, "", "upstream_error: Up answered 500: Internal Server Error"),
        ];
        for (status, body, expected) in table {
            assert_eq!(kind(status, body), expected, "{body}");
        }
    }

    #[test]
    fn errors_inside_a_stream_find_their_status() {
        let table = [
            (
                r#"{"error":{"message":"slow","code":429}}"#,
                "rate_limit_exceeded",
            ),
            (
                r#"{"type":"error","error":{"type":"overloaded_error","message":"busy"}}"#,
                "upstream_error",
            ),
            (
                r#"{"error":{"message":"who","type":"authentication_error"}}"#,
                "upstream_authentication",
            ),
            (
                r#"{"error":{"code":503,"message":"model overloaded","status":"UNAVAILABLE"}}"#,
                "upstream_error",
            ),
            (r#"{"error":"anything"}"#, "upstream_error"),
        ];
        for (body, expected) in table {
            let error = Failure::in_band(&serde_json::from_str(body).unwrap()).into_error("Up");
            assert_eq!(error.code(), expected, "{body}");
        }
    }

    #[test]
    fn when_to_come_back() {
        type Headers = &'static [(&'static str, &'static str)];
        let table: [(Headers, Option<f64>); 8] = [
            (&[("retry-after", "7")], Some(7.0)),
            (&[("retry-after", "1.5")], Some(1.5)),
            (&[("retry-after-ms", "250"), ("retry-after", "1")], Some(0.25)),
            (
                &[
                    ("retry-after", "Wed, 21 Oct 2026 07:28:30 GMT"),
                    ("date", "Wed, 21 Oct 2026 07:28:00 GMT"),
                ],
                Some(30.0),
            ),
            (
                &[
                    ("retry-after", "Sun, 01 Mar 2026 00:00:00 GMT"),
                    ("date", "Sat, 28 Feb 2026 23:59:00 GMT"),
                ],
                Some(60.0),
            ),
            (&[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")], None),
            (&[("retry-after", "-3")], None),
            (&[], None),
        ];
        for (pairs, expected) in table {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            assert_eq!(
                retry_after(&headers),
                expected.map(Duration::from_secs_f64),
                "{pairs:?}"
            );
        }
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        let gemini = r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"m","details":[{"retryDelay":"27s"}]}}"#;
        assert_eq!(
            Failure::read(429, gemini.as_bytes()).retry_after,
            Some(Duration::from_secs(27))
        );
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let body = "é".repeat(MESSAGE_CHARS_MAX + 5);
        let message = Failure::read(500, body.as_bytes()).message;
        assert_eq!(message.chars().count(), MESSAGE_CHARS_MAX + 1);
        assert!(message.ends_with('…'));
    }
}

//! The bounds of the alerts: settings that an administrator changes while Stoa runs.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::http::json::{Check, present};

/// The longest window: the measurements of an hour are all that is kept for it.
const WINDOW_SECONDS_MAX: u32 = 3_600;
const RESPONSE_MS_MAX: u32 = 600_000;
const COUNT_MAX: u32 = 1_000_000;
const URL_CHARACTERS_MAX: usize = 2_000;
/// How much of the end of a webhook's address is shown: enough to recognise it by, too little to use it.
const HINT_CHARACTERS: usize = 4;

/// When administrators are told that something is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Thresholds {
    /// Whether anything is watched at all.
    pub enabled: bool,
    /// Answers that take longer than this many milliseconds are slow. An alert opens when more than one in twenty of a
    /// route's answers in a window are.
    pub response_ms: u32,
    /// How many of a hundred requests may fail with a status of 500 or more, in a window.
    pub error_percent: f64,
    /// With fewer requests than this in a window, of a route or in all, neither of the two is judged.
    pub requests_min: u32,
    /// How many callers may wait for the database, throughout a window. One that is turned away is one too many.
    pub pool_waiting: u32,
    /// How much of the memory may be in use, of a hundred, throughout a window.
    pub memory_percent: f64,
    /// How much of the processor may be in use, of a hundred, throughout a window.
    pub cpu_percent: f64,
    /// The window. An alert closes when the reading has been below four fifths of its bound for as long.
    pub window_seconds: u32,
    /// Where alerts are posted to: the beginning and the end of the address, the rest is not shown. Absent: nowhere.
    pub webhook_url: Option<String>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            enabled: true,
            response_ms: 1_000,
            error_percent: 1.0,
            requests_min: 20,
            pool_waiting: 100,
            memory_percent: 80.0,
            cpu_percent: 80.0,
            window_seconds: 60,
            webhook_url: None,
        }
    }
}

/// What an administrator changes of them; what is absent stays.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateThresholds {
    /// Whether anything is watched at all.
    pub enabled: Option<bool>,
    /// Milliseconds, 1 to 600,000.
    pub response_ms: Option<u32>,
    /// 0.01 to 100.
    pub error_percent: Option<f64>,
    /// 1 to 1,000,000.
    pub requests_min: Option<u32>,
    /// 0 to 1,000,000.
    pub pool_waiting: Option<u32>,
    /// 0.01 to 100.
    pub memory_percent: Option<f64>,
    /// 0.01 to 100.
    pub cpu_percent: Option<f64>,
    /// 1 to 3,600.
    pub window_seconds: Option<u32>,
    /// Where alerts are posted to; null or an empty text for nowhere.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    pub webhook_url: Option<Option<String>>,
}

impl Thresholds {
    /// The window.
    pub fn window(&self) -> Duration {
        Duration::from_secs(u64::from(self.window_seconds))
    }

    /// The same with what changes, which is checked. The address of the webhook is not taken over: it is kept apart.
    #[must_use]
    pub fn changed(&self, change: &UpdateThresholds, check: &mut Check) -> Self {
        let mut whole = |name: &str, value: Option<u32>, old: u32, least: u32, most: u32| {
            let value = value.unwrap_or(old);
            if !(least..=most).contains(&value) {
                check.fail(
                    &format!("alerts.{name}"),
                    format!("must be between {least} and {most}"),
                );
            }
            value
        };
        let response_ms = whole(
            "response_ms",
            change.response_ms,
            self.response_ms,
            1,
            RESPONSE_MS_MAX,
        );
        let requests_min = whole(
            "requests_min",
            change.requests_min,
            self.requests_min,
            1,
            COUNT_MAX,
        );
        let pool_waiting = whole(
            "pool_waiting",
            change.pool_waiting,
            self.pool_waiting,
            0,
            COUNT_MAX,
        );
        let window_seconds = whole(
            "window_seconds",
            change.window_seconds,
            self.window_seconds,
            1,
            WINDOW_SECONDS_MAX,
        );
        let mut percent = |name: &str, value: Option<f64>, old: f64| {
            let value = value.unwrap_or(old);
            if !(0.01..=100.0).contains(&value) {
                check.fail(&format!("alerts.{name}"), "must be between 0.01 and 100");
            }
            value
        };
        Self {
            enabled: change.enabled.unwrap_or(self.enabled),
            response_ms,
            error_percent: percent("error_percent", change.error_percent, self.error_percent),
            requests_min,
            pool_waiting,
            memory_percent: percent("memory_percent", change.memory_percent, self.memory_percent),
            cpu_percent: percent("cpu_percent", change.cpu_percent, self.cpu_percent),
            window_seconds,
            webhook_url: self.webhook_url.clone(),
        }
    }
}

/// The address of a webhook as somebody typed it; none when it was emptied or is not usable, which `check` then knows.
pub fn parse_webhook(text: &str, allow_private: bool, check: &mut Check) -> Option<Url> {
    const FIELD: &str = "alerts.webhook_url";
    let text = check.text(FIELD, text, 0, URL_CHARACTERS_MAX);
    if text.is_empty() {
        return None;
    }
    let Ok(url) = Url::parse(&text) else {
        check.fail(FIELD, "must be an address such as `https://hooks.example.com/…`");
        return None;
    };
    // A name is looked up only when something is sent, and refused then if it leads inside.
    match llm::Net::check(&url, allow_private) {
        Ok(()) => Some(url),
        Err(error) => {
            check.fail(FIELD, error.to_string());
            None
        }
    }
}

/// What may be shown of an address that carries its own secret in its path.
pub fn hint(url: &Url) -> String {
    let origin = url.origin().ascii_serialization();
    let query = url.query().map(|query| format!("?{query}"));
    let rest = format!("{}{}", url.path(), query.unwrap_or_default());
    if rest.len() <= 1 {
        return origin;
    }
    let length = rest.chars().count();
    // Of a short end nothing can be shown that would not be much of it.
    let shown = if length > HINT_CHARACTERS * 4 {
        HINT_CHARACTERS
    } else {
        0
    };
    let end: String = rest.chars().skip(length - shown).collect();
    format!("{origin}/…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "both sides are the same whole number")]
    fn what_is_not_sensible_is_refused_by_field() {
        let change = UpdateThresholds {
            response_ms: Some(0),
            error_percent: Some(101.0),
            memory_percent: Some(f64::NAN),
            window_seconds: Some(3_601),
            cpu_percent: Some(50.0),
            ..UpdateThresholds::default()
        };
        let mut check = Check::new();
        let changed = Thresholds::default().changed(&change, &mut check);
        assert_eq!(changed.cpu_percent, 50.0);
        let problem = check.done().unwrap_err();
        let fields: Vec<&str> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "alerts.response_ms",
                "alerts.window_seconds",
                "alerts.error_percent",
                "alerts.memory_percent"
            ]
        );
    }

    #[test]
    fn an_address_is_shown_without_what_makes_it_secret() {
        for (address, shown) in [
            (
                "https://hooks.example.com/services/T000/B000/abcdefgh1234",
                "https://hooks.example.com/…1234",
            ),
            ("https://hooks.example.com/hook", "https://hooks.example.com/…"),
            (
                "https://user:password@example.com:8443/",
                "https://example.com:8443",
            ),
            (
                "http://10.0.0.1:9/?token=0123456789abcdef",
                "http://10.0.0.1:9/…cdef",
            ),
        ] {
            assert_eq!(hint(&Url::parse(address).unwrap()), shown);
        }
    }

    #[test]
    fn an_address_inside_is_refused_unless_it_is_allowed() {
        for (text, allow_private, usable) in [
            ("https://hooks.example.com/x", false, true),
            ("http://127.0.0.1:9000/x", false, false),
            ("http://127.0.0.1:9000/x", true, true),
            ("ftp://example.com/x", true, false),
            ("nonsense", true, false),
        ] {
            let mut check = Check::new();
            let url = parse_webhook(text, allow_private, &mut check);
            assert_eq!((url.is_some(), check.done().is_ok()), (usable, usable), "{text}");
        }
    }
}

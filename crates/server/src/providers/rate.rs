//! How often a connection is used within a minute: `requests_per_minute` and `tokens_per_minute` of its settings.

use std::time::Duration;

use llm::AdmissionLimits;
use serde_json::Value;

use crate::http::json::Check;

/// The settings that say it; providers are not given them.
pub(super) const NAMES: [&str; 2] = ["requests_per_minute", "tokens_per_minute"];
/// How long a call waits until it fits.
const WAIT: Duration = Duration::from_secs(2);
/// The most requests of a minute that are counted one by one.
const REQUESTS_MAX: u64 = 1_000_000;

/// The limits that the settings name.
pub(crate) fn admission(settings: &Value) -> AdmissionLimits {
    let number = |name: &str| settings.get(name).and_then(Value::as_u64);
    let [requests, tokens] = NAMES.map(number);
    AdmissionLimits {
        requests_per_minute: requests.and_then(|max| u32::try_from(max).ok()),
        tokens_per_minute: tokens,
        wait: WAIT,
    }
}

/// Tells of limits that are no numbers, or that nothing would fit into.
pub(super) fn check(check: &mut Check, settings: &Value) {
    for name in NAMES {
        let Some(value) = settings.get(name).filter(|value| !value.is_null()) else {
            continue;
        };
        if !value
            .as_u64()
            .is_some_and(|max| (1..=REQUESTS_MAX * 1_000).contains(&max))
        {
            check.fail(&format!("settings.{name}"), "is a whole number, at least 1");
        } else if name == "requests_per_minute" && value.as_u64() > Some(REQUESTS_MAX) {
            check.fail(&format!("settings.{name}"), format!("is at most {REQUESTS_MAX}"));
        }
    }
}

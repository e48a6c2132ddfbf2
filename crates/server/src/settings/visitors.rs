//! What may be done without logging in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http::json::Check;

/// Requests of an address in a minute, unless an administrator says otherwise.
const REQUESTS_PER_MINUTE: u32 = 10;
/// The most that can be set.
const REQUESTS_PER_MINUTE_MAX: u32 = 10_000;

/// What may be done without logging in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Anonymous {
    /// Whether whoever comes may compare the mock models. Nothing of it is kept, and no other model is asked.
    pub mock_mode: bool,
    /// How many questions an address may ask in a minute.
    pub requests_per_minute: u32,
}

impl Default for Anonymous {
    fn default() -> Self {
        Self {
            mock_mode: false,
            requests_per_minute: REQUESTS_PER_MINUTE,
        }
    }
}

/// What an administrator changes of it; what is absent stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateAnonymous {
    /// Whether whoever comes may compare the mock models.
    pub mock_mode: Option<bool>,
    /// How many questions an address may ask in a minute, 1 to 10,000.
    pub requests_per_minute: Option<u32>,
}

impl Anonymous {
    /// With what changes; what is wrong with it goes to the check.
    #[must_use]
    pub fn changed(&self, change: &UpdateAnonymous, check: &mut Check) -> Self {
        let requests_per_minute = change.requests_per_minute.unwrap_or(self.requests_per_minute);
        if !(1..=REQUESTS_PER_MINUTE_MAX).contains(&requests_per_minute) {
            let message = format!("is from 1 to {REQUESTS_PER_MINUTE_MAX}");
            check.fail("anonymous.requests_per_minute", message);
        }
        Self {
            mock_mode: change.mock_mode.unwrap_or(self.mock_mode),
            requests_per_minute,
        }
    }
}

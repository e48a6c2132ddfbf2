//! How long things are kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http::json::{Check, present};

/// The longest time that can be set: a hundred years.
const DAYS_MAX: u32 = 36_500;

/// How long things are kept. What has no time is kept for ever.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Retention {
    /// Conversations that nothing happened in for so many days are deleted with their messages; pinned ones stay.
    pub conversation_days: Option<u32>,
    /// The single calls of models, and what they add up to by the hour, are deleted after so many days.
    pub usage_days: Option<u32>,
    /// The entries of the audit log are deleted after so many days.
    pub audit_days: Option<u32>,
}

/// What an administrator changes of it; what is absent stays, null is for ever.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRetention {
    /// Days without anything new after which a conversation is deleted.
    #[serde(default, deserialize_with = "present")]
    pub conversation_days: Option<Option<u32>>,
    /// Days after which calls of models are deleted.
    #[serde(default, deserialize_with = "present")]
    pub usage_days: Option<Option<u32>>,
    /// Days after which entries of the audit log are deleted.
    #[serde(default, deserialize_with = "present")]
    pub audit_days: Option<Option<u32>>,
}

impl Retention {
    /// With what changes; what is wrong with it goes to the check.
    #[must_use]
    pub fn changed(&self, change: &UpdateRetention, check: &mut Check) -> Self {
        let mut days = |field: &str, given: Option<Option<u32>>, before: Option<u32>| {
            let days = given.unwrap_or(before);
            if days.is_some_and(|days| !(1..=DAYS_MAX).contains(&days)) {
                let message = format!("is from 1 to {DAYS_MAX} days, or null for ever");
                check.fail(&format!("retention.{field}"), message);
            }
            days
        };
        Self {
            conversation_days: days(
                "conversation_days",
                change.conversation_days,
                self.conversation_days,
            ),
            usage_days: days("usage_days", change.usage_days, self.usage_days),
            audit_days: days("audit_days", change.audit_days, self.audit_days),
        }
    }
}

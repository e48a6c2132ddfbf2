//! How a connection is doing, from three sources: what was configured, how the last reading of its models went, and how
//! the calls through this process go.

use schemars::JsonSchema;
use serde::Serialize;
use sql::Time;

use super::Connection;

/// The code that a reading fails with when the provider refuses the key.
const REFUSED: &str = "upstream_authentication";

/// How a connection is doing, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// Calls go through.
    Ok,
    /// Nothing was asked of it so far.
    Unknown,
    /// The last reading of its models, or the last calls, failed.
    Failing,
    /// It failed so often in a row that no call is tried for a while.
    Suspended,
    /// The provider refuses the key.
    KeyRefused,
    /// It is switched off.
    Disabled,
    /// It can not be opened as it is configured.
    Misconfigured,
}

/// How a connection is doing.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HealthView {
    /// In a word.
    pub state: HealthState,
    /// What went wrong last, for those who can do something about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When its models were last read well.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub last_ok_at: Option<Time>,
    /// The models of it that failed so often in a row that they are not tried for a while; the others are.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub suspended_models: Vec<String>,
}

/// The health of a connection, with that of its calls when this process has it open.
pub(super) fn of(connection: &Connection, calls: Option<&llm::Health>, detailed: bool) -> HealthView {
    let state = if connection.enabled {
        state(connection, calls)
    } else {
        HealthState::Disabled
    };
    let failing_calls = calls
        .filter(|calls| calls.failures_in_row > 0)
        .and_then(|calls| calls.last_error.clone());
    HealthView {
        state,
        last_error: failing_calls
            .or_else(|| connection.error.clone())
            .filter(|_| detailed),
        last_ok_at: connection.read_at,
        suspended_models: calls
            .map(|calls| calls.suspended.models.clone())
            .unwrap_or_default(),
    }
}

fn state(connection: &Connection, calls: Option<&llm::Health>) -> HealthState {
    let suspended = calls.is_some_and(|calls| calls.suspended.connection);
    let called_well = calls.is_some_and(|calls| calls.calls > 0 && calls.failures_in_row == 0);
    match connection.error_code.as_deref() {
        _ if suspended => HealthState::Suspended,
        Some(REFUSED) => HealthState::KeyRefused,
        Some("misconfigured") => HealthState::Misconfigured,
        // A server that can not list its models may still answer.
        Some(_) if called_well => HealthState::Ok,
        Some(_) => HealthState::Failing,
        None if calls.is_some_and(|calls| calls.failures_in_row > 0) => HealthState::Failing,
        None if called_well || connection.read_at.is_some() => HealthState::Ok,
        None => HealthState::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use llm::ProviderKind;
    use serde_json::Value;

    use super::*;
    use crate::providers::Scope;

    fn connection(error_code: Option<&str>, read: bool) -> Connection {
        Connection {
            id: "con_1".into(),
            scope: Scope::System,
            workspace_id: None,
            user_id: None,
            kind: ProviderKind::OpenAi,
            slug: "openai".into(),
            name: "OpenAI".into(),
            base_url: None,
            api_key_sealed: None,
            api_key_hint: None,
            headers_sealed: None,
            settings: Value::Null,
            enabled: true,
            created_at: Time::EPOCH,
            updated_at: Time::EPOCH,
            read_at: read.then_some(Time::EPOCH),
            error_code: error_code.map(str::to_owned),
            error: error_code.map(|code| format!("because of {code}")),
        }
    }

    fn calls(calls: u64, failures_in_row: u32) -> llm::Health {
        llm::Health {
            suspended: llm::Suspended::default(),
            calls,
            failures: u64::from(failures_in_row),
            failures_in_row,
            last_error: (failures_in_row > 0).then(|| "it broke".to_owned()),
            last_error_code: (failures_in_row > 0).then_some("upstream_error"),
            last_error_ago: None,
            first_token_p50: None,
        }
    }

    #[test]
    fn the_worst_that_is_known_is_shown() {
        let open = llm::Health {
            suspended: llm::Suspended {
                connection: true,
                ..llm::Suspended::default()
            },
            ..calls(5, 5)
        };
        let cases = [
            (connection(None, false), None, HealthState::Unknown),
            (connection(None, true), None, HealthState::Ok),
            (connection(None, true), Some(calls(3, 1)), HealthState::Failing),
            (connection(None, false), Some(calls(3, 0)), HealthState::Ok),
            (
                connection(Some("upstream_unreachable"), true),
                None,
                HealthState::Failing,
            ),
            (
                connection(Some("upstream_unreachable"), true),
                Some(calls(1, 0)),
                HealthState::Ok,
            ),
            (
                connection(Some(REFUSED), true),
                Some(calls(0, 0)),
                HealthState::KeyRefused,
            ),
            (
                connection(Some("misconfigured"), false),
                None,
                HealthState::Misconfigured,
            ),
            (connection(None, true), Some(open), HealthState::Suspended),
            (
                Connection {
                    enabled: false,
                    ..connection(Some(REFUSED), true)
                },
                None,
                HealthState::Disabled,
            ),
        ];
        for (index, (connection, calls, expected)) in cases.into_iter().enumerate() {
            assert_eq!(
                of(&connection, calls.as_ref(), true).state,
                expected,
                "case {index}"
            );
        }
    }

    #[test]
    fn only_those_who_can_mend_it_read_the_error() {
        let broken = connection(Some("upstream_unreachable"), false);
        assert_eq!(
            of(&broken, None, true).last_error.as_deref(),
            Some("because of upstream_unreachable")
        );
        assert_eq!(
            of(&broken, Some(&calls(2, 2)), true).last_error.as_deref(),
            Some("it broke")
        );
        assert_eq!(of(&broken, None, false).last_error, None);
    }
}

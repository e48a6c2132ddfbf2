//! Budgets: how much money the calls of models may cost in a day or a month (of UTC).
//!
//! A budget belongs to the installation, a workspace, a user or an API key, and a call counts for all that it concerns.
//! Before the call the most that it may cost is *reserved* in all of them, in one transaction; when it has ended, what it
//! cost is *settled* in the transaction that writes its usage:
//!
//! ```text
//! reserve(bound): spent + reserved < limit?  reserved += bound      settle(cost): spent += cost, reserved -= bound
//! ```
//!
//! Invariant: a call begins only while something is left, and everything that is under way counts as its bound. So
//! `spent + reserved` passes the limit by less than one reservation, however many callers and nodes there are. A call that
//! costs nothing (a local model, or one without prices) asks no budget. A call whose process died counts as its bound when
//! its reservation expires.

mod estimate;
mod input;
mod reserve;
pub mod routes;
pub(crate) mod store;
mod sweep;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::{Row, Statement, Time};

pub use input::{CreateBudget, UpdateBudget};
pub use reserve::{Admitted, Size, admit, settle};
pub use sweep::{keep_swept, sweep};

use crate::App;
use crate::cache::{self, Keeping, Namespace, Tag};
use crate::http::auth::Resource;
use crate::http::problem::Problem;

/// Whose calls a budget limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All calls of this Stoa.
    Installation,
    /// Those in a workspace.
    Workspace,
    /// Those of a user, wherever.
    User,
    /// Those with an API key.
    Key,
}

impl Scope {
    /// As it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Installation => "installation",
            Self::Workspace => "workspace",
            Self::User => "user",
            Self::Key => "key",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Installation, Self::Workspace, Self::User, Self::Key]
            .into_iter()
            .find(|scope| scope.as_str() == text)
    }
}

/// How long a budget has to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A day of UTC.
    Day,
    /// A calendar month of UTC.
    Month,
}

impl Period {
    /// As it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// What happens to a call when nothing is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenSpent {
    /// It is refused with 402.
    Refuse,
    /// It waits a while for calls under way to cost less than they might, and is then refused.
    Wait,
    /// From a part of the limit on another model answers; at the limit the call is refused, unless that model is free.
    Cheaper,
}

impl WhenSpent {
    /// As it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Wait => "wait",
            Self::Cheaper => "cheaper",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "wait" => Self::Wait,
            "cheaper" => Self::Cheaper,
            _ => Self::Refuse,
        }
    }
}

/// A budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// `bud_…`
    pub id: String,
    /// Whose calls it limits.
    pub scope: Scope,
    /// The id of the workspace, user or key; empty for the installation.
    pub subject_id: String,
    /// How long it has to last.
    pub period: Period,
    /// How much may be spent, in micro-units.
    pub limit_micros: i64,
    /// What happens when nothing is left.
    pub when_spent: WhenSpent,
    /// The model that takes over.
    pub cheaper_model: Option<String>,
    /// From which part of the limit on it does.
    pub cheaper_from_percent: i64,
    /// Set by an administrator of the installation, and changed by nobody else.
    pub locked: bool,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

/// A budget of the installation belongs to its administrators, as everything that one of them has set; a workspace's to its
/// admins, and its members see it; a key's to the user of the key, or to the admins of its workspace. A user sees what limits them.
impl Resource for Budget {
    const NAME: &'static str = "budget";
    const PARAM: &'static str = "budget";

    fn statement() -> &'static Statement {
        &store::FIND_SCOPED
    }

    fn read(row: &Row<'_>, at: usize) -> sql::Result<Self> {
        store::read_budget(row, at)
    }

    fn tags(&self) -> [Option<Tag>; 2] {
        [None, None]
    }
}

/// Who pays for a call.
#[derive(Debug, Clone, Copy)]
pub struct Spender<'a> {
    /// Who asks.
    pub user_id: Option<&'a str>,
    /// Where.
    pub workspace_id: Option<&'a str>,
    /// With which API key; a session is none.
    pub credential_id: Option<&'a str>,
}

/// The memory that kept budgets take, about.
const KEPT_BYTES: usize = 512;

/// The budgets that a call of this spender counts for: usually from memory.
async fn of(app: &App, spender: Spender<'_>) -> Result<Arc<Vec<Budget>>, Problem> {
    let subjects: Vec<&str> = [spender.user_id, spender.workspace_id, spender.credential_id]
        .into_iter()
        .map(Option::unwrap_or_default)
        .collect();
    let parts: Vec<&[u8]> = std::iter::once(&b"budgets"[..])
        .chain(subjects.iter().map(|subject| subject.as_bytes()))
        .collect();
    let key = app.cache.key(&parts);
    let read = || store::of_subjects(&app.db, &subjects);
    let fresh = async { Ok(Some(read().await?)) };
    if let Some(kept) = cache::kept(app, (Namespace::Settings, key), "the budgets of a caller", fresh).await?
    {
        return Ok(kept);
    }
    app.cache.missed(Namespace::Settings, false);
    let begun = app.cache.begin();
    let budgets = Arc::new(read().await?);
    let keeping = Keeping {
        bytes: KEPT_BYTES,
        begun,
        tags: &[Tag::budgets()],
        now: app.clock.now(),
        until: None,
    };
    app.cache
        .put(Namespace::Settings, key, Arc::clone(&budgets), &keeping);
    Ok(budgets)
}

/// When the day and the month began that this time is in.
fn windows_at(now: Time) -> [Time; 2] {
    use jiff::civil::Time as Clock;
    let zoned = jiff::Timestamp::from_microsecond(now.micros())
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_zoned(jiff::tz::TimeZone::UTC);
    let day = zoned.date();
    let begin = |date: jiff::civil::Date| {
        let begin = date
            .to_datetime(Clock::midnight())
            .to_zoned(jiff::tz::TimeZone::UTC);
        begin.map_or(now, |begin| Time::from_micros(begin.timestamp().as_microsecond()))
    };
    [begin(day), begin(day.first_of_month())]
}

/// When the calendar month of UTC began that this time is in.
pub fn month_of(now: Time) -> Time {
    let [_, month] = windows_at(now);
    month
}

/// When the day and the month end that this time is in.
fn ends_at(now: Time) -> [Time; 2] {
    use std::time::Duration;
    let [day, month] = windows_at(now);
    // No month has more than 31 days, and none begins within four days after that.
    let [_, next_month] = windows_at(month.plus(Duration::from_hours(32 * 24)));
    [day.plus(Duration::from_hours(24)), next_month]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_begin_and_end_in_utc() {
        let at = |text: &str| text.parse::<Time>().unwrap();
        let told = |times: [Time; 2]| times.map(|time| time.to_string());
        for (now, begins, ends) in [
            (
                "2026-11-22T10:11:12.5Z",
                ["2026-11-22T00:00:00.000000Z", "2026-11-01T00:00:00.000000Z"],
                ["2026-11-23T00:00:00.000000Z", "2026-12-01T00:00:00.000000Z"],
            ),
            (
                "2028-02-29T23:59:59.999999Z",
                ["2028-02-29T00:00:00.000000Z", "2028-02-01T00:00:00.000000Z"],
                ["2028-03-01T00:00:00.000000Z", "2028-03-01T00:00:00.000000Z"],
            ),
            (
                "2026-12-31T00:00:00Z",
                ["2026-12-31T00:00:00.000000Z", "2026-12-01T00:00:00.000000Z"],
                ["2027-01-01T00:00:00.000000Z", "2027-01-01T00:00:00.000000Z"],
            ),
        ] {
            assert_eq!(told(windows_at(at(now))), begins);
            assert_eq!(told(ends_at(at(now))), ends);
        }
    }
}

//! What calls add up to over a time: by day, model, person, workspace or purpose. Reads the hours alone.

pub(crate) mod store;

use std::collections::HashMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::Time;

use self::store::{Of, Row, Sums};
use crate::App;
use crate::accounts::CallerRow;
use crate::http::problem::Problem;
use crate::workspaces::{self, Role};

const DAY_MICROS: i64 = 86_400_000_000;
/// How far back it goes when the caller names no beginning, and at most: by the hour, and by anything else.
const SPANS: [(Duration, Duration); 2] = [(days(2), days(31)), (days(30), days(400))];

const fn days(days: u64) -> Duration {
    Duration::from_hours(days * 24)
}

/// What the rows stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Days of UTC, oldest first.
    #[default]
    Day,
    /// Hours, oldest first.
    Hour,
    /// Models, the dearest first.
    Model,
    /// People, the dearest first.
    User,
    /// Workspaces, the dearest first.
    Workspace,
    /// What models were called for, the dearest first.
    Purpose,
}

/// Whose calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// The caller's own.
    #[default]
    Me,
    /// Everybody's in a workspace: for its admins.
    Workspace,
    /// Everybody's: for administrators.
    Installation,
}

/// Which calls.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Wanted {
    /// What the rows stand for; days when absent.
    #[serde(default)]
    pub by: By,
    /// Whose calls; your own when absent.
    #[serde(default)]
    pub scope: Whose,
    /// A workspace, by id or slug: needed for that scope, a filter for others.
    pub workspace: Option<String>,
    /// From this time on, RFC 3339; 30 days back when absent, 2 by the hour.
    #[schemars(with = "Option<String>")]
    pub from: Option<Time>,
    /// Before this time, RFC 3339; now when absent.
    #[schemars(with = "Option<String>")]
    pub to: Option<Time>,
}

/// What calls add up to.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct SumsView {
    /// How many calls.
    pub calls: i64,
    /// How many of them failed.
    pub failures: i64,
    /// What was read.
    pub prompt_tokens: i64,
    /// What was written.
    pub completion_tokens: i64,
    /// What that cost, in micro-units.
    pub cost_micros: i64,
    /// From the request to the first word, in the mean, of the calls that went well.
    pub first_token_ms: Option<i64>,
    /// How fast they wrote from then on.
    pub tokens_per_second: Option<f64>,
}

/// A row of a summary.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SummaryRow {
    /// The beginning of the day or hour, the model, the purpose, or an id; empty for calls of nobody or outside of any
    /// workspace.
    pub key: String,
    /// The name of a person or a workspace, while there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What its calls add up to.
    #[serde(flatten)]
    pub sums: SumsView,
}

/// A summary.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Summary {
    /// From when on.
    #[schemars(with = "String")]
    pub from: Time,
    /// Until when.
    #[schemars(with = "String")]
    pub to: Time,
    /// All of it.
    pub total: SumsView,
    /// The rows: days and hours with calls, or the hundred dearest of anything else.
    pub rows: Vec<SummaryRow>,
}

impl From<Sums> for SumsView {
    fn from(sums: Sums) -> Self {
        let timed = sums.timed_calls > 0;
        Self {
            calls: sums.calls,
            failures: sums.failures,
            prompt_tokens: sums.prompt_tokens,
            completion_tokens: sums.completion_tokens,
            cost_micros: sums.cost_micros,
            first_token_ms: timed.then(|| sums.first_token_ms / sums.timed_calls.max(1)),
            tokens_per_second: (timed && sums.writing_ms > 0)
                .then(|| sums.written_tokens as f64 * 1_000.0 / sums.writing_ms as f64),
        }
    }
}

/// The time that is asked for.
pub fn span(app: &App, by: By, from: Option<Time>, to: Option<Time>) -> Result<(Time, Time), Problem> {
    let [hours, rest] = SPANS;
    let (usual, longest) = if by == By::Hour { hours } else { rest };
    // The hour that is running counts too.
    let to = to.unwrap_or_else(|| app.clock.now().plus(Duration::from_hours(1)));
    let from = from.unwrap_or_else(|| to.minus(usual));
    if from >= to {
        return Err(Problem::invalid("from", "is before `to`"));
    }
    if to.since(from) > longest {
        let most = longest.as_secs() / 86_400;
        return Err(Problem::invalid(
            "from",
            format!("is at most {most} days before `to`"),
        ));
    }
    Ok((from, to))
}

/// Whose calls are asked for, when the caller may see them.
async fn whose(app: &App, caller: &CallerRow, wanted: &Wanted) -> Result<Of, Problem> {
    let named = wanted.workspace.as_deref().filter(|named| !named.is_empty());
    match wanted.scope {
        Whose::Installation if caller.is_admin => Ok(Of::All),
        Whose::Installation => Err(Problem::forbidden(
            "What everybody uses is for administrators of this installation; leave `scope` out for your own.",
        )),
        Whose::Workspace => {
            let named = named.ok_or_else(|| Problem::invalid("workspace", "names the workspace"))?;
            let (id, role) = workspaces::place_of(app, &caller.user_id, Some(named)).await?;
            if role < Role::Admin {
                return Err(Problem::forbidden(
                    "What everybody in a workspace uses is for its admins; leave `scope` out for your own.",
                ));
            }
            Ok(Of::Workspace(id))
        }
        Whose::Me => {
            let workspace = match named {
                Some(named) => Some(workspaces::place_of(app, &caller.user_id, Some(named)).await?.0),
                None => None,
            };
            Ok(Of::User(caller.user_id.clone(), workspace))
        }
    }
}

/// What the calls that are asked for add up to: who asks, the workspace, the total, the rows, their names.
pub async fn summary(app: &App, caller: &CallerRow, wanted: &Wanted) -> Result<Summary, Problem> {
    let of = whose(app, caller, wanted).await?;
    let (from, to) = span(app, wanted.by, wanted.from, wanted.to)?;
    let total = store::total(&app.db, &of, from, to).await?;
    let found = store::rows(&app.db, &of, wanted.by, from, to).await?;
    let mut names = match wanted.by {
        By::User | By::Workspace => names(app, wanted.by, &found).await?,
        _ => HashMap::new(),
    };
    let rows = if wanted.by == By::Day {
        by_day(found)
    } else {
        found
    };
    let view = |row: Row| SummaryRow {
        name: names.remove(&row.key),
        key: row.key,
        sums: row.sums.into(),
    };
    Ok(Summary {
        from,
        to,
        total: total.into(),
        rows: rows.into_iter().map(view).collect(),
    })
}

async fn names(app: &App, by: By, rows: &[Row]) -> Result<HashMap<String, String>, Problem> {
    let ids: Vec<String> = rows.iter().map(|row| row.key.clone()).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(store::names(&app.db, by == By::User, ids)
        .await?
        .into_iter()
        .collect())
}

/// The hours of each day as one row.
fn by_day(hours: Vec<Row>) -> Vec<Row> {
    let mut days: Vec<Row> = Vec::new();
    for hour in hours {
        let begins = hour.at.micros().div_euclid(DAY_MICROS) * DAY_MICROS;
        let at = Time::from_micros(begins);
        match days.last_mut() {
            Some(day) if day.at == at => day.sums.add(&hour.sums),
            _ => days.push(Row {
                at,
                key: at.to_string(),
                sums: hour.sums,
            }),
        }
    }
    days
}

/// How the models did that somebody called: the caller's calls, everybody's for administrators.
pub async fn of_models(
    app: &App,
    caller: &CallerRow,
    (from, to): (Option<Time>, Option<Time>),
) -> Result<Vec<SummaryRow>, Problem> {
    let (from, to) = span(app, By::Model, from, to)?;
    let of = if caller.is_admin {
        Of::All
    } else {
        Of::User(caller.user_id.clone(), None)
    };
    let rows = store::rows(&app.db, &of, By::Model, from, to).await?;
    let view = |row: Row| SummaryRow {
        key: row.key,
        name: None,
        sums: row.sums.into(),
    };
    Ok(rows.into_iter().map(view).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(at: &str, calls: i64) -> Row {
        let at: Time = at.parse().unwrap();
        let sums = Sums {
            calls,
            ..Sums::default()
        };
        Row {
            at,
            key: at.to_string(),
            sums,
        }
    }

    #[test]
    fn hours_are_added_up_to_days_of_utc() {
        let days = by_day(vec![
            hour("2026-11-20T23:00:00Z", 1),
            hour("2026-11-21T00:00:00Z", 2),
            hour("2026-11-21T23:00:00Z", 3),
            hour("2026-11-23T05:00:00Z", 4),
        ]);
        let told: Vec<_> = days
            .iter()
            .map(|day| (day.key.as_str(), day.sums.calls))
            .collect();
        assert_eq!(
            told,
            [
                ("2026-11-20T00:00:00.000000Z", 1),
                ("2026-11-21T00:00:00.000000Z", 5),
                ("2026-11-23T00:00:00.000000Z", 4),
            ]
        );
    }

    #[test]
    fn speed_is_told_of_calls_whose_first_word_was_seen() {
        let sums = Sums {
            calls: 5,
            timed_calls: 2,
            first_token_ms: 300,
            writing_ms: 2_000,
            written_tokens: 100,
            ..Sums::default()
        };
        let view = SumsView::from(sums);
        assert_eq!(view.first_token_ms, Some(150));
        assert_eq!(view.tokens_per_second, Some(50.0));
        let none = SumsView::from(Sums::default());
        assert_eq!((none.first_token_ms, none.tokens_per_second), (None, None));
    }
}

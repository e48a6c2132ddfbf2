//! Alerts: tells the administrators when answers become slow or fail, when the database has no room, and when memory or
//! processor run out.
//!
//! ```text
//! every few seconds: measure ──▶ Readings ──▶ Watch (hysteresis, pure) ──▶ a row, a line in the log, a notice, a webhook
//! ```
//!
//! Each node looks at itself and names itself in the row; there is nobody who looks at all of them. An alert opens when a
//! reading has been beyond its bound for a window and closes when it has been well below for as long ([`watch`]). Rows that
//! a node left open when it died are closed by its next start, or by any node once nothing was heard of them for a while.
//!
//! Invariant: at most one open alert of a kind on a node; the index `alerts_node_kind_key` sees to it.

mod life;
pub mod machine;
mod measure;
pub mod routes;
pub(crate) mod store;
pub mod thresholds;
pub mod watch;
mod webhook;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::Time;

use crate::App;
use crate::http::problem::Problem;

pub use self::life::{Alerts, keep_watch};
pub use self::webhook::TestView;

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Answers of a route take too long.
    ResponseTime,
    /// Too many requests fail through a fault of ours or of a provider.
    ErrorRate,
    /// Callers wait for the database, or were turned away.
    PoolExhausted,
    /// The memory of the machine, or of its container, is nearly used up.
    Memory,
    /// The processor of the machine, or the share of its container, is nearly used up.
    Cpu,
}

impl Kind {
    /// Every kind, in the order of [`Kind::index`].
    pub const ALL: [Self; 5] = [
        Self::ResponseTime,
        Self::ErrorRate,
        Self::PoolExhausted,
        Self::Memory,
        Self::Cpu,
    ];

    /// The word for the table, the API and the metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResponseTime => "response_time",
            Self::ErrorRate => "error_rate",
            Self::PoolExhausted => "pool_exhausted",
            Self::Memory => "memory",
            Self::Cpu => "cpu",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Where it stands in [`Kind::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// What `value`, `worst` and `threshold` are counted in.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::ResponseTime => "milliseconds",
            Self::ErrorRate | Self::Memory | Self::Cpu => "percent",
            Self::PoolExhausted => "callers",
        }
    }
}

/// An alert, as the API shows it and the webhook tells it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Alert {
    /// `alr_…`
    pub id: String,
    /// What was measured.
    pub kind: Kind,
    /// The node it was measured on.
    pub node: String,
    /// When it began.
    #[schemars(with = "String")]
    pub opened_at: Time,
    /// When it was over; absent while it is open.
    #[schemars(with = "Option<String>")]
    pub closed_at: Option<Time>,
    /// What was measured when it began.
    pub value: f64,
    /// The worst that was measured since.
    pub worst: f64,
    /// The bound.
    pub threshold: f64,
    /// What the three are counted in: `milliseconds`, `percent` or `callers`.
    pub unit: &'static str,
    /// A sentence for people.
    pub detail: String,
    /// When somebody took note of it.
    #[schemars(with = "Option<String>")]
    pub acknowledged_at: Option<Time>,
    /// Who, by id.
    pub acknowledged_by: Option<String>,
}

/// How many alerts are open, on all nodes.
pub async fn count_open(app: &App) -> Result<i64, Problem> {
    Ok(store::count_open(&app.db).await?)
}

/// Takes note of an alert in the name of a user. A second time changes nothing.
pub async fn acknowledge(app: &App, id: &str, by: &str) -> Result<Alert, Problem> {
    let found = store::acknowledge(&app.db, id, by, app.clock.now()).await?;
    let alert = found.ok_or_else(|| Problem::not_found("alert", id))?;
    app.changes.publish(crate::changes::Notice::alerts()).await;
    Ok(alert)
}

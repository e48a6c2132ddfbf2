//! Administration: what administrators of the installation see of its people and conversations, and how long things are
//! kept.
//!
//! They see how many and how much, and the titles of conversations; what was said in a workspace they see only as members
//! of it.

mod retention;
pub mod routes;
pub(crate) mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::Time;

use crate::accounts::UserView;
use crate::limits::Rates;

pub use retention::{keep_retained, sweep};

/// A user, as administrators see one.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdminUser {
    /// The user.
    #[serde(flatten)]
    pub user: UserView,
    /// How many conversations they began.
    pub conversations: i64,
    /// What models cost them in this month of UTC, in micro-units; the last minute may be missing.
    pub cost_micros: i64,
    /// When a session or key of theirs was last used.
    #[schemars(with = "Option<String>")]
    pub last_seen_at: Option<Time>,
    /// What limits their calls of models, with all keys and sessions together.
    #[serde(flatten)]
    pub limits: Rates,
}

/// The order of the list of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
pub enum UserSort {
    /// The oldest account first.
    #[default]
    #[serde(rename = "created_at")]
    Created,
    /// The newest account first.
    #[serde(rename = "-created_at")]
    CreatedDown,
    /// Who began the fewest conversations first.
    #[serde(rename = "conversations")]
    Conversations,
    /// Who began the most first.
    #[serde(rename = "-conversations")]
    ConversationsDown,
    /// Who cost least in this month first.
    #[serde(rename = "cost")]
    Cost,
    /// Who cost most first.
    #[serde(rename = "-cost")]
    CostDown,
}

impl UserSort {
    /// Whether its pages go on behind the last row; else by an offset, because what it sorts by changes all the time.
    const fn is_keyset(self) -> bool {
        matches!(self, Self::Created | Self::CreatedDown)
    }
}

/// A conversation, as administrators see one.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdminConversation {
    /// `cnv_…`
    pub id: String,
    /// Its title; empty before the first message.
    pub title: String,
    /// `chat`, `comparison` or `breakout`.
    pub kind: String,
    /// The workspace it belongs to.
    pub workspace_id: String,
    /// Its name.
    pub workspace_name: String,
    /// Who began it.
    pub user_id: String,
    /// Their name.
    pub user_name: String,
    /// Messages on all branches.
    pub message_count: i64,
    /// What its answers cost, in micro-units.
    pub cost_micros: i64,
    /// When the last message came.
    #[schemars(with = "String")]
    pub last_message_at: Time,
    /// When it was begun.
    #[schemars(with = "String")]
    pub created_at: Time,
}

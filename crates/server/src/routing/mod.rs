//! Routes: named ways to models. A route `fast` is a model `route/fast` to everybody who may use it: in lists, chats, comparisons,
//! API keys and budgets. It belongs to the installation or to a workspace, whose own wins over one of the same name.
//!
//! [`crate::models`] knows the routes of an owner beside the connections, in memory; [`plan`] makes a model of one, [`call`] takes a
//! call along it:
//!
//! ```text
//! route/fast ─ plan: targets that can be used ─ order: as listed, by weight, the fastest ─▶ first event? ──yes──▶ the answer
//!                                                      ▲                                      │ a failure that passes to the next
//!                                                      └──────────────────────────────────────┘
//! ```
//!
//! What always holds: once a target has shown an event of its answer no other is asked; what a caller did wrong is told and not tried
//! elsewhere; and what is reserved for a call covers every target that may answer it.

mod call;
mod input;
mod order;
mod plan;
pub mod routes;
mod rule;
pub(crate) mod store;
mod views;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::{Row, Statement, Time};

pub use call::{Answering, Lost};
pub use input::{CreateRoute, UpdateRoute, create, delete, update};
pub use order::Latencies;
pub use plan::{Leg, Plan, resolve};
pub use rule::{PutRule, rule_of};
pub use views::{ModelRouteView, list, model_view, show};

use crate::cache::Tag;
use crate::http::auth::Resource;
use crate::models::Owner;

/// What stands before the slash in the outward name of every route. No connection has this slug.
pub const SLUG: &str = "route";

/// In which order the targets are asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// As they are listed.
    #[default]
    Order,
    /// By chance, those of greater weight more often first.
    Weighted,
    /// Those first that have shown their first words the soonest lately.
    Fastest,
}

/// A model that a route leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its outward name.
    pub model: String,
    /// For `weighted`: its share beside those of the others, 0 to 1000; 1 when absent. 0 is asked only when the others fail.
    #[serde(default = "one")]
    pub weight: u32,
    /// Until its first event, in place of the route's limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token_timeout_ms: Option<u64>,
}

const fn one() -> u32 {
    1
}

/// How a route leads to models; stored as one value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// In which order they are asked.
    pub strategy: Strategy,
    /// One to eight.
    pub targets: Vec<Target>,
    /// How often all of them are asked again when all have failed.
    #[serde(default)]
    pub retries: u32,
    /// Until the first event of a target.
    #[serde(default)]
    pub first_token_timeout_ms: Option<u64>,
    /// Until the end of the answer, whatever was tried.
    #[serde(default)]
    pub timeout_ms: Option<u64>,
    /// After this silence of a target the next is asked as well.
    #[serde(default)]
    pub hedge_after_ms: Option<u64>,
    /// Whether the same request gets the same answer for a while.
    #[serde(default)]
    pub cache: Option<AnswerCache>,
}

/// For how long the answers of a route are kept, and for whom. Calls of `/v1` alone are answered with them: a chat does not repeat
/// itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerCache {
    /// How long an answer is given again, 1 to 604,800 seconds (a week).
    pub ttl_seconds: u64,
    /// To whom.
    #[serde(default)]
    pub scope: CacheScope,
}

/// Who gets an answer that was kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CacheScope {
    /// Who asked for it: the user, or the key of a workspace.
    #[default]
    Caller,
    /// Everybody who asks in the same workspace.
    Workspace,
    /// Everybody; for routes of the installation only.
    Installation,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `rte_…`
    pub id: String,
    /// The workspace it belongs to; none for the installation's.
    pub workspace_id: Option<String>,
    /// The part of its outward name behind the slash.
    pub name: String,
    /// For people.
    pub description: String,
    /// What it is the rule for.
    pub tag: Option<String>,
    /// How it leads to models.
    pub spec: Spec,
    /// Whether it may be used.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed; also its version.
    pub updated_at: Time,
}

impl Route {
    /// The name that one asks for.
    pub fn full_name(&self) -> String {
        format!("{SLUG}/{}", self.name)
    }

    /// Whom it belongs to, as the registry of models knows owners.
    pub fn owner(&self) -> Owner {
        match &self.workspace_id {
            Some(id) => Owner::Workspace(id.clone()),
            None => Owner::System,
        }
    }
}

/// The part of the path with a route's id. One of the installation is seen by everybody, who then count as observers, and belongs to the
/// administrators; one of a workspace is seen by its members and belongs to its admins.
impl Resource for Route {
    const NAME: &'static str = "route";
    const PARAM: &'static str = "route";

    fn statement() -> &'static Statement {
        &store::FIND_SCOPED
    }

    fn read(row: &Row<'_>, at: usize) -> sql::Result<Self> {
        store::read_route(row, at)
    }

    /// Which of its targets can be used is in memory, and changes with every call.
    fn tags(&self) -> [Option<Tag>; 2] {
        [None, None]
    }
}

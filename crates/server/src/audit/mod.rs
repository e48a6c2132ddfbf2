//! The audit log: who changed what of the installation, of a workspace's people, connections and budgets, and when.
//!
//! Whoever makes such a change adds [`entry`] to the batch that makes it, so that there is no change without its entry and
//! no entry without its change. The extractors say who asks ([`acting`]); what the command line does has no name. In tests,
//! a route for administrators that writes without an entry fails (`http/observe.rs`).
//!
//! Secrets, passwords and what people wrote never go into an entry.

pub mod routes;
pub(crate) mod store;

use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sql::{Query, Time};

use crate::App;
use crate::ids::Kind;
use crate::schema;

tokio::task_local! {
    static ACTING: Arc<OnceLock<String>>;
}

/// Runs a change; whoever [`acting`] names in it is who its entries name.
pub async fn during<F: Future>(request: F) -> F::Output {
    ACTING.scope(Arc::default(), request).await
}

/// The change is this user's. Outside of one it does nothing: readings have no entries.
pub fn acting(user_id: &str) {
    let _ = ACTING.try_with(|who| {
        // The first is who the credential belongs to; nobody else acts in the same request.
        who.get_or_init(|| user_id.to_owned());
    });
}

/// A change that somebody made.
pub struct Change<'a> {
    /// `<kind of thing>.<what was done>`, such as `user.updated`.
    pub action: &'static str,
    /// The thing; empty when there is only one of its kind.
    pub subject_id: &'a str,
    /// What it is called.
    pub subject_name: &'a str,
    /// The workspace it belongs to.
    pub workspace_id: Option<&'a str>,
    /// The fields that changed: [`Fields`].
    pub fields: Fields,
}

/// What changed of something, by field.
#[derive(Default)]
pub struct Fields(Map<String, Value>);

impl Fields {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A field that is now so.
    #[must_use]
    pub fn set(mut self, field: &str, to: impl Serialize) -> Self {
        self.0.insert(field.to_owned(), json!({ "to": to }));
        self
    }

    /// A field that is now so, if somebody has said so.
    #[must_use]
    pub fn maybe(self, field: &str, to: Option<impl Serialize>) -> Self {
        match to {
            Some(to) => self.set(field, to),
            None => self,
        }
    }

    /// A field that was something else before; nothing when it was not.
    #[must_use]
    pub fn change<T: Serialize + PartialEq>(mut self, field: &str, from: &T, to: &T) -> Self {
        if from != to {
            self.0.insert(field.to_owned(), json!({ "from": from, "to": to }));
        }
        self
    }

    /// A field that is new and must not be told.
    #[must_use]
    pub fn secret(mut self, field: &str, given: bool) -> Self {
        if given {
            self.0.insert(field.to_owned(), json!({}));
        }
        self
    }
}

/// The entry about a change, for the batch that makes it.
pub fn entry(app: &App, change: &Change<'_>) -> Query {
    let now = app.clock.now();
    let actor = ACTING.try_with(|who| who.get().cloned()).ok().flatten();
    store::insert(&app.ids.make(Kind::Audit, now), now, actor, change)
}

/// The name of the statement that writes an entry.
pub const ENTRY: &str = "audit.insert";

/// Whether the statement of this name changes something.
pub fn writes(statement: &str) -> bool {
    let changes = |text: &str| {
        ["INSERT", "UPDATE", "DELETE"]
            .iter()
            .any(|verb| text.starts_with(verb))
    };
    schema::statements()
        .into_iter()
        .any(|known| known.name() == statement && changes(known.text(sql::Kind::Sqlite)))
}

/// An entry, as the API shows it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AuditEntry {
    /// `aud_…`
    pub id: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Time,
    /// Who; absent when it was done on the command line.
    pub actor_id: Option<String>,
    /// Their name.
    pub actor_name: Option<String>,
    /// What was done: `<kind of thing>.<what>`.
    pub action: String,
    /// The kind of thing it was done to: the first part of the action.
    pub subject_kind: String,
    /// The thing, when there is more than one of its kind.
    pub subject_id: Option<String>,
    /// What it was called then.
    pub subject_name: Option<String>,
    /// The workspace it belongs to.
    pub workspace_id: Option<String>,
    /// The fields that changed: `{"<field>": {"from": …, "to": …}}`. A secret has neither.
    pub detail: Value,
}

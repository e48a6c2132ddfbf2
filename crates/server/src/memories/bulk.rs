//! Many memories in one call and one transaction: all of them or none.

use std::collections::{HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::{Batch, Time};

use crate::App;
use crate::http::json::{Check, present};
use crate::http::problem::{Problem, Rule};
use crate::memories::input::Fields;
use crate::memories::origin::{Named, check_messages};
use crate::memories::write::{push_change, push_delete, push_new, write};
use crate::memories::{MemoryBody, MemoryEntry, Source, Status, store};

/// The most memories of one call.
pub const ITEMS_MAX: usize = 1_000;

/// The body of many changes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bulk {
    /// Up to 1,000 changes, each of another memory.
    pub items: Vec<Item>,
}

/// What is done with a memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Made.
    #[default]
    Create,
    /// Changed.
    Update,
    /// Deleted.
    Delete,
}

/// One change.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What is done; `create` when absent, or `update` when there is an id.
    pub op: Option<Op>,
    /// Which memory, when it is changed or deleted.
    pub id: Option<String>,
    /// What it is called; the first line of the text when absent.
    pub title: Option<String>,
    /// The text, Markdown.
    pub content: Option<String>,
    /// Words it is found by.
    pub tags: Option<Vec<String>>,
    /// `active`, or `proposed` to put it into the inbox. Only when it is made.
    pub status: Option<Status>,
    /// Where it comes from.
    pub sources: Option<Vec<Source>>,
    /// The series it is part of; null takes it out.
    #[serde(default, deserialize_with = "present")]
    pub series: Option<Option<String>>,
    /// Its place in the series.
    #[serde(default, deserialize_with = "present")]
    pub position: Option<Option<i64>>,
    /// Since when it holds; null for always.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    pub valid_from: Option<Option<Time>>,
    /// Until when it holds; null for ever.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    pub valid_until: Option<Option<Time>>,
}

impl Item {
    fn op(&self) -> Op {
        self.op
            .unwrap_or(if self.id.is_some() { Op::Update } else { Op::Create })
    }

    fn into_body(self) -> MemoryBody {
        MemoryBody {
            title: self.title,
            content: self.content,
            tags: self.tags,
            status: self.status,
            sources: self.sources,
            series: self.series,
            position: self.position,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
        }
    }
}

/// What was done.
#[derive(Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Done {
    /// How many were made.
    pub created: usize,
    /// How many were changed.
    pub updated: usize,
    /// How many were deleted.
    pub deleted: usize,
    /// Their ids, in the order of the items.
    pub ids: Vec<String>,
}

/// Does all of it, or nothing.
pub async fn bulk(app: &App, workspace_id: &str, user_id: &str, body: Bulk) -> Result<Done, Problem> {
    if body.items.is_empty() || body.items.len() > ITEMS_MAX {
        let message = format!(
            "holds {} items; 1 to {ITEMS_MAX} are possible in one call",
            body.items.len()
        );
        return Err(Problem::invalid("items", message));
    }
    let known = known(app, workspace_id, &body.items).await?;
    let texts = texts(app, workspace_id, &body.items).await?;
    let now = app.clock.now();
    let mut check = Check::new();
    check_sources(app, user_id, &mut check, (&body.items, &known)).await?;
    let mut named = HashSet::new();
    let mut batch = Batch::new();
    let mut done = Done::default();
    for (n, item) in body.items.into_iter().enumerate() {
        let (op, before) = (item.op(), format!("items[{n}]."));
        let entry = item.id.as_ref().and_then(|id| known.get(id));
        match (op, entry) {
            (Op::Create, _) => {
                if item.id.is_some() {
                    check.fail(&format!("{before}id"), "is made by the server; leave it out");
                }
                let new = Fields::new(&mut check, &before).new_memory(item.into_body());
                let memory = new.into_memory(app, workspace_id, user_id, now);
                push_new(&mut batch, &memory);
                done.created += 1;
                done.ids.push(memory.entry.id);
            }
            (_, None) => {
                let field = format!("{before}id");
                match &item.id {
                    None => check.breaks(&field, Rule::Required, "is needed to change or delete a memory"),
                    Some(_) => check.fail(&field, "is not a memory of this workspace"),
                }
            }
            (_, Some(entry)) if !named.insert(entry.id.clone()) => {
                check.fail(&format!("{before}id"), "is named by an item before");
            }
            (Op::Update, Some(entry)) => {
                let change = Fields::new(&mut check, &before).change(item.into_body(), entry);
                let text = texts.get(&entry.id).map(String::as_str).unwrap_or_default();
                push_change(&mut batch, (entry, text), &change, user_id, now);
                done.updated += 1;
                done.ids.push(entry.id.clone());
            }
            (Op::Delete, Some(entry)) => {
                push_delete(&mut batch, &entry.id);
                done.deleted += 1;
                done.ids.push(entry.id.clone());
            }
        }
    }
    check.done()?;
    write(app, batch, workspace_id).await?;
    Ok(done)
}

/// Notes which sources of the items are messages that this user can not read.
async fn check_sources(
    app: &App,
    user_id: &str,
    check: &mut Check,
    (items, known): (&[Item], &HashMap<String, MemoryEntry>),
) -> Result<(), Problem> {
    let named = items.iter().enumerate().filter_map(|(n, item)| {
        let entry = item.id.as_ref().and_then(|id| known.get(id));
        let kept = entry.map_or(&[][..], |entry| &entry.sources);
        Some(Named::new(&format!("items[{n}]."), item.sources.as_ref()?, kept))
    });
    let named: Vec<Named<'_>> = named.collect();
    check_messages(app, user_id, check, &named).await
}

/// The memories of this workspace that the items name.
async fn known(
    app: &App,
    workspace_id: &str,
    items: &[Item],
) -> Result<HashMap<String, MemoryEntry>, Problem> {
    let ids: Vec<&str> = items.iter().filter_map(|item| item.id.as_deref()).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = store::some(&app.db, workspace_id, ids).await?;
    Ok(found.into_iter().map(|entry| (entry.id.clone(), entry)).collect())
}

/// The texts of those that are changed and keep theirs: their passages are written again, with another title or other tags.
async fn texts(app: &App, workspace_id: &str, items: &[Item]) -> Result<HashMap<String, String>, Problem> {
    let keeps = |item: &&Item| item.op() == Op::Update && item.content.is_none();
    let ids: Vec<&str> = items
        .iter()
        .filter(keeps)
        .filter_map(|item| item.id.as_deref())
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(store::texts(&app.db, workspace_id, ids)
        .await?
        .into_iter()
        .collect())
}

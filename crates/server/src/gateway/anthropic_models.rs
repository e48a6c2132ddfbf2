//! The list of models as Anthropic's clients read it: the same models, for requests that say `anthropic-version`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::Time;

use crate::http::problem::{ErrorCode, Problem};
use crate::models::ModelView;

/// Most models of one page, as Anthropic has it.
const PAGE_MAX: usize = 1000;

/// Which part of the list; all of it without them. Anthropic's clients alone send them.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct Pages {
    /// Most models of the page, 1 to 1000; for requests that say `anthropic-version`.
    limit: Option<usize>,
    /// The page behind the model with this id; likewise.
    after_id: Option<String>,
    /// The page in front of the model with this id; likewise.
    before_id: Option<String>,
}

/// A page of the list.
#[derive(Serialize)]
pub(super) struct ModelPage {
    data: Vec<ModelEntry>,
    has_more: bool,
    first_id: Option<String>,
    last_id: Option<String>,
}

/// A model.
#[derive(Serialize)]
pub(super) struct ModelEntry {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    display_name: String,
    created_at: Time,
}

impl ModelEntry {
    /// The model of this id, with its name for people and when its connection was made, in seconds since 1970.
    pub fn new(id: String, display_name: String, created_secs: i64) -> Self {
        Self {
            kind: "model",
            id,
            display_name,
            created_at: Time::from_secs(created_secs),
        }
    }
}

impl ModelPage {
    /// The part of these models that is asked for.
    pub fn of(models: impl Iterator<Item = ModelView>, pages: &Pages) -> Result<Self, Problem> {
        let mut data: Vec<ModelEntry> = models
            .map(|model| ModelEntry::new(model.id, model.name, model.created_secs))
            .collect();
        let limit = pages.limit.unwrap_or(PAGE_MAX);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(wrong("limit", format!("expected 1 to {PAGE_MAX}")));
        }
        let place = |field: &str, id: &str| {
            let found = data.iter().position(|model| model.id == id);
            found.ok_or_else(|| wrong(field, format!("there is no model `{id}` in the list")))
        };
        let has_more = match (&pages.after_id, &pages.before_id) {
            (Some(_), Some(_)) => {
                return Err(wrong("before_id", "does not go with `after_id`".to_owned()));
            }
            (None, Some(before)) => {
                data.truncate(place("before_id", before)?);
                let more = data.len().saturating_sub(limit);
                data.drain(..more);
                more > 0
            }
            (after, None) => {
                let behind = after.as_ref().map(|after| place("after_id", after)).transpose()?;
                data.drain(..behind.map_or(0, |at| at + 1));
                let more = data.len() > limit;
                data.truncate(limit);
                more
            }
        };
        Ok(Self {
            has_more,
            first_id: data.first().map(|model| model.id.clone()),
            last_id: data.last().map(|model| model.id.clone()),
            data,
        })
    }
}

fn wrong(param: &str, why: String) -> Problem {
    let detail = format!("Invalid value for '{param}': {why}.");
    Problem {
        code: ErrorCode::Malformed,
        ..Problem::invalid(param, detail)
    }
}

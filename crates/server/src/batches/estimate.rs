//! What a batch will cost, before it is begun.

use schemars::JsonSchema;
use serde::Serialize;

use crate::App;
use crate::accounts::CallerRow;
use crate::batches::grid::NewRow;
use crate::batches::input::{self, CreateBatch};
use crate::batches::table;
use crate::budgets::Size;
use crate::conversations::{Lane, answer_tokens, prompt};
use crate::http::problem::Problem;
use crate::models::Resolved;
use crate::usage::estimate_tokens;

/// How long an answer is guessed to be, in tokens, where it may be longer.
const ANSWER_TOKENS: u64 = 400;

/// What a batch will cost.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BatchEstimate {
    /// How many rows it would have.
    pub rows: u64,
    /// How many cells.
    pub cells: u64,
    /// What it costs when every answer is as long as it may be, in millionths; budgets reserve as much, cell by cell.
    pub cost_micros_max: i64,
    /// A guess at what it costs, in millionths.
    pub cost_micros_expected: i64,
    /// The same for each lane.
    pub lanes: Vec<LaneEstimate>,
}

/// What a lane of a batch will cost.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LaneEstimate {
    /// The lane.
    pub lane: u8,
    /// The outward name of its model.
    pub model: String,
    /// A guess at what it reads: four bytes a token.
    pub prompt_tokens: u64,
    /// The longest answer.
    pub answer_tokens_max: u64,
    /// What the lane costs when every answer is as long as that, in millionths.
    pub cost_micros_max: i64,
    /// A guess at what it costs, with answers of 400 tokens, in millionths.
    pub cost_micros_expected: i64,
    /// Whether the model has a price at all; what has none counts as free.
    pub priced: bool,
}

/// What the batch of this body will cost.
pub async fn estimate(
    app: &App,
    workspace_id: &str,
    caller: &CallerRow,
    body: CreateBatch,
) -> Result<BatchEstimate, Problem> {
    let new = input::checked(app, workspace_id, caller, body).await?;
    let mut lanes = Vec::with_capacity(new.lanes.len());
    for lane in &new.lanes {
        let name = lane.model.as_deref().unwrap_or_default();
        let model = app
            .models
            .resolve(app, &caller.user_id, Some(workspace_id), name)
            .await?;
        lanes.push(of_lane(lane, &model, &new.rows));
    }
    let sum = |of: fn(&LaneEstimate) -> i64| lanes.iter().map(of).fold(0, i64::saturating_add);
    Ok(BatchEstimate {
        rows: new.rows.len() as u64,
        cells: (new.rows.len() * new.lanes.len()) as u64,
        cost_micros_max: sum(|lane| lane.cost_micros_max),
        cost_micros_expected: sum(|lane| lane.cost_micros_expected),
        lanes,
    })
}

fn of_lane(lane: &Lane, model: &Resolved, rows: &[NewRow]) -> LaneEstimate {
    let settings = lane.settings.clone().unwrap_or_default();
    let budget = prompt::prompt_budget(model.context_tokens);
    let answer = u64::from(answer_tokens(model, budget, settings.max_tokens));
    let mut told = LaneEstimate {
        lane: lane.lane,
        model: model.full_name.clone(),
        prompt_tokens: 0,
        answer_tokens_max: answer,
        cost_micros_max: 0,
        cost_micros_expected: 0,
        priced: !model.prices.is_free(),
    };
    for row in rows {
        let size = Size {
            bytes: bytes(row, settings.system_prompt.as_deref()),
            messages: 2 + row.history.as_ref().map_or(0, Vec::len),
            other_parts: 0,
            answer_tokens: Some(answer),
        };
        let prompt = estimate_tokens(size.bytes);
        let expected = model.cost_micros(prompt, answer.min(ANSWER_TOKENS));
        told.prompt_tokens += prompt;
        told.cost_micros_max = told.cost_micros_max.saturating_add(size.bound_micros(model));
        told.cost_micros_expected = told.cost_micros_expected.saturating_add(expected);
    }
    told
}

/// The bytes that a model reads for a row.
fn bytes(row: &NewRow, system_prompt: Option<&str>) -> usize {
    let history = row.history.iter().flatten().map(|turn| turn.content.len());
    let system = match (system_prompt, &row.variables) {
        (Some(prompt), Some(values)) => table::filled(prompt, values).len(),
        (Some(prompt), None) => prompt.len(),
        (None, _) => row.system_prompt.as_ref().map_or(0, String::len),
    };
    row.prompt.len() + system + history.sum::<usize>()
}

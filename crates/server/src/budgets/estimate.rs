//! What a question will cost with some models, before it is asked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Size;
use crate::App;
use crate::http::json::Check;
use crate::http::problem::Problem;
use crate::models::{Place, Resolved};
use crate::usage::estimate_tokens;

/// As many as a comparison has lanes.
const MODELS_MAX: usize = 12;

/// What is to be asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The outward names of the models, at most 12.
    pub models: Vec<String>,
    /// Everything that they would read: the question, and the turns before it.
    pub texts: Vec<String>,
    /// The longest answer; as long as each model writes when absent.
    pub max_tokens: Option<u32>,
}

/// What it costs with one of them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EstimateView {
    /// The outward name of the model.
    pub model: String,
    /// A guess at what it reads: four bytes a token.
    pub prompt_tokens: u64,
    /// The longest answer.
    pub answer_tokens_max: u64,
    /// What reading costs, in micro-units.
    pub prompt_cost_micros: i64,
    /// What it costs with the longest answer, in micro-units.
    pub cost_micros_max: i64,
    /// Whether the model has a price at all; what has none counts as free.
    pub priced: bool,
}

/// What it will cost with each of the models.
pub async fn estimate(app: &App, place: &Place, body: &Estimate) -> Result<Vec<EstimateView>, Problem> {
    let mut check = Check::new();
    if !(1..=MODELS_MAX).contains(&body.models.len()) {
        check.fail("models", format!("names 1 to {MODELS_MAX} models"));
    }
    check.done()?;
    let mut views = Vec::with_capacity(body.models.len());
    for name in &body.models {
        let model = app
            .models
            .resolve(app, place.caller.id(), Some(&place.workspace_id), name)
            .await?;
        views.push(view(body, &model));
    }
    Ok(views)
}

fn view(body: &Estimate, model: &Resolved) -> EstimateView {
    let prompt_tokens = estimate_tokens(body.texts.iter().map(String::len).sum());
    let answer_tokens_max = Size::answer_of(body.max_tokens, model);
    EstimateView {
        model: model.full_name.clone(),
        prompt_tokens,
        answer_tokens_max,
        prompt_cost_micros: model.cost_micros(prompt_tokens, 0),
        cost_micros_max: model.most_micros(prompt_tokens, answer_tokens_max),
        priced: !model.prices.is_free(),
    }
}

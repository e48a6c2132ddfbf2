//! The models that somebody chooses for a comparison, checked and made into lanes.

use rand::seq::SliceRandom;

use crate::App;
use crate::accounts::CallerRow;
use crate::compare::Choice;
use crate::conversations::Lane;
use crate::conversations::lanes::{LANES_MAX, LaneSettings};
use crate::http::json::Check;
use crate::http::problem::Problem;
use crate::limits;

/// The longest label.
const LABEL_CHARS_MAX: usize = 60;
/// The longest name of a model.
const MODEL_CHARS_MAX: usize = 300;
/// The longest system prompt of a lane: it is stored with its conversation.
const PROMPT_CHARS_MAX: usize = 20_000;
/// The most tokens of an answer that can be asked for.
const TOKENS_MAX: u32 = 16_000;

/// The lanes of these choices, in their order, when the values are possible ones.
pub fn checked(choices: &[Choice], settings: Option<&LaneSettings>) -> Result<Vec<Lane>, Problem> {
    let mut check = Check::new();
    if choices.is_empty() || choices.len() > LANES_MAX {
        check.fail("models", format!("takes 1 to {LANES_MAX} models"));
    }
    if let Some(settings) = settings {
        check_settings(&mut check, "settings", settings);
    }
    let shared = settings.cloned().unwrap_or_default();
    let mut lanes = Vec::with_capacity(choices.len());
    for (number, choice) in choices.iter().enumerate().take(LANES_MAX) {
        let field = format!("models[{number}]");
        let (model, label, own) = match choice {
            Choice::Name(model) => (model, None, None),
            Choice::Lane {
                model,
                label,
                settings,
            } => (model, label.as_deref(), settings.clone()),
        };
        let model = check.text(&field, model, 1, MODEL_CHARS_MAX);
        let label = check.optional_text(&format!("{field}.label"), label, LABEL_CHARS_MAX);
        let own = own.unwrap_or_default();
        check_settings(&mut check, &format!("{field}.settings"), &own);
        lanes.push(Lane {
            lane: number as u8,
            model: Some(model),
            label: label.filter(|label| !label.is_empty()),
            settings: Some(own.or(&shared)),
        });
    }
    check.done()?;
    Ok(lanes)
}

fn check_settings(check: &mut Check, field: &str, settings: &LaneSettings) {
    if let Some(temperature) = settings.temperature
        && !(0.0..=2.0).contains(&temperature)
    {
        check.fail(&format!("{field}.temperature"), "takes 0 to 2");
    }
    if let Some(tokens) = settings.max_tokens
        && !(1..=TOKENS_MAX).contains(&tokens)
    {
        check.fail(&format!("{field}.max_tokens"), format!("takes 1 to {TOKENS_MAX}"));
    }
    let prompt = settings.system_prompt.as_deref();
    check.optional_text(&format!("{field}.system_prompt"), prompt, PROMPT_CHARS_MAX);
}

/// Whether the caller may use all of these models there. From memory, or by one statement.
pub async fn usable(
    app: &App,
    caller: &CallerRow,
    workspace_id: &str,
    lanes: &[Lane],
) -> Result<(), Problem> {
    let view = app.models.view(app, &caller.user_id, Some(workspace_id)).await?;
    for lane in lanes {
        let model = view.resolve(lane.model.as_deref().unwrap_or_default())?;
        model.must_chat(&format!("models[{}]", lane.lane))?;
        limits::allow(caller.limits.as_deref(), &model.full_name)?;
    }
    Ok(())
}

/// The lanes in an order that nobody can guess.
pub fn shuffled(mut lanes: Vec<Lane>) -> Vec<Lane> {
    lanes.shuffle(&mut rand::rng());
    for (number, lane) in lanes.iter_mut().enumerate() {
        lane.lane = number as u8;
    }
    lanes
}

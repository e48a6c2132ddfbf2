//! One lane of a comparison, gone on with as a chat of its own.

use crate::App;
use crate::accounts::CallerRow;
use crate::compare::vote::newest;
use crate::conversations::lanes::{self, BREAKOUT, HISTORY_MAX};
use crate::conversations::{self, Conversation, MessageRole, reply_running};
use crate::http::problem::Problem;

/// A chat with the questions and answers of this lane, its model and what that is told first.
pub async fn breakout(
    app: &App,
    comparison: &Conversation,
    number: u8,
    caller: &CallerRow,
) -> Result<Conversation, Problem> {
    if !comparison.is_comparison() {
        return Err(Problem::conflict("Only a comparison has lanes."));
    }
    let lane = comparison
        .lanes
        .iter()
        .find(|lane| lane.lane == number)
        .ok_or_else(|| Problem::not_found("lane", &number.to_string()))?;
    if comparison.hides_models() {
        return Err(Problem::conflict(
            "Reveal this blind comparison first: a chat names its model.",
        ));
    }
    if comparison.active_run_id.is_some() {
        return Err(reply_running());
    }
    let head = comparison.head_id.as_deref().unwrap_or_default();
    // The history up to the last question, and behind that what the lane has answered to it.
    let mut path = lanes::history(&app.db, (&comparison.id, head), number, HISTORY_MAX).await?;
    let answers = lanes::answers_named(&app.db, &comparison.id, head).await?;
    let last_asked = path.last().is_some_and(|message| message.id == head);
    path.extend(
        newest(answers)
            .into_iter()
            .filter(|answer| last_asked && answer.lane == Some(number)),
    );
    for message in &mut path {
        message.lane = None;
        message.lanes = None;
        if message.role == MessageRole::User {
            message.run_id = None;
        }
    }
    let own = lane
        .settings
        .as_ref()
        .and_then(|settings| settings.system_prompt.clone());
    let like = Conversation {
        kind: BREAKOUT.to_owned(),
        user_id: caller.user_id.clone(),
        model: lane.model.clone(),
        system_prompt: own.or_else(|| comparison.system_prompt.clone()),
        blind: false,
        revealed_at: None,
        lanes: Vec::new(),
        ..comparison.clone()
    };
    conversations::copied(app, like, path).await
}

//! Changing a conversation: its title, model, instructions, place, and the branch that is shown.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{CONTENT_CHARS_MAX, Conversation, TITLE_CHARS_MAX, TitleSource, reply, store};
use crate::App;
use crate::accounts::CallerRow;
use crate::http::json::Check;
use crate::http::problem::Problem;

/// The body that changes a conversation; what is absent stays, an empty text clears.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateConversation {
    /// A title of one's own.
    pub title: Option<String>,
    /// The model of the next replies.
    pub model: Option<String>,
    /// What every model is told first.
    pub system_prompt: Option<String>,
    /// Pinned to the top.
    pub pinned: Option<bool>,
    /// Put away.
    pub archived: Option<bool>,
    /// Show the branch of this message, down to its newest end.
    pub head_id: Option<String>,
}

/// Changes a conversation.
pub async fn update(
    app: &App,
    conversation: &Conversation,
    caller: &CallerRow,
    body: UpdateConversation,
) -> Result<Conversation, Problem> {
    let mut check = Check::new();
    let title = body
        .title
        .as_deref()
        .map(|title| check.text("title", title, 1, TITLE_CHARS_MAX));
    let system_prompt =
        check.optional_text("system_prompt", body.system_prompt.as_deref(), CONTENT_CHARS_MAX);
    check.done()?;
    if let Some(model) = body.model.as_deref().filter(|model| !model.is_empty()) {
        let workspace = Some(conversation.workspace_id.as_str());
        let resolved = app.models.resolve(app, &caller.user_id, workspace, model).await?;
        resolved.must_chat("model")?;
    }
    let head_id = match &body.head_id {
        None => conversation.head_id.clone(),
        Some(_) if conversation.is_comparison() => {
            return Err(Problem::conflict("A comparison has no branches."));
        }
        Some(_) if conversation.active_run_id.is_some() => return Err(reply::reply_running()),
        Some(id) => {
            let leaf = store::newest_leaf(&app.db, &conversation.id, id).await?;
            Some(leaf.ok_or_else(|| Problem::not_found("message", id))?)
        }
    };
    let now = app.clock.now();
    let clearable = |new: Option<String>, old: &Option<String>| match new {
        Some(text) => Some(text).filter(|text| !text.is_empty()),
        None => old.clone(),
    };
    let changed = Conversation {
        title_source: if title.is_some() {
            TitleSource::User
        } else {
            conversation.title_source
        },
        title: title.unwrap_or_else(|| conversation.title.clone()),
        model: clearable(body.model, &conversation.model),
        system_prompt: clearable(system_prompt, &conversation.system_prompt),
        pinned: body.pinned.unwrap_or(conversation.pinned),
        archived: body.archived.unwrap_or(conversation.archived),
        head_id,
        updated_at: now,
        ..conversation.clone()
    };
    store::update(&changed, now).execute(&app.db).await?;
    app.changes.publish(changed.notice()).await;
    Ok(changed)
}

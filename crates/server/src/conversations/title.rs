//! Titles: made in the background by a model after the first answer; until then, and when no model can, the first words.

use std::time::Duration;

use async_trait::async_trait;
use engine::{Finish, FinishStatus, Lane, NewRun, Outcome, Run, RunContext, Step, StepError};
use llm::{ChatRequest, Message as Turn, Provider};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::App;
use crate::conversations::generate::notice;
use crate::conversations::{Errand, Message, TitleSource, ask, store};
use crate::ids::Kind;
use crate::settings;
use crate::usage;

/// How much of each message the model sees.
const SEEN_CHARS: usize = 1_200;
/// The longest title that is taken from a model.
const TITLE_CHARS: usize = 80;
/// A title is a nicety; nobody waits longer for it.
const LIMIT: Duration = Duration::from_mins(1);

#[derive(Serialize, Deserialize)]
struct TitleInput {
    answer_id: String,
    model: String,
    /// The API key that the reply was asked for with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
}

/// Adds to the end of a reply the run that will title its conversation, when that has no title but its first words.
pub async fn push(
    app: &App,
    (reply, key_id): (&Run, Option<String>),
    answer: &Message,
    finish: &mut Finish,
) -> Result<(), StepError> {
    let conversation = store::get(&app.db, &answer.conversation_id).await?;
    if conversation.is_none_or(|conversation| conversation.title_source != TitleSource::FirstWords) {
        return Ok(());
    }
    app.engine
        .prepare(
            new_run(app, (reply, key_id), answer),
            engine::Start::Queued,
            &mut finish.writes,
        )
        .map_err(|error| StepError::fail("internal", error))?;
    Ok(())
}

/// The run that will title the conversation of this answer.
fn new_run(app: &App, (reply, key_id): (&Run, Option<String>), answer: &Message) -> NewRun {
    let input = TitleInput {
        answer_id: answer.id.clone(),
        model: answer.model.clone().unwrap_or_default(),
        key_id,
    };
    let mut run = NewRun::new(app.ids.make(Kind::Run, app.clock.now()), "title", json!(input));
    run.workspace_id.clone_from(&reply.workspace_id);
    run.user_id.clone_from(&reply.user_id);
    run.conversation_id.clone_from(&reply.conversation_id);
    run.attempts_max = 2;
    run
}

/// Titles conversations.
pub struct TitleStep {
    app: App,
}

impl TitleStep {
    /// For this application.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

#[async_trait]
impl Step for TitleStep {
    fn kind(&self) -> &'static str {
        "title"
    }

    fn lane(&self) -> Lane {
        Lane::Background
    }

    async fn run(&self, ctx: &RunContext) -> Result<Outcome, StepError> {
        let app = &self.app;
        let input: TitleInput = serde_json::from_value(ctx.run().input.clone())
            .map_err(|error| StepError::fail("internal", error))?;
        let conversation_id = ctx.run().conversation_id.clone().unwrap_or_default();
        let Some(answer) = store::get_message(&app.db, &conversation_id, &input.answer_id).await? else {
            return Ok(Outcome::Complete(Finish::completed(json!({ "title": null }))));
        };
        let question = store::get_message(&app.db, &conversation_id, &answer.parent_id).await?;
        let settings = settings::current(app)
            .await
            .map_err(|problem| StepError::retry("settings", problem))?;
        let name = settings.title_model.clone().unwrap_or(input.model);
        let (user, workspace) = (
            ctx.run().user_id.clone().unwrap_or_default(),
            ctx.run().workspace_id.clone(),
        );
        let model = app.models.resolve(app, &user, workspace.as_deref(), &name).await;
        // Without a model that can, the first words stay; that is no failure. The scripted models can not.
        let Some(model) = model.ok().filter(|model| model.provider.kind() != "mock") else {
            return Ok(Outcome::Complete(Finish::completed(json!({ "title": null }))));
        };
        let mut request = ChatRequest::new(model.name.clone(), turns(question.as_ref(), &answer));
        request.max_tokens = Some(24);
        request.temperature = Some(0.2);
        let errand = Errand {
            purpose: usage::Purpose::Title,
            limit: LIMIT,
            key_id: input.key_id.as_deref(),
        };
        let answered = ask(app, ctx, &model, request, errand).await?;
        let title = clean(&answered.text);
        let mut finish = Finish::completed(json!({ "title": title }));
        finish.usage = answered.usage;
        if let Some(title) = title {
            finish
                .writes
                .push(store::set_model_title(&conversation_id, &title, app.clock.now()));
        }
        finish.writes.append(answered.call);
        Ok(Outcome::Complete(finish))
    }

    async fn ended(&self, run: &Run, _status: FinishStatus, output: &Value) {
        if output["title"].is_string()
            && let Some(notice) = notice(run)
        {
            self.app.changes.publish(notice).await;
        }
    }
}

fn turns(question: Option<&Message>, answer: &Message) -> Vec<Turn> {
    let cut = |text: &str| text.chars().take(SEEN_CHARS).collect::<String>();
    let question = question
        .map(|question| cut(&question.content))
        .unwrap_or_default();
    vec![
        Turn::system(
            "You title conversations. Answer with the title alone: at most six words, no quotation marks, no full stop, in the language of the conversation.",
        ),
        Turn::user(format!(
            "Question:\n{question}\n\nAnswer:\n{}\n\nTitle:",
            cut(&answer.content)
        )),
    ]
}

/// One line, without what models like to put around a title; nothing when nothing usable is left.
fn clean(text: &str) -> Option<String> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let line = line
        .strip_prefix("Title:")
        .or_else(|| line.strip_prefix("title:"))
        .unwrap_or(line);
    let line = line
        .trim()
        .trim_matches(['"', '\'', '*', '#', '`', '.', ' ', '“', '”', '„', '«', '»'])
        .trim();
    if line.is_empty() || line.chars().count() > TITLE_CHARS {
        return None;
    }
    Some(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn titles_lose_their_wrapping_and_rambling_ones_are_not_taken() {
        for (said, title) in [
            ("\"Sorting a list\"", Some("Sorting a list")),
            ("Title: **Sorting** lists.", Some("Sorting** lists")),
            ("\n\n# Plan for today\nmore", Some("Plan for today")),
            ("...", None),
            ("", None),
        ] {
            assert_eq!(clean(said).as_deref(), title, "{said}");
        }
        assert_eq!(clean(&"word ".repeat(40)), None);
    }
}

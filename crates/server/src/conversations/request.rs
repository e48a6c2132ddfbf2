//! What the model of a reply is asked: the branch, the notes beside the conversation, and what a search found for it.

use engine::{RunContext, StepError};
use llm::ChatRequest;

use crate::App;
use crate::conversations::generate::ReplyInput;
use crate::conversations::{Answered, Message, lanes, prompt, store};
use crate::memories::context;
use crate::models::Resolved;
use crate::retrieval::Kind;
use crate::sources::{self, Sources};

/// The longest answer that is asked for.
const ANSWER_TOKENS_MAX: u32 = 16_000;
/// Characters of a run's id by which the passages of its reply are marked: random, so no text can know them.
const KEY_CHARS: usize = 8;

/// A request, and what went into it.
pub struct Asking {
    /// For the model.
    pub request: ChatRequest,
    /// The memories that the model reads.
    pub memories: Vec<String>,
    /// What was found for the question; none where nothing was to be searched.
    pub sources: Option<Sources>,
    /// A call of the model that made the question stand alone.
    pub answered: Option<Answered>,
}

/// Puts together what the model is asked for this reply.
pub async fn request(
    app: &App,
    ctx: &RunContext,
    message: &Message,
    input: &ReplyInput,
    model: &Resolved,
) -> Result<Asking, StepError> {
    let conversation = store::get(&app.db, &message.conversation_id).await?;
    let settings = input
        .lane
        .as_ref()
        .map(|lane| lane.settings.clone())
        .unwrap_or_default();
    let system_prompt = settings
        .system_prompt
        .or_else(|| conversation.and_then(|conversation| conversation.system_prompt));
    let budget = prompt::prompt_budget(model.context_tokens);
    let notes = context::notes(&app.db, &message.conversation_id).await?;
    let (mut system_prompt, mut memories) = prompt::with_notes(system_prompt.as_deref(), &notes, budget);
    let mut branch = said_before(app, message, input, prompt::messages_max(budget)).await?;
    let (mut kept, mut answered) = (None, None);
    if let Some(collection) = &input.collection {
        let asked = sources::Asked {
            app,
            ctx,
            key_id: input.key_id.as_deref(),
            model,
            collection,
            branch: &branch,
            told: &memories,
            budget,
        };
        let found = match &input.lane {
            // Found by the run above it, once for all lanes.
            Some(lane) if ctx.run().parent_id.is_some() => {
                sources::found(&asked, lane.sources.as_ref()).await?
            }
            _ => sources::find(&asked).await?,
        };
        let key = key_of(&ctx.run().id);
        found.put_before_question(&mut branch, collection, key);
        let rules = sources::rules(collection, key, !found.passages.is_empty());
        let before = system_prompt
            .map(|prompt| format!("{prompt}\n\n"))
            .unwrap_or_default();
        system_prompt = Some(before + &rules);
        let read = found.passages.iter().map(|(citation, _)| citation);
        memories.extend(
            read.filter(|citation| citation.kind == Kind::Memory)
                .map(|citation| citation.owner_id.clone()),
        );
        memories.sort_unstable();
        memories.dedup();
        (kept, answered) = (Some(found.sources), found.answered);
    }
    let turns = prompt::build(system_prompt.as_deref(), &branch, input.continues, budget);
    let mut request = ChatRequest::new(model.name.clone(), turns);
    request.max_tokens = Some(answer_tokens(model, budget, settings.max_tokens));
    request.temperature = settings.temperature;
    Ok(Asking {
        request,
        memories,
        sources: kept,
        answered,
    })
}

/// The longest answer that is asked for, beside a prompt of so many tokens.
pub fn answer_tokens(model: &Resolved, prompt_tokens: usize, wanted: Option<u32>) -> u32 {
    let free = model
        .context_tokens
        .map(|context| (context as usize).saturating_sub(prompt_tokens) as u32);
    let most = free.unwrap_or(ANSWER_TOKENS_MAX).min(ANSWER_TOKENS_MAX);
    wanted.map_or(most, |wanted| wanted.min(most))
}

/// The messages that the model is to know, oldest first: the branch, or what belongs to the lane.
async fn said_before(
    app: &App,
    message: &Message,
    input: &ReplyInput,
    messages_max: u32,
) -> sql::Result<Vec<Message>> {
    if let Some(lane) = &input.lane {
        let place = (message.conversation_id.as_str(), input.question_id.as_str());
        return lanes::history(&app.db, place, lane.lane, messages_max).await;
    }
    let from = if input.continues {
        &input.message_id
    } else {
        &input.question_id
    };
    let mut branch = store::branch(&app.db, &message.conversation_id, from, messages_max).await?;
    branch.reverse();
    Ok(branch)
}

/// The key of the marks around what was found for a reply.
pub fn key_of(run_id: &str) -> &str {
    &run_id[run_id.len().saturating_sub(KEY_CHARS)..]
}

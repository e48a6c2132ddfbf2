//! Generated data of any size.

use sql::{Batch, Time};

use crate::App;
use crate::conversations::{Conversation, Message, MessageRole, TitleSource, store};
use crate::demo::Loaded;
use crate::demo::words::Words;
use crate::http::problem::Problem;
use crate::ids::{Ids, Kind};
use crate::retrieval;
use crate::workspaces::{self, NewWorkspace};

/// Messages of a conversation.
const MESSAGES: u64 = 10;
/// Conversations of a workspace.
const CONVERSATIONS: u64 = 500;
/// Conversations written in one transaction.
const BATCH: u64 = 100;
/// Seconds between two conversations.
const STEP_SECONDS: i64 = 120;

/// Writes `messages` messages into new workspaces of this user.
pub async fn load(
    app: &App,
    user_id: &str,
    messages: u64,
    seed: u64,
    loaded: &mut Loaded,
) -> Result<(), Problem> {
    let conversations = messages.div_ceil(MESSAGES);
    let ids = Ids::seeded(seed);
    let mut words = Words::new(seed);
    let now = app.clock.now();
    // The newest conversation is from now, the others lie before it.
    let begin = now.micros() - conversations as i64 * STEP_SECONDS * 1_000_000;
    let mut workspace = String::new();
    let mut batch = Batch::new();
    let mut left = messages;
    for n in 0..conversations {
        let at = Time::from_micros(begin + n as i64 * STEP_SECONDS * 1_000_000);
        if n % CONVERSATIONS == 0 {
            workspace = new_workspace(&ids, &mut batch, user_id, n / CONVERSATIONS + 1, at);
            loaded.workspaces += 1;
        }
        let count = left.min(MESSAGES);
        push_conversation(
            &ids,
            &mut words,
            &mut batch,
            Place {
                workspace_id: &workspace,
                user_id,
                at,
                count,
            },
        );
        left -= count;
        loaded.conversations += 1;
        loaded.messages += count;
        if n % BATCH == BATCH - 1 || n == conversations - 1 {
            // Their passages come later: they would double what there is to be written now.
            batch.push(retrieval::backfill_again());
            app.db.write(std::mem::take(&mut batch)).await?;
            if n % 10_000 == 9_999 {
                tracing::info!(conversations = n + 1, of = conversations, "generating");
            }
        }
    }
    Ok(())
}

fn new_workspace(ids: &Ids, batch: &mut Batch, user_id: &str, number: u64, at: Time) -> String {
    let id = ids.make(Kind::Workspace, at);
    let new = NewWorkspace {
        slug: format!("generated-{number}-{}", &id[id.len() - 6..]),
        name: format!("Generated {number}"),
        description: String::new(),
        personal: false,
        id,
    };
    workspaces::push_create(batch, &new, user_id, at);
    new.id
}

struct Place<'a> {
    workspace_id: &'a str,
    user_id: &'a str,
    at: Time,
    count: u64,
}

fn push_conversation(ids: &Ids, words: &mut Words, batch: &mut Batch, place: Place<'_>) {
    let id = ids.make(Kind::Conversation, place.at);
    let mut messages: Vec<Message> = Vec::with_capacity(place.count as usize);
    for n in 0..place.count {
        let at = Time::from_micros(place.at.micros() + n as i64 * 5_000_000);
        let answers = n % 2 == 1;
        let content = words.text(answers);
        let parent_id = messages
            .last()
            .map(|message| message.id.clone())
            .unwrap_or_default();
        let role = if answers {
            MessageRole::Assistant
        } else {
            MessageRole::User
        };
        messages.push(Message {
            user_id: (!answers).then(|| place.user_id.to_owned()),
            model: answers.then(|| "mock/lorem".to_owned()),
            prompt_tokens: if answers { 40 } else { 0 },
            completion_tokens: if answers { content.len() as i64 / 4 } else { 0 },
            latency_ms: answers.then_some(2_000),
            first_token_ms: answers.then_some(300),
            content,
            ..Message::new(ids.make(Kind::Message, at), &id, &parent_id, role, at)
        });
    }
    let last = messages.last().map_or(place.at, |message| message.created_at);
    let title_words = 3 + words.below(4);
    let conversation = Conversation {
        title: words.sentence(title_words).trim_end_matches('.').to_owned(),
        title_source: TitleSource::FirstWords,
        model: Some("mock/lorem".to_owned()),
        head_id: messages.last().map(|message| message.id.clone()),
        message_count: place.count as i64,
        last_message_at: last,
        updated_at: last,
        ..Conversation::new(id, place.workspace_id, place.user_id, place.at)
    };
    batch.push(store::insert(&conversation));
    for message in &messages {
        batch.push(store::insert_message(message));
    }
}

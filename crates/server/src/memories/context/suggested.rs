//! Memories that would help in a conversation: recall by what was said in it last, without those that stand beside it.

use std::collections::{HashMap, HashSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::App;
use crate::conversations::{self, Conversation, MessageRole};
use crate::http::problem::Problem;
use crate::memories::context::{ContextItem, MemoryBrief};
use crate::memories::{MemoryEntry, store};
use crate::retrieval::{self, Mode, Only};

/// The most that are suggested.
const SUGGESTED: usize = 5;
/// Messages of the branch that are looked at for a person's last words.
const LOOKED_AT: u32 = 6;
/// Words of older messages are taken along until there are so many characters.
const ENOUGH_CHARS: usize = 200;
/// What is taken of one message.
const TAKEN_CHARS: usize = 600;
/// Hits for each memory that is to be found: one may be found by several of its passages.
const HITS_EACH: usize = 3;
/// What is nearer than this has to do with the question. Measured with the local model on 419 turns of a conversation: what
/// answers a question has a cosine of 0.45 to 0.75, the nearest to a question about something else one of 0.15 to 0.35.
/// The words alone do not tell: one rare word that both use weighs as much as a whole sentence.
const NEAR: f32 = 0.42;
/// Without a vector, so many different words of the question, and such a share of their worth.
const WORDS: usize = 2;
const WORTH: f32 = 0.3;
/// Shorter words say little.
const WORD_CHARS: usize = 4;

/// A memory that would help.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Suggested {
    /// The memory.
    pub memory: MemoryBrief,
    /// Higher is better; comparable within one answer.
    pub score: f32,
}

/// What would help in this conversation, best first; nothing when nothing is near enough.
pub async fn of(
    app: &App,
    conversation: &Conversation,
    beside: &[ContextItem],
) -> Result<Vec<Suggested>, Problem> {
    let Some(question) = question(app, conversation).await? else {
        return Ok(Vec::new());
    };
    let query = retrieval::Query {
        text: &question,
        workspaces: vec![conversation.workspace_id.clone()],
        only: Some(Only {
            kinds: vec![search::Kind::Memory],
            owners: Vec::new(),
        }),
        k: (SUGGESTED + beside.len()) * HITS_EACH,
        mode: Mode::Hybrid,
    };
    let (hits, _) = retrieval::find(app, query).await?;
    let mut seen: HashSet<&str> = beside.iter().map(|item| item.memory.id.as_str()).collect();
    let best: Vec<(String, f32)> = hits
        .iter()
        .filter(|hit| is_near(hit, &question) && seen.insert(&hit.passage.owner_id))
        .take(SUGGESTED)
        .map(|hit| (hit.passage.owner_id.clone(), hit.score))
        .collect();
    if best.is_empty() {
        return Ok(Vec::new());
    }
    let ids = best.iter().map(|(id, _)| id.as_str()).collect();
    let found = store::some(&app.db, &conversation.workspace_id, ids).await?;
    let mut found: HashMap<String, MemoryEntry> =
        found.into_iter().map(|entry| (entry.id.clone(), entry)).collect();
    // One that was deleted a moment ago is left out.
    Ok(best
        .into_iter()
        .filter_map(|(id, score)| {
            let entry = found.remove(&id)?;
            Some(Suggested {
                memory: MemoryBrief {
                    id,
                    title: entry.title,
                    snippet: entry.snippet,
                    tags: entry.tags,
                },
                score,
            })
        })
        .collect())
}

/// What a person said last, the newest first.
async fn question(app: &App, conversation: &Conversation) -> Result<Option<String>, Problem> {
    let Some(head_id) = &conversation.head_id else {
        return Ok(None);
    };
    let branch = conversations::branch_of(&app.db, &conversation.id, head_id, LOOKED_AT).await?;
    let mut question = String::new();
    for message in branch
        .iter()
        .rev()
        .filter(|message| message.role == MessageRole::User)
    {
        if question.chars().count() >= ENOUGH_CHARS {
            break;
        }
        if !question.is_empty() {
            question.push('\n');
        }
        question.extend(message.content.chars().take(TAKEN_CHARS));
    }
    let question = question.trim();
    Ok((!question.is_empty()).then(|| question.to_owned()))
}

fn is_near(hit: &search::Hit, question: &str) -> bool {
    if let Some(cosine) = hit.by_vector {
        return cosine >= NEAR;
    }
    // No model can be had, or it has not come to this passage yet.
    let text = format!("{} {}", hit.passage.title, hit.passage.text);
    hit.by_words >= WORTH && shared(question, &text) >= WORDS
}

/// How many different words two texts share; the endings of words count little.
fn shared(one: &str, other: &str) -> usize {
    let stems = |text: &str| -> HashSet<String> {
        let words = text.split(|c: char| !c.is_alphanumeric());
        words
            .filter(|word| word.chars().count() >= WORD_CHARS)
            .map(|word| {
                word.chars()
                    .flat_map(char::to_lowercase)
                    .take(WORD_CHARS + 1)
                    .collect()
            })
            .collect()
    };
    stems(one).intersection(&stems(other)).count()
}

#[cfg(test)]
mod tests {
    use super::shared;

    #[test]
    fn texts_share_words_whatever_their_endings() {
        assert_eq!(
            shared("Who painted the railings?", "The RAILING was painted by Tom."),
            2
        );
        assert_eq!(
            shared("What is the capital of France?", "The capital letter is red."),
            1
        );
    }
}

//! The search of a reply: what is found is told as events and shown to the model.

use engine::{RunContext, StepError};
use search::Passage;
use serde_json::json;

use crate::App;
use crate::conversations::{Answered, Message, MessageRole};
use crate::http::problem::Problem;
use crate::models::Resolved;
use crate::retrieval::{self, Mode, PlaceView, Query};
use crate::sources::{Citation, Collection, Retrieval, Sources, marked, query, select};

/// Hits that the choice is made from.
const HITS: usize = 40;
/// Characters of a citation's snippet.
const SNIPPET_CHARS: usize = 240;
/// The part of a prompt's budget that sources may take, and the most tokens.
const BUDGET_PART: usize = 3;
const BUDGET_MAX: usize = 3_000;

/// What a reply draws on, and for which question.
pub struct Asked<'a> {
    /// The application.
    pub app: &'a App,
    /// The run of the reply.
    pub ctx: &'a RunContext,
    /// The API key that it was asked for with.
    pub key_id: Option<&'a str>,
    /// The model of the reply.
    pub model: &'a Resolved,
    /// What may be searched.
    pub collection: &'a Collection,
    /// The messages up to the question, or to the answer that is continued; oldest first.
    pub branch: &'a [Message],
    /// Memories that the model is told anyway.
    pub told: &'a [String],
    /// The tokens of the prompt.
    pub budget: usize,
}

/// What was found.
pub struct Found {
    /// What the message keeps of it.
    pub sources: Sources,
    /// What the model is to read in front of the question.
    pub passages: Vec<(Citation, Passage)>,
    /// What it cost to make the question stand alone.
    pub answered: Option<Answered>,
}

impl Found {
    /// Puts the passages in front of the last question of a branch, marked with a key; or says that there are none.
    pub fn put_before_question(&self, branch: &mut [Message], collection: &Collection, key: &str) {
        let question = branch
            .iter_mut()
            .rev()
            .find(|message| message.role == MessageRole::User);
        if let Some(question) = question {
            question.content = if self.passages.is_empty() {
                marked::with_nothing(&question.content, collection)
            } else {
                marked::with_passages(&question.content, &self.passages, key)
            };
        }
    }
}

/// Searches for the last question of a branch, or, for an answer that has sources already, reads those again. Tells what was
/// found as events: `step_started` and `step_finished` with the step `retrieval`, and a `citation` for each passage.
pub async fn find(asked: &Asked<'_>) -> Result<Found, StepError> {
    let ctx = asked.ctx;
    ctx.emit("step_started", json!({ "step": "retrieval" })).await?;
    let before = asked.branch.last().and_then(|message| message.sources.as_ref());
    let found = match before {
        Some(sources) => again(asked, sources).await?,
        None => first(asked).await?,
    };
    let Retrieval { query, found: count } = &found.sources.retrieval;
    let told = json!({ "step": "retrieval", "query": query, "found": count });
    ctx.emit("step_finished", told).await?;
    for citation in &found.sources.citations {
        ctx.emit("citation", json!(citation)).await?;
    }
    Ok(found)
}

/// What was found before and is kept by somebody else: the passages are read again, and nothing is told.
pub async fn found(asked: &Asked<'_>, sources: Option<&Sources>) -> Result<Found, StepError> {
    match sources {
        Some(sources) => again(asked, sources).await,
        None => Ok(Found {
            sources: Sources {
                retrieval: Retrieval {
                    query: String::new(),
                    found: 0,
                },
                citations: Vec::new(),
            },
            passages: Vec::new(),
            answered: None,
        }),
    }
}

fn workspace_of(ctx: &RunContext) -> &str {
    ctx.run().workspace_id.as_deref().unwrap_or_default()
}

async fn first(asked: &Asked<'_>) -> Result<Found, StepError> {
    let (app, ctx) = (asked.app, asked.ctx);
    let query::Rewritten { query, answered } =
        query::rewritten(app, ctx, (asked.model, asked.key_id), asked.branch).await?;
    let workspace_id = workspace_of(ctx);
    let conversation_id = ctx.run().conversation_id.as_deref();
    let only = asked.collection.scope(app, workspace_id).await?;
    let searched = Query {
        text: &query,
        workspaces: vec![workspace_id.to_owned()],
        only: Some(only),
        k: HITS,
        mode: Mode::Hybrid,
    };
    let (mut hits, _) = retrieval::find(app, searched)
        .await
        .map_err(|problem| failed(&problem))?;
    // What the model reads anyway is no source.
    hits.retain(|hit| {
        let owner = &hit.passage;
        owner.parent_id.as_deref() != conversation_id && !asked.told.contains(&owner.owner_id)
    });
    let chosen = select::select(hits, (asked.budget / BUDGET_PART).min(BUDGET_MAX));
    let titles = retrieval::titles_of(app, chosen.iter().map(|hit| &hit.passage))
        .await
        .map_err(|problem| failed(&problem))?;
    let passages: Vec<(Citation, Passage)> = chosen
        .into_iter()
        .zip(1..)
        .map(|(hit, number)| {
            let passage = hit.passage;
            let pieces = search::snippet(&passage.text, &query, SNIPPET_CHARS);
            let inherited = passage.parent_id.as_ref().and_then(|id| titles.get(id));
            let citation = Citation {
                number,
                passage: passage.number,
                kind: passage.kind.into(),
                owner_id: passage.owner_id.clone(),
                parent_id: passage.parent_id.clone(),
                title: inherited.unwrap_or(&passage.title).clone(),
                place: PlaceView::from(&passage.place),
                snippet: pieces.into_iter().map(|piece| piece.text).collect(),
            };
            (citation, passage)
        })
        .collect();
    let citations: Vec<Citation> = passages.iter().map(|(citation, _)| citation.clone()).collect();
    Ok(Found {
        sources: Sources {
            retrieval: Retrieval {
                query,
                found: citations.len() as u32,
            },
            citations,
        },
        passages,
        answered,
    })
}

/// The sources of an answer that is continued, with their numbers; without those that are gone.
async fn again(asked: &Asked<'_>, sources: &Sources) -> Result<Found, StepError> {
    let numbers = sources
        .citations
        .iter()
        .map(|citation| citation.passage)
        .collect();
    let workspaces = [workspace_of(asked.ctx).to_owned()];
    let mut read = asked.app.search.index.passages(numbers, &workspaces).await?;
    let passages = sources
        .citations
        .iter()
        .filter_map(|citation| {
            let at = read
                .iter()
                .position(|passage| passage.number == citation.passage)?;
            Some((citation.clone(), read.swap_remove(at)))
        })
        .collect();
    Ok(Found {
        sources: sources.clone(),
        passages,
        answered: None,
    })
}

fn failed(problem: &Problem) -> StepError {
    StepError::Fail {
        error: problem.to_stored(),
    }
}

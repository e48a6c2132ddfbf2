//! What people think of the answers to a question: one vote for each person and question, and the end of a blind comparison.
//!
//! A vote keeps the answers as they were then, so that a rating needs nothing but votes. Votes on the questions of a blind
//! comparison can not be changed once it is revealed: then people know whom they vote for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::{Batch, Time};

use crate::App;
use crate::compare::begin::ComparisonView;
use crate::compare::store::{self, Place, VoteAt};
use crate::conversations::{
    Conversation, Message, MessageAt, MessageRole, MessageStatus, lanes, reply_running,
};
use crate::http::json::Check;
use crate::http::problem::Problem;

/// The longest reason.
const REASON_CHARS_MAX: usize = 4_000;
/// The most tags of a vote, and the longest.
const TAGS_MAX: usize = 10;
const TAG_CHARS_MAX: usize = 40;

/// What a vote says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// One answer is the best.
    Best,
    /// Some answers are equally good, and better than the others.
    Tie,
    /// No answer is of use.
    AllBad,
}

impl Verdict {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Tie => "tie",
            Self::AllBad => "all_bad",
        }
    }
    pub(super) fn parse(text: &str) -> Self {
        match text {
            "best" => Self::Best,
            "tie" => Self::Tie,
            _ => Self::AllBad,
        }
    }
}

/// A vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Vote {
    /// What it says.
    pub verdict: Verdict,
    /// The best lane, or those that are tied.
    pub lanes: Vec<u8>,
    /// Why.
    pub reason: Option<String>,
    /// What the question is about, for ratings by subject.
    pub tags: Vec<String>,
    /// When it was given.
    #[schemars(with = "String")]
    pub updated_at: Time,
}

/// The body that votes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutVote {
    /// What it says.
    pub verdict: Verdict,
    /// The best lane, or those that are tied; none when all are bad.
    pub lanes: Option<Vec<u8>>,
    /// Why.
    pub reason: Option<String>,
    /// What the question is about, for ratings by subject.
    pub tags: Option<Vec<String>>,
}

/// Votes on a question; a vote that the person has given before is replaced.
pub async fn put(app: &App, at: &MessageAt, user_id: &str, body: PutVote) -> Result<Vote, Problem> {
    changeable(at)?;
    let conversation = &at.conversation;
    let answers = newest(lanes::answers_named(&app.db, &conversation.id, &at.message.id).await?);
    if answers
        .iter()
        .any(|answer| answer.status == MessageStatus::Generating)
    {
        return Err(reply_running());
    }
    let said: Vec<&Message> = answers
        .iter()
        .filter(|answer| !answer.content.is_empty())
        .collect();
    let vote = checked(body, &said, app.clock.now())?;
    let place = Place {
        question: &at.message.id,
        user: user_id,
        conversation: &conversation.id,
        workspace: &conversation.workspace_id,
    };
    let mut batch = Batch::new();
    batch.push(store::delete_vote(place.question, user_id));
    batch.push(store::insert_vote(place, &vote));
    for answer in said {
        let best = answer.lane.is_some_and(|lane| vote.lanes.contains(&lane));
        let place_of = match vote.verdict {
            Verdict::AllBad => None,
            Verdict::Best | Verdict::Tie => Some(i64::from(!best)),
        };
        batch.push(store::insert_answer(place, answer, place_of));
    }
    for tag in &vote.tags {
        batch.push(store::insert_tag(place, tag));
    }
    app.db.write(batch).await?;
    app.changes.publish(conversation.notice()).await;
    Ok(vote)
}

/// Takes a vote back.
pub async fn remove(app: &App, at: &MessageAt, user_id: &str) -> Result<(), Problem> {
    changeable(at)?;
    store::delete_vote(&at.message.id, user_id)
        .execute(&app.db)
        .await?;
    app.changes.publish(at.conversation.notice()).await;
    Ok(())
}

/// Of each lane the answer that was written last.
pub fn newest(answers: Vec<Message>) -> Vec<Message> {
    let mut newest: Vec<Message> = Vec::with_capacity(answers.len());
    // By lane, then by age.
    for answer in answers {
        match newest.last_mut() {
            Some(last) if last.lane == answer.lane => *last = answer,
            _ => newest.push(answer),
        }
    }
    newest
}

fn changeable(at: &MessageAt) -> Result<(), Problem> {
    let MessageAt {
        conversation,
        message,
    } = at;
    if !conversation.is_comparison() || message.role != MessageRole::User {
        return Err(Problem::conflict(
            "Votes are about the questions of a comparison.",
        ));
    }
    if conversation
        .revealed_at
        .is_some_and(|revealed| message.created_at <= revealed)
    {
        return Err(Problem::conflict(
            "This comparison was revealed, so its votes stay as they are.",
        ));
    }
    Ok(())
}

fn checked(body: PutVote, answers: &[&Message], now: Time) -> Result<Vote, Problem> {
    let mut check = Check::new();
    let mut lanes = body.lanes.unwrap_or_default();
    lanes.sort_unstable();
    lanes.dedup();
    match (body.verdict, lanes.len()) {
        (Verdict::Best, 1) | (Verdict::Tie, 2..) | (Verdict::AllBad, 0) => {}
        (Verdict::Best, _) => check.fail("lanes", "names the one best lane"),
        (Verdict::Tie, _) => check.fail("lanes", "names the lanes that are tied, at least two"),
        (Verdict::AllBad, _) => check.fail("lanes", "names no lane when all are bad"),
    }
    let answered = |lane: &u8| answers.iter().any(|answer| answer.lane == Some(*lane));
    if let Some(lane) = lanes.iter().find(|lane| !answered(lane)) {
        check.fail("lanes", format!("lane {lane} has no answer to this question"));
    }
    if answers.is_empty() {
        check.fail("verdict", "needs answers; no model has said anything");
    }
    let reason = check.optional_text("reason", body.reason.as_deref(), REASON_CHARS_MAX);
    let mut tags: Vec<String> = Vec::new();
    for tag in body.tags.unwrap_or_default() {
        let tag = tag.trim().trim_start_matches('#').trim().to_lowercase();
        check.text("tags", &tag, 1, TAG_CHARS_MAX);
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    if tags.len() > TAGS_MAX {
        check.fail("tags", format!("are at most {TAGS_MAX}"));
    }
    check.done()?;
    Ok(Vote {
        verdict: body.verdict,
        lanes,
        reason: reason.filter(|reason| !reason.is_empty()),
        tags,
        updated_at: now,
    })
}

/// Adds to questions what this person has voted on them.
pub async fn attach(
    app: &App,
    conversation: &Conversation,
    user_id: &str,
    messages: &mut [Message],
) -> Result<(), Problem> {
    let votes = store::list_votes(&app.db, &conversation.id, user_id).await?;
    for VoteAt(id, vote) in votes {
        if let Some(message) = messages.iter_mut().find(|message| message.id == id) {
            message.vote = Some(vote);
        }
    }
    Ok(())
}

/// Names the models of a blind comparison.
pub async fn reveal(app: &App, conversation: Conversation) -> Result<ComparisonView, Problem> {
    if !conversation.blind {
        return Err(Problem::conflict("Only a blind comparison can be revealed."));
    }
    if conversation.active_run_id.is_some() {
        return Err(reply_running());
    }
    if conversation.revealed_at.is_some() {
        return Ok(conversation.into());
    }
    let now = app.clock.now();
    lanes::reveal(&conversation.id, now).execute(&app.db).await?;
    app.changes.publish(conversation.notice()).await;
    Ok(Conversation {
        revealed_at: Some(now),
        updated_at: now,
        ..conversation
    }
    .into())
}

//! The SQL of votes and of sets of models.

use futures_util::Stream;
use serde_json::Value;
use sql::{Db, FromRow, Query, Result, Row, Statement, Time, query};

use crate::caller_sql;
use crate::compare::preset::Preset;
use crate::compare::vote::{Verdict, Vote};
use crate::conversations::{Message, lanes};
use crate::http::auth::Resource;

/// The answer `a` is not one of a comparison whose models are still hidden.
macro_rules! not_blind {
    () => {
        "NOT EXISTS (SELECT 1 FROM votes v JOIN conversations c ON c.id = v.conversation_id WHERE v.message_id = a.message_id \
         AND v.user_id = a.user_id AND c.blind_at IS NOT NULL AND c.revealed_at IS NULL)"
    };
}

sql::statements! {
    /// A vote; the one before is taken back first.
    pub(crate) INSERT_VOTE = "INSERT INTO votes (message_id, user_id, conversation_id, workspace_id, verdict, lanes, reason, tags, \
        created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
    /// An answer that was voted on.
    pub(crate) INSERT_ANSWER = "INSERT INTO vote_answers (message_id, user_id, lane, workspace_id, model, place, cost_micros, \
        completion_tokens, latency_ms, first_token_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// A tag of a vote, for looking it up.
    pub(crate) INSERT_TAG = "INSERT INTO vote_tags (workspace_id, tag, message_id, user_id) VALUES ($1, $2, $3, $4)";
    /// Takes a vote back, with its answers and tags.
    pub(crate) DELETE_VOTE = "DELETE FROM votes WHERE message_id = $1 AND user_id = $2";
    /// A user's votes in a conversation.
    pub(crate) LIST_VOTES = "SELECT message_id, verdict, lanes, reason, tags, updated_at FROM votes \
        WHERE conversation_id = $1 AND user_id = $2 LIMIT 10000";
    /// All votes of a conversation, for its export.
    pub(crate) LIST_ALL_VOTES = "SELECT message_id, verdict, lanes, reason, tags, updated_at FROM votes \
        WHERE conversation_id = $1 ORDER BY message_id, user_id LIMIT 10000";
    /// The answers that were voted on in a workspace, those of one vote together. While a comparison is blind its votes do not count:
    /// a rating of theirs would name the models.
    pub(crate) VOTED = concat!("SELECT a.message_id, a.user_id, a.model, a.place, a.cost_micros, a.completion_tokens, a.latency_ms, \
        a.first_token_ms FROM vote_answers a WHERE a.workspace_id = $1 AND ", not_blind!(), " ORDER BY a.message_id, a.user_id, a.lane");
    /// The same of the votes with a tag.
    pub(crate) VOTED_TAGGED = concat!("SELECT a.message_id, a.user_id, a.model, a.place, a.cost_micros, a.completion_tokens, a.latency_ms, \
        a.first_token_ms FROM vote_tags t CROSS JOIN vote_answers a WHERE t.workspace_id = $1 AND t.tag = $2 \
        AND a.message_id = t.message_id AND a.user_id = t.user_id AND ", not_blind!(), " ORDER BY a.message_id, a.user_id, a.lane");
    /// The tags of the votes in a workspace, the most used first.
    pub(crate) TAGS = "SELECT tag, COUNT(*) FROM vote_tags WHERE workspace_id = $1 GROUP BY tag ORDER BY COUNT(*) DESC, tag LIMIT 100";
    /// The caller, their role, and the set of models that a path names.
    pub(crate) FIND_SCOPED = caller_sql!("SELECT caller.*, m.role, p.id, p.workspace_id, p.user_id, p.name, p.models, p.created_at, p.updated_at \
        FROM caller LEFT JOIN presets p ON p.id = $3 LEFT JOIN memberships m ON m.user_id = caller.user_id AND m.workspace_id = p.workspace_id");
    /// A new set of models.
    pub(crate) INSERT_PRESET = "INSERT INTO presets (id, workspace_id, user_id, name, models, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $6)";
    /// The sets of models of a workspace, by name.
    pub(crate) LIST_PRESETS = "SELECT id, workspace_id, user_id, name, models, created_at, updated_at FROM presets \
        WHERE workspace_id = $1 ORDER BY name LIMIT 200";
    /// Another name, other models.
    pub(crate) UPDATE_PRESET = "UPDATE presets SET name = $2, models = $3, updated_at = $4 WHERE id = $1";
    /// A set of models is gone.
    pub(crate) DELETE_PRESET = "DELETE FROM presets WHERE id = $1";
}

/// A vote, and the question it is about.
pub struct VoteAt(pub String, pub Vote);

impl FromRow for VoteAt {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let (verdict, bits): (String, i64) = (row.get(1)?, row.get(2)?);
        let tags: Option<Value> = row.get(4)?;
        let vote = Vote {
            verdict: Verdict::parse(&verdict),
            lanes: lanes::of_bits(bits),
            reason: row.get(3)?,
            tags: tags
                .and_then(|tags| serde_json::from_value(tags).ok())
                .unwrap_or_default(),
            updated_at: row.get(5)?,
        };
        Ok(Self(row.get(0)?, vote))
    }
}

pub async fn list_votes(db: &Db, conversation_id: &str, user_id: &str) -> Result<Vec<VoteAt>> {
    query(&LIST_VOTES)
        .bind(conversation_id)
        .bind(user_id)
        .all(db)
        .await
}

pub async fn list_all_votes(db: &Db, conversation_id: &str) -> Result<Vec<VoteAt>> {
    query(&LIST_ALL_VOTES).bind(conversation_id).all(db).await
}

/// Whose vote on which question, and where.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub question: &'a str,
    pub user: &'a str,
    pub conversation: &'a str,
    pub workspace: &'a str,
}

pub fn delete_vote(message_id: &str, user_id: &str) -> Query {
    query(&DELETE_VOTE).bind(message_id).bind(user_id)
}

pub fn insert_vote(place: Place<'_>, vote: &Vote) -> Query {
    query(&INSERT_VOTE)
        .bind(place.question)
        .bind(place.user)
        .bind(place.conversation)
        .bind(place.workspace)
        .bind(vote.verdict.as_str())
        .bind(lanes::bits(&vote.lanes))
        .bind(vote.reason.clone())
        .bind(serde_json::json!(vote.tags))
        .bind(vote.updated_at)
}

/// `place_of` is 0 for the best, 1 for the others, none when all are bad.
pub fn insert_answer(place: Place<'_>, answer: &Message, place_of: Option<i64>) -> Query {
    query(&INSERT_ANSWER)
        .bind(place.question)
        .bind(place.user)
        .bind(i64::from(answer.lane.unwrap_or_default()))
        .bind(place.workspace)
        .bind(answer.model.clone().unwrap_or_default())
        .bind(place_of)
        .bind(answer.cost_micros)
        .bind(answer.completion_tokens)
        .bind(answer.latency_ms)
        .bind(answer.first_token_ms)
}

pub fn insert_tag(place: Place<'_>, tag: &str) -> Query {
    query(&INSERT_TAG)
        .bind(place.workspace)
        .bind(tag)
        .bind(place.question)
        .bind(place.user)
}

/// An answer that was voted on.
pub struct Voted {
    /// The question and the voter: what is equal belongs to one vote.
    pub vote: (String, String),
    pub model: String,
    pub place: Option<i64>,
    pub cost_micros: i64,
    pub completion_tokens: i64,
    pub latency_ms: Option<i64>,
    pub first_token_ms: Option<i64>,
}

impl FromRow for Voted {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            vote: (row.get(0)?, row.get(1)?),
            model: row.get(2)?,
            place: row.get(3)?,
            cost_micros: row.get(4)?,
            completion_tokens: row.get(5)?,
            latency_ms: row.get(6)?,
            first_token_ms: row.get(7)?,
        })
    }
}

pub fn voted(
    db: &Db,
    workspace_id: &str,
    tag: Option<&str>,
) -> impl Stream<Item = Result<Voted>> + Send + use<> {
    let query = match tag {
        Some(tag) => query(&VOTED_TAGGED).bind(workspace_id).bind(tag),
        None => query(&VOTED).bind(workspace_id),
    };
    query.stream(db)
}

pub async fn tags(db: &Db, workspace_id: &str) -> Result<Vec<(String, i64)>> {
    query(&TAGS).bind(workspace_id).all(db).await
}

impl FromRow for Preset {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        <Self as Resource>::read(row, 0)
    }
}

impl Resource for Preset {
    const NAME: &'static str = "preset";
    const PARAM: &'static str = "preset";

    fn statement() -> &'static Statement {
        &FIND_SCOPED
    }
    fn read(row: &Row<'_>, at: usize) -> Result<Self> {
        let models: Option<Value> = row.get(at + 4)?;
        Ok(Self {
            id: row.get(at)?,
            workspace_id: row.get(at + 1)?,
            user_id: row.get(at + 2)?,
            name: row.get(at + 3)?,
            models: models
                .and_then(|models| serde_json::from_value(models).ok())
                .unwrap_or_default(),
            created_at: row.get(at + 5)?,
            updated_at: row.get(at + 6)?,
        })
    }
    fn tags(&self) -> [Option<crate::cache::Tag>; 2] {
        [None, None]
    }
}

pub fn insert_preset(preset: &Preset) -> Query {
    query(&INSERT_PRESET)
        .bind(preset.id.as_str())
        .bind(preset.workspace_id.as_str())
        .bind(preset.user_id.as_str())
        .bind(preset.name.as_str())
        .bind(serde_json::json!(preset.models))
        .bind(preset.created_at)
}

pub async fn list_presets(db: &Db, workspace_id: &str) -> Result<Vec<Preset>> {
    query(&LIST_PRESETS).bind(workspace_id).all(db).await
}

pub fn update_preset(preset: &Preset, now: Time) -> Query {
    query(&UPDATE_PRESET)
        .bind(preset.id.as_str())
        .bind(preset.name.as_str())
        .bind(serde_json::json!(preset.models))
        .bind(now)
}

pub fn delete_preset(id: &str) -> Query {
    query(&DELETE_PRESET).bind(id)
}

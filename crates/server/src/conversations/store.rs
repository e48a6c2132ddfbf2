//! The SQL of conversations and messages.

use std::collections::HashMap;

use futures_util::Stream;
use sql::{Batch, Db, FromRow, Query, Result, Row, Run, Time, query};

use crate::caller_sql;
use crate::conversations::{Conversation, Lane, Message, MessageStatus, lanes};
use crate::sources::Collection;
use crate::workspaces::Role;

macro_rules! conversation_columns {
    () => {
        "v.id, v.workspace_id, v.user_id, v.kind, v.title, v.title_source, v.model, v.system_prompt, v.head_id, v.branched, \
         v.active_run_id, v.pinned_at, v.archived_at, v.message_count, v.last_message_at, v.created_at, v.updated_at, v.collection, v.blind_at, v.revealed_at, \
         v.cost_micros"
    };
}

/// How many columns of a conversation a statement reads.
pub const CONVERSATION_COLUMNS: usize = 21;

macro_rules! message_columns {
    () => {
        "x.conversation_id, x.id, x.parent_id, x.role, x.user_id, x.content, x.reasoning, x.model, x.status, x.error, x.run_id, \
         x.prompt_tokens, x.completion_tokens, x.cost_micros, x.latency_ms, x.first_token_ms, x.pinned_at, x.created_at, x.updated_at, \
         x.collection, x.sources, x.lane, x.lanes"
    };
}

/// How many columns of a message a statement reads.
const MESSAGE_COLUMNS: usize = 23;

sql::statements! {
    /// The caller, their role, and the conversation that a path names.
    pub(crate) FIND_SCOPED = caller_sql!("SELECT caller.*, m.role, ", conversation_columns!(), ", v.lanes FROM caller \
        LEFT JOIN conversations v ON v.id = $3 \
        LEFT JOIN memberships m ON m.user_id = caller.user_id AND m.workspace_id = v.workspace_id");
    /// The caller, their role, and the message that a path names, with its conversation.
    pub(crate) FIND_MESSAGE_SCOPED = caller_sql!("SELECT caller.*, m.role, ", conversation_columns!(), ", v.lanes, ", message_columns!(), " FROM caller \
        LEFT JOIN messages x ON x.id = $3 LEFT JOIN conversations v ON v.id = x.conversation_id \
        LEFT JOIN memberships m ON m.user_id = caller.user_id AND m.workspace_id = v.workspace_id");
    /// A new conversation.
    pub(crate) INSERT = "INSERT INTO conversations (id, workspace_id, user_id, kind, title, title_source, model, system_prompt, head_id, branched, \
        message_count, last_message_at, created_at, updated_at, collection, blind_at, lanes) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14, $15, $16)";
    /// The conversations of a workspace, by last message; counts are columns.
    pub(crate) LIST = concat!("SELECT ", conversation_columns!(), " FROM conversations v WHERE v.workspace_id = $1 \
        AND (v.last_message_at, v.id) < ($2, $3) AND (v.archived_at IS NOT NULL) = $4 AND ($5 = FALSE OR v.pinned_at IS NOT NULL) \
        AND (CAST($6 AS TEXT) IS NULL OR LOWER(v.title) LIKE $6 ESCAPE '\\') \
        ORDER BY v.last_message_at DESC, v.id DESC LIMIT $7 OFFSET $8");
    /// How many those are.
    pub(crate) COUNT = "SELECT COUNT(*) FROM conversations v WHERE v.workspace_id = $1 AND (v.archived_at IS NOT NULL) = $2 \
        AND ($3 = FALSE OR v.pinned_at IS NOT NULL) AND (CAST($4 AS TEXT) IS NULL OR LOWER(v.title) LIKE $4 ESCAPE '\\')";
    /// A user's own conversations in every workspace they still belong to.
    pub(crate) LIST_MINE = concat!("SELECT ", conversation_columns!(), " FROM conversations v WHERE v.user_id = $1 \
        AND (v.last_message_at, v.id) < ($2, $3) AND (v.archived_at IS NOT NULL) = $4 AND ($5 = FALSE OR v.pinned_at IS NOT NULL) \
        AND (CAST($6 AS TEXT) IS NULL OR LOWER(v.title) LIKE $6 ESCAPE '\\') \
        AND EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = $1 AND m.workspace_id = v.workspace_id) \
        ORDER BY v.last_message_at DESC, v.id DESC LIMIT $7 OFFSET $8");
    /// How many those are.
    pub(crate) COUNT_MINE = "SELECT COUNT(*) FROM conversations v WHERE v.user_id = $1 AND (v.archived_at IS NOT NULL) = $2 \
        AND ($3 = FALSE OR v.pinned_at IS NOT NULL) AND (CAST($4 AS TEXT) IS NULL OR LOWER(v.title) LIKE $4 ESCAPE '\\') \
        AND EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = $1 AND m.workspace_id = v.workspace_id)";
    /// A user's newest chats of a workspace that have messages.
    pub(crate) NEWEST_OF = concat!("SELECT ", conversation_columns!(), " FROM conversations v WHERE v.user_id = $1 AND v.workspace_id = $2 \
        AND v.kind <> 'comparison' AND v.head_id IS NOT NULL ORDER BY v.last_message_at DESC, v.id DESC LIMIT $3");
    /// A conversation by id, for steps, which are let in by the run they belong to.
    pub(crate) GET = concat!("SELECT ", conversation_columns!(), " FROM conversations v WHERE v.id = $1");
    /// A user's role in the workspace of a conversation, and the conversation.
    pub(crate) FIND_FOR_USER = concat!("SELECT m.role, ", conversation_columns!(), ", v.lanes FROM conversations v \
        JOIN memberships m ON m.user_id = $2 AND m.workspace_id = v.workspace_id WHERE v.id = $1");
    /// A blind comparison is revealed, once.
    pub(crate) REVEAL = "UPDATE conversations SET revealed_at = $2, updated_at = $2 WHERE id = $1 AND blind_at IS NOT NULL AND revealed_at IS NULL";
    /// What the model of a lane is told up to a question: the questions that went to it and its answers to those before.
    pub(crate) LANE_HISTORY = concat!("SELECT ", message_columns!(), " FROM messages x WHERE x.conversation_id = $1 \
        AND ((x.role <> 'assistant' AND x.id <= $2 AND (x.lanes IS NULL OR (x.lanes & CAST($4 AS BIGINT)) <> 0)) \
        OR (x.lane = $3 AND x.parent_id < $2)) ORDER BY x.id DESC LIMIT $5");
    /// The answers to a question.
    pub(crate) ANSWERS = concat!("SELECT ", message_columns!(), " FROM messages x WHERE x.conversation_id = $1 AND x.parent_id = $2 \
        AND x.role = 'assistant' ORDER BY x.lane, x.id LIMIT 1000");
    /// What a person changes.
    pub(crate) UPDATE = "UPDATE conversations SET title = $2, title_source = $3, model = $4, system_prompt = $5, head_id = $6, \
        pinned_at = CASE WHEN $7 THEN COALESCE(pinned_at, $9) ELSE NULL END, \
        archived_at = CASE WHEN $8 THEN COALESCE(archived_at, $9) ELSE NULL END, updated_at = $9 WHERE id = $1";
    /// A conversation with its messages.
    pub(crate) DELETE = "DELETE FROM conversations WHERE id = $1";
    /// The replies that are being written in a workspace.
    pub(crate) ACTIVE_RUNS = "SELECT active_run_id FROM conversations WHERE workspace_id = $1 AND active_run_id IS NOT NULL LIMIT 1000";
    /// A reply begins: only when none is being written, and the branch still ends where the caller saw its end.
    pub(crate) BEGIN_REPLY = "UPDATE conversations SET head_id = $2, active_run_id = $3, branched = (branched OR $4), \
        message_count = message_count + $5, title = CASE WHEN title_source = 'none' THEN $6 ELSE title END, \
        title_source = CASE WHEN title_source = 'none' THEN 'first_words' ELSE title_source END, last_message_at = $7, updated_at = $7 \
        WHERE id = $1 AND active_run_id IS NULL AND COALESCE(head_id, '') = $8";
    /// A reply has ended.
    pub(crate) END_REPLY = "UPDATE conversations SET active_run_id = NULL, last_message_at = $3, updated_at = $3 WHERE id = $1 AND active_run_id = $2";
    /// An answer in it was paid for.
    pub(crate) ADD_COST = "UPDATE conversations SET cost_micros = cost_micros + $2 WHERE id = $1";
    /// A title that a model made; one that a person gave stays.
    pub(crate) SET_MODEL_TITLE = "UPDATE conversations SET title = $2, title_source = 'model', updated_at = $3 \
        WHERE id = $1 AND title_source IN ('none', 'first_words')";
    /// A new message.
    pub(crate) INSERT_MESSAGE = "INSERT INTO messages (conversation_id, id, parent_id, role, user_id, content, reasoning, model, status, error, \
        run_id, prompt_tokens, completion_tokens, cost_micros, latency_ms, first_token_ms, created_at, updated_at, \
        collection, sources, lane, lanes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
        $21, $22)";
    /// A reply's text and what became of it.
    pub(crate) FINISH_MESSAGE = "UPDATE messages SET content = $4, reasoning = $5, status = $6, error = $7, prompt_tokens = prompt_tokens + $8, \
        completion_tokens = completion_tokens + $9, cost_micros = cost_micros + $10, latency_ms = $11, first_token_ms = $12, model = $13, \
        updated_at = $14, sources = $15 WHERE conversation_id = $1 AND id = $2 AND run_id = $3";
    /// A reply that ended without its step.
    pub(crate) CLOSE_MESSAGE = "UPDATE messages SET status = $4, error = $5, updated_at = $6 \
        WHERE conversation_id = $1 AND id = $2 AND run_id = $3 AND status = 'generating'";
    /// A cut-off reply is written on.
    pub(crate) REOPEN_MESSAGE = "UPDATE messages SET status = 'generating', error = NULL, run_id = $3, model = $4, updated_at = $5 \
        WHERE conversation_id = $1 AND id = $2 AND status IN ('partial', 'cancelled', 'failed')";
    /// A conversation that grows by messages that no reply wrote: demo data.
    pub(crate) GROW = "UPDATE conversations SET head_id = $2, message_count = message_count + $3, last_message_at = $4, updated_at = $4 WHERE id = $1";
    /// Pins a message or takes the pin out.
    pub(crate) PIN_MESSAGE = "UPDATE messages SET pinned_at = $3, updated_at = $4 WHERE conversation_id = $1 AND id = $2";
    /// The latest messages of a conversation without branches: a range of the clustered key.
    pub(crate) PAGE_LINEAR = concat!("SELECT ", message_columns!(), " FROM messages x WHERE x.conversation_id = $1 AND x.id < $2 \
        ORDER BY x.id DESC LIMIT $3");
    /// The branch that ends in a message, from there upwards (CROSS JOIN: SQLite then goes from the path to the messages, and
    /// does not read the whole conversation), each with the versions of its turn.
    pub(crate) PAGE_BRANCHED = concat!("WITH RECURSIVE path (id, parent_id, n) AS (\
        SELECT m.id, m.parent_id, 0 FROM messages m WHERE m.conversation_id = $1 AND m.id = $2 \
        UNION ALL SELECT m.id, m.parent_id, p.n + 1 FROM path p JOIN messages m ON m.conversation_id = $1 AND m.id = p.parent_id WHERE p.n + 1 < $3) \
        SELECT ", message_columns!(), ", (SELECT string_agg(s.id, ',') FROM messages s WHERE s.conversation_id = $1 AND s.parent_id = x.parent_id) \
        FROM path CROSS JOIN messages x WHERE x.conversation_id = $1 AND x.id = path.id ORDER BY path.n");
    /// The same without the versions, for a prompt.
    pub(crate) BRANCH = concat!("WITH RECURSIVE path (id, parent_id, n) AS (\
        SELECT m.id, m.parent_id, 0 FROM messages m WHERE m.conversation_id = $1 AND m.id = $2 \
        UNION ALL SELECT m.id, m.parent_id, p.n + 1 FROM path p JOIN messages m ON m.conversation_id = $1 AND m.id = p.parent_id WHERE p.n + 1 < $3) \
        SELECT ", message_columns!(), " FROM path CROSS JOIN messages x WHERE x.conversation_id = $1 AND x.id = path.id ORDER BY path.n");
    /// The same from the top, for exports and copies.
    pub(crate) PATH_FROM_TOP = concat!("WITH RECURSIVE path (id, parent_id, n) AS (\
        SELECT m.id, m.parent_id, 0 FROM messages m WHERE m.conversation_id = $1 AND m.id = $2 \
        UNION ALL SELECT m.id, m.parent_id, p.n + 1 FROM path p JOIN messages m ON m.conversation_id = $1 AND m.id = p.parent_id) \
        SELECT ", message_columns!(), " FROM path CROSS JOIN messages x WHERE x.conversation_id = $1 AND x.id = path.id ORDER BY path.n DESC");
    /// Every message of a conversation, in the order they came.
    pub(crate) ALL_MESSAGES = concat!("SELECT ", message_columns!(), " FROM messages x WHERE x.conversation_id = $1 AND x.id > $2 ORDER BY x.id LIMIT $3");
    /// The next messages of all conversations, with their workspaces.
    pub(crate) MESSAGES_AFTER = concat!("SELECT ", message_columns!(), ", v.workspace_id FROM messages x CROSS JOIN conversations v \
        WHERE (x.conversation_id, x.id) > ($1, $2) AND v.id = x.conversation_id ORDER BY x.conversation_id, x.id LIMIT $3");
    /// A message that is as it was read stays so until the end of the transaction.
    pub(crate) HOLD_MESSAGE = "UPDATE messages SET updated_at = updated_at WHERE conversation_id = $1 AND id = $2 AND updated_at = $3 AND status <> 'generating'";
    /// A message by its conversation and id.
    pub(crate) GET_MESSAGE = concat!("SELECT ", message_columns!(), " FROM messages x WHERE x.conversation_id = $1 AND x.id = $2");
    /// The newest end below a message.
    pub(crate) NEWEST_LEAF = "WITH RECURSIVE down (id) AS (SELECT m.id FROM messages m WHERE m.conversation_id = $1 AND m.id = $2 \
        UNION ALL SELECT (SELECT MAX(c.id) FROM messages c WHERE c.conversation_id = $1 AND c.parent_id = d.id) FROM down d WHERE d.id IS NOT NULL) \
        SELECT id FROM down WHERE id IS NOT NULL ORDER BY id DESC LIMIT 1";
    /// A message and everything below it.
    pub(crate) BELOW = "WITH RECURSIVE below (id, run_id) AS (SELECT m.id, m.run_id FROM messages m WHERE m.conversation_id = $1 AND m.id = $2 \
        UNION ALL SELECT c.id, c.run_id FROM below b JOIN messages c ON c.conversation_id = $1 AND c.parent_id = b.id) SELECT id, run_id FROM below";
    /// Which of these messages a user can read, and the conversation of each.
    pub(crate) READABLE = "SELECT x.id, x.conversation_id FROM messages x JOIN conversations v ON v.id = x.conversation_id \
        JOIN memberships m ON m.workspace_id = v.workspace_id AND m.user_id = $2 WHERE x.id IN {$1}";
    /// Deletes messages.
    pub(crate) DELETE_MESSAGES = "DELETE FROM messages WHERE conversation_id = $1 AND id IN {$2}";
    /// What deleting messages changes of their conversation.
    pub(crate) AFTER_DELETE = "UPDATE conversations SET message_count = message_count - $2, head_id = $3, updated_at = $4 \
        WHERE id = $1 AND active_run_id IS NULL";
    /// Everything a user has begun, for the export.
    pub(crate) EXPORT = concat!("SELECT ", conversation_columns!(), " FROM conversations v WHERE v.user_id = $1 ORDER BY v.created_at, v.id");
}

impl FromRow for Conversation {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Self::read(row, 0)
    }
}

impl FromRow for Message {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Self::read(row, 0)
    }
}

/// A message with the versions of its turn.
struct WithSiblings(Message);

impl FromRow for WithSiblings {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let mut message = Message::read(row, 0)?;
        message.set_siblings(row.get::<Option<String>>(MESSAGE_COLUMNS)?.as_deref());
        Ok(Self(message))
    }
}

/// Behind every id and after every time: where a list without a cursor begins.
const LAST_ID: &str = "~";
const LAST_TIME: Time = Time::from_micros(253_402_300_799_000_000);

/// What a list of conversations asks for.
pub struct Listing {
    pub after: Option<(Time, String)>,
    pub archived: bool,
    pub pinned: bool,
    pub like: Option<String>,
    pub limit: u32,
    pub offset: u64,
}

fn bind_listing(query: Query, listing: Listing) -> Query {
    let (at, id) = listing.after.unwrap_or((LAST_TIME, LAST_ID.to_owned()));
    query
        .bind(at)
        .bind(id)
        .bind(listing.archived)
        .bind(listing.pinned)
        .bind(listing.like)
        .bind(listing.limit)
        .bind(listing.offset as i64)
}

pub async fn list(db: &Db, workspace_id: &str, listing: Listing) -> Result<Vec<Conversation>> {
    bind_listing(query(&LIST).bind(workspace_id), listing)
        .all(db)
        .await
}

pub async fn list_mine(db: &Db, user_id: &str, listing: Listing) -> Result<Vec<Conversation>> {
    bind_listing(query(&LIST_MINE).bind(user_id), listing)
        .all(db)
        .await
}

pub async fn count(
    db: &Db,
    workspace_id: &str,
    archived: bool,
    pinned: bool,
    like: Option<String>,
) -> Result<i64> {
    Ok(query(&COUNT)
        .bind(workspace_id)
        .bind(archived)
        .bind(pinned)
        .bind(like)
        .one::<(i64,)>(db)
        .await?
        .0)
}

pub async fn count_mine(
    db: &Db,
    user_id: &str,
    archived: bool,
    pinned: bool,
    like: Option<String>,
) -> Result<i64> {
    Ok(query(&COUNT_MINE)
        .bind(user_id)
        .bind(archived)
        .bind(pinned)
        .bind(like)
        .one::<(i64,)>(db)
        .await?
        .0)
}

pub async fn newest_of(db: &Db, workspace_id: &str, user_id: &str, limit: u32) -> Result<Vec<Conversation>> {
    query(&NEWEST_OF)
        .bind(user_id)
        .bind(workspace_id)
        .bind(limit)
        .all(db)
        .await
}

pub async fn get(db: &Db, id: &str) -> Result<Option<Conversation>> {
    query(&GET).bind(id).optional(db).await
}

/// A conversation with its lanes, and a user's role in its workspace.
pub struct ForUser(pub Option<Role>, pub Conversation);

impl FromRow for ForUser {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let role: String = row.get(0)?;
        Ok(Self(Role::parse(&role), Conversation::read_whole(row, 1)?))
    }
}

pub async fn find_for_user(db: &Db, id: &str, user_id: &str) -> Result<Option<ForUser>> {
    query(&FIND_FOR_USER).bind(id).bind(user_id).optional(db).await
}

pub fn reveal(id: &str, now: Time) -> Query {
    query(&REVEAL).bind(id).bind(now)
}

pub async fn lane_history(
    db: &Db,
    conversation_id: &str,
    question_id: &str,
    lane: u8,
    limit: u32,
) -> Result<Vec<Message>> {
    query(&LANE_HISTORY)
        .bind(conversation_id)
        .bind(question_id)
        .bind(i64::from(lane))
        .bind(lanes::bits(&[lane]))
        .bind(limit)
        .all(db)
        .await
}

pub async fn answers(db: &Db, conversation_id: &str, question_id: &str) -> Result<Vec<Message>> {
    query(&ANSWERS)
        .bind(conversation_id)
        .bind(question_id)
        .all(db)
        .await
}

pub fn insert(new: &Conversation) -> Query {
    query(&INSERT)
        .bind(new.id.as_str())
        .bind(new.workspace_id.as_str())
        .bind(new.user_id.as_str())
        .bind(new.kind.as_str())
        .bind(new.title.as_str())
        .bind(new.title_source.as_str())
        .bind(new.model.clone())
        .bind(new.system_prompt.clone())
        .bind(new.head_id.clone())
        .bind(new.branched)
        .bind(new.message_count)
        .bind(new.last_message_at)
        .bind(new.created_at)
        .bind(new.collection.as_ref().map(Collection::to_stored))
        .bind(new.blind.then_some(new.created_at))
        .bind(Lane::to_stored(&new.lanes))
}

pub fn update(changed: &Conversation, now: Time) -> Query {
    query(&UPDATE)
        .bind(changed.id.as_str())
        .bind(changed.title.as_str())
        .bind(changed.title_source.as_str())
        .bind(changed.model.clone())
        .bind(changed.system_prompt.clone())
        .bind(changed.head_id.clone())
        .bind(changed.pinned)
        .bind(changed.archived)
        .bind(now)
}

pub fn delete(id: &str) -> Query {
    query(&DELETE).bind(id)
}

pub async fn active_runs(db: &Db, workspace_id: &str) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = query(&ACTIVE_RUNS).bind(workspace_id).all(db).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What a beginning reply changes of its conversation.
pub struct BeginReply<'a> {
    pub conversation: &'a Conversation,
    pub head_id: &'a str,
    pub run_id: &'a str,
    pub branches: bool,
    pub new_messages: i64,
    pub first_words: &'a str,
}

pub fn begin_reply(begin: &BeginReply<'_>, now: Time) -> Query {
    query(&BEGIN_REPLY)
        .bind(begin.conversation.id.as_str())
        .bind(begin.head_id)
        .bind(begin.run_id)
        .bind(begin.branches)
        .bind(begin.new_messages)
        .bind(begin.first_words)
        .bind(now)
        .bind(begin.conversation.head_id.clone().unwrap_or_default())
}

/// The writes that end an answer: its text, what it adds to the cost of its conversation, which is free again.
pub fn end_answer(message: &Message, run_id: &str, now: Time) -> Batch {
    let mut batch = Batch::new();
    batch.push(finish_message(message, run_id, now));
    if message.cost_micros > 0 {
        batch.push(
            query(&ADD_COST)
                .bind(message.conversation_id.as_str())
                .bind(message.cost_micros),
        );
    }
    batch.push(end_reply(&message.conversation_id, run_id, now));
    batch
}

pub fn end_reply(conversation_id: &str, run_id: &str, now: Time) -> Query {
    query(&END_REPLY).bind(conversation_id).bind(run_id).bind(now)
}

pub fn set_model_title(conversation_id: &str, title: &str, now: Time) -> Query {
    query(&SET_MODEL_TITLE)
        .bind(conversation_id)
        .bind(title)
        .bind(now)
}

pub fn insert_message(new: &Message) -> Query {
    query(&INSERT_MESSAGE)
        .bind(new.conversation_id.as_str())
        .bind(new.id.as_str())
        .bind(new.parent_id.as_str())
        .bind(new.role.as_str())
        .bind(new.user_id.clone())
        .bind(new.content.as_str())
        .bind(new.reasoning.clone())
        .bind(new.model.clone())
        .bind(new.status.as_str())
        .bind(new.error.clone())
        .bind(new.run_id.clone())
        .bind(new.prompt_tokens)
        .bind(new.completion_tokens)
        .bind(new.cost_micros)
        .bind(new.latency_ms)
        .bind(new.first_token_ms)
        .bind(new.created_at)
        .bind(new.updated_at)
        .bind(new.collection.as_ref().map(Collection::to_stored))
        .bind(stored(new))
        .bind(new.lane.map(i64::from))
        .bind(new.lanes.as_deref().map(lanes::bits))
}

/// What a message draws on, as it is stored.
fn stored(message: &Message) -> Option<serde_json::Value> {
    let sources = message.sources.as_ref()?;
    serde_json::to_value(sources).ok()
}

/// A finished reply: the message as it is now; tokens and cost are added to what an earlier part took.
fn finish_message(message: &Message, run_id: &str, now: Time) -> Query {
    query(&FINISH_MESSAGE)
        .bind(message.conversation_id.as_str())
        .bind(message.id.as_str())
        .bind(run_id)
        .bind(message.content.as_str())
        .bind(message.reasoning.clone())
        .bind(message.status.as_str())
        .bind(message.error.clone())
        .bind(message.prompt_tokens)
        .bind(message.completion_tokens)
        .bind(message.cost_micros)
        .bind(message.latency_ms)
        .bind(message.first_token_ms)
        .bind(message.model.clone())
        .bind(now)
        .bind(stored(message))
}

pub fn close_message(
    conversation_id: &str,
    id: &str,
    run_id: &str,
    status: MessageStatus,
    error: Option<&serde_json::Value>,
    now: Time,
) -> Query {
    query(&CLOSE_MESSAGE)
        .bind(conversation_id)
        .bind(id)
        .bind(run_id)
        .bind(status.as_str())
        .bind(error.cloned())
        .bind(now)
}

pub fn reopen_message(conversation_id: &str, id: &str, run_id: &str, model: &str, now: Time) -> Query {
    query(&REOPEN_MESSAGE)
        .bind(conversation_id)
        .bind(id)
        .bind(run_id)
        .bind(model)
        .bind(now)
}

pub fn grow(id: &str, head_id: &str, messages: i64, last_message_at: Time) -> Query {
    query(&GROW)
        .bind(id)
        .bind(head_id)
        .bind(messages)
        .bind(last_message_at)
}

pub fn pin_message(conversation_id: &str, id: &str, pinned: bool, now: Time) -> Query {
    query(&PIN_MESSAGE)
        .bind(conversation_id)
        .bind(id)
        .bind(pinned.then_some(now))
        .bind(now)
}

pub async fn page_linear(
    db: &Db,
    conversation_id: &str,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<Message>> {
    query(&PAGE_LINEAR)
        .bind(conversation_id)
        .bind(before.unwrap_or(LAST_ID))
        .bind(limit)
        .all(db)
        .await
}

/// From the message upwards, the message first.
pub async fn page_branched(db: &Db, conversation_id: &str, from: &str, limit: u32) -> Result<Vec<Message>> {
    let rows: Vec<WithSiblings> = query(&PAGE_BRANCHED)
        .bind(conversation_id)
        .bind(from)
        .bind(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// The messages from this one upwards, without the versions of their turns.
pub async fn branch(db: &Db, conversation_id: &str, from: &str, limit: u32) -> Result<Vec<Message>> {
    query(&BRANCH)
        .bind(conversation_id)
        .bind(from)
        .bind(limit)
        .all(db)
        .await
}

pub fn path_from_top(
    db: &Db,
    conversation_id: &str,
    to: &str,
) -> impl Stream<Item = Result<Message>> + Send + use<> {
    query(&PATH_FROM_TOP).bind(conversation_id).bind(to).stream(db)
}

pub async fn all_messages(db: &Db, conversation_id: &str, after: &str, limit: u32) -> Result<Vec<Message>> {
    query(&ALL_MESSAGES)
        .bind(conversation_id)
        .bind(after)
        .bind(limit)
        .all(db)
        .await
}

pub async fn get_message(db: &Db, conversation_id: &str, id: &str) -> Result<Option<Message>> {
    query(&GET_MESSAGE)
        .bind(conversation_id)
        .bind(id)
        .optional(db)
        .await
}

pub async fn newest_leaf(db: &Db, conversation_id: &str, below: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = query(&NEWEST_LEAF)
        .bind(conversation_id)
        .bind(below)
        .optional(db)
        .await?;
    Ok(row.map(|(id,)| id))
}

/// The ids of a message and of everything below it, and of the runs that wrote them.
pub async fn below(run: impl Run, conversation_id: &str, id: &str) -> Result<(Vec<String>, Vec<String>)> {
    let rows: Vec<(String, Option<String>)> = query(&BELOW).bind(conversation_id).bind(id).all(run).await?;
    let runs = rows.iter().filter_map(|(_, run_id)| run_id.clone()).collect();
    Ok((rows.into_iter().map(|(id, _)| id).collect(), runs))
}

/// The conversations of those of these messages that a user can read, by the ids of the messages.
pub async fn readable(db: &Db, user_id: &str, ids: Vec<String>) -> Result<HashMap<String, String>> {
    let rows: Vec<(String, String)> = query(&READABLE).bind(ids).bind(user_id).all(db).await?;
    Ok(rows.into_iter().collect())
}

pub fn delete_messages(conversation_id: &str, ids: Vec<String>) -> Query {
    query(&DELETE_MESSAGES)
        .bind(conversation_id)
        .bind(sql::Value::TextList(ids))
}

pub fn after_delete(conversation_id: &str, deleted: i64, head_id: Option<&str>, now: Time) -> Query {
    query(&AFTER_DELETE)
        .bind(conversation_id)
        .bind(deleted)
        .bind(head_id)
        .bind(now)
}

pub fn export(db: &Db, user_id: &str) -> impl Stream<Item = Result<Conversation>> + Send + use<> {
    query(&EXPORT).bind(user_id).stream(db)
}

/// A message and its workspace.
pub struct Placed(pub String, pub Message);

impl FromRow for Placed {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self(row.get(MESSAGE_COLUMNS)?, Message::from_row(row)?))
    }
}

pub async fn messages_after(db: &Db, (conversation_id, id): (&str, &str), limit: u32) -> Result<Vec<Placed>> {
    query(&MESSAGES_AFTER)
        .bind(conversation_id)
        .bind(id)
        .bind(limit)
        .all(db)
        .await
}

pub fn hold_message(message: &Message) -> Query {
    query(&HOLD_MESSAGE)
        .bind(message.conversation_id.as_str())
        .bind(message.id.as_str())
        .bind(message.updated_at)
}

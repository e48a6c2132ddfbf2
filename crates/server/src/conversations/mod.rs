//! Conversations: a tree of messages, of which one branch is shown, and the replies that models write into it.
//!
//! A reply is a run of the engine and belongs to the server, not to the connection that asked for it. Its life:
//!
//! ```text
//! send / edit / regenerate / continue          (reply.rs: one transaction: messages, run, conversation)
//!        │  message `generating`, conversation.active_run_id set
//!        ▼
//!   generate.rs: prompt → model → events        (subscribers at once, the log in batches)
//!        │ ends well      │ cancelled       │ fails         │ the process dies
//!        ▼                ▼                 ▼               ▼ (found at the next start)
//!    `complete`       `cancelled`        `failed`        `partial`, error `interrupted`; can be continued
//! ```
//!
//! Invariant: at most one reply is written in a conversation at a time (`active_run_id`; the statement that sets it
//! expects it to be empty). Invariant: `message_count` and `last_message_at` are kept by the writes.

mod ask;
mod branch;
mod export;
mod generate;
pub mod lanes;
mod message;
pub mod passages;
pub mod prompt;
mod reply;
mod request;
pub mod routes;
pub(crate) mod store;
mod title;
mod update;
mod written;

use engine::Forget;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::{Batch, Row, Statement, Time};

pub use ask::{Answered, Errand, ask};
pub use branch::{branch_of, copied, delete_message, fork};
pub use export::{Format as ExportFormat, everything, of_conversation};
pub use generate::{ReplyInput, ReplyStep};
pub use lanes::Lane;
pub use message::{Message, MessageAt, MessageRole, MessageStatus, Siblings};
pub use passages::{all_after, message_of, publish_again};
pub use prompt::first_words;
pub use reply::{
    Again, Asked, RunRef, asked_before, checked, continue_reply, edit, regenerate, reply_running, send,
};
pub use request::answer_tokens;
pub use store::readable;
pub use title::TitleStep;
pub use update::{UpdateConversation, update};

use crate::App;
use crate::accounts::CallerRow;
use crate::cache::Tag;
use crate::changes::Notice;
use crate::http::auth::Resource;
use crate::http::json::Check;
use crate::http::problem::Problem;
use crate::ids::Kind;
use crate::routing;
use crate::sources::Collection;

/// The longest message, in characters.
pub const CONTENT_CHARS_MAX: usize = 400_000;
/// Rows that a message of that length writes at most: its passages, and each of them again in the queue.
pub const MESSAGE_ROWS_MAX: u64 = 10_000;
/// The longest title.
pub const TITLE_CHARS_MAX: usize = 200;

/// Where a title comes from. A title that a person gave is never replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TitleSource {
    /// There is none yet.
    None,
    /// The first words of the first message.
    FirstWords,
    /// A model made it.
    Model,
    /// A person gave it.
    User,
}

impl TitleSource {
    const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::FirstWords => "first_words",
            Self::Model => "model",
            Self::User => "user",
        }
    }
    fn parse(text: &str) -> Self {
        [Self::FirstWords, Self::Model, Self::User]
            .into_iter()
            .find(|source| source.as_str() == text)
            .unwrap_or(Self::None)
    }
}

/// A conversation, stored and shown alike.
#[derive(Debug, Clone, Serialize, JsonSchema, PartialEq)]
pub struct Conversation {
    /// `cnv_…`
    pub id: String,
    /// The workspace it belongs to.
    pub workspace_id: String,
    /// Who began it.
    pub user_id: String,
    /// `chat`, `comparison`, or `breakout`: a chat that goes on with one lane of a comparison.
    pub kind: String,
    /// The title; empty before the first message.
    pub title: String,
    /// Where the title comes from.
    pub title_source: TitleSource,
    /// The model of its replies; the default model when absent.
    pub model: Option<String>,
    /// What every model is told first.
    pub system_prompt: Option<String>,
    /// The last message of the branch that is shown.
    pub head_id: Option<String>,
    /// Whether some message has more than one child.
    pub branched: bool,
    /// The run that is writing a reply.
    pub active_run_id: Option<String>,
    /// Pinned to the top.
    pub pinned: bool,
    /// Put away.
    pub archived: bool,
    /// What its answers draw on.
    pub collection: Option<Collection>,
    /// A comparison whose models are not named until it is revealed.
    #[serde(skip_serializing_if = "is_false")]
    pub blind: bool,
    /// When a blind comparison was revealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub revealed_at: Option<Time>,
    /// The lanes of a comparison. Not part of what is shown of every conversation: lists do not read them, and those of a
    /// blind one are shown without names ([`Conversation::shown_lanes`]).
    #[serde(skip)]
    pub lanes: Vec<Lane>,
    /// Messages on all branches.
    pub message_count: i64,
    /// What its answers cost, in millionths, also those that were deleted; 0 while a comparison is blind.
    pub cost_micros: i64,
    /// When the last message came.
    #[schemars(with = "String")]
    pub last_message_at: Time,
    /// When it was begun.
    #[schemars(with = "String")]
    pub created_at: Time,
    /// When it was last changed.
    #[schemars(with = "String")]
    pub updated_at: Time,
}

impl Conversation {
    /// A conversation in which nothing has been said.
    pub fn new(id: String, workspace_id: &str, user_id: &str, at: Time) -> Self {
        Self {
            id,
            workspace_id: workspace_id.to_owned(),
            user_id: user_id.to_owned(),
            kind: "chat".to_owned(),
            title: String::new(),
            title_source: TitleSource::None,
            model: None,
            system_prompt: None,
            head_id: None,
            branched: false,
            active_run_id: None,
            pinned: false,
            archived: false,
            collection: None,
            blind: false,
            revealed_at: None,
            lanes: Vec::new(),
            message_count: 0,
            cost_micros: 0,
            last_message_at: at,
            created_at: at,
            updated_at: at,
        }
    }

    /// Tells that it, or something in it, has changed.
    pub(crate) fn notice(&self) -> Notice {
        Notice::conversation(&self.workspace_id, &self.id)
    }

    /// With its lanes, which stand behind the other columns.
    fn read_whole(row: &Row<'_>, at: usize) -> sql::Result<Self> {
        Ok(Self {
            lanes: Lane::from_stored(row.get(at + store::CONVERSATION_COLUMNS)?),
            ..Self::read(row, at)?
        })
    }

    fn read(row: &Row<'_>, at: usize) -> sql::Result<Self> {
        let title_source: String = row.get(at + 5)?;
        let mut conversation = Self {
            id: row.get(at)?,
            workspace_id: row.get(at + 1)?,
            user_id: row.get(at + 2)?,
            kind: row.get(at + 3)?,
            title: row.get(at + 4)?,
            title_source: TitleSource::parse(&title_source),
            model: row.get(at + 6)?,
            system_prompt: row.get(at + 7)?,
            head_id: row.get(at + 8)?,
            branched: row.get(at + 9)?,
            active_run_id: row.get(at + 10)?,
            pinned: row.get::<Option<Time>>(at + 11)?.is_some(),
            archived: row.get::<Option<Time>>(at + 12)?.is_some(),
            message_count: row.get(at + 13)?,
            last_message_at: row.get(at + 14)?,
            created_at: row.get(at + 15)?,
            updated_at: row.get(at + 16)?,
            collection: Collection::from_stored(row.get(at + 17)?),
            blind: row.get::<Option<Time>>(at + 18)?.is_some(),
            revealed_at: row.get(at + 19)?,
            cost_micros: row.get(at + 20)?,
            lanes: Vec::new(),
        };
        if conversation.hides_models() {
            conversation.cost_micros = 0;
        }
        Ok(conversation)
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

impl Resource for Conversation {
    const NAME: &'static str = "conversation";
    const PARAM: &'static str = "conversation";

    fn statement() -> &'static Statement {
        &store::FIND_SCOPED
    }
    fn read(row: &Row<'_>, at: usize) -> sql::Result<Self> {
        Self::read_whole(row, at)
    }
    fn tags(&self) -> [Option<Tag>; 2] {
        [
            Some(Tag::workspace(&self.workspace_id)),
            Some(Tag::conversation(&self.id)),
        ]
    }
}

/// The body that begins a conversation.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateConversation {
    /// A title; made from the first message when absent.
    pub title: Option<String>,
    /// The model of its replies; the default model when absent.
    pub model: Option<String>,
    /// What it is about: without a model it takes the route that is the rule for this tag, when there is one.
    pub tag: Option<String>,
    /// What every model is told first.
    pub system_prompt: Option<String>,
    /// What its answers draw on; nothing when absent.
    pub collection: Option<Collection>,
}

/// Begins a conversation in a workspace.
pub async fn create(
    app: &App,
    workspace_id: &str,
    caller: &CallerRow,
    body: CreateConversation,
) -> Result<Conversation, Problem> {
    let mut check = Check::new();
    let title = check
        .optional_text("title", body.title.as_deref(), TITLE_CHARS_MAX)
        .filter(|title| !title.is_empty());
    let system_prompt = check
        .optional_text("system_prompt", body.system_prompt.as_deref(), CONTENT_CHARS_MAX)
        .filter(|text| !text.is_empty());
    check.done()?;
    let model = match (body.model, body.tag) {
        (Some(model), _) => {
            let (user, workspace) = (&caller.user_id, Some(workspace_id));
            let resolved = app.models.resolve(app, user, workspace, &model).await?;
            resolved.must_chat("model")?;
            Some(model)
        }
        (None, Some(tag)) => routing::rule_of(app, &caller.user_id, workspace_id, &tag).await?,
        (None, None) => None,
    };
    let collection = match body.collection {
        Some(collection) => Some(collection.checked(app, workspace_id).await?),
        None => None,
    };
    let now = app.clock.now();
    let id = app.ids.make(Kind::Conversation, now);
    let conversation = Conversation {
        title_source: if title.is_some() {
            TitleSource::User
        } else {
            TitleSource::None
        },
        title: title.unwrap_or_default(),
        model,
        system_prompt,
        collection,
        ..Conversation::new(id, workspace_id, &caller.user_id, now)
    };
    store::insert(&conversation).execute(&app.db).await?;
    app.changes
        .publish(Notice::conversations(workspace_id, &conversation.id))
        .await;
    Ok(conversation)
}

/// A conversation by its id, for the housekeeping.
pub async fn find(app: &App, id: &str) -> Result<Option<Conversation>, Problem> {
    Ok(store::get(&app.db, id).await?)
}

/// A user's newest chats of a workspace that have messages, for replaying them.
pub async fn newest_of(
    app: &App,
    workspace_id: &str,
    user_id: &str,
    limit: u32,
) -> Result<Vec<Conversation>, Problem> {
    Ok(store::newest_of(&app.db, workspace_id, user_id, limit).await?)
}

/// Deletes a conversation with its messages; a reply that is being written is stopped first.
pub async fn delete(app: &App, conversation: &Conversation) -> Result<(), Problem> {
    stop(app, conversation).await?;
    let mut batch = Batch::new();
    batch.push(store::delete(&conversation.id));
    search::withdraw_below(&mut batch, &conversation.id);
    // What was said lies in the log of its runs as well.
    batch.push(Forget::Conversation(&conversation.id).query());
    app.db.write(batch).await?;
    app.changes.publish(conversation.notice()).await;
    Ok(())
}

/// Stops the reply that is being written, if there is one.
pub async fn stop(app: &App, conversation: &Conversation) -> Result<(), Problem> {
    if let Some(run_id) = &conversation.active_run_id {
        app.engine.cancel(run_id).await.map_err(Problem::internal)?;
    }
    Ok(())
}

/// Stops every reply that is being written in a workspace; before the workspace is deleted.
pub async fn stop_all(app: &App, workspace_id: &str) -> Result<(), Problem> {
    for run_id in store::active_runs(&app.db, workspace_id).await? {
        app.engine.cancel(&run_id).await.map_err(Problem::internal)?;
    }
    Ok(())
}

/// A conversation with a page of its messages: the latest, or those before a message. Two statements in all, with the
/// one that let the caller in.
pub async fn messages(
    app: &App,
    conversation: &Conversation,
    before: Option<&str>,
    limit: u32,
) -> Result<(Vec<Message>, bool), Problem> {
    let mut newest_first = match (&conversation.head_id, conversation.branched) {
        (None, _) => Vec::new(),
        (Some(_), false) => store::page_linear(&app.db, &conversation.id, before, limit + 1).await?,
        (Some(head), true) => {
            let mut path = store::page_branched(
                &app.db,
                &conversation.id,
                before.unwrap_or(head),
                limit + 1 + u32::from(before.is_some()),
            )
            .await?;
            if before.is_some() && !path.is_empty() {
                path.remove(0);
            }
            path
        }
    };
    let has_more = newest_first.len() > limit as usize;
    newest_first.truncate(limit as usize);
    newest_first.reverse();
    Ok((newest_first, has_more))
}

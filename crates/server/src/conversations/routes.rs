//! `/api/conversations…`, `/api/messages…` and the exports.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::Time;

use crate::App;
use crate::accounts::CallerRow;
use crate::cache::{self, Namespace, Tag};
use crate::changes::Notice;
use crate::compare;
use crate::conversations::reply::{Again, Edit, Send};
use crate::conversations::{
    self, Asked, Conversation, CreateConversation, Lane, MESSAGE_ROWS_MAX, Message, MessageAt,
    UpdateConversation, export, store,
};
use crate::http::auth::{Caller, Editor, Member};
use crate::http::idempotency::{Keyed, RequestKey};
use crate::http::json::{Json, Query};
use crate::http::page::{Page, PageInfo, PageParams};
use crate::http::problem::Problem;
use crate::http::respond::{Accepted, Created, Data, NoContent};
use crate::http::route::{Access, Answer, Routes, delete, get, patch, post};
use crate::http::sse;
use crate::workspaces::{self, Role, Workspace};

/// Who and where; the end of a run; and of twelve that may be below it, the lanes of a comparison, one by one.
const STOPS: u32 = 4 + 1 + 12 * 4;

/// The routes of this feature.
#[expect(clippy::too_many_lines, reason = "a table: one entry a route")]
pub fn routes() -> Routes {
    let observer = Access::Workspace(Role::Observer);
    let member = Access::Workspace(Role::Member);
    Routes::new()
        .add(
            get("/api/workspaces/{workspace}/conversations", list)
                .id("list_conversations")
                .access(observer)
                .cached(Namespace::ConversationLists)
                .statements(3)
                .query::<PageParams>()
                .query::<Filter>()
                .list::<Conversation>()
                .about("The conversations of a workspace, by last message"),
        )
        .add(
            post("/api/workspaces/{workspace}/conversations", create)
                .id("create_conversation")
                .access(member)
                // Who and where; the models they may use, when those are not in memory; what it draws on; the write.
                .statements(4)
                .body::<CreateConversation>()
                .created::<Conversation>()
                .about("Begins a conversation"),
        )
        .add(
            get("/api/conversations", list_mine)
                .id("list_my_conversations")
                .access(Access::SignedIn)
                .cached(Namespace::ConversationLists)
                // Who asks; where they belong, when that is not in memory; the list and its count.
                .statements(4)
                .query::<PageParams>()
                .query::<Filter>()
                .list::<Conversation>()
                .about("Your conversations in all your workspaces, by last message"),
        )
        .add(
            get("/api/conversations/{conversation}", show)
                .id("get_conversation")
                .access(observer)
                .cached(Namespace::Conversations)
                // Who and where; the messages; of a comparison the caller's votes.
                .statements(3)
                .query::<Before>()
                .data::<WithMessages>()
                .about(
                    "A conversation with the latest messages of the shown branch, or those before a message",
                ),
        )
        .add(
            patch("/api/conversations/{conversation}", update)
                .id("update_conversation")
                .access(member)
                .statements(3)
                .body::<UpdateConversation>()
                .data::<Conversation>()
                .about("Renames, pins, archives, chooses model or branch"),
        )
        .add(
            delete("/api/conversations/{conversation}", remove)
                .id("delete_conversation")
                .access(member)
                .statements(STOPS + 3)
                .rows(u64::MAX)
                .empty()
                .about("Deletes a conversation and its messages"),
        )
        .add(
            post("/api/conversations/{conversation}/stop", stop)
                .id("stop_conversation")
                .access(member)
                .statements(STOPS)
                .empty()
                .about("Stops the reply that is being written"),
        )
        .add(
            get("/api/conversations/{conversation}/messages", list_messages)
                .id("list_messages")
                .access(observer)
                .cached(Namespace::Conversations)
                .query::<PageParams>()
                .list::<Message>()
                .about("Every message on every branch, in the order they came"),
        )
        .add(
            post("/api/conversations/{conversation}/messages", send)
                .id("create_message")
                .access(member)
                .statements(12)
                .unhurried()
                .rows(MESSAGE_ROWS_MAX)
                .body_limit(4 << 20)
                .body::<Send>()
                .accepted::<Asked>()
                .events()
                .about("Says something and starts the reply: 202, or the stream when asked"),
        )
        .add(
            get("/api/conversations/{conversation}/export", export_one)
                .id("export_conversation")
                .access(observer)
                .unhurried()
                .statements(u32::MAX)
                .rows(u64::MAX)
                .query::<ExportParams>()
                .answer(Answer::Bytes("text/markdown"))
                .about("The conversation as Markdown, JSON or PDF, a comparison also as a page of HTML"),
        )
        .add(
            get("/api/export", export_all)
                .id("export_everything")
                .access(Access::SignedIn)
                .unhurried()
                .statements(u32::MAX)
                .rows(u64::MAX)
                .answer(Answer::Bytes("application/x-ndjson"))
                .about("Everything you have begun, as JSON lines"),
        )
        .add(
            post("/api/messages/{message}/edit", edit)
                .id("edit_message")
                .access(member)
                .statements(12)
                .unhurried()
                .rows(MESSAGE_ROWS_MAX)
                .body_limit(4 << 20)
                .body::<Edit>()
                .accepted::<Asked>()
                .events()
                .about("A new version of what you said, and the reply to it"),
        )
        .add(
            post("/api/messages/{message}/regenerate", regenerate)
                .id("regenerate_message")
                .access(member)
                .statements(12)
                .unhurried()
                .body::<Again>()
                .accepted::<Asked>()
                .events()
                .about("Another reply beside this one"),
        )
        .add(
            post("/api/messages/{message}/continue", continue_reply)
                .id("continue_message")
                .access(member)
                .statements(12)
                .unhurried()
                .body::<Again>()
                .accepted::<Asked>()
                .events()
                .about("Goes on with a reply that was cut off"),
        )
        .add(
            patch("/api/messages/{message}", update_message)
                .id("update_message")
                .access(member)
                .body::<UpdateMessage>()
                .data::<Message>()
                .about("Pins a message or takes the pin out"),
        )
        .add(
            delete("/api/messages/{message}", remove_message)
                .id("delete_message")
                .access(member)
                .statements(6)
                .rows(u64::MAX)
                .empty()
                .about("Deletes a message and everything below it"),
        )
        .add(
            post("/api/messages/{message}/fork", fork)
                .id("fork_message")
                .access(member)
                .statements(u32::MAX)
                .rows(u64::MAX)
                .body::<Fork>()
                .created::<Conversation>()
                .about("A new conversation with the branch up to this message"),
        )
}

#[derive(Deserialize, JsonSchema)]
struct Filter {
    /// Those put away instead of the others.
    archived: Option<bool>,
    /// Only pinned ones.
    pinned: Option<bool>,
}

impl Filter {
    fn listing(&self, params: &PageParams) -> Result<store::Listing, Problem> {
        Ok(store::Listing {
            after: params.cursor()?,
            archived: self.archived.unwrap_or(false),
            pinned: self.pinned.unwrap_or(false),
            like: params.like(),
            limit: params.limit()? + 1,
            offset: params.offset()?,
        })
    }
}

fn cursor(conversation: &Conversation) -> (Time, String) {
    (conversation.last_message_at, conversation.id.clone())
}

async fn list(
    State(app): State<App>,
    at: Member<Workspace>,
    Query(params): Query<PageParams>,
    Query(filter): Query<Filter>,
) -> Result<Page<Conversation>, Problem> {
    cache::made_from([Tag::conversations(&at.row.id)]);
    let listing = filter.listing(&params)?;
    let (archived, pinned) = (listing.archived, listing.pinned);
    let rows = store::list(&app.db, &at.row.id, listing).await?;
    let total = if params.wants_count() {
        Some(store::count(&app.db, &at.row.id, archived, pinned, params.like()).await?)
    } else {
        None
    };
    Ok(Page::new(&params, rows, |row| Some(cursor(row)))?.with_total(total))
}

async fn list_mine(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<PageParams>,
    Query(filter): Query<Filter>,
) -> Result<Page<Conversation>, Problem> {
    for workspace in workspaces::kept_ids_of(&app, caller.id()).await?.iter() {
        cache::made_from([Tag::conversations(workspace)]);
    }
    let listing = filter.listing(&params)?;
    let (archived, pinned) = (listing.archived, listing.pinned);
    let rows = store::list_mine(&app.db, caller.id(), listing).await?;
    let total = if params.wants_count() {
        Some(store::count_mine(&app.db, caller.id(), archived, pinned, params.like()).await?)
    } else {
        None
    };
    Ok(Page::new(&params, rows, |row| Some(cursor(row)))?.with_total(total))
}

async fn create(
    State(app): State<App>,
    at: Editor<Workspace>,
    Json(body): Json<CreateConversation>,
) -> Result<Created<Conversation>, Problem> {
    conversations::create(&app, &at.row.id, &at.caller.user, body)
        .await
        .map(Created)
}

#[derive(Deserialize, JsonSchema)]
struct Before {
    /// Messages of a page: 1 to 100, 50 when absent.
    limit: Option<u32>,
    /// The messages before this one (the oldest of the page before).
    before: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct WithMessages {
    #[serde(flatten)]
    conversation: Conversation,
    /// The lanes of a comparison; without names while it is blind.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lanes: Vec<Lane>,
    /// The caller's role in the workspace: an observer may only read.
    role: Role,
    /// A page of the shown branch, oldest first.
    messages: Vec<Message>,
    /// `next` is the `before` of the page with older messages.
    page: PageInfo,
}

async fn show(
    State(app): State<App>,
    at: Member<Conversation>,
    Query(params): Query<Before>,
) -> Result<Data<WithMessages>, Problem> {
    let limit = params.limit.unwrap_or(50);
    if !(1..=100).contains(&limit) {
        return Err(Problem::invalid("limit", "must be between 1 and 100"));
    }
    let (mut messages, has_more) =
        conversations::messages(&app, &at.row, params.before.as_deref(), limit).await?;
    if at.row.is_comparison() {
        for message in &mut messages {
            at.row.mask(message);
        }
        compare::attach(&app, &at.row, at.caller.id(), &mut messages).await?;
    }
    let next = if has_more {
        messages.first().map(|message| message.id.clone())
    } else {
        None
    };
    let page = PageInfo {
        limit,
        offset: None,
        next,
        has_more,
        total: None,
    };
    Ok(Data(WithMessages {
        lanes: at.row.shown_lanes(),
        conversation: at.row,
        role: at.role,
        messages,
        page,
    }))
}

async fn update(
    State(app): State<App>,
    at: Editor<Conversation>,
    Json(body): Json<UpdateConversation>,
) -> Result<Data<Conversation>, Problem> {
    conversations::update(&app, &at.row, &at.caller.user, body)
        .await
        .map(Data)
}

async fn remove(State(app): State<App>, at: Editor<Conversation>) -> Result<NoContent, Problem> {
    conversations::delete(&app, &at.row).await?;
    Ok(NoContent)
}

async fn stop(State(app): State<App>, at: Editor<Conversation>) -> Result<NoContent, Problem> {
    conversations::stop(&app, &at.row).await?;
    Ok(NoContent)
}

async fn list_messages(
    State(app): State<App>,
    at: Member<Conversation>,
    Query(params): Query<PageParams>,
) -> Result<Page<Message>, Problem> {
    let after: Option<String> = params.keyset()?;
    let mut rows = store::all_messages(
        &app.db,
        &at.row.id,
        after.as_deref().unwrap_or_default(),
        params.limit()? + 1,
    )
    .await?;
    for message in &mut rows {
        at.row.mask(message);
    }
    Page::new(&params, rows, |message| Some(message.id.clone()))
}

/// 202 with the run, or the run's events.
fn answer(app: &App, headers: &HeaderMap, stream: Option<bool>, asked: Asked) -> Response {
    if sse::wants_stream(headers, stream) {
        let events = app.engine.subscribe(&asked.run.id, 0);
        return sse::response(asked.run.id, events);
    }
    Accepted(asked).into_response()
}

/// The answer to a request that begins a reply: what the same request began before, else what `begin` begins. Nothing of
/// `begin` happens before it is awaited here.
async fn begin_once(
    app: &App,
    headers: &HeaderMap,
    stream: Option<bool>,
    (conversation, caller, key): (&Conversation, &CallerRow, Option<RequestKey>),
    begin: impl Future<Output = Result<Asked, Problem>>,
) -> Result<Response, Problem> {
    let asked = match conversations::asked_before(app, conversation, caller, key.as_ref()).await? {
        Some(asked) => asked,
        None => begin.await?,
    };
    Ok(answer(app, headers, stream, asked))
}

async fn send(
    State(app): State<App>,
    at: Editor<Conversation>,
    headers: HeaderMap,
    Keyed(mut body, key): Keyed<Send>,
) -> Result<Response, Problem> {
    let stream = body.stream;
    body.key.clone_from(&key);
    let begin = Box::pin(conversations::send(&app, &at.row, &at.caller.user, body));
    begin_once(&app, &headers, stream, (&at.row, &at.caller.user, key), begin).await
}

async fn edit(
    State(app): State<App>,
    at: Editor<MessageAt>,
    headers: HeaderMap,
    Keyed(mut body, key): Keyed<Edit>,
) -> Result<Response, Problem> {
    let stream = body.stream;
    body.key.clone_from(&key);
    let begin = Box::pin(conversations::edit(
        &app,
        &at.row.conversation,
        &at.row.message,
        &at.caller.user,
        body,
    ));
    begin_once(
        &app,
        &headers,
        stream,
        (&at.row.conversation, &at.caller.user, key),
        begin,
    )
    .await
}

async fn regenerate(
    State(app): State<App>,
    at: Editor<MessageAt>,
    headers: HeaderMap,
    Keyed(mut body, key): Keyed<Again>,
) -> Result<Response, Problem> {
    let stream = body.stream;
    body.key.clone_from(&key);
    let begin = Box::pin(conversations::regenerate(
        &app,
        &at.row.conversation,
        &at.row.message,
        &at.caller.user,
        body,
    ));
    begin_once(
        &app,
        &headers,
        stream,
        (&at.row.conversation, &at.caller.user, key),
        begin,
    )
    .await
}

async fn continue_reply(
    State(app): State<App>,
    at: Editor<MessageAt>,
    headers: HeaderMap,
    Keyed(mut body, key): Keyed<Again>,
) -> Result<Response, Problem> {
    let stream = body.stream;
    body.key.clone_from(&key);
    let begin = Box::pin(conversations::continue_reply(
        &app,
        &at.row.conversation,
        &at.row.message,
        &at.caller.user,
        body,
    ));
    begin_once(
        &app,
        &headers,
        stream,
        (&at.row.conversation, &at.caller.user, key),
        begin,
    )
    .await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateMessage {
    /// Pinned or not.
    pinned: bool,
}

async fn update_message(
    State(app): State<App>,
    at: Editor<MessageAt>,
    Json(body): Json<UpdateMessage>,
) -> Result<Data<Message>, Problem> {
    let now = app.clock.now();
    store::pin_message(&at.row.conversation.id, &at.row.message.id, body.pinned, now)
        .execute(&app.db)
        .await?;
    let conversation = &at.row.conversation;
    app.changes
        .publish(Notice::conversation(&conversation.workspace_id, &conversation.id))
        .await;
    Ok(Data(Message {
        pinned: body.pinned,
        updated_at: now,
        ..at.row.message
    }))
}

async fn remove_message(State(app): State<App>, at: Editor<MessageAt>) -> Result<NoContent, Problem> {
    conversations::delete_message(&app, &at.row.conversation, &at.row.message).await?;
    Ok(NoContent)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Fork {
    /// The new title; the old one when absent.
    title: Option<String>,
}

async fn fork(
    State(app): State<App>,
    at: Editor<MessageAt>,
    Json(body): Json<Fork>,
) -> Result<Created<Conversation>, Problem> {
    conversations::fork(
        &app,
        &at.row.conversation,
        &at.row.message,
        &at.caller.user,
        body.title,
    )
    .await
    .map(Created)
}

#[derive(Deserialize, JsonSchema)]
struct ExportParams {
    /// `markdown` when absent.
    format: Option<export::Format>,
}

async fn export_one(
    State(app): State<App>,
    at: Member<Conversation>,
    Query(params): Query<ExportParams>,
) -> Result<Response, Problem> {
    let format = params.format.unwrap_or(export::Format::Markdown);
    conversations::of_conversation(&app, at.row, format).await
}

async fn export_all(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    conversations::everything(&app, &caller.user).await
}

//! `/api/…/comparisons`, further questions, and `/api/compare` for programs that want all of it in one request.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::compare::begin::{Begun, ComparisonView, CreateComparison, CreatePrompt};
use crate::compare::leaderboard::{self, Leaderboard, TagCount, Wanted};
use crate::compare::preset::{self, CreatePreset, Preset, UpdatePreset};
use crate::compare::vote::{self, PutVote, Vote};
use crate::compare::{Choice, begin, breakout, checked, store};
use crate::conversations::lanes::{self, LaneSettings};
use crate::conversations::{Conversation, Lane, MESSAGE_ROWS_MAX, Message, MessageAt, RunRef};
use crate::http::auth::{self, Caller, Editor, Member};
use crate::http::idempotency::{Keyed, RequestKey};
use crate::http::json::{Json, Query};
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::http::respond::{Accepted, Created, Data, NoContent};
use crate::http::route::{Access, Routes, delete, get, patch, post, put};
use crate::http::sse;
use crate::sources::Collection;
use crate::visitors::routes::Asker;
use crate::visitors::{self, Visit, Visitor};
use crate::workspaces::{self, Role, Workspace};

/// Who asks and where; the models; files that a collection names; a key that was used; the write: the conversation, the
/// question with what the search finds of it, twelve answers, the run.
const STATEMENTS: u32 = 28;

/// The routes of this feature.
pub fn routes() -> Routes {
    let member = Access::Workspace(Role::Member);
    Routes::new()
        .add(
            post("/api/workspaces/{workspace}/comparisons", create)
                .id("create_comparison")
                .access(member)
                .statements(STATEMENTS)
                .unhurried()
                .rows(MESSAGE_ROWS_MAX)
                .body_limit(4 << 20)
                .body::<CreateComparison>()
                .accepted::<Compared>()
                .events()
                .about("Asks up to twelve models one question: 202, or the stream when asked"),
        )
        .add(
            post("/api/conversations/{conversation}/prompts", ask_further)
                .id("create_prompt")
                .access(member)
                .statements(STATEMENTS)
                .unhurried()
                .rows(MESSAGE_ROWS_MAX)
                .body_limit(4 << 20)
                .body::<CreatePrompt>()
                .accepted::<Begun>()
                .events()
                .about("A further question to all lanes of a comparison, or to some"),
        )
        .add(
            post("/api/compare", collected)
                .id("compare")
                .access(Access::Visitor)
                .statements(STATEMENTS)
                .unhurried()
                .rows(MESSAGE_ROWS_MAX)
                .body_limit(4 << 20)
                .body::<Compare>()
                .data::<Collected>()
                .about("Asks up to twelve models one question and answers when all of them have ended"),
        )
        .add(
            post("/api/compare-stream", streamed)
                .id("compare_stream")
                .access(Access::Visitor)
                .statements(STATEMENTS)
                .unhurried()
                .rows(MESSAGE_ROWS_MAX)
                .body_limit(4 << 20)
                .body::<Compare>()
                .events()
                .about("The same as a stream of events, side by side"),
        )
        .merge(of_votes())
        .merge(of_presets())
}

fn of_votes() -> Routes {
    let observer = Access::Workspace(Role::Observer);
    let member = Access::Workspace(Role::Member);
    Routes::new()
        .add(
            post(
                "/api/conversations/{conversation}/lanes/{lane}/breakout",
                breakout,
            )
            .id("break_out_lane")
            .access(member)
            .statements(u32::MAX)
            .rows(u64::MAX)
            .created::<Conversation>()
            .about("A chat that goes on with one lane of a comparison"),
        )
        .add(
            post("/api/conversations/{conversation}/reveal", reveal)
                .id("reveal_comparison")
                .access(member)
                .data::<ComparisonView>()
                .about("Names the models of a blind comparison; its votes stay as they are then"),
        )
        .add(
            put("/api/messages/{message}/vote", put_vote)
                .id("put_vote")
                .access(member)
                // Who and where; the answers; the vote, twelve answers and ten tags.
                .statements(26)
                .body::<PutVote>()
                .data::<Vote>()
                .about("Says which answer to a question of a comparison is the best"),
        )
        .add(
            delete("/api/messages/{message}/vote", delete_vote)
                .id("delete_vote")
                .access(member)
                .empty()
                .about("Takes your vote back"),
        )
        .add(
            get("/api/workspaces/{workspace}/leaderboard", show_leaderboard)
                .id("get_leaderboard")
                .access(observer)
                // Who and where; the votes; the models there are.
                .statements(3)
                .rows(u64::MAX)
                .query::<Wanted>()
                .data::<Leaderboard>()
                .about("What the votes of a workspace say of its models, beside cost and speed"),
        )
        .add(
            get("/api/workspaces/{workspace}/leaderboard/tags", list_tags)
                .id("list_leaderboard_tags")
                .access(observer)
                .list::<TagCount>()
                .about("The tags of the votes of a workspace, the most used first"),
        )
}

fn of_presets() -> Routes {
    let member = Access::Workspace(Role::Member);
    Routes::new()
        .add(
            get("/api/workspaces/{workspace}/presets", list_presets)
                .id("list_presets")
                .access(Access::Workspace(Role::Observer))
                .rows(201)
                .list::<Preset>()
                .about("The sets of models of a workspace, by name"),
        )
        .add(
            post("/api/workspaces/{workspace}/presets", create_preset)
                .id("create_preset")
                .access(member)
                .body::<CreatePreset>()
                .created::<Preset>()
                .about("Keeps a set of models under a name"),
        )
        .add(
            patch("/api/presets/{preset}", update_preset)
                .id("update_preset")
                .access(member)
                .body::<UpdatePreset>()
                .data::<Preset>()
                .about("Changes the name or the models of a set"),
        )
        .add(
            delete("/api/presets/{preset}", delete_preset)
                .id("delete_preset")
                .access(member)
                .empty()
                .about("Forgets a set of models"),
        )
}

/// A comparison that has begun.
#[derive(Serialize, JsonSchema)]
struct Compared {
    /// The comparison.
    conversation: ComparisonView,
    /// The question.
    message: Message,
    /// The answers that are being written, by lane.
    replies: Vec<Message>,
    /// The run of all of them; each answer names its own.
    run: RunRef,
}

/// A question with its answers.
#[derive(Serialize, JsonSchema)]
struct Collected {
    /// The comparison; nothing of it is kept for a visitor.
    conversation: Option<ComparisonView>,
    /// The question.
    message: Option<Message>,
    /// The answers, by lane.
    replies: Vec<Message>,
}

/// The body of `/api/compare` and `/api/compare-stream`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Compare {
    /// The question: Markdown.
    prompt: String,
    /// 1 to 12 models; left out when `conversation` is given.
    models: Option<Vec<Choice>>,
    /// How all of them are asked, where a model has no setting of its own.
    settings: Option<LaneSettings>,
    /// What the answers draw on.
    collection: Option<Collection>,
    /// Hide the names of the models, and shuffle them, until the comparison is revealed.
    blind: Option<bool>,
    /// A workspace you belong to, by id or slug; your personal one when absent.
    workspace: Option<String>,
    /// A comparison to go on with.
    conversation: Option<String>,
    /// The lanes of it that are asked; all when absent.
    lanes: Option<Vec<u8>>,
}

async fn create(
    State(app): State<App>,
    at: Editor<Workspace>,
    headers: HeaderMap,
    Keyed(mut body, key): Keyed<CreateComparison>,
) -> Result<Response, Problem> {
    let stream = body.stream;
    body.key = key;
    let begun = begin::create(&app, &at.row.id, &at.caller.user, body).await?;
    if sse::wants_stream(&headers, stream) {
        return Ok(events(&app, begun.run.id));
    }
    let compared = Compared {
        conversation: begun.conversation.into(),
        message: begun.message,
        replies: begun.replies,
        run: begun.run,
    };
    Ok(Accepted(compared).into_response())
}

async fn ask_further(
    State(app): State<App>,
    at: Editor<Conversation>,
    headers: HeaderMap,
    Keyed(mut body, key): Keyed<CreatePrompt>,
) -> Result<Response, Problem> {
    let stream = body.stream;
    body.key = key;
    let begun = begin::prompt(&app, at.row, &at.caller.user, body).await?;
    if sse::wants_stream(&headers, stream) {
        return Ok(events(&app, begun.run.id));
    }
    Ok(Accepted(begun).into_response())
}

/// The stream of a run. Leaving it does not stop the run.
fn events(app: &App, run_id: String) -> Response {
    let events = app.engine.subscribe(&run_id, 0);
    sse::response(run_id, events)
}

async fn streamed(
    State(app): State<App>,
    asker: Asker,
    Keyed(body, key): Keyed<Compare>,
) -> Result<Response, Problem> {
    let caller = match asker {
        Asker::Caller(caller) => caller,
        Asker::Visitor(visitor) => {
            let (visit, _) = visit(&app, &visitor, &body).await?;
            return Ok(sse::stream(visit.frames()));
        }
    };
    let begun = begin_either(&app, &caller, key, body).await?;
    Ok(events(&app, begun.run.id))
}

async fn collected(
    State(app): State<App>,
    asker: Asker,
    Keyed(body, key): Keyed<Compare>,
) -> Result<Data<Collected>, Problem> {
    let caller = match asker {
        Asker::Caller(caller) => caller,
        Asker::Visitor(visitor) => {
            let (visit, lanes) = visit(&app, &visitor, &body).await?;
            return Ok(Data(Collected {
                conversation: None,
                message: None,
                replies: visit.collect(&app, &lanes).await,
            }));
        }
    };
    let begun = begin_either(&app, &caller, key, body).await?;
    ended(&app, &begun.run.id).await?;
    // Its title and its state are what the end has made of them.
    let found = lanes::find_for_user(&app, &begun.conversation.id, caller.id()).await?;
    let gone = || Problem::conflict("The comparison was deleted before it had ended.");
    let (_, conversation) = found.ok_or_else(gone)?;
    let mut replies = lanes::answers(&app, &conversation, &begun.message.id).await?;
    replies.retain(|reply| begun.replies.iter().any(|asked| asked.id == reply.id));
    Ok(Data(Collected {
        conversation: Some(conversation.into()),
        message: Some(begun.message),
        replies,
    }))
}

/// A comparison for whoever has no account: of mock models, and nothing of it is kept.
async fn visit(app: &App, visitor: &Visitor, body: &Compare) -> Result<(Visit, Vec<Lane>), Problem> {
    let needs_an_account = body.conversation.is_some()
        || body.workspace.is_some()
        || body.collection.is_some()
        || body.blind == Some(true);
    if needs_an_account {
        return Err(auth::unauthenticated());
    }
    let lanes = checked(body.models.as_deref().unwrap_or_default(), body.settings.as_ref())?;
    let visit = visitors::begin(app, visitor, &body.prompt, lanes.clone()).await?;
    Ok((visit, lanes))
}

/// Waits for the last event of a run. In a task of its own: what it reads of a log is not this request's doing.
async fn ended(app: &App, run_id: &str) -> Result<(), Problem> {
    let mut events = Box::pin(app.engine.subscribe(run_id, 0));
    let told = tokio::spawn(async move {
        while let Some(event) = events.next().await {
            event?;
        }
        Ok::<_, engine::Error>(())
    });
    told.await.map_err(Problem::internal)?.map_err(Problem::internal)
}

/// A new comparison, or a further question to one.
async fn begin_either(
    app: &App,
    caller: &Caller,
    key: Option<RequestKey>,
    body: Compare,
) -> Result<Begun, Problem> {
    if let Some(id) = &body.conversation {
        let found = lanes::find_for_user(app, id, caller.id()).await?;
        let (role, conversation) = found.ok_or_else(|| Problem::not_found("conversation", id))?;
        may_edit(role)?;
        let further = CreatePrompt {
            content: body.prompt,
            lanes: body.lanes,
            collection: body.collection,
            stream: None,
            key,
        };
        if body.models.is_some() {
            let message = "belong to the comparison; leave them out, or name `lanes`";
            return Err(Problem::invalid("models", message));
        }
        return begin::prompt(app, conversation, &caller.user, further).await;
    }
    let (workspace_id, role) = workspaces::place_of(app, caller.id(), body.workspace.as_deref()).await?;
    may_edit(role)?;
    let new = CreateComparison {
        prompt: body.prompt,
        models: body.models.unwrap_or_default(),
        settings: body.settings,
        collection: body.collection,
        blind: body.blind,
        stream: None,
        key,
    };
    begin::create(app, &workspace_id, &caller.user, new).await
}

fn may_edit(role: Role) -> Result<(), Problem> {
    if role < Role::Member {
        return Err(Problem::forbidden(
            "Your role in this workspace is observer; this needs member or higher.",
        ));
    }
    Ok(())
}

async fn breakout(
    State(app): State<App>,
    at: Editor<Conversation>,
    Path((_, lane)): Path<(String, String)>,
) -> Result<Created<Conversation>, Problem> {
    let number = lane.parse().map_err(|_| Problem::not_found("lane", &lane))?;
    breakout::breakout(&app, &at.row, number, &at.caller.user)
        .await
        .map(Created)
}

async fn reveal(State(app): State<App>, at: Editor<Conversation>) -> Result<Data<ComparisonView>, Problem> {
    vote::reveal(&app, at.row).await.map(Data)
}

async fn put_vote(
    State(app): State<App>,
    at: Editor<MessageAt>,
    Json(body): Json<PutVote>,
) -> Result<Data<Vote>, Problem> {
    vote::put(&app, &at.row, at.caller.id(), body).await.map(Data)
}

async fn delete_vote(State(app): State<App>, at: Editor<MessageAt>) -> Result<NoContent, Problem> {
    vote::remove(&app, &at.row, at.caller.id()).await?;
    Ok(NoContent)
}

async fn show_leaderboard(
    State(app): State<App>,
    at: Member<Workspace>,
    Query(wanted): Query<Wanted>,
) -> Result<Data<Leaderboard>, Problem> {
    let board = leaderboard::show(&app, &at.row.id, &wanted).await?;
    if let Some(name) = &wanted.not_worse_than
        && !board.rows.iter().any(|row| row.model == *name)
    {
        // One without votes is no mistake, as a name is that nobody knows.
        let view = app.models.view(&app, at.caller.id(), Some(&at.row.id)).await?;
        if let Some(reason) = view.unfit(name) {
            return Err(Problem::invalid("not_worse_than", reason));
        }
    }
    Ok(Data(board))
}

async fn list_tags(State(app): State<App>, at: Member<Workspace>) -> Result<Page<TagCount>, Problem> {
    leaderboard::tags(&app, &at.row.id).await.map(Page::whole)
}

async fn list_presets(State(app): State<App>, at: Member<Workspace>) -> Result<Page<Preset>, Problem> {
    Ok(Page::whole(store::list_presets(&app.db, &at.row.id).await?))
}

async fn create_preset(
    State(app): State<App>,
    at: Editor<Workspace>,
    Json(body): Json<CreatePreset>,
) -> Result<Created<Preset>, Problem> {
    preset::create(&app, &at.row.id, at.caller.id(), body)
        .await
        .map(Created)
}

async fn update_preset(
    State(app): State<App>,
    at: Editor<Preset>,
    Json(body): Json<UpdatePreset>,
) -> Result<Data<Preset>, Problem> {
    preset::update(&app, at.row, body).await.map(Data)
}

async fn delete_preset(State(app): State<App>, at: Editor<Preset>) -> Result<NoContent, Problem> {
    preset::delete(&app, &at.row).await?;
    Ok(NoContent)
}

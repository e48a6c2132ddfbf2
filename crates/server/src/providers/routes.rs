//! `/api/connections…`.

use std::pin::pin;
use std::time::Duration;

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, StatusCode};
use llm::{CallContext, Guarded, Provider, Upload};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::App;
use crate::http::auth::{Admin, Caller, Member};
use crate::http::json::{Json, meant};
use crate::http::page::Page;
use crate::http::precondition;
use crate::http::problem::{ErrorCode, Problem};
use crate::http::respond::{Created, Data, NoContent};
use crate::http::route::{Access, Routes, delete, get, patch, post};
use crate::models::{Place, PlaceParams};
use crate::providers::{
    self, Connection, ConnectionView, CreateConnection, TestView, UpdateConnection, test,
};
use crate::telemetry;
use crate::workspaces::Role;

/// The largest file that is passed on to an agent.
const FILE_BYTES_MAX: usize = 1 << 30;
/// How long that may take; the provider has a limit of its own below it.
const FILE_LIMIT: Duration = Duration::from_secs(45);
/// The only field of the form that a file comes in.
const FILE_FIELD: &str = "file";
/// Pieces of a file between its sender and the provider: the slower one holds up the other.
const PIECES: usize = 2;

/// The routes of this feature.
pub fn routes() -> Routes {
    let observer = Access::Workspace(Role::Observer);
    let admin = Access::Workspace(Role::Admin);
    Routes::new()
        .add(
            get("/api/connections", list)
                .id("list_connections")
                .about("The connections to model providers that you may use in a workspace")
                .access(Access::SignedIn)
                .query::<PlaceParams>()
                .list::<ConnectionView>(),
        )
        .add(
            post("/api/connections", create)
                .id("create_connection")
                .about(
                    "Connects a provider for yourself, a workspace you manage, or (administrators) everybody",
                )
                .access(Access::SignedIn)
                .statements(6)
                .body::<CreateConnection>()
                .created::<ConnectionView>(),
        )
        .add(
            post("/api/connections/test", test_unsaved)
                .id("test_new_connection")
                .about("Tries a connection without storing it")
                .access(Access::SignedIn)
                .body::<CreateConnection>()
                .data::<TestView>(),
        )
        .add(
            get("/api/connections/{connection}", show)
                .id("get_connection")
                .about("One connection; its key is never shown")
                .access(observer)
                .statements(1)
                .data::<ConnectionView>(),
        )
        .add(
            patch("/api/connections/{connection}", update)
                .id("update_connection")
                // A user's own concern nobody else; the others have their entries.
                .unlogged()
                .about("Changes a connection; what is absent stays, an empty text takes away")
                .access(admin)
                .statements(4)
                .body::<UpdateConnection>()
                .data::<ConnectionView>(),
        )
        .add(
            delete("/api/connections/{connection}", remove)
                .id("delete_connection")
                // A user's own concern nobody else; the others have their entries.
                .unlogged()
                .statements(3)
                .about("Deletes a connection with its key")
                .access(admin)
                .empty(),
        )
        .add(
            post("/api/connections/{connection}/test", test_stored)
                .id("test_connection")
                .unlogged()
                .about("Asks the provider whether the connection works")
                .access(admin)
                .data::<TestView>(),
        )
        .merge(agents())
}

/// What agents of a gateway have that models have not.
fn agents() -> Routes {
    let observer = Access::Workspace(Role::Observer);
    Routes::new().add(
        post("/api/connections/{connection}/agents/{agent}/files", send_file)
            .id("send_agent_file")
            .about("Sends a file (multipart/form-data, `file`) to an agent of a gateway, as it comes")
            .access(observer)
            .statements(3)
            .timeout(FILE_LIMIT)
            .ends_with_caller()
            .body_limit(FILE_BYTES_MAX)
            .data::<Value>(),
    )
}

async fn list(State(app): State<App>, place: Place) -> Result<Page<ConnectionView>, Problem> {
    providers::list(&app, &place).await.map(Page::whole)
}

async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CreateConnection>,
) -> Result<Created<ConnectionView>, Problem> {
    providers::create(&app, &caller.user, body).await.map(Created)
}

async fn show(State(app): State<App>, at: Member<Connection>) -> Data<ConnectionView> {
    Data(at.row.view(&app, at.role))
}

async fn update(
    State(app): State<App>,
    at: Admin<Connection>,
    headers: HeaderMap,
    Json(body): Json<UpdateConnection>,
) -> Result<Data<ConnectionView>, Problem> {
    precondition::if_match(&headers, &at.row.view(&app, at.role))?;
    providers::update(&app, at.row, at.role, body).await.map(Data)
}

async fn remove(State(app): State<App>, at: Admin<Connection>) -> Result<NoContent, Problem> {
    providers::delete(&app, &at.row).await?;
    Ok(NoContent)
}

async fn test_stored(State(app): State<App>, at: Admin<Connection>) -> Result<Data<TestView>, Problem> {
    test::stored(&app, &at.row).await.map(Data)
}

async fn send_file(
    State(app): State<App>,
    at: Member<Connection>,
    Path((_, agent)): Path<(String, String)>,
    request: Request,
) -> Result<Data<Value>, Problem> {
    let form = Multipart::from_request(request, &app)
        .await
        .map_err(|rejection| {
            let detail = "Send the file as multipart/form-data.";
            Problem::new(ErrorCode::UnsupportedMediaType, detail).with_source(rejection)
        })?;
    let provider = app
        .models
        .provider_of(&app, at.caller.id(), &at.row, &agent)
        .await?;
    let call = CallContext::new(app.usage.cut())
        .traced(telemetry::traceparent())
        .asked_by(Some(at.caller.user.email.clone()));
    pass_on(&provider, &agent, form, &call).await.map(Data)
}

/// Sends the file of a form on while it arrives. When its sender breaks off, so does this. What stands in front of it is refused: nobody
/// would be told of it.
async fn pass_on(
    provider: &Guarded,
    agent: &str,
    mut form: Multipart,
    call: &CallContext,
) -> Result<Value, Problem> {
    let Some(field) = form.next_field().await.map_err(broke_off)? else {
        return Err(Problem::invalid(FILE_FIELD, "there is no file in the body"));
    };
    match field.name() {
        Some(FILE_FIELD) => {}
        other => return Err(unknown_field(other.unwrap_or_default())),
    }
    let Some(name) = field.file_name().map(str::to_owned) else {
        return Err(Problem::invalid(FILE_FIELD, "is sent as a file, with its name"));
    };
    let (pieces, taken) = mpsc::channel(PIECES);
    let body = stream::unfold(taken, |mut taken| async move {
        let piece: Bytes = taken.recv().await?;
        Some((Ok(piece), taken))
    });
    let file = Upload {
        media_type: field
            .content_type()
            .unwrap_or("application/octet-stream")
            .to_owned(),
        name,
        body: Box::pin(body),
    };
    let mut sending = pin!(provider.send_file(agent, file, call));
    let sent = tokio::select! {
        sent = &mut sending => sent,
        fed = feed(field, pieces) => {
            fed?;
            sending.await
        }
    };
    Ok(sent?)
}

/// A field that the form does not have.
fn unknown_field(name: &str) -> Problem {
    let hint = meant(name, [FILE_FIELD].into_iter());
    let message = match hint.as_str() {
        "" => format!("is not known here; the form has one field, `{FILE_FIELD}`"),
        hint => format!("is not known here; {hint}"),
    };
    Problem::invalid(if name.is_empty() { "body" } else { name }, message)
}

/// Reads a file piece by piece, until its end or until nobody takes it any more.
async fn feed(mut field: Field<'_>, pieces: mpsc::Sender<Bytes>) -> Result<(), Problem> {
    while let Some(piece) = field.chunk().await.map_err(broke_off)? {
        if pieces.send(piece).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn broke_off(error: MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let detail = format!("The file is larger than an agent is sent: {FILE_BYTES_MAX} bytes at most.");
        return Problem::new(ErrorCode::TooLarge, detail);
    }
    let detail = "The upload is no multipart/form-data, or broke off.";
    Problem::new(ErrorCode::Malformed, detail).with_source(error)
}

async fn test_unsaved(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CreateConnection>,
) -> Result<Data<TestView>, Problem> {
    test::unsaved(&app, &caller.user, body).await.map(Data)
}

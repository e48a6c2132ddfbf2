//! `/api/connections…`.

use axum::extract::State;
use http::HeaderMap;

use crate::App;
use crate::http::auth::{Admin, Caller, Member};
use crate::http::json::Json;
use crate::http::page::Page;
use crate::http::precondition;
use crate::http::problem::Problem;
use crate::http::respond::{Created, Data, NoContent};
use crate::http::route::{Access, Routes, delete, get, patch, post};
use crate::models::{Place, PlaceParams};
use crate::providers::{
    self, Connection, ConnectionView, CreateConnection, TestView, UpdateConnection, test,
};
use crate::workspaces::Role;

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

async fn test_unsaved(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CreateConnection>,
) -> Result<Data<TestView>, Problem> {
    test::unsaved(&app, &caller.user, body).await.map(Data)
}

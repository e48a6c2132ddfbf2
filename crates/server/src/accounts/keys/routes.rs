//! `/api/auth/keys`, `/api/workspaces/{workspace}/keys` and `/api/admin/keys`.

use axum::extract::{Path, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::Time;

use super::store::{self, Key, OwnedKey};
use super::{NewKey, Owner, UpdateKey};
use crate::App;
use crate::accounts::{Scope, keys};
use crate::http::auth::{Admin, Caller, SystemAdmin};
use crate::http::json::{Json, Query};
use crate::http::page::{Page, PageParams};
use crate::http::problem::Problem;
use crate::http::respond::{Created, Data, NoContent};
use crate::http::route::{Access, Routes, delete, get, patch, post};
use crate::limits::Limits;
use crate::workspaces::{Role, Workspace};

/// The routes of this feature.
pub fn routes() -> Routes {
    of_users().merge(of_workspaces()).merge(
        Routes::new()
            .add(
                get("/api/admin/keys", list_all)
                    .id("list_all_keys")
                    .access(Access::SystemAdmin)
                    .query::<PageParams>()
                    .list::<OwnedKeyView>()
                    .about("All API keys of this Stoa and whose they are, oldest first"),
            )
            .add(
                delete("/api/admin/keys/{key}", revoke_any)
                    .id("revoke_any_key")
                    .access(Access::SystemAdmin)
                    .statements(4)
                    .empty()
                    .about("Revokes anybody's API key"),
            ),
    )
}

fn of_users() -> Routes {
    let signed_in = Access::SignedIn;
    Routes::new()
        .add(
            get("/api/auth/keys", list)
                .id("list_keys")
                .access(signed_in)
                .list::<KeyView>()
                .about("Your API keys"),
        )
        .add(
            post("/api/auth/keys", create)
                .id("create_key")
                .access(signed_in)
                .body::<CreateKey>()
                .created::<NewKeyView>()
                .about("Makes an API key; it is shown this once"),
        )
        .add(
            patch("/api/auth/keys/{key}", update)
                .id("update_key")
                .access(signed_in)
                .statements(3)
                .body::<UpdateKey>()
                .data::<KeyView>()
                .about("Changes the name or the limits of one of your API keys"),
        )
        .add(
            delete("/api/auth/keys/{key}", revoke)
                .id("revoke_key")
                .access(signed_in)
                .empty()
                .about("Revokes an API key"),
        )
}

fn of_workspaces() -> Routes {
    let admin = Access::Workspace(Role::Admin);
    Routes::new()
        .add(
            get("/api/workspaces/{workspace}/keys", list_of_workspace)
                .id("list_workspace_keys")
                .access(admin)
                .list::<KeyView>()
                .about("The API keys of a workspace"),
        )
        .add(
            post("/api/workspaces/{workspace}/keys", create_for_workspace)
                .id("create_workspace_key")
                .access(admin)
                .statements(3)
                .body::<CreateWorkspaceKey>()
                .created::<NewKeyView>()
                .about("Makes an API key for an application of a workspace, which calls models there; it is shown this once"),
        )
        .add(
            patch("/api/workspaces/{workspace}/keys/{key}", update_of_workspace)
                .id("update_workspace_key")
                .access(admin)
                .statements(4)
                .body::<UpdateKey>()
                .data::<KeyView>()
                .about("Changes the name or the limits of an API key of a workspace"),
        )
        .add(
            delete("/api/workspaces/{workspace}/keys/{key}", revoke_of_workspace)
                .id("revoke_workspace_key")
                .access(admin)
                .statements(3)
                .empty()
                .about("Revokes an API key of a workspace"),
        )
}

#[derive(Serialize, JsonSchema)]
struct KeyView {
    id: String,
    name: String,
    /// The first characters, to recognise it by.
    prefix: String,
    scopes: Vec<String>,
    #[serde(flatten)]
    limits: Limits,
    #[schemars(with = "String")]
    created_at: Time,
    #[schemars(with = "Option<String>")]
    last_used_at: Option<Time>,
    #[schemars(with = "Option<String>")]
    expires_at: Option<Time>,
}

impl From<Key> for KeyView {
    fn from(key: Key) -> Self {
        Self {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            scopes: key.scopes.split(' ').map(str::to_owned).collect(),
            limits: key.limits,
            created_at: key.created_at,
            last_used_at: key.last_used_at,
            expires_at: key.expires_at,
        }
    }
}

#[derive(Serialize, JsonSchema)]
struct NewKeyView {
    /// The key itself. It is stored nowhere and can not be shown again.
    key: String,
    #[serde(flatten)]
    view: KeyView,
}

/// A key, and whose it is.
#[derive(Serialize, JsonSchema)]
struct OwnedKeyView {
    #[serde(flatten)]
    view: KeyView,
    /// `user` or `workspace`.
    owner: &'static str,
    /// Who made it, and whose it is unless it is a workspace's.
    user_id: String,
    user_name: String,
    user_email: String,
    /// The workspace it belongs to, for one of a workspace.
    workspace_id: Option<String>,
    workspace_name: Option<String>,
}

impl From<OwnedKey> for OwnedKeyView {
    fn from(owned: OwnedKey) -> Self {
        let (user_id, user_name, user_email) = owned.user;
        let (workspace_id, workspace_name) = owned.workspace.unzip();
        Self {
            view: owned.key.into(),
            owner: if workspace_id.is_some() {
                "workspace"
            } else {
                "user"
            },
            user_id,
            user_name,
            user_email,
            workspace_id,
            workspace_name,
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateKey {
    name: String,
    /// What it may be used for; everything when absent.
    scopes: Option<Vec<Scope>>,
    #[serde(flatten)]
    limits: Limits,
    #[schemars(with = "Option<String>")]
    expires_at: Option<Time>,
}

/// A key of a workspace calls models; it has no other scope.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateWorkspaceKey {
    /// The name of the application.
    name: String,
    #[serde(flatten)]
    limits: Limits,
    #[schemars(with = "Option<String>")]
    expires_at: Option<Time>,
}

/// The part of a path that names a key.
#[derive(Deserialize, JsonSchema)]
struct Named {
    key: String,
}

fn page(keys: Vec<Key>) -> Page<KeyView> {
    Page::whole(keys.into_iter().map(KeyView::from).collect())
}

async fn list(State(app): State<App>, caller: Caller) -> Result<Page<KeyView>, Problem> {
    let keys = store::list(&app.db, Owner::User(caller.id()), app.clock.now()).await?;
    Ok(page(keys))
}

async fn list_of_workspace(State(app): State<App>, at: Admin<Workspace>) -> Result<Page<KeyView>, Problem> {
    let keys = store::list(&app.db, Owner::Workspace(&at.row.id), app.clock.now()).await?;
    Ok(page(keys))
}

async fn list_all(
    State(app): State<App>,
    _admin: SystemAdmin,
    Query(params): Query<PageParams>,
) -> Result<Page<OwnedKeyView>, Problem> {
    let keys = store::list_all(&app.db, params.like(), params.keyset()?, params.limit()? + 1).await?;
    let keys = keys.into_iter().map(OwnedKeyView::from).collect();
    Page::new(&params, keys, |row: &OwnedKeyView| {
        Some((row.view.created_at, row.view.id.clone()))
    })
}

async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CreateKey>,
) -> Result<Created<NewKeyView>, Problem> {
    let times = (body.expires_at, app.clock.now());
    let new = NewKey::parse(&body.name, body.scopes, body.limits, times)?;
    let (stored, key) = keys::create(&app, &caller.user, Owner::User(caller.id()), new).await?;
    Ok(Created(NewKeyView {
        key,
        view: stored.into(),
    }))
}

async fn create_for_workspace(
    State(app): State<App>,
    at: Admin<Workspace>,
    Json(body): Json<CreateWorkspaceKey>,
) -> Result<Created<NewKeyView>, Problem> {
    let times = (body.expires_at, app.clock.now());
    let new = NewKey::parse(&body.name, Some(vec![Scope::Models]), body.limits, times)?;
    let owner = Owner::Workspace(&at.row.id);
    let (stored, key) = keys::create(&app, &at.caller.user, owner, new).await?;
    Ok(Created(NewKeyView {
        key,
        view: stored.into(),
    }))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(named): Path<Named>,
    Json(body): Json<UpdateKey>,
) -> Result<Data<KeyView>, Problem> {
    let which = (Owner::User(caller.id()), named.key.as_str());
    let key = keys::update(&app, &caller.user, which, body).await?;
    Ok(Data(key.into()))
}

async fn update_of_workspace(
    State(app): State<App>,
    at: Admin<Workspace>,
    Path(named): Path<Named>,
    Json(body): Json<UpdateKey>,
) -> Result<Data<KeyView>, Problem> {
    let which = (Owner::Workspace(&at.row.id), named.key.as_str());
    let key = keys::update(&app, &at.caller.user, which, body).await?;
    Ok(Data(key.into()))
}

async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Path(named): Path<Named>,
) -> Result<NoContent, Problem> {
    revoked(
        keys::revoke(&app, Owner::User(caller.id()), &named.key).await?,
        &named.key,
    )
}

async fn revoke_of_workspace(
    State(app): State<App>,
    at: Admin<Workspace>,
    Path(named): Path<Named>,
) -> Result<NoContent, Problem> {
    revoked(
        keys::revoke(&app, Owner::Workspace(&at.row.id), &named.key).await?,
        &named.key,
    )
}

async fn revoke_any(
    State(app): State<App>,
    _admin: SystemAdmin,
    Path(named): Path<Named>,
) -> Result<NoContent, Problem> {
    revoked(keys::revoke_any(&app, &named.key).await?, &named.key)
}

fn revoked(found: bool, id: &str) -> Result<NoContent, Problem> {
    if found {
        Ok(NoContent)
    } else {
        Err(Problem::not_found("key", id))
    }
}

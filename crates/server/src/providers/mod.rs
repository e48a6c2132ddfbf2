//! Providers: the connections through which models are reached, and who may use and change them.
//!
//! A connection belongs to the installation (everybody may use it, administrators change it), to a workspace (its members
//! use it, its admins change it) or to a user. Keys and headers are sealed with the key of the installation; what leaves
//! here is the last characters of a key and the names of headers. Which models a connection has is the business of
//! [`crate::models`], which also holds the opened providers.
//!
//! Invariants: a stored key is never sent to another host than the one it was given for (a new address needs the key
//! again); only connections of the installation, or a configuration that says so, reach private addresses.

mod health;
mod input;
mod open;
mod rate;
pub mod routes;
pub(crate) mod store;
mod test;

use llm::ProviderKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sql::{Batch, OnViolation, Query, Row, Statement, Time};

pub use health::{HealthState, HealthView};
pub use input::{CreateConnection, UpdateConnection};
pub(crate) use open::open;
pub(crate) use rate::admission;
pub use test::TestView;

use crate::App;
use crate::accounts::CallerRow;
use crate::audit::{self, Change, Fields};
use crate::cache::Tag;
use crate::changes::Notice;
use crate::http::auth::Resource;
use crate::http::problem::{ErrorCode, Problem};
use crate::ids::Kind as IdKind;
use crate::models;
use crate::workspaces::Role;
use input::Draft;

/// The most connections of the installation, of a workspace, or of a user.
pub const CONNECTIONS_MAX: i64 = 50;

/// Whom a connection belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The installation: everybody may use it.
    System,
    /// A workspace: its members may use it there.
    Workspace,
    /// A user: nobody else may use it.
    User,
}

impl Scope {
    /// As it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Workspace => "workspace",
            Self::User => "user",
        }
    }

    /// From its stored form.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::System, Self::Workspace, Self::User]
            .into_iter()
            .find(|scope| scope.as_str() == text)
    }
}

/// The wire format of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// OpenAI's chat/completions: OpenAI, OpenRouter, Ollama, vLLM, llama.cpp and many more.
    #[serde(rename = "openai")]
    OpenAi,
    /// Anthropic's Messages.
    Anthropic,
    /// Google's Gemini.
    Gemini,
    /// A company gateway of agents; `base_url` is its root, the key its `x-openapi-token`.
    Fabrix,
    /// Scripted answers; only when the configuration allows it.
    Mock,
    /// The models of this process.
    Local,
}

impl From<ProviderKind> for Kind {
    fn from(kind: ProviderKind) -> Self {
        match kind {
            ProviderKind::OpenAi => Self::OpenAi,
            ProviderKind::Anthropic => Self::Anthropic,
            ProviderKind::Gemini => Self::Gemini,
            ProviderKind::Fabrix => Self::Fabrix,
            ProviderKind::Mock => Self::Mock,
            ProviderKind::Local => Self::Local,
        }
    }
}

impl From<Kind> for ProviderKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::OpenAi => Self::OpenAi,
            Kind::Anthropic => Self::Anthropic,
            Kind::Gemini => Self::Gemini,
            Kind::Fabrix => Self::Fabrix,
            Kind::Mock => Self::Mock,
            Kind::Local => Self::Local,
        }
    }
}

/// A stored connection, and how the last reading of its models went.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// `con_…`
    pub id: String,
    /// Whom it belongs to.
    pub scope: Scope,
    /// The workspace, for that scope.
    pub workspace_id: Option<String>,
    /// The user, for that scope.
    pub user_id: Option<String>,
    /// The wire format.
    pub kind: ProviderKind,
    /// The part of a model's name before the slash.
    pub slug: String,
    /// The name people see, also in errors.
    pub name: String,
    /// The provider's address; its usual one when absent.
    pub base_url: Option<String>,
    /// The key, sealed.
    pub api_key_sealed: Option<String>,
    /// The last characters of the key.
    pub api_key_hint: Option<String>,
    /// Further headers, sealed.
    pub headers_sealed: Option<String>,
    /// Prices, and what only this kind knows.
    pub settings: Value,
    /// Whether it may be used.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// When its models were last read well.
    pub read_at: Option<Time>,
    /// What the last reading failed with.
    pub error_code: Option<String>,
    /// The same for people.
    pub error: Option<String>,
}

/// The part of the path with a connection's id. A connection of the installation is seen by everybody, who then count as
/// observers, and belongs to the administrators; a user's own belongs to that user alone.
impl Resource for Connection {
    const NAME: &'static str = "connection";
    const PARAM: &'static str = "connection";

    fn statement() -> &'static Statement {
        &store::FIND_SCOPED
    }

    fn read(row: &Row<'_>, at: usize) -> sql::Result<Self> {
        store::read_connection(row, at)
    }
    /// How it does is in memory, and changes with every call.
    fn tags(&self) -> [Option<Tag>; 2] {
        [None, None]
    }
}

/// A connection, as the API shows it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ConnectionView {
    /// `con_…`
    pub id: String,
    /// Whom it belongs to.
    pub scope: Scope,
    /// The workspace, for that scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<String>,
    /// The wire format.
    pub kind: Kind,
    /// The part of a model's name before the slash.
    pub slug: String,
    /// The name people see.
    pub name: String,
    /// Whether it may be used.
    pub enabled: bool,
    /// Comes with Stoa and can not be changed here.
    pub builtin: bool,
    /// Whether the caller may change it. What follows is only shown to who may.
    pub can_manage: bool,
    /// The provider's address, when it is not the usual one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The last characters of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_hint: Option<String>,
    /// The names of further headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Vec<String>>,
    /// Prices, and what only this kind knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Value>,
    /// How it is doing.
    pub health: HealthView,
    /// When it was made.
    #[schemars(with = "String")]
    pub created_at: Time,
    /// When it was last changed.
    #[schemars(with = "String")]
    pub updated_at: Time,
}

impl Connection {
    /// Whom it belongs to, as the registry of models knows owners.
    pub fn owner(&self) -> models::Owner {
        match (self.scope, &self.workspace_id, &self.user_id) {
            (Scope::Workspace, Some(id), _) => models::Owner::Workspace(id.clone()),
            (Scope::User, _, Some(id)) => models::Owner::User(id.clone()),
            _ => models::Owner::System,
        }
    }

    /// The outward form for somebody with this role in what it belongs to.
    pub fn view(&self, app: &App, role: Role) -> ConnectionView {
        let can_manage = role >= Role::Admin;
        ConnectionView {
            id: self.id.clone(),
            scope: self.scope,
            workspace_id: self.workspace_id.clone(),
            kind: self.kind.into(),
            slug: self.slug.clone(),
            name: self.name.clone(),
            enabled: self.enabled,
            builtin: false,
            can_manage,
            base_url: self.base_url.clone().filter(|_| can_manage),
            key_hint: self.api_key_hint.clone().filter(|_| can_manage),
            headers: can_manage.then(|| open::header_names(&app.vault, self)),
            settings: can_manage.then(|| self.settings.clone()),
            health: health::of(
                self,
                app.models.health(&self.owner(), &self.id).as_ref(),
                can_manage,
            ),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// The role of a user in what a connection belongs to, where `workspace_role` is theirs in its workspace.
fn role_of(connection: &Connection, caller: &CallerRow, workspace_role: Role) -> Role {
    match connection.scope {
        Scope::System if caller.is_admin => Role::Owner,
        Scope::System => Role::Observer,
        Scope::Workspace => workspace_role,
        Scope::User => Role::Owner,
    }
}

/// The connections whose models a caller may use in a workspace: the installation's, the workspace's, their own, and
/// those that come with Stoa.
pub async fn list(app: &App, place: &models::Place) -> Result<Vec<ConnectionView>, Problem> {
    let caller = &place.caller.user;
    let rows = store::list(&app.db, &caller.user_id, &place.workspace_id).await?;
    let mut views: Vec<ConnectionView> = rows
        .iter()
        .map(|row| row.view(app, role_of(row, caller, place.role)))
        .collect();
    views.extend(app.models.builtin_views());
    Ok(views)
}

/// Stores a new connection; its models are read in the background.
pub async fn create(
    app: &App,
    caller: &CallerRow,
    body: CreateConnection,
) -> Result<ConnectionView, Problem> {
    let now = app.clock.now();
    let (workspace_id, role) = settle_owner(app, caller, body.scope, body.workspace.as_deref()).await?;
    let user_id = (body.scope == Scope::User).then(|| caller.user_id.clone());
    let draft = Draft::parse(app, body)?;
    let owned = store::count_of(&app.db, draft.scope, workspace_id.as_deref(), user_id.as_deref()).await?;
    if owned >= CONNECTIONS_MAX {
        let detail = format!(
            "There are {owned} connections here already; more than {CONNECTIONS_MAX} are not possible."
        );
        return Err(Problem::conflict(detail));
    }
    let id = app.ids.make(IdKind::Connection, now);
    let connection = draft.seal(&app.vault, id, workspace_id, user_id, now)?;
    let mut batch = Batch::new();
    batch.push(store::insert(&connection, &caller.user_id));
    batch.push(models::store::insert_catalogue(&connection.id, now));
    batch.extend(entry(app, "connection.created", &connection, said(&connection)));
    unique_slug(app.db.write(batch).await, &connection)?;
    app.models.changed();
    app.changes.publish(Notice::models(&connection.owner())).await;
    Ok(connection.view(app, role))
}

/// Maps a slug that is in use to a problem that says so.
fn unique_slug<T>(written: sql::Result<T>, connection: &Connection) -> Result<T, Problem> {
    let taken = || {
        let detail = format!(
            "There is a connection {:?} in this scope already; choose another slug.",
            connection.slug
        );
        Problem::already_exists("slug", detail)
    };
    let constraint = match connection.scope {
        Scope::System => "connections_system_slug_key",
        Scope::Workspace => "connections_workspace_slug_key",
        Scope::User => "connections_user_slug_key",
    };
    written.on_unique(constraint, taken)
}

/// Who will own a new connection, and the caller's role there; an error when they may not make one.
async fn settle_owner(
    app: &App,
    caller: &CallerRow,
    scope: Scope,
    workspace: Option<&str>,
) -> Result<(Option<String>, Role), Problem> {
    match scope {
        Scope::System if caller.is_admin => Ok((None, Role::Owner)),
        Scope::System => Err(Problem::forbidden(
            "Only an administrator of this installation makes connections for everybody; \
             make one of scope `user` or `workspace`.",
        )),
        Scope::User => Ok((None, Role::Owner)),
        Scope::Workspace => {
            let named =
                workspace.ok_or_else(|| Problem::invalid("workspace", "names the workspace it is for"))?;
            let found = store::find_workspace(&app.db, named, &caller.user_id).await?;
            let (id, role) = found.ok_or_else(|| Problem::not_found("workspace", named))?;
            if role < Role::Admin {
                let detail = format!(
                    "Your role in this workspace is {}; connections are made by its admins.",
                    role.as_str()
                );
                return Err(Problem::forbidden(detail));
            }
            Ok((Some(id), role))
        }
    }
}

/// What there is to say of a connection as a whole.
fn said(connection: &Connection) -> Fields {
    Fields::new()
        .set("kind", Kind::from(connection.kind))
        .set("slug", &connection.slug)
        .set("base_url", &connection.base_url)
}

/// The entry about a connection of the installation or of a workspace. A user's own concern nobody else.
fn entry(app: &App, action: &'static str, connection: &Connection, fields: Fields) -> Option<Query> {
    let change = Change {
        action,
        subject_id: &connection.id,
        subject_name: &connection.name,
        workspace_id: connection.workspace_id.as_deref(),
        fields,
    };
    (connection.scope != Scope::User).then(|| audit::entry(app, &change))
}

/// Changes a connection. Whoever moves it to another host has to give the key again.
pub async fn update(
    app: &App,
    connection: Connection,
    role: Role,
    body: UpdateConnection,
) -> Result<ConnectionView, Problem> {
    let seen = connection.updated_at;
    let before = connection.clone();
    let mut changed = body.apply(app, connection)?;
    // Later than before, whatever the clock says: the time is the version that providers are kept for.
    changed.updated_at = app.clock.now().max(Time::from_micros(seen.micros() + 1));
    let mut batch = Batch::new();
    batch.push_expecting(1, store::update(&changed, seen));
    batch.push(models::store::reset_catalogue(&changed.id, app.clock.now()));
    let fields = Fields::new()
        .change("name", &before.name, &changed.name)
        .change("slug", &before.slug, &changed.slug)
        .change("enabled", &before.enabled, &changed.enabled)
        .change("base_url", &before.base_url, &changed.base_url)
        .change("settings", &before.settings, &changed.settings)
        .change("api_key_hint", &before.api_key_hint, &changed.api_key_hint);
    batch.extend(entry(app, "connection.updated", &changed, fields));
    match unique_slug_or_raced(app.db.write(batch).await, &changed) {
        Ok(()) => {}
        Err(problem) => return Err(problem),
    }
    changed.error_code = None;
    changed.error = None;
    app.models.changed();
    app.changes.publish(Notice::models(&changed.owner())).await;
    Ok(changed.view(app, role))
}

fn unique_slug_or_raced(written: sql::Result<sql::Written>, connection: &Connection) -> Result<(), Problem> {
    if matches!(written, Err(sql::Error::RowsAffected { .. })) {
        let detail = "The connection was changed by somebody else at the same moment; read it again.";
        return Err(Problem::new(ErrorCode::PreconditionFailed, detail));
    }
    unique_slug(written, connection).map(|_| ())
}

/// Deletes a connection with its key and its catalogue. Conversations keep the names of its models.
pub async fn delete(app: &App, connection: &Connection) -> Result<(), Problem> {
    let mut batch = Batch::new();
    batch.push(store::delete(&connection.id));
    batch.extend(entry(app, "connection.deleted", connection, said(connection)));
    app.db.write(batch).await?;
    app.models.changed();
    app.changes.publish(Notice::models(&connection.owner())).await;
    Ok(())
}

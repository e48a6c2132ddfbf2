//! Workspaces: the tenant that everything a user sees belongs to; its members and their roles; invitations.
//!
//! A workspace is named by its id or its slug, in every path. Both are chosen once, and no slug is another's id.
//! Invariant: a workspace has exactly one owner, who is also a member with the role owner.

mod members;
pub mod routes;
pub(crate) mod store;

use std::collections::HashSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::{Batch, Db, Query, Row, Statement, Time};

pub use members::*;

use crate::App;
use crate::audit::{self, Change, Fields};
use crate::batches;
use crate::cache::{self, Keeping, Namespace, Tag};
use crate::changes::Notice;
use crate::conversations;
use crate::files;
use crate::http::auth::Resource;
use crate::http::json::Check;
use crate::http::problem::{Problem, Rule};
use crate::ids::{self, Kind};

/// What a member may do, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads everything, changes nothing.
    Observer,
    /// Works in the workspace.
    Member,
    /// Manages members, connections and settings of the workspace.
    Admin,
    /// The one whose workspace it is.
    Owner,
}

impl Role {
    /// As it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observer => "observer",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// From its stored form.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Observer, Self::Member, Self::Admin, Self::Owner]
            .into_iter()
            .find(|role| role.as_str() == text)
    }
}

/// A workspace, as a request's path names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Workspace {
    /// `ws_…`, or what was chosen.
    pub id: String,
    /// The readable name in addresses.
    pub slug: String,
    /// The name people see.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The personal workspace of its owner.
    pub personal: bool,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

impl Resource for Workspace {
    const NAME: &'static str = "workspace";
    const PARAM: &'static str = "workspace";
    const KEPT: bool = true;

    fn statement() -> &'static Statement {
        &store::FIND_SCOPED
    }

    fn read(row: &Row<'_>, at: usize) -> sql::Result<Self> {
        Ok(Self {
            id: row.get(at)?,
            slug: row.get(at + 1)?,
            name: row.get(at + 2)?,
            description: row.get(at + 3)?,
            personal: row.get(at + 4)?,
            created_at: row.get(at + 5)?,
            updated_at: row.get(at + 6)?,
        })
    }

    fn tags(&self) -> [Option<Tag>; 2] {
        [Some(Tag::workspace(&self.id)), None]
    }
}

/// How much there is in a workspace.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WorkspaceStats {
    /// How many belong to it.
    pub members: i64,
    /// How many conversations it has, those put away too.
    pub conversations: i64,
    /// How many of them are put away.
    pub archived: i64,
    /// How many messages those have.
    pub messages: i64,
    /// How many memories it has; those in the inbox do not count.
    pub memories: i64,
    /// When something was last said.
    #[schemars(with = "Option<String>")]
    pub last_message_at: Option<Time>,
}

/// A workspace, as the API shows it to one of its members.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WorkspaceView {
    /// `ws_…`, or what was chosen.
    pub id: String,
    /// The readable name in addresses.
    pub slug: String,
    /// The name people see.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The personal workspace of its owner.
    pub personal: bool,
    /// The caller's role.
    pub role: Role,
    /// When it was made.
    #[schemars(with = "String")]
    pub created_at: Time,
    /// When it was last changed.
    #[schemars(with = "String")]
    pub updated_at: Time,
}

impl WorkspaceView {
    /// The workspace with the caller's role.
    pub fn new(workspace: Workspace, role: Role) -> Self {
        let Workspace {
            id,
            slug,
            name,
            description,
            personal,
            created_at,
            updated_at,
        } = workspace;
        Self {
            id,
            slug,
            name,
            description,
            personal,
            role,
            created_at,
            updated_at,
        }
    }
}

/// A validated new workspace.
pub struct NewWorkspace {
    /// Chosen by the caller, or made.
    pub id: String,
    /// Chosen, or made from the id.
    pub slug: String,
    /// The name people see.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The personal workspace of its owner.
    pub personal: bool,
}

impl NewWorkspace {
    /// Checks what the caller chose. A chosen id is the slug too, unless one is given.
    pub fn parse(app: &App, body: CreateWorkspace, now: Time) -> Result<Self, Problem> {
        let mut check = Check::new();
        let name = check.text("name", &body.name, 1, 100);
        let description = check.text(
            "description",
            body.description.as_deref().unwrap_or_default(),
            0,
            2_000,
        );
        let chosen = body.id.as_deref().map(|id| check.slug("id", id));
        // Ids are unique among all kinds of things: what belongs to one is found by its id alone.
        if chosen.as_deref().is_some_and(ids::is_of_another_kind) {
            check.breaks(
                "id",
                Rule::Slug,
                "is written like the id of something else; choose another",
            );
        }
        let slug = body.slug.as_deref().map(|slug| check.slug("slug", slug));
        check.done()?;
        let id = chosen
            .clone()
            .unwrap_or_else(|| app.ids.make(Kind::Workspace, now));
        let slug = slug.or(chosen).unwrap_or_else(|| slug_from(&name, &id));
        Ok(Self {
            id,
            slug,
            name,
            description,
            personal: false,
        })
    }

    /// The workspace that comes with an account.
    pub fn personal(app: &App, user_name: &str, now: Time) -> Self {
        let id = app.ids.make(Kind::Workspace, now);
        Self {
            slug: slug_from(user_name, &id),
            id,
            name: user_name.to_owned(),
            description: String::new(),
            personal: true,
        }
    }
}

/// A readable slug that nobody else has: the words of the name and the end of the id.
fn slug_from(name: &str, id: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let words: String = words.join("-").chars().take(40).collect();
    let end: String = id
        .chars()
        .rev()
        .take(6)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    if words.is_empty() {
        end
    } else {
        format!("{words}-{end}")
    }
}

/// The body that creates a workspace.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWorkspace {
    /// The name people see.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// An id of your own: letters, digits, `-` and `_`.
    pub id: Option<String>,
    /// A readable name for addresses.
    pub slug: Option<String>,
}

/// Adds a new workspace and its owner's membership to a batch.
pub fn push_create(batch: &mut Batch, new: &NewWorkspace, owner_id: &str, now: Time) {
    batch.push_expecting(1, store::insert(new, owner_id, now));
    batch.push(store::insert_member(&new.id, owner_id, Role::Owner, now));
}

/// Creates a workspace; the caller owns it.
pub async fn create(app: &App, user_id: &str, body: CreateWorkspace) -> Result<WorkspaceView, Problem> {
    let now = app.clock.now();
    let new = NewWorkspace::parse(app, body, now)?;
    let mut batch = Batch::new();
    push_create(&mut batch, &new, user_id, now);
    // The insert inserts nothing when the name is in use; the constraint speaks when two chose it at once.
    if let Err(error) = app.db.write(batch).await {
        return Err(match error {
            sql::Error::RowsAffected { .. } | sql::Error::Violation { .. } => Problem::already_exists(
                "slug",
                format!("The id or slug {:?} is taken; choose another.", new.slug),
            ),
            error => error.into(),
        });
    }
    app.changes.publish(Notice::member(&new.id, user_id)).await;
    let workspace = Workspace {
        id: new.id,
        slug: new.slug,
        name: new.name,
        description: new.description,
        personal: false,
        created_at: now,
        updated_at: now,
    };
    Ok(WorkspaceView::new(workspace, Role::Owner))
}

/// Everything the user belongs to, by name; for the start of the client. Capped like every list.
pub async fn list_all(db: &Db, user_id: &str) -> Result<Vec<WorkspaceView>, Problem> {
    Ok(store::list(db, user_id, None, 100, 0).await?)
}

/// The ids of the workspaces a user belongs to.
pub async fn ids_of(db: &Db, user_id: &str) -> Result<HashSet<String>, Problem> {
    Ok(store::ids_of(db, user_id).await?.into_iter().collect())
}

/// The memory that the ids of a user's workspaces take, each, about.
const ID_BYTES: usize = 64;

/// The ids of the workspaces a user belongs to, from memory when they are there.
pub async fn kept_ids_of(app: &App, user_id: &str) -> Result<Arc<Vec<String>>, Problem> {
    let tags = [Tag::memberships(user_id), Tag::workspaces()];
    cache::made_from(tags);
    let (key, now) = (
        app.cache.key(&[b"workspaces of", user_id.as_bytes()]),
        app.clock.now(),
    );
    if let Some(ids) = app.cache.get::<Vec<String>>(Namespace::Memberships, key, now) {
        return Ok(ids);
    }
    app.cache.missed(Namespace::Memberships, false);
    let begun = app.cache.begin();
    let ids = Arc::new(store::ids_of(&app.db, user_id).await?);
    let keeping = Keeping {
        bytes: ids.len() * ID_BYTES,
        begun,
        tags: &tags,
        now,
        until: None,
    };
    app.cache
        .put(Namespace::Memberships, key, Arc::clone(&ids), &keeping);
    Ok(ids)
}

/// The id of one of a user's workspaces, by id or slug; 404 for any other.
pub async fn id_of(app: &App, user_id: &str, named: &str) -> Result<String, Problem> {
    let ids = kept_ids_of(app, user_id).await?;
    if ids.iter().any(|id| id == named) {
        return Ok(named.to_owned());
    }
    let found = store::id_by_slug(&app.db, user_id, named).await?;
    found.ok_or_else(|| Problem::not_found("workspace", named))
}

/// One of a user's workspaces, by id or slug, or their personal one, and their role in it; 404 for any other.
pub async fn place_of(app: &App, user_id: &str, named: Option<&str>) -> Result<(String, Role), Problem> {
    let found = store::place_of(&app.db, user_id, named).await?;
    found.ok_or_else(|| Problem::not_found("workspace", named.unwrap_or("personal")))
}

/// The body that changes a workspace; what is absent stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateWorkspace {
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
}

/// Changes name or description.
pub async fn update(
    app: &App,
    workspace: Workspace,
    role: Role,
    body: UpdateWorkspace,
) -> Result<WorkspaceView, Problem> {
    let mut check = Check::new();
    let name = body.name.as_deref().map(|name| check.text("name", name, 1, 100));
    let description = check.optional_text("description", body.description.as_deref(), 2_000);
    check.done()?;
    let now = app.clock.now();
    let fields = Fields::new()
        .maybe("name", name.as_deref())
        .maybe("description", description.as_deref());
    let mut batch = Batch::new();
    batch.push(store::update(
        &workspace.id,
        name.as_deref(),
        description.as_deref(),
        now,
    ));
    batch.push(entry(app, "workspace.updated", &workspace, &workspace.id, fields));
    app.db.write(batch).await?;
    app.changes.publish(Notice::workspace(&workspace.id)).await;
    let changed = Workspace {
        name: name.unwrap_or(workspace.name),
        description: description.unwrap_or(workspace.description),
        updated_at: now,
        ..workspace
    };
    Ok(WorkspaceView::new(changed, role))
}

/// The entry about a workspace, or about somebody in it.
fn entry(app: &App, action: &'static str, workspace: &Workspace, subject_id: &str, fields: Fields) -> Query {
    let change = Change {
        action,
        subject_id,
        subject_name: &workspace.name,
        workspace_id: Some(&workspace.id),
        fields,
    };
    audit::entry(app, &change)
}

/// Deletes a workspace and everything in it. A personal workspace goes only with its account.
pub async fn delete(app: &App, workspace: &Workspace) -> Result<(), Problem> {
    if workspace.personal {
        return Err(Problem::conflict(
            "This is your personal workspace; it stays as long as your account.",
        ));
    }
    conversations::stop_all(app, &workspace.id).await?;
    batches::stop_all(app, &workspace.id).await?;
    let mut batch = Batch::new();
    batch.extend(files::forget_workspace(&workspace.id, app.clock.now()));
    batch.push(store::delete(&workspace.id));
    batch.push(engine::Forget::Workspace(&workspace.id).query());
    batch.push(entry(
        app,
        "workspace.deleted",
        workspace,
        &workspace.id,
        Fields::new(),
    ));
    app.db.write(batch).await?;
    app.changes.publish(Notice::workspace(&workspace.id)).await;
    Ok(())
}

//! The SQL of workspaces, memberships and invitations.

use sql::{Db, FromRow, Query, Result, Row, Time, query};

use crate::caller_sql;
use crate::http::auth::Resource;
use crate::workspaces::{
    InvitationPreview, InvitationView, MemberView, NewWorkspace, Role, Workspace, WorkspaceStats,
    WorkspaceView,
};

sql::statements! {
    /// The caller, their role, and the workspace that a path names by id or slug.
    pub(crate) FIND_SCOPED = caller_sql!("SELECT caller.*, m.role, w.id, w.slug, w.name, w.description, w.personal, w.created_at, w.updated_at \
        FROM caller LEFT JOIN workspaces w ON (w.id = $3 OR w.slug = $3) \
        LEFT JOIN memberships m ON m.user_id = caller.user_id AND m.workspace_id = w.id");
    /// A new workspace, unless its id or slug names another one already.
    pub(crate) INSERT = "INSERT INTO workspaces (id, slug, name, description, owner_id, personal, created_at, updated_at) \
        SELECT $1, $2, $3, $4, $5, CAST($6 AS BOOLEAN), CAST($7 AS TIMESTAMPTZ), CAST($7 AS TIMESTAMPTZ) \
        WHERE NOT EXISTS (SELECT 1 FROM workspaces WHERE id IN ($1, $2) OR slug IN ($1, $2))";
    /// The workspaces a user belongs to, by name.
    pub(crate) LIST = "SELECT w.id, w.slug, w.name, w.description, w.personal, w.created_at, w.updated_at, m.role \
        FROM memberships m JOIN workspaces w ON w.id = m.workspace_id \
        WHERE m.user_id = $1 AND (CAST($2 AS TEXT) IS NULL OR LOWER(w.name) LIKE $2 ESCAPE '\\') \
        ORDER BY w.personal DESC, LOWER(w.name), w.id LIMIT $3 OFFSET $4";
    /// The ids of the workspaces a user belongs to.
    pub(crate) IDS_OF = "SELECT workspace_id FROM memberships WHERE user_id = $1 LIMIT 10000";
    /// How many that are.
    pub(crate) COUNT = "SELECT COUNT(*) FROM memberships m JOIN workspaces w ON w.id = m.workspace_id \
        WHERE m.user_id = $1 AND (CAST($2 AS TEXT) IS NULL OR LOWER(w.name) LIKE $2 ESCAPE '\\')";
    /// The id of a workspace of the user, by its slug.
    pub(crate) ID_OF = "SELECT w.id FROM workspaces AS w JOIN memberships AS m ON m.workspace_id = w.id AND m.user_id = $1 WHERE w.slug = $2";
    /// A workspace of the user, by id or slug, or their personal one, and their role in it.
    pub(crate) PLACE_OF = "SELECT w.id, m.role FROM memberships AS m JOIN workspaces AS w ON w.id = m.workspace_id WHERE m.user_id = $1 \
        AND (w.id = $2 OR w.slug = $2 OR (CAST($2 AS TEXT) IS NULL AND w.personal AND w.owner_id = $1)) LIMIT 1";
    /// A workspace.
    pub(crate) GET = "SELECT id, slug, name, description, personal, created_at, updated_at FROM workspaces WHERE id = $1";
    /// How much there is in a workspace; messages are counted where conversations keep their number.
    pub(crate) STATS = "SELECT (SELECT COUNT(*) FROM memberships m WHERE m.workspace_id = $1), COUNT(*), \
        COUNT(*) FILTER (WHERE v.archived_at IS NOT NULL), CAST(COALESCE(SUM(v.message_count), 0) AS BIGINT), \
        (SELECT COUNT(*) FROM memories k WHERE k.workspace_id = $1 AND k.status = 'active'), MAX(v.last_message_at) \
        FROM conversations v WHERE v.workspace_id = $1";
    /// Name and description; null leaves them.
    pub(crate) UPDATE = "UPDATE workspaces SET name = COALESCE($2, name), description = COALESCE($3, description), updated_at = $4 WHERE id = $1";
    /// A workspace with everything in it.
    pub(crate) DELETE = "DELETE FROM workspaces WHERE id = $1";
    /// Hands a workspace over.
    pub(crate) SET_OWNER = "UPDATE workspaces SET owner_id = $2, updated_at = $3 WHERE id = $1";
    /// A new member.
    pub(crate) INSERT_MEMBER = "INSERT INTO memberships (user_id, workspace_id, role, created_at) VALUES ($1, $2, $3, $4)";
    /// The members of a workspace, oldest first.
    pub(crate) LIST_MEMBERS = "SELECT u.id, u.email, u.name, m.role, m.created_at FROM memberships m JOIN users u ON u.id = m.user_id \
        WHERE m.workspace_id = $1 ORDER BY m.created_at, m.user_id LIMIT $2 OFFSET $3";
    /// A user's role in a workspace.
    pub(crate) ROLE_OF = "SELECT role FROM memberships WHERE workspace_id = $1 AND user_id = $2";
    /// Whether somebody with this address is a member.
    pub(crate) IS_MEMBER_BY_EMAIL = "SELECT EXISTS (SELECT 1 FROM memberships m JOIN users u ON u.id = m.user_id \
        WHERE m.workspace_id = $1 AND u.email = $2)";
    /// Another role.
    pub(crate) SET_ROLE = "UPDATE memberships SET role = $3 WHERE workspace_id = $1 AND user_id = $2";
    /// No member any more.
    pub(crate) DELETE_MEMBER = "DELETE FROM memberships WHERE workspace_id = $1 AND user_id = $2";
    /// A new invitation.
    pub(crate) INSERT_INVITATION = "INSERT INTO invitations (id, workspace_id, email, role, token_hash, invited_by, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// The open invitations of a workspace.
    pub(crate) LIST_INVITATIONS = "SELECT i.id, i.workspace_id, w.name, i.email, i.role, i.expires_at FROM invitations i \
        JOIN workspaces w ON w.id = i.workspace_id WHERE i.workspace_id = $1 AND i.expires_at > $2 ORDER BY i.created_at LIMIT 100";
    /// The open invitations of an address.
    pub(crate) LIST_INVITATIONS_OF = "SELECT i.id, i.workspace_id, w.name, i.email, i.role, i.expires_at FROM invitations i \
        JOIN workspaces w ON w.id = i.workspace_id WHERE i.email = $1 AND i.expires_at > $2 ORDER BY i.created_at LIMIT 100";
    /// An open invitation by its id or the hash of its token.
    pub(crate) FIND_INVITATION = "SELECT i.id, i.workspace_id, w.name, i.email, i.role, i.expires_at FROM invitations i \
        JOIN workspaces w ON w.id = i.workspace_id WHERE (i.id = $1 OR i.token_hash = $2) AND i.expires_at > $3";
    /// The same for whoever opens the link: what it is an invitation to, and by whom.
    pub(crate) FIND_PREVIEW = "SELECT i.id, w.name, i.email, i.role, u.name, i.expires_at FROM invitations i \
        JOIN workspaces w ON w.id = i.workspace_id JOIN users u ON u.id = i.invited_by \
        WHERE (i.id = $1 OR i.token_hash = $2) AND i.expires_at > $3";
    /// An invitation of this workspace.
    pub(crate) DELETE_INVITATION = "DELETE FROM invitations WHERE workspace_id = $1 AND id = $2";
    /// The invitation of an address to this workspace.
    pub(crate) DELETE_INVITATION_OF = "DELETE FROM invitations WHERE workspace_id = $1 AND email = $2";
}

pub fn insert(new: &NewWorkspace, owner_id: &str, now: Time) -> Query {
    query(&INSERT)
        .bind(new.id.as_str())
        .bind(new.slug.as_str())
        .bind(new.name.as_str())
        .bind(new.description.as_str())
        .bind(owner_id)
        .bind(new.personal)
        .bind(now)
}

impl FromRow for Workspace {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Self::read(row, 0)
    }
}

impl FromRow for WorkspaceView {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let role: String = row.get(7)?;
        Ok(Self::new(
            Workspace::read(row, 0)?,
            Role::parse(&role).unwrap_or(Role::Observer),
        ))
    }
}

pub async fn list(
    db: &Db,
    user_id: &str,
    like: Option<String>,
    limit: u32,
    offset: u64,
) -> Result<Vec<WorkspaceView>> {
    query(&LIST)
        .bind(user_id)
        .bind(like)
        .bind(limit)
        .bind(offset as i64)
        .all(db)
        .await
}

pub async fn ids_of(db: &Db, user_id: &str) -> Result<Vec<String>> {
    query(&IDS_OF).bind(user_id).all(db).await
}

pub async fn count(db: &Db, user_id: &str, like: Option<String>) -> Result<i64> {
    Ok(query(&COUNT).bind(user_id).bind(like).one::<(i64,)>(db).await?.0)
}

pub async fn get(db: &Db, id: &str) -> Result<Option<Workspace>> {
    query(&GET).bind(id).optional(db).await
}

impl FromRow for WorkspaceStats {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            members: row.get(0)?,
            conversations: row.get(1)?,
            archived: row.get(2)?,
            messages: row.get(3)?,
            memories: row.get(4)?,
            last_message_at: row.get(5)?,
        })
    }
}

pub async fn stats(db: &Db, id: &str) -> Result<WorkspaceStats> {
    query(&STATS).bind(id).one(db).await
}

pub fn update(id: &str, name: Option<&str>, description: Option<&str>, now: Time) -> Query {
    query(&UPDATE).bind(id).bind(name).bind(description).bind(now)
}

pub fn delete(id: &str) -> Query {
    query(&DELETE).bind(id)
}

pub fn set_owner(id: &str, user_id: &str, now: Time) -> Query {
    query(&SET_OWNER).bind(id).bind(user_id).bind(now)
}

pub fn insert_member(workspace_id: &str, user_id: &str, role: Role, now: Time) -> Query {
    query(&INSERT_MEMBER)
        .bind(user_id)
        .bind(workspace_id)
        .bind(role.as_str())
        .bind(now)
}

impl FromRow for MemberView {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let role: String = row.get(3)?;
        Ok(Self {
            user_id: row.get(0)?,
            email: row.get(1)?,
            name: row.get(2)?,
            role: Role::parse(&role).unwrap_or(Role::Observer),
            joined_at: row.get(4)?,
        })
    }
}

pub async fn list_members(db: &Db, workspace_id: &str, limit: u32, offset: u64) -> Result<Vec<MemberView>> {
    query(&LIST_MEMBERS)
        .bind(workspace_id)
        .bind(limit)
        .bind(offset as i64)
        .all(db)
        .await
}

pub async fn place_of(db: &Db, user_id: &str, named: Option<&str>) -> Result<Option<(String, Role)>> {
    let found: Option<(String, String)> = query(&PLACE_OF).bind(user_id).bind(named).optional(db).await?;
    Ok(found.and_then(|(id, role)| Some((id, Role::parse(&role)?))))
}

pub async fn role_of(db: &Db, workspace_id: &str, user_id: &str) -> Result<Option<Role>> {
    let role: Option<(String,)> = query(&ROLE_OF)
        .bind(workspace_id)
        .bind(user_id)
        .optional(db)
        .await?;
    Ok(role.and_then(|(role,)| Role::parse(&role)))
}

pub async fn is_member_by_email(db: &Db, workspace_id: &str, email: &str) -> Result<bool> {
    Ok(query(&IS_MEMBER_BY_EMAIL)
        .bind(workspace_id)
        .bind(email)
        .one::<(bool,)>(db)
        .await?
        .0)
}

pub fn set_role(workspace_id: &str, user_id: &str, role: Role) -> Query {
    query(&SET_ROLE)
        .bind(workspace_id)
        .bind(user_id)
        .bind(role.as_str())
}

pub fn delete_member(workspace_id: &str, user_id: &str) -> Query {
    query(&DELETE_MEMBER).bind(workspace_id).bind(user_id)
}

impl FromRow for InvitationView {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let role: String = row.get(4)?;
        Ok(Self {
            id: row.get(0)?,
            workspace_id: row.get(1)?,
            workspace_name: row.get(2)?,
            email: row.get(3)?,
            role: Role::parse(&role).unwrap_or(Role::Observer),
            expires_at: row.get(5)?,
            token: None,
        })
    }
}

pub fn insert_invitation(view: &InvitationView, token_hash: &str, invited_by: &str, now: Time) -> Query {
    query(&INSERT_INVITATION)
        .bind(view.id.as_str())
        .bind(view.workspace_id.as_str())
        .bind(view.email.as_str())
        .bind(view.role.as_str())
        .bind(token_hash)
        .bind(invited_by)
        .bind(now)
        .bind(view.expires_at)
}

pub async fn list_invitations(db: &Db, workspace_id: &str, now: Time) -> Result<Vec<InvitationView>> {
    query(&LIST_INVITATIONS)
        .bind(workspace_id)
        .bind(now)
        .all(db)
        .await
}

pub async fn list_invitations_of(db: &Db, email: &str, now: Time) -> Result<Vec<InvitationView>> {
    query(&LIST_INVITATIONS_OF).bind(email).bind(now).all(db).await
}

pub async fn find_invitation(
    db: &Db,
    id: &str,
    token_hash: &str,
    now: Time,
) -> Result<Option<InvitationView>> {
    query(&FIND_INVITATION)
        .bind(id)
        .bind(token_hash)
        .bind(now)
        .optional(db)
        .await
}

impl FromRow for InvitationPreview {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let role: String = row.get(3)?;
        Ok(Self {
            id: row.get(0)?,
            workspace_name: row.get(1)?,
            email: row.get(2)?,
            role: Role::parse(&role).unwrap_or(Role::Observer),
            invited_by: row.get(4)?,
            expires_at: row.get(5)?,
        })
    }
}

pub async fn find_preview(
    db: &Db,
    id: &str,
    token_hash: &str,
    now: Time,
) -> Result<Option<InvitationPreview>> {
    query(&FIND_PREVIEW)
        .bind(id)
        .bind(token_hash)
        .bind(now)
        .optional(db)
        .await
}

pub fn delete_invitation(workspace_id: &str, id: &str) -> Query {
    query(&DELETE_INVITATION).bind(workspace_id).bind(id)
}

pub fn delete_invitation_of(workspace_id: &str, email: &str) -> Query {
    query(&DELETE_INVITATION_OF).bind(workspace_id).bind(email)
}

/// The id of the user's workspace with this slug.
pub async fn id_by_slug(db: &Db, user_id: &str, slug: &str) -> Result<Option<String>> {
    let found: Option<(String,)> = query(&ID_OF).bind(user_id).bind(slug).optional(db).await?;
    Ok(found.map(|(id,)| id))
}

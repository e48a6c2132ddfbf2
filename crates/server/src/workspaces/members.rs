//! Members, their roles, and invitations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::{Batch, OnViolation, Time};

use crate::App;
use crate::accounts::CallerRow;
use crate::audit::Fields;
use crate::changes::Notice;
use crate::http::json::Check;
use crate::http::problem::{ErrorCode, Problem, Rule};
use crate::ids::Kind;
use crate::secrets;
use crate::workspaces::{Role, Workspace, entry, store};

/// How long an invitation is open.
const INVITATION_DAYS: u64 = 14;
/// What the token of an invitation's link begins with.
pub const TOKEN_PREFIX: &str = "stoa_i_";

/// A member of a workspace.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MemberView {
    /// The user.
    pub user_id: String,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Since when.
    #[schemars(with = "String")]
    pub joined_at: Time,
}

/// The body that changes a member's role.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMember {
    /// The new role. `owner` hands the workspace over; only its owner can do that.
    pub role: Role,
}

/// Gives a member another role. The owner keeps theirs until they hand the workspace over.
pub async fn update_member(
    app: &App,
    workspace: &Workspace,
    by: (&CallerRow, Role),
    user_id: &str,
    role: Role,
) -> Result<(), Problem> {
    let (caller, caller_role) = by;
    let member = || Problem::not_found("member", user_id);
    let present = store::role_of(&app.db, &workspace.id, user_id)
        .await?
        .ok_or_else(member)?;
    if present == role {
        return Ok(());
    }
    if present == Role::Owner {
        return Err(Problem::conflict(
            "The owner stays the owner until the workspace is handed to another member.",
        ));
    }
    let mut batch = Batch::new();
    batch.push_expecting(1, store::set_role(&workspace.id, user_id, role));
    if role == Role::Owner {
        if caller_role != Role::Owner {
            return Err(Problem::forbidden("Only the owner can hand the workspace over."));
        }
        if workspace.personal {
            return Err(Problem::conflict("A personal workspace can not be handed over."));
        }
        batch.push_expecting(1, store::set_role(&workspace.id, &caller.user_id, Role::Admin));
        batch.push_expecting(1, store::set_owner(&workspace.id, user_id, app.clock.now()));
    }
    let fields = Fields::new().change("role", &present, &role);
    batch.push(entry(app, "member.updated", workspace, user_id, fields));
    match app.db.write(batch).await {
        Err(sql::Error::RowsAffected { .. }) => return Err(member()),
        other => other?,
    };
    app.changes.publish(Notice::member(&workspace.id, user_id)).await;
    if role == Role::Owner {
        app.changes
            .publish(Notice::member(&workspace.id, &caller.user_id))
            .await;
    }
    Ok(())
}

/// Makes a user a member, without an invitation; for demo data.
pub async fn add_member(app: &App, workspace_id: &str, user_id: &str, role: Role) -> Result<(), Problem> {
    store::insert_member(workspace_id, user_id, role, app.clock.now())
        .execute(&app.db)
        .await?;
    Ok(())
}

/// Takes a member out; members may also leave by themselves.
pub async fn remove_member(
    app: &App,
    workspace: &Workspace,
    by: (&CallerRow, Role),
    user_id: &str,
) -> Result<(), Problem> {
    let (caller, caller_role) = by;
    let present = store::role_of(&app.db, &workspace.id, user_id).await?;
    let present = present.ok_or_else(|| Problem::not_found("member", user_id))?;
    if caller.user_id != user_id && caller_role < Role::Admin {
        return Err(Problem::forbidden(
            "Only an admin of the workspace can take others out.",
        ));
    }
    if present == Role::Owner {
        return Err(Problem::conflict(
            "The owner can not leave; hand the workspace over or delete it.",
        ));
    }
    let mut batch = Batch::new();
    batch.push(store::delete_member(&workspace.id, user_id));
    let fields = Fields::new().set("role", present);
    batch.push(entry(app, "member.removed", workspace, user_id, fields));
    app.db.write(batch).await?;
    app.changes.publish(Notice::member(&workspace.id, user_id)).await;
    Ok(())
}

/// The body that invites somebody.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// Whom; they need not have an account yet.
    pub email: String,
    /// What they will be able to do.
    pub role: Role,
}

/// An invitation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InvitationView {
    /// `inv_…`
    pub id: String,
    /// Where to.
    pub workspace_id: String,
    /// The workspace's name.
    pub workspace_name: String,
    /// Who is invited.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Until when it can be accepted.
    #[schemars(with = "String")]
    pub expires_at: Time,
    /// The secret of the invitation's link; only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// Invites somebody. Inviting the same address again replaces the invitation and its link.
pub async fn invite(
    app: &App,
    workspace: &Workspace,
    caller: &CallerRow,
    body: Invite,
) -> Result<InvitationView, Problem> {
    let mut check = Check::new();
    let email = body.email.trim().to_lowercase();
    if !email.contains('@') || email.len() > 254 {
        check.breaks("email", Rule::Email, "is not an email address");
    }
    if body.role == Role::Owner {
        check.fail(
            "role",
            "a workspace has one owner; invite as admin and hand it over later",
        );
    }
    check.done()?;
    if store::is_member_by_email(&app.db, &workspace.id, &email).await? {
        return Err(Problem::already_exists(
            "email",
            format!("{email} is a member already."),
        ));
    }
    let now = app.clock.now();
    let token = secrets::random_token(TOKEN_PREFIX)
        .map_err(Problem::internal)?
        .expose()
        .to_owned();
    let view = InvitationView {
        id: app.ids.make(Kind::Invitation, now),
        workspace_id: workspace.id.clone(),
        workspace_name: workspace.name.clone(),
        email,
        role: body.role,
        expires_at: now.plus(std::time::Duration::from_secs(INVITATION_DAYS * 86_400)),
        token: None,
    };
    let mut batch = Batch::new();
    batch.push(store::delete_invitation_of(&workspace.id, &view.email));
    batch.push(store::insert_invitation(
        &view,
        &secrets::hash_token(&token),
        &caller.user_id,
        now,
    ));
    let fields = Fields::new().set("email", &view.email).set("role", view.role);
    batch.push(entry(app, "invitation.created", workspace, &view.id, fields));
    let again = || Problem::conflict("Somebody invited the same address at this moment.");
    app.db
        .write(batch)
        .await
        .on_unique("invitations_workspace_id_email_key", again)?;
    Ok(InvitationView {
        token: Some(token),
        ..view
    })
}

/// Takes an invitation back.
pub async fn revoke_invitation(app: &App, workspace: &Workspace, id: &str) -> Result<(), Problem> {
    let mut batch = Batch::new();
    batch.push_expecting(1, store::delete_invitation(&workspace.id, id));
    batch.push(entry(app, "invitation.deleted", workspace, id, Fields::new()));
    match app.db.write(batch).await {
        Err(sql::Error::RowsAffected { .. }) => Err(Problem::not_found("invitation", id)),
        other => Ok(other.map(|_| ())?),
    }
}

/// An invitation, as whoever opens its link sees it before logging in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InvitationPreview {
    /// `inv_…`
    pub id: String,
    /// The workspace's name.
    pub workspace_name: String,
    /// Who is invited.
    pub email: String,
    /// As what.
    pub role: Role,
    /// The name of who invited.
    pub invited_by: String,
    /// Until when it can be accepted.
    #[schemars(with = "String")]
    pub expires_at: Time,
}

/// What an open invitation is about: to whoever has its token, which is the secret of the link; by its id only to the
/// one it is addressed to.
pub async fn preview(
    app: &App,
    caller: Option<&CallerRow>,
    id_or_token: &str,
) -> Result<InvitationPreview, Problem> {
    let hash = secrets::hash_token(id_or_token);
    let found = store::find_preview(&app.db, id_or_token, &hash, app.clock.now()).await?;
    found
        .filter(|invitation| {
            invitation.id != id_or_token || caller.is_some_and(|caller| caller.email == invitation.email)
        })
        .ok_or_else(|| no_invitation(id_or_token))
}

/// 404. A token is not repeated: it would get into the log.
fn no_invitation(id_or_token: &str) -> Problem {
    if id_or_token.starts_with(TOKEN_PREFIX) {
        let detail = "This invitation is not open: it was accepted, declined, taken back, or is too old. Ask for a new one.";
        return Problem::new(ErrorCode::NotFound, detail);
    }
    Problem::not_found("invitation", id_or_token)
}

/// Whether this token is an open invitation of this address; for registration by invitation.
pub async fn invitation_fits(app: &App, email: &str, token: &str) -> Result<bool, Problem> {
    let hash = secrets::hash_token(token);
    let found = store::find_invitation(&app.db, token, &hash, app.clock.now()).await?;
    Ok(found.is_some_and(|invitation| invitation.email == email))
}

/// Accepts an invitation, named by its id (when it is addressed to the caller) or by its token.
pub async fn accept(app: &App, caller: &CallerRow, id_or_token: &str) -> Result<Workspace, Problem> {
    let invitation = find(app, caller, id_or_token).await?;
    let now = app.clock.now();
    let mut batch = Batch::new();
    batch.push_expecting(
        1,
        store::delete_invitation(&invitation.workspace_id, &invitation.id),
    );
    batch.push(store::insert_member(
        &invitation.workspace_id,
        &caller.user_id,
        invitation.role,
        now,
    ));
    match app.db.write(batch).await {
        Err(sql::Error::RowsAffected { .. }) => return Err(no_invitation(id_or_token)),
        // Already a member: the invitation has done its work.
        Err(sql::Error::Violation { .. }) => {
            store::delete_invitation(&invitation.workspace_id, &invitation.id)
                .execute(&app.db)
                .await?;
        }
        other => {
            other?;
        }
    }
    app.changes
        .publish(Notice::member(&invitation.workspace_id, &caller.user_id))
        .await;
    store::get(&app.db, &invitation.workspace_id)
        .await?
        .ok_or_else(|| no_invitation(id_or_token))
}

/// Declines an invitation.
pub async fn decline(app: &App, caller: &CallerRow, id_or_token: &str) -> Result<(), Problem> {
    let invitation = find(app, caller, id_or_token).await?;
    store::delete_invitation(&invitation.workspace_id, &invitation.id)
        .execute(&app.db)
        .await?;
    Ok(())
}

/// An open invitation of the caller: the token proves it for any address, the id only for their own.
async fn find(app: &App, caller: &CallerRow, id_or_token: &str) -> Result<InvitationView, Problem> {
    let hash = secrets::hash_token(id_or_token);
    let found = store::find_invitation(&app.db, id_or_token, &hash, app.clock.now()).await?;
    found
        .filter(|invitation| invitation.email == caller.email || invitation.id != id_or_token)
        .ok_or_else(|| no_invitation(id_or_token))
}

//! `/api/workspaces…` and `/api/invitations…`.

use axum::extract::{Path, State};
use http::HeaderMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::App;
use crate::cache::{self, Namespace, Tag};
use crate::http::auth::{Admin, Caller, MaybeCaller, Member, Owner};
use crate::http::json::{Json, Query};
use crate::http::page::{Page, PageParams};
use crate::http::precondition;
use crate::http::problem::Problem;
use crate::http::respond::{Created, Data, NoContent};
use crate::http::route::{Access, Routes, delete, get, patch, post};
use crate::workspaces::{
    self, CreateWorkspace, InvitationPreview, InvitationView, Invite, MemberView, Role, UpdateMember,
    UpdateWorkspace, Workspace, WorkspaceStats, WorkspaceView, store,
};

/// The routes of this feature.
#[expect(clippy::too_many_lines, reason = "a table: one entry a route")]
pub fn routes() -> Routes {
    let observer = Access::Workspace(Role::Observer);
    let admin = Access::Workspace(Role::Admin);
    Routes::new()
        .add(
            get("/api/workspaces", list)
                .id("list_workspaces")
                .access(Access::SignedIn)
                .cached(Namespace::Workspaces)
                .statements(3)
                .query::<PageParams>()
                .list::<WorkspaceView>()
                .about("The workspaces you belong to, by name"),
        )
        .add(
            post("/api/workspaces", create)
                .id("create_workspace")
                .access(Access::SignedIn)
                .statements(3)
                .body::<CreateWorkspace>()
                .created::<WorkspaceView>()
                .about("Creates a workspace, which you own"),
        )
        .add(
            get("/api/workspaces/{workspace}", show)
                .id("get_workspace")
                .access(observer)
                .cached(Namespace::Workspaces)
                .statements(1)
                .data::<WorkspaceView>()
                .about("One workspace, by id or slug"),
        )
        .add(
            patch("/api/workspaces/{workspace}", update)
                .id("update_workspace")
                .statements(3)
                .access(admin)
                .body::<UpdateWorkspace>()
                .data::<WorkspaceView>()
                .about("Changes name or description"),
        )
        .add(
            delete("/api/workspaces/{workspace}", remove)
                .id("delete_workspace")
                .access(Access::Workspace(Role::Owner))
                // What is under way in it is ended first, one by one.
                .statements(u32::MAX)
                .rows(u64::MAX)
                .empty()
                .about("Deletes a workspace and everything in it"),
        )
        .add(
            get("/api/workspaces/{workspace}/stats", stats)
                .id("get_workspace_stats")
                .access(observer)
                .cached(Namespace::WorkspaceStats)
                .data::<WorkspaceStats>()
                .about("How much there is in a workspace"),
        )
        .add(
            get("/api/workspaces/{workspace}/members", list_members)
                .id("list_members")
                .access(observer)
                .cached(Namespace::Workspaces)
                .query::<PageParams>()
                .list::<MemberView>()
                .about("Who is in it, oldest member first"),
        )
        .add(
            patch("/api/workspaces/{workspace}/members/{user}", update_member)
                .id("update_member")
                .access(admin)
                .statements(6)
                .body::<UpdateMember>()
                .empty()
                .about("Gives a member another role, or hands the workspace over"),
        )
        .add(
            delete("/api/workspaces/{workspace}/members/{user}", remove_member)
                .id("remove_member")
                .access(observer)
                .statements(4)
                .empty()
                .about("Takes a member out; everyone may leave by themselves"),
        )
        .add(
            get("/api/workspaces/{workspace}/invitations", list_invitations)
                .id("list_invitations")
                .access(admin)
                .list::<InvitationView>()
                .about("The open invitations"),
        )
        .add(
            post("/api/workspaces/{workspace}/invitations", invite)
                .id("create_invitation")
                .access(admin)
                .statements(5)
                .body::<Invite>()
                .created::<InvitationView>()
                .about("Invites somebody; the token for the link is shown this once"),
        )
        .add(
            delete(
                "/api/workspaces/{workspace}/invitations/{invitation}",
                revoke_invitation,
            )
            .id("revoke_invitation")
            .statements(3)
            .access(admin)
            .empty()
            .about("Takes an invitation back"),
        )
        .add(
            get("/api/invitations", list_mine)
                .id("list_my_invitations")
                .access(Access::SignedIn)
                .list::<InvitationView>()
                .about("The invitations addressed to you"),
        )
        .add(
            get("/api/invitations/{invitation}", preview)
                .id("get_invitation")
                .access(Access::Public)
                .data::<InvitationPreview>()
                .about("What an invitation is about: by its token to anybody, by its id to the one invited"),
        )
        .add(
            post("/api/invitations/{invitation}/accept", accept)
                .id("accept_invitation")
                .access(Access::SignedIn)
                .statements(6)
                .data::<Joined>()
                .about("Accepts an invitation, by id or token"),
        )
        .add(
            post("/api/invitations/{invitation}/decline", decline)
                .id("decline_invitation")
                .access(Access::SignedIn)
                .statements(3)
                .empty()
                .about("Declines an invitation"),
        )
}

async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<PageParams>,
) -> Result<Page<WorkspaceView>, Problem> {
    cache::made_from([Tag::memberships(caller.id()), Tag::workspaces()]);
    let rows = store::list(
        &app.db,
        caller.id(),
        params.like(),
        params.limit()? + 1,
        params.offset()?,
    )
    .await?;
    let total = if params.wants_count() {
        Some(store::count(&app.db, caller.id(), params.like()).await?)
    } else {
        None
    };
    Ok(Page::new(&params, rows, |_| None::<()>)?.with_total(total))
}

async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CreateWorkspace>,
) -> Result<Created<WorkspaceView>, Problem> {
    workspaces::create(&app, caller.id(), body).await.map(Created)
}

async fn show(at: Member<Workspace>) -> Data<WorkspaceView> {
    Data(WorkspaceView::new(at.row, at.role))
}

async fn stats(State(app): State<App>, at: Member<Workspace>) -> Result<Data<WorkspaceStats>, Problem> {
    cache::made_from([Tag::conversations(&at.row.id), Tag::memories(&at.row.id)]);
    Ok(Data(store::stats(&app.db, &at.row.id).await?))
}

async fn update(
    State(app): State<App>,
    at: Admin<Workspace>,
    headers: HeaderMap,
    Json(body): Json<UpdateWorkspace>,
) -> Result<Data<WorkspaceView>, Problem> {
    precondition::if_match(&headers, &WorkspaceView::new(at.row.clone(), at.role))?;
    workspaces::update(&app, at.row, at.role, body).await.map(Data)
}

async fn remove(
    State(app): State<App>,
    at: Owner<Workspace>,
    headers: HeaderMap,
) -> Result<NoContent, Problem> {
    precondition::if_match(&headers, &WorkspaceView::new(at.row.clone(), at.role))?;
    workspaces::delete(&app, &at.row).await?;
    Ok(NoContent)
}

async fn list_members(
    State(app): State<App>,
    at: Member<Workspace>,
    Query(params): Query<PageParams>,
) -> Result<Page<MemberView>, Problem> {
    cache::made_from([Tag::people()]);
    let rows = store::list_members(&app.db, &at.row.id, params.limit()? + 1, params.offset()?).await?;
    Page::new(&params, rows, |_| None::<()>)
}

/// The two parts of the path of something inside a workspace.
#[derive(Deserialize, JsonSchema)]
struct Inside {
    user: Option<String>,
    invitation: Option<String>,
}

async fn update_member(
    State(app): State<App>,
    at: Admin<Workspace>,
    Path(inside): Path<Inside>,
    Json(body): Json<UpdateMember>,
) -> Result<NoContent, Problem> {
    let user_id = inside.user.unwrap_or_default();
    workspaces::update_member(&app, &at.row, (&at.caller.user, at.role), &user_id, body.role).await?;
    Ok(NoContent)
}

async fn remove_member(
    State(app): State<App>,
    at: Member<Workspace>,
    Path(inside): Path<Inside>,
) -> Result<NoContent, Problem> {
    workspaces::remove_member(
        &app,
        &at.row,
        (&at.caller.user, at.role),
        &inside.user.unwrap_or_default(),
    )
    .await?;
    Ok(NoContent)
}

async fn list_invitations(
    State(app): State<App>,
    at: Admin<Workspace>,
) -> Result<Page<InvitationView>, Problem> {
    Ok(Page::whole(
        store::list_invitations(&app.db, &at.row.id, app.clock.now()).await?,
    ))
}

async fn invite(
    State(app): State<App>,
    at: Admin<Workspace>,
    Json(body): Json<Invite>,
) -> Result<Created<InvitationView>, Problem> {
    workspaces::invite(&app, &at.row, &at.caller.user, body)
        .await
        .map(Created)
}

async fn revoke_invitation(
    State(app): State<App>,
    at: Admin<Workspace>,
    Path(inside): Path<Inside>,
) -> Result<NoContent, Problem> {
    let id = inside.invitation.unwrap_or_default();
    workspaces::revoke_invitation(&app, &at.row, &id).await?;
    Ok(NoContent)
}

async fn list_mine(State(app): State<App>, caller: Caller) -> Result<Page<InvitationView>, Problem> {
    Ok(Page::whole(
        store::list_invitations_of(&app.db, &caller.user.email, app.clock.now()).await?,
    ))
}

async fn preview(
    State(app): State<App>,
    MaybeCaller(caller): MaybeCaller,
    Path(id): Path<String>,
) -> Result<Data<InvitationPreview>, Problem> {
    let caller = caller.as_ref().map(|caller| &*caller.user);
    workspaces::preview(&app, caller, &id).await.map(Data)
}

/// Where an accepted invitation leads.
#[derive(serde::Serialize, JsonSchema)]
struct Joined {
    workspace_id: String,
    slug: String,
    name: String,
}

async fn accept(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<Joined>, Problem> {
    let workspace = workspaces::accept(&app, &caller.user, &id).await?;
    Ok(Data(Joined {
        workspace_id: workspace.id,
        slug: workspace.slug,
        name: workspace.name,
    }))
}

async fn decline(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<NoContent, Problem> {
    workspaces::decline(&app, &caller.user, &id).await?;
    Ok(NoContent)
}

//! `/api/routes…`.

use axum::extract::{Path, State};

use super::{CreateRoute, ModelRouteView, PutRule, Route, UpdateRoute, rule};
use crate::App;
use crate::http::auth::{Admin, Caller, Member, SystemAdmin};
use crate::http::json::Json;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::http::respond::{Created, Data, NoContent};
use crate::http::route::{Access, Routes, delete, get, patch, post, put};
use crate::workspaces::{Role, Workspace};

/// The routes of this feature.
pub fn routes() -> Routes {
    let observer = Access::Workspace(Role::Observer);
    let admin = Access::Workspace(Role::Admin);
    Routes::new()
        .add(
            get("/api/routes", list)
                .id("list_routes")
                .about("The routes of this Stoa, which everybody may use")
                .access(Access::SignedIn)
                .statements(3)
                .list::<ModelRouteView>(),
        )
        .add(
            post("/api/routes", create)
                .id("create_route")
                .about("Makes a route for everybody")
                .access(Access::SystemAdmin)
                .statements(5)
                .body::<CreateRoute>()
                .created::<ModelRouteView>(),
        )
        .add(
            get("/api/workspaces/{workspace}/routes", list_of_workspace)
                .id("list_workspace_routes")
                .about("The routes of a workspace, and those of this Stoa")
                .access(observer)
                .statements(3)
                .list::<ModelRouteView>(),
        )
        .add(
            post("/api/workspaces/{workspace}/routes", create_in_workspace)
                .id("create_workspace_route")
                .about("Makes a route for a workspace")
                .access(admin)
                .statements(5)
                .body::<CreateRoute>()
                .created::<ModelRouteView>(),
        )
        .add(
            get("/api/routes/{route}", show)
                .id("get_route")
                .about("One route, and which of its targets can be used now")
                .access(observer)
                .data::<ModelRouteView>(),
        )
        .add(
            patch("/api/routes/{route}", update)
                .id("update_route")
                .about("Changes a route; what is absent stays, null takes away")
                .access(admin)
                .statements(4)
                .body::<UpdateRoute>()
                .data::<ModelRouteView>(),
        )
        .add(
            delete("/api/routes/{route}", remove)
                .id("delete_route")
                .about("Deletes a route")
                .access(admin)
                .statements(3)
                .empty(),
        )
        .merge(rules())
}

/// What the leaderboard says, made into a route.
fn rules() -> Routes {
    Routes::new()
        .add(
            put("/api/workspaces/{workspace}/routing-rules/{tag}", put_rule)
                .id("put_routing_rule")
                .about("Makes the cheapest model that is not worse than another the rule for a tag, as far as the votes tell")
                .access(Access::Workspace(Role::Admin))
                // Who and where; the votes; the models, when they are not in memory; the rule; how many there are; the write.
                .statements(7)
                .rows(u64::MAX)
                .body::<PutRule>()
                .data::<ModelRouteView>(),
        )
}

async fn list(State(app): State<App>, caller: Caller) -> Result<Page<ModelRouteView>, Problem> {
    let views = super::list(&app, None, (false, caller.user.is_admin)).await?;
    Ok(Page::whole(views))
}

async fn create(
    State(app): State<App>,
    SystemAdmin(admin): SystemAdmin,
    Json(body): Json<CreateRoute>,
) -> Result<Created<ModelRouteView>, Problem> {
    super::create(&app, None, &admin.user.user_id, body)
        .await
        .map(Created)
}

async fn list_of_workspace(
    State(app): State<App>,
    at: Member<Workspace>,
) -> Result<Page<ModelRouteView>, Problem> {
    let manages = (at.role >= Role::Admin, at.caller.user.is_admin);
    super::list(&app, Some(&at.row.id), manages)
        .await
        .map(Page::whole)
}

async fn create_in_workspace(
    State(app): State<App>,
    at: Admin<Workspace>,
    Json(body): Json<CreateRoute>,
) -> Result<Created<ModelRouteView>, Problem> {
    super::create(&app, Some(&at.row.id), at.caller.id(), body)
        .await
        .map(Created)
}

async fn show(State(app): State<App>, at: Member<Route>) -> Result<Data<ModelRouteView>, Problem> {
    super::show(&app, &at.row, at.role >= Role::Admin).await.map(Data)
}

async fn update(
    State(app): State<App>,
    at: Admin<Route>,
    Json(body): Json<UpdateRoute>,
) -> Result<Data<ModelRouteView>, Problem> {
    super::update(&app, at.row, body).await.map(Data)
}

async fn put_rule(
    State(app): State<App>,
    at: Admin<Workspace>,
    Path((_, tag)): Path<(String, String)>,
    Json(body): Json<PutRule>,
) -> Result<Data<ModelRouteView>, Problem> {
    rule::put(&app, &at.row.id, at.caller.id(), &tag, body)
        .await
        .map(Data)
}

async fn remove(State(app): State<App>, at: Admin<Route>) -> Result<NoContent, Problem> {
    super::delete(&app, &at.row).await?;
    Ok(NoContent)
}

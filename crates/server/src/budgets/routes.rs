//! `/api/budgets`.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use sql::Time;

use super::estimate::{self, Estimate, EstimateView};
use super::store::Named;
use super::{
    Budget, CreateBudget, Period, Scope, UpdateBudget, WhenSpent, ends_at, input, store, windows_at,
};
use crate::App;
use crate::http::auth::{Admin, Caller, Member, SystemAdmin};
use crate::http::json::{Json, Query};
use crate::http::page::{Page, PageParams};
use crate::http::problem::Problem;
use crate::http::respond::{Created, Data, NoContent};
use crate::http::route::{Access, Routes, delete, get, patch, post};
use crate::models::{Place, PlaceParams};
use crate::workspaces::Role;

/// The routes of this feature.
pub fn routes() -> Routes {
    let admin = Access::Workspace(Role::Admin);
    Routes::new()
        .add(
            post("/api/models/estimate", estimate_cost)
                .id("estimate_cost")
                .access(Access::SignedIn)
                .statements(2)
                .query::<PlaceParams>()
                .body::<Estimate>()
                .list::<EstimateView>()
                .about("What a question will cost with some models: to be read, and at most with its answer"),
        )
        .add(
            get("/api/budgets", list)
                .id("list_budgets")
                .access(Access::SignedIn)
                .statements(3)
                .query::<PageParams>()
                .list::<BudgetView>()
                .about("What limits your calls of models: your budgets, those of your keys and of your workspaces"),
        )
        .add(
            post("/api/budgets", create)
                .id("create_budget")
                .access(Access::SignedIn)
                .statements(7)
                .body::<CreateBudget>()
                .created::<BudgetView>()
                .about("Sets a budget in money for a day or a month"),
        )
        .add(
            get("/api/budgets/{budget}", show)
                .id("get_budget")
                .access(Access::Workspace(Role::Observer))
                .data::<BudgetView>()
                .about("A budget, and what is left of it"),
        )
        .add(
            patch("/api/budgets/{budget}", update)
                .id("update_budget")
                .access(admin)
                .statements(6)
                .body::<UpdateBudget>()
                .data::<BudgetView>()
                .about("Changes a budget; what was spent stays spent"),
        )
        .add(
            delete("/api/budgets/{budget}", remove)
                .id("delete_budget")
                .statements(3)
                .access(admin)
                .empty()
                .about("Takes a budget away"),
        )
        .add(
            get("/api/admin/budgets", list_all)
                .id("list_all_budgets")
                .access(Access::SystemAdmin)
                .statements(3)
                .query::<PageParams>()
                .list::<BudgetView>()
                .about("All budgets of this Stoa"),
        )
}

/// A budget, and where it stands.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BudgetView {
    /// `bud_…`
    pub id: String,
    /// Whose calls it limits.
    pub scope: Scope,
    /// The id of the workspace, user or key; absent for the installation.
    pub subject_id: Option<String>,
    /// Its name, in lists.
    pub subject: Option<String>,
    /// How long it has to last.
    pub period: Period,
    /// How much may be spent, in micro-units.
    pub limit_micros: i64,
    /// What happens when nothing is left.
    pub when_spent: WhenSpent,
    /// The model that takes over.
    pub cheaper_model: Option<String>,
    /// From which part of the limit on it does, in percent.
    pub cheaper_from_percent: i64,
    /// Set by an administrator of the installation, and changed by nobody else.
    pub locked: bool,
    /// What was spent in this day or month.
    pub spent_micros: i64,
    /// The most that calls under way may cost.
    pub reserved_micros: i64,
    /// When it begins anew.
    #[schemars(with = "String")]
    pub resets_at: Time,
    /// When it was made.
    #[schemars(with = "String")]
    pub created_at: Time,
    /// When it was last changed.
    #[schemars(with = "String")]
    pub updated_at: Time,
}

/// The outward forms, with where each stands: one statement.
async fn views(app: &App, rows: Vec<Named>) -> Result<Vec<BudgetView>, Problem> {
    let now = app.clock.now();
    let ids: Vec<String> = rows.iter().map(|row| row.budget.id.clone()).collect();
    let standing = if ids.is_empty() {
        Vec::new()
    } else {
        store::standing(&app.db, ids, windows_at(now)).await?
    };
    let [day, month] = ends_at(now);
    let view = |Named { budget, subject }: Named| {
        let found = standing.iter().find(|(id, ..)| *id == budget.id);
        let (spent_micros, reserved_micros) =
            found.map_or((0, 0), |(_, spent, reserved)| (*spent, *reserved));
        BudgetView {
            id: budget.id,
            scope: budget.scope,
            subject_id: Some(budget.subject_id).filter(|id| !id.is_empty()),
            subject,
            period: budget.period,
            limit_micros: budget.limit_micros,
            when_spent: budget.when_spent,
            cheaper_model: budget.cheaper_model,
            cheaper_from_percent: budget.cheaper_from_percent,
            locked: budget.locked,
            spent_micros,
            reserved_micros,
            resets_at: if budget.period == Period::Day { day } else { month },
            created_at: budget.created_at,
            updated_at: budget.updated_at,
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

async fn view(app: &App, budget: Budget) -> Result<BudgetView, Problem> {
    let named = Named {
        budget,
        subject: None,
    };
    let mut views = views(app, vec![named]).await?;
    views
        .pop()
        .ok_or_else(|| Problem::internal("one budget has one view"))
}

async fn estimate_cost(
    State(app): State<App>,
    place: Place,
    Json(body): Json<Estimate>,
) -> Result<Page<EstimateView>, Problem> {
    estimate::estimate(&app, &place, &body).await.map(Page::whole)
}

async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<PageParams>,
) -> Result<Page<BudgetView>, Problem> {
    let rows = store::list_mine(&app.db, caller.id(), params.limit()? + 1, params.offset()?).await?;
    Page::new(&params, views(&app, rows).await?, |_| None::<()>)
}

async fn list_all(
    State(app): State<App>,
    _admin: SystemAdmin,
    Query(params): Query<PageParams>,
) -> Result<Page<BudgetView>, Problem> {
    let rows = store::list_all(&app.db, params.limit()? + 1, params.offset()?).await?;
    Page::new(&params, views(&app, rows).await?, |_| None::<()>)
}

async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CreateBudget>,
) -> Result<Created<BudgetView>, Problem> {
    let budget = input::create(&app, &caller.user, body).await?;
    view(&app, budget).await.map(Created)
}

async fn show(State(app): State<App>, at: Member<Budget>) -> Result<Data<BudgetView>, Problem> {
    view(&app, at.row).await.map(Data)
}

async fn update(
    State(app): State<App>,
    at: Admin<Budget>,
    Json(body): Json<UpdateBudget>,
) -> Result<Data<BudgetView>, Problem> {
    let budget = input::update(&app, at.row, body).await?;
    view(&app, budget).await.map(Data)
}

async fn remove(State(app): State<App>, at: Admin<Budget>) -> Result<NoContent, Problem> {
    input::delete(&app, &at.row).await?;
    Ok(NoContent)
}

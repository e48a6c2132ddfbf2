//! What callers say of budgets, and what is made of it.

use schemars::JsonSchema;
use serde::Deserialize;
use sql::{Batch, OnViolation, Query, Time};

use super::{Budget, Period, Scope, WhenSpent, store};
use crate::App;
use crate::accounts::{CallerRow, keys};
use crate::audit::{self, Change, Fields};
use crate::changes::Notice;
use crate::http::json::{Check, present};
use crate::http::problem::Problem;
use crate::ids::Kind;
use crate::workspaces::Role;

/// The largest limit: a thousand million units.
const LIMIT_MICROS_MAX: i64 = 1_000_000_000_000_000;
/// From which part of the limit on a cheaper model takes over, when nothing is said.
const CHEAPER_FROM_PERCENT: i64 = 80;
const MODEL_NAME_MAX: usize = 200;

/// The body of a new budget.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBudget {
    /// Whose calls it limits.
    pub scope: Scope,
    /// The workspace (id or slug), the user (id or address) or the API key (id); absent for the installation.
    pub subject: Option<String>,
    /// How long it has to last.
    pub period: Period,
    /// How much may be spent, in micro-units (millionths of the unit that the prices are in).
    pub limit_micros: i64,
    /// What happens when nothing is left; `refuse` when absent.
    pub when_spent: Option<WhenSpent>,
    /// For `cheaper`: the model that takes over.
    pub cheaper_model: Option<String>,
    /// For `cheaper`: from which part of the limit on, 1 to 100; 80 when absent.
    pub cheaper_from_percent: Option<i64>,
}

/// What changes of a budget; what is absent stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBudget {
    /// How much may be spent.
    pub limit_micros: Option<i64>,
    /// What happens when nothing is left.
    pub when_spent: Option<WhenSpent>,
    /// The model that takes over; null for none.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    pub cheaper_model: Option<Option<String>>,
    /// From which part of the limit on it does.
    pub cheaper_from_percent: Option<i64>,
}

/// Makes a budget. Those of users and of the installation are set by administrators, those of workspaces by their admins,
/// those of keys by their users. What an administrator of the installation sets for others is theirs to change.
pub async fn create(app: &App, caller: &CallerRow, body: CreateBudget) -> Result<Budget, Problem> {
    let (subject_id, locked) = settle_subject(app, caller, &body).await?;
    let now = app.clock.now();
    let budget = Budget {
        id: app.ids.make(Kind::Budget, now),
        scope: body.scope,
        subject_id,
        period: body.period,
        limit_micros: body.limit_micros,
        when_spent: body.when_spent.unwrap_or(WhenSpent::Refuse),
        cheaper_model: body.cheaper_model,
        cheaper_from_percent: body.cheaper_from_percent.unwrap_or(CHEAPER_FROM_PERCENT),
        locked,
        created_at: now,
        updated_at: now,
    };
    check(&budget)?;
    check_cheaper(app, &budget).await?;
    let mut batch = Batch::new();
    batch.push(store::insert(&budget, &caller.user_id));
    batch.push(entry(app, "budget.created", &budget, said(&budget)));
    let inserted = app.db.write(batch).await;
    inserted.on_unique("budgets_subject_id_period_key", || {
        let period = budget.period.as_str();
        Problem::already_exists(
            "period",
            format!("There is a budget for each {period} already; change that one."),
        )
    })?;
    app.changes.publish(Notice::budgets()).await;
    Ok(budget)
}

/// Changes a budget. What was spent stays spent.
pub async fn update(app: &App, mut budget: Budget, body: UpdateBudget) -> Result<Budget, Problem> {
    let before = budget.clone();
    // A limit can be raised although the cheaper model is gone.
    let renames = body.when_spent.is_some() || body.cheaper_model.is_some();
    budget.limit_micros = body.limit_micros.unwrap_or(budget.limit_micros);
    budget.when_spent = body.when_spent.unwrap_or(budget.when_spent);
    budget.cheaper_model = body.cheaper_model.unwrap_or(budget.cheaper_model);
    budget.cheaper_from_percent = body.cheaper_from_percent.unwrap_or(budget.cheaper_from_percent);
    budget.updated_at = later(app.clock.now(), budget.updated_at);
    check(&budget)?;
    if renames {
        check_cheaper(app, &budget).await?;
    }
    let fields = Fields::new()
        .change("limit_micros", &before.limit_micros, &budget.limit_micros)
        .change("when_spent", &before.when_spent, &budget.when_spent)
        .change("cheaper_model", &before.cheaper_model, &budget.cheaper_model)
        .change(
            "cheaper_from_percent",
            &before.cheaper_from_percent,
            &budget.cheaper_from_percent,
        );
    let mut batch = Batch::new();
    batch.push(store::update(&budget));
    batch.push(entry(app, "budget.updated", &budget, fields));
    app.db.write(batch).await?;
    app.changes.publish(Notice::budgets()).await;
    Ok(budget)
}

fn later(now: Time, before: Time) -> Time {
    now.max(Time::from_micros(before.micros() + 1))
}

/// Takes a budget away.
pub async fn delete(app: &App, budget: &Budget) -> Result<(), Problem> {
    let mut batch = Batch::new();
    batch.push(store::delete(&budget.id));
    batch.push(entry(app, "budget.deleted", budget, said(budget)));
    app.db.write(batch).await?;
    app.changes.publish(Notice::budgets()).await;
    Ok(())
}

/// What there is to say of a budget as a whole.
fn said(budget: &Budget) -> Fields {
    Fields::new()
        .set("scope", budget.scope)
        .set("subject_id", &budget.subject_id)
        .set("period", budget.period)
        .set("limit_micros", budget.limit_micros)
        .set("when_spent", budget.when_spent)
}

fn entry(app: &App, action: &'static str, budget: &Budget, fields: Fields) -> Query {
    let change = Change {
        action,
        subject_id: &budget.id,
        subject_name: "",
        workspace_id: (budget.scope == Scope::Workspace).then_some(&*budget.subject_id),
        fields,
    };
    audit::entry(app, &change)
}

fn check(budget: &Budget) -> Result<(), Problem> {
    let mut check = Check::new();
    if !(0..=LIMIT_MICROS_MAX).contains(&budget.limit_micros) {
        check.fail(
            "limit_micros",
            format!("is between 0 and {LIMIT_MICROS_MAX}; 1000000 are one unit"),
        );
    }
    if !(1..=100).contains(&budget.cheaper_from_percent) {
        check.fail("cheaper_from_percent", "is between 1 and 100");
    }
    check.optional_text("cheaper_model", budget.cheaper_model.as_deref(), MODEL_NAME_MAX);
    let named = budget
        .cheaper_model
        .as_deref()
        .is_some_and(|name| name.contains('/'));
    if budget.when_spent == WhenSpent::Cheaper && !named {
        check.fail(
            "cheaper_model",
            "names the model that takes over, such as `local/qwen2.5-0.5b-instruct`",
        );
    }
    check.done()
}

/// Whether the cheaper model is one that those can use whose calls the budget limits, and that answers conversations.
async fn check_cheaper(app: &App, budget: &Budget) -> Result<(), Problem> {
    let (WhenSpent::Cheaper, Some(name)) = (&budget.when_spent, &budget.cheaper_model) else {
        return Ok(());
    };
    let subject = budget.subject_id.clone();
    // Nobody's own where more than one person asks.
    let (user, workspace) = match budget.scope {
        Scope::Installation => (String::new(), None),
        Scope::Workspace => (String::new(), Some(subject)),
        Scope::User => (subject, None),
        Scope::Key => match keys::owner_of(app, &subject).await? {
            Some((_, Some(workspace))) => (String::new(), Some(workspace)),
            Some((user, None)) => (user, None),
            None => return Err(Problem::not_found("key", &subject)),
        },
    };
    let view = app.models.view(app, &user, workspace.as_deref()).await?;
    match view.unfit(name) {
        None => Ok(()),
        Some(reason) => Err(Problem::invalid("cheaper_model", reason)),
    }
}

/// The id of what a new budget is for, and whether only administrators may change it.
async fn settle_subject(
    app: &App,
    caller: &CallerRow,
    body: &CreateBudget,
) -> Result<(String, bool), Problem> {
    let named = body.subject.as_deref().unwrap_or_default();
    let admin_only =
        || Problem::forbidden("Budgets of users and of this Stoa are set by its administrators.");
    match body.scope {
        Scope::Installation | Scope::User if !caller.is_admin => Err(admin_only()),
        Scope::Installation if !named.is_empty() => Err(Problem::invalid(
            "subject",
            "is absent for a budget of the installation",
        )),
        Scope::Installation => Ok((String::new(), true)),
        Scope::User => {
            let found = store::find_user(&app.db, &named.to_lowercase()).await?;
            Ok((found.ok_or_else(|| Problem::not_found("user", named))?, true))
        }
        Scope::Key => {
            let found = store::find_key(&app.db, named, &caller.user_id).await?;
            Ok((found.ok_or_else(|| Problem::not_found("key", named))?, false))
        }
        Scope::Workspace => {
            let found = store::find_workspace(&app.db, named, &caller.user_id).await?;
            let (id, role) = found
                .filter(|(_, role)| role.is_some() || caller.is_admin)
                .ok_or_else(|| Problem::not_found("workspace", named))?;
            match role.as_deref().and_then(Role::parse) {
                _ if caller.is_admin => Ok((id, true)),
                Some(role) if role >= Role::Admin => Ok((id, false)),
                _ => Err(Problem::forbidden(
                    "The budgets of a workspace are set by its admins.",
                )),
            }
        }
    }
}

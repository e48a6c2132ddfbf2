//! Routing rules: what the votes of a workspace say of a tag, made into a route with that tag.

use schemars::JsonSchema;
use serde::Deserialize;

use super::input::{self, TARGETS_MAX};
use super::views::ModelRouteView;
use super::{CreateRoute, Strategy, Target, UpdateRoute, store};
use crate::App;
use crate::compare::{self, Standing, Wanted};
use crate::http::json::Check;
use crate::http::problem::{ErrorCode, Problem};

/// The longest name of a route.
const NAME_CHARS_MAX: usize = 64;

/// The body of a rule.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutRule {
    /// A model with votes of this tag: those that are not worse answer.
    pub not_worse_than: String,
    /// How many points below that still counts as not worse; 50 when absent.
    pub margin: Option<f64>,
}

/// Makes the cheapest model that is not worse than another the rule of a workspace for a tag: the first target of the route with that
/// tag, with the others that are not worse behind it, by what their answers cost.
pub async fn put(
    app: &App,
    workspace_id: &str,
    user_id: &str,
    tag: &str,
    body: PutRule,
) -> Result<ModelRouteView, Problem> {
    let mut check = Check::new();
    let tag = input::checked_tag(&mut check, tag);
    check.done()?;
    let wanted = Wanted {
        tag: Some(tag.clone()),
        not_worse_than: Some(body.not_worse_than),
        margin: body.margin,
    };
    let board = compare::leaderboard(app, workspace_id, &wanted).await?;
    let within = input::within(app, Some(workspace_id)).await?;
    let targets: Vec<Target> = not_worse(&board.rows)?
        .into_iter()
        .filter(|model| input::wrong(&within, model).is_none())
        .take(TARGETS_MAX)
        .map(|model| Target {
            model,
            weight: 1,
            first_token_timeout_ms: None,
        })
        .collect();
    if targets.is_empty() {
        let detail = "None of the models that are not worse can be used in this workspace any more.";
        return Err(Problem::new(ErrorCode::ModelUnavailable, detail));
    }
    match store::find_rule(&app.db, workspace_id, &tag).await? {
        Some(route) => {
            let change = UpdateRoute {
                targets: Some(targets),
                strategy: Some(Strategy::Order),
                ..UpdateRoute::default()
            };
            input::update(app, route, change).await
        }
        None => input::create(app, Some(workspace_id), user_id, new(&tag, targets)).await,
    }
}

/// The outward name of the route that is the rule for a tag, when there is one that is switched on.
pub async fn rule_of(
    app: &App,
    user_id: &str,
    workspace_id: &str,
    tag: &str,
) -> Result<Option<String>, Problem> {
    let tag = input::checked_tag(&mut Check::new(), tag);
    let view = app.models.view(app, user_id, Some(workspace_id)).await?;
    Ok(view.find_rule(&tag).map(|route| route.full_name()))
}

/// The models that are not worse than the one that was asked for, the cheapest first.
fn not_worse(rows: &[Standing]) -> Result<Vec<String>, Problem> {
    let mut good: Vec<&Standing> = rows.iter().filter(|row| row.not_worse == Some(true)).collect();
    if good.is_empty() {
        return Err(Problem::invalid(
            "not_worse_than",
            "names a model that has votes with this tag",
        ));
    }
    good.sort_by(|one, other| {
        let cheapest_first = one.cost_micros.total_cmp(&other.cost_micros);
        cheapest_first.then_with(|| other.rating.total_cmp(&one.rating))
    });
    Ok(good.into_iter().map(|row| row.model.clone()).collect())
}

/// The route of a tag that has none yet.
fn new(tag: &str, targets: Vec<Target>) -> CreateRoute {
    let fits = |letter: char| {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            letter
        } else {
            '-'
        }
    };
    let name: String = format!("rule-{tag}")
        .chars()
        .map(fits)
        .take(NAME_CHARS_MAX)
        .collect();
    CreateRoute {
        name,
        description: None,
        tag: Some(tag.to_owned()),
        strategy: None,
        targets,
        retries: None,
        first_token_timeout_ms: None,
        timeout_ms: None,
        hedge_after_ms: None,
        cache: None,
        enabled: None,
    }
}

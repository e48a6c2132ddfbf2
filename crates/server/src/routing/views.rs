//! Routes as a caller sees them: as themselves, and as the models that they are.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use sql::Time;

use super::{AnswerCache, Route, Strategy, input, plan, store};
use crate::App;
use crate::http::problem::Problem;
use crate::models::{ModelView, Prices, View};

/// Whom a route belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RouteScope {
    /// The installation: everybody may use it.
    System,
    /// A workspace: its members may use it there.
    Workspace,
}

/// A route, as the API shows it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ModelRouteView {
    /// `rte_…`
    pub id: String,
    /// Whom it belongs to.
    pub scope: RouteScope,
    /// The workspace, for that scope.
    pub workspace_id: Option<String>,
    /// The part of its outward name behind `route/`.
    pub name: String,
    /// The outward name: what one asks for.
    pub model: String,
    /// For people.
    pub description: String,
    /// What it is the rule for.
    pub tag: Option<String>,
    /// In which order the targets are asked.
    pub strategy: Strategy,
    /// The models it leads to.
    pub targets: Vec<TargetView>,
    /// How often all of them are asked again when all have failed.
    pub retries: u32,
    /// Until the first event of a target.
    pub first_token_timeout_ms: Option<u64>,
    /// Until the end of the answer.
    pub timeout_ms: Option<u64>,
    /// After this silence the next target is asked as well.
    pub hedge_after_ms: Option<u64>,
    /// Whether the same call of `/v1` gets the same answer for a while.
    pub cache: Option<AnswerCache>,
    /// Whether it may be used.
    pub enabled: bool,
    /// Whether the caller may change it.
    pub can_manage: bool,
    /// When it was made.
    #[schemars(with = "String")]
    pub created_at: Time,
    /// When it was last changed.
    #[schemars(with = "String")]
    pub updated_at: Time,
}

/// A target of a route.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TargetView {
    /// The outward name of the model.
    pub model: String,
    /// Its share beside those of the others.
    pub weight: u32,
    /// Until its first event.
    pub first_token_timeout_ms: Option<u64>,
    /// Whether it can be used now.
    pub available: bool,
    /// Why not; it is passed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unavailable_reason: Option<String>,
}

/// The outward form. `within` has the connections that its targets come from.
pub(super) fn view(route: &Route, within: &View, can_manage: bool) -> ModelRouteView {
    let spec = &route.spec;
    let target = |target: &super::Target| {
        let reason = unusable(within, &target.model);
        TargetView {
            model: target.model.clone(),
            weight: target.weight,
            first_token_timeout_ms: target.first_token_timeout_ms,
            available: reason.is_none(),
            unavailable_reason: reason,
        }
    };
    ModelRouteView {
        id: route.id.clone(),
        scope: if route.workspace_id.is_some() {
            RouteScope::Workspace
        } else {
            RouteScope::System
        },
        workspace_id: route.workspace_id.clone(),
        name: route.name.clone(),
        model: route.full_name(),
        description: route.description.clone(),
        tag: route.tag.clone(),
        strategy: spec.strategy,
        targets: spec.targets.iter().map(target).collect(),
        retries: spec.retries,
        first_token_timeout_ms: spec.first_token_timeout_ms,
        timeout_ms: spec.timeout_ms,
        hedge_after_ms: spec.hedge_after_ms,
        cache: spec.cache,
        enabled: route.enabled,
        can_manage,
        created_at: route.created_at,
        updated_at: route.updated_at,
    }
}

/// Why a target is passed over now.
fn unusable(within: &View, name: &str) -> Option<String> {
    match plan::usable(within, name) {
        Ok(model) if model.provider.is_suspended(&model.name) => {
            Some("calls of it failed repeatedly; it is tried again in less than a minute".to_owned())
        }
        Ok(_) => None,
        Err(problem) => Some(problem.detail),
    }
}

/// The routes of a workspace and, behind them, of the installation; those alone without a workspace.
pub async fn list(
    app: &App,
    workspace_id: Option<&str>,
    (manages, is_admin): (bool, bool),
) -> Result<Vec<ModelRouteView>, Problem> {
    let routes = store::list(&app.db, workspace_id).await?;
    let own = input::within(app, workspace_id).await?;
    let systems = own.within(None);
    let one = |route: &Route| match route.workspace_id {
        Some(_) => view(route, &own, manages),
        None => view(route, &systems, is_admin),
    };
    Ok(routes.iter().map(one).collect())
}

/// One of them.
pub async fn show(app: &App, route: &Route, can_manage: bool) -> Result<ModelRouteView, Problem> {
    let within = input::within(app, route.workspace_id.as_deref()).await?;
    Ok(view(route, &within, can_manage))
}

/// The model that a route is, as the list of models shows it.
pub fn model_view(view: &View, route: &Arc<Route>, default: Option<&str>) -> ModelView {
    let id = route.full_name();
    let resolved = plan::resolve(view, route);
    let plan = resolved.as_ref().ok().and_then(|model| model.route.clone());
    let prices = plan.as_ref().map_or_else(Prices::default, |plan| plan.dearest());
    let within = view.within(route.workspace_id.as_deref());
    let changes = route.spec.targets.iter();
    let changes = changes.filter_map(|target| within.price_changes_at(&target.model));
    let suspended = plan.as_ref().is_some_and(|plan| {
        let all = |leg: &plan::Leg| leg.model.provider.is_suspended(&leg.model.name);
        plan.targets.iter().all(all)
    });
    let reason = match &resolved {
        Err(problem) => Some(problem.detail.clone()),
        Ok(_) if suspended => Some("calls of all its targets failed repeatedly".to_owned()),
        Ok(_) => None,
    };
    ModelView {
        is_default: default == Some(id.as_str()),
        id,
        name: route.name.clone(),
        connection_id: route.id.clone(),
        connection: "Routes".to_owned(),
        kind: resolved
            .as_ref()
            .map_or(llm::ProviderKind::OpenAi, |model| model.kind)
            .into(),
        route: Some(route.id.clone()),
        capabilities: resolved
            .as_ref()
            .map(|model| model.capabilities)
            .unwrap_or_default()
            .into(),
        context_tokens: plan.as_ref().and_then(|plan| plan.context_tokens()),
        output_tokens: plan.as_ref().and_then(|plan| plan.writes()),
        input_price_micros: prices.input_micros,
        cached_input_price_micros: prices.cached_input_micros,
        cache_write_price_micros: prices.cache_write_micros,
        output_price_micros: prices.output_micros,
        price_source: None,
        price_changes_at: changes.min(),
        available: reason.is_none(),
        unavailable_reason: reason,
        local: false,
        created_secs: route.created_at.secs(),
    }
}

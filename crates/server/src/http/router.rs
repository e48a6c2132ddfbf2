//! The table of contents: every feature's routes, in order. What has no route is the web client's.

use axum::Router;
use axum::handler::Handler;

use crate::App;
use crate::http::route::{RouteSpec, Routes};
use crate::http::{assets, cors, docs, meta, observe};
use crate::{
    accounts, admin, alerts, audit, batches, budgets, cache, changes, compare, conversations, files, gateway,
    limits, memories, models, performance, prices, providers, retrieval, routing, runs, settings, sources,
    telemetry, usage, visitors, workspaces,
};

/// All routes of the product.
pub fn routes() -> Routes {
    Routes::new()
        .merge(meta::routes())
        .merge(docs::routes())
        .merge(accounts::routes::routes())
        .merge(accounts::keys::routes::routes())
        .merge(workspaces::routes::routes())
        .merge(settings::routes::routes())
        .merge(providers::routes::routes())
        .merge(models::routes::routes())
        .merge(routing::routes::routes())
        .merge(conversations::routes::routes())
        .merge(compare::routes::routes())
        .merge(batches::routes::routes())
        .merge(visitors::routes::routes())
        .merge(memories::routes::routes())
        .merge(memories::import::routes::routes())
        .merge(memories::context::routes::routes())
        .merge(retrieval::routes::routes())
        .merge(sources::routes::routes())
        .merge(files::routes::routes())
        .merge(runs::routes::routes())
        .merge(changes::routes::routes())
        .merge(usage::routes::routes())
        .merge(budgets::routes::routes())
        .merge(prices::routes::routes())
        .merge(admin::routes::routes())
        .merge(audit::routes::routes())
        .merge(limits::routes::routes())
        .merge(alerts::routes::routes())
        .merge(cache::routes::routes())
        .merge(telemetry::routes::routes())
        .merge(gateway::routes::routes())
        .merge(performance::routes::routes())
}

/// What is declared about them, and last about everything else that is answered.
pub fn specs() -> Vec<RouteSpec> {
    routes().specs().cloned().chain([assets::spec()]).collect()
}

/// The router that serves them.
pub fn build(app: &App) -> Router {
    let rest = observe::Watched::new(app.clone(), std::sync::Arc::new(assets::spec()));
    let around = || axum::middleware::from_fn_with_state(rest.clone(), observe::observe);
    let router = routes()
        .into_router(app)
        .method_not_allowed_fallback(observe::method_not_allowed.layer(around()))
        .fallback_service(
            axum::routing::any(assets::serve)
                .layer(around())
                .with_state(app.clone()),
        )
        .with_state(app.clone());
    if app.config.server.cors_origins.is_empty() {
        return router;
    }
    router.layer(axum::middleware::from_fn_with_state(app.clone(), cors::allow))
}

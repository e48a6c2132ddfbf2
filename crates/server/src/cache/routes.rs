//! `/api/performance/cache…`: the cache in figures, its switches, and emptying it. Administrators only.

use axum::extract::{Path, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::audit::{self, Change, Fields};
use crate::cache::{Namespace, NamespaceStats, RedisStats};
use crate::http::auth::SystemAdmin;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::respond::{Data, NoContent};
use crate::http::route::{Access, Routes, delete, get, patch};

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .add(
            get("/api/performance/cache", show)
                .id("get_cache")
                .access(Access::SystemAdmin)
                .data::<CacheView>()
                .about("The cache of this node, namespace by namespace"),
        )
        .add(
            patch("/api/performance/cache/{namespace}", switch)
                .id("update_cache_namespace")
                .access(Access::SystemAdmin)
                .body::<Switch>()
                .data::<NamespaceStats>()
                .about("Switches a namespace of the cache on or off, on every node, until they start again"),
        )
        .add(
            delete("/api/performance/cache/{namespace}", empty)
                .id("delete_cache_namespace")
                .access(Access::SystemAdmin)
                .empty()
                .about("Empties a namespace of the cache, on every node"),
        )
        .add(
            delete("/api/performance/cache", empty_all)
                .id("delete_cache")
                .access(Access::SystemAdmin)
                .empty()
                .about("Empties the cache, on every node"),
        )
}

/// Where answers are kept.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// Nowhere.
    None,
    /// In the memory of each node.
    Memory,
    /// In the memory of each node, and in Redis for all of them.
    Redis,
}

/// The cache of this node.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CacheView {
    /// Where answers are kept.
    pub backend: Backend,
    /// Each kind of thing that is kept.
    pub namespaces: Vec<NamespaceStats>,
    /// The second level, when it is configured.
    pub redis: Option<RedisStats>,
}

impl CacheView {
    /// As it is now.
    pub fn of(app: &App) -> Self {
        let redis = app.cache.redis();
        Self {
            backend: match (app.config.cache.memory, &redis) {
                (0, _) => Backend::None,
                (_, None) => Backend::Memory,
                (_, Some(_)) => Backend::Redis,
            },
            namespaces: app.cache.stats(app.clock.now()),
            redis,
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Switch {
    /// On or off.
    enabled: bool,
}

fn named(name: &str) -> Result<Namespace, Problem> {
    Namespace::named(name).ok_or_else(|| Problem::not_found("cache namespace", name))
}

async fn show(State(app): State<App>, _admin: SystemAdmin) -> Data<CacheView> {
    Data(CacheView::of(&app))
}

async fn switch(
    State(app): State<App>,
    _admin: SystemAdmin,
    Path(name): Path<String>,
    Json(body): Json<Switch>,
) -> Result<Data<NamespaceStats>, Problem> {
    let namespace = named(&name)?;
    let fields = Fields::new().set("enabled", body.enabled);
    entry(&app, "cache.switched", &name, fields).await?;
    app.changes.switch_cache(namespace, body.enabled).await;
    let stats = app.cache.stats(app.clock.now());
    let this = stats.into_iter().find(|stats| stats.name == name);
    this.map(Data)
        .ok_or_else(|| Problem::not_found("cache namespace", &name))
}

async fn empty(
    State(app): State<App>,
    _admin: SystemAdmin,
    Path(name): Path<String>,
) -> Result<NoContent, Problem> {
    let namespace = named(&name)?;
    entry(&app, "cache.emptied", &name, Fields::new()).await?;
    app.changes.empty_cache(Some(namespace)).await;
    Ok(NoContent)
}

async fn empty_all(State(app): State<App>, _admin: SystemAdmin) -> Result<NoContent, Problem> {
    entry(&app, "cache.emptied", "", Fields::new()).await?;
    app.changes.empty_cache(None).await;
    Ok(NoContent)
}

/// Says who switches or empties, before it is done.
async fn entry(app: &App, action: &'static str, namespace: &str, fields: Fields) -> Result<(), Problem> {
    let change = Change {
        action,
        subject_id: namespace,
        subject_name: namespace,
        workspace_id: None,
        fields,
    };
    audit::entry(app, &change).execute(&app.db).await?;
    Ok(())
}

//! The catalogue as a caller sees it: which models there are, and why some of them can not be used.

use llm::{Capabilities, ModelInfo, ProviderKind};
use schemars::JsonSchema;
use serde::Serialize;
use sql::Time;

use super::place::Place;
use super::registry::{Live, Registry};
use super::resolve::{Cost, PriceSource, unusable};
use crate::App;
use crate::cache::{self, Tag};
use crate::http::problem::Problem;
use crate::providers::{ConnectionView, HealthState, HealthView, Kind, Scope};
use crate::routing;
use crate::settings;

/// What a model can do.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct CapabilitiesView {
    /// Answers conversations.
    pub chat: bool,
    /// Makes vectors.
    pub embeddings: bool,
    /// Calls tools.
    pub tools: bool,
    /// Sees pictures.
    pub vision: bool,
    /// Thinks aloud.
    pub reasoning: bool,
}

impl From<Capabilities> for CapabilitiesView {
    fn from(from: Capabilities) -> Self {
        let Capabilities {
            chat,
            embeddings,
            tools,
            vision,
            reasoning,
        } = from;
        Self {
            chat,
            embeddings,
            tools,
            vision,
            reasoning,
        }
    }
}

/// A model, as the API shows it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ModelView {
    /// The name to ask for it by: `<connection's slug>/<provider's name>`.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// Where it comes from.
    pub connection_id: String,
    /// The name of that.
    pub connection: String,
    /// The wire format of that; that of its first target, for a route.
    pub kind: Kind,
    /// The route that it is; absent for a model of a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// What it can do.
    pub capabilities: CapabilitiesView,
    /// What fits in, when known.
    pub context_tokens: Option<u64>,
    /// What may come out, when known.
    pub output_tokens: Option<u64>,
    /// Price of a million tokens read, in micro-units; 0 when none is set.
    pub input_price_micros: i64,
    /// The same of those that the provider had cached.
    pub cached_input_price_micros: i64,
    /// The same of those that the provider puts into its cache.
    pub cache_write_price_micros: i64,
    /// Price of a million tokens written, in micro-units; 0 when none is set.
    pub output_price_micros: i64,
    /// Where the price is set; null when none is.
    pub price_source: Option<PriceSource>,
    /// When the price may change; null when no change is set.
    #[schemars(with = "Option<String>")]
    pub price_changes_at: Option<Time>,
    /// Whether it can be used now.
    pub available: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unavailable_reason: Option<String>,
    /// It runs in this process.
    pub local: bool,
    /// The model of conversations that name none.
    pub is_default: bool,
    /// When its connection was made; for /v1/models.
    #[serde(skip)]
    pub(crate) created_secs: i64,
}

/// The models that a caller may use in a workspace, the most personal first, and why some can not be used now.
pub async fn list(app: &App, place: &Place) -> Result<Vec<ModelView>, Problem> {
    cache::made_from([
        Tag::models(""),
        Tag::models(place.caller.id()),
        Tag::models(&place.workspace_id),
    ]);
    let view = app
        .models
        .view(app, place.caller.id(), Some(&place.workspace_id))
        .await?;
    let settings = settings::current(app).await?;
    let default = view.default_model(settings.default_model.as_deref());
    let mut models = Vec::new();
    for live in view.connections() {
        let paused = Paused::of(app, live);
        for info in live.models().iter().chain(&live.catalogue.missing) {
            let reason = unusable(live, &info.name).or_else(|| paused.reason(live, &info.name));
            let cost = view.cost(live, &info.name);
            models.push(model_view(live, info, (reason, cost), default.as_deref()));
        }
    }
    let routes = view.routes();
    models.extend(routes.map(|route| routing::model_view(&view, route, default.as_deref())));
    // A price that begins changes the list without a write.
    cache::right_until(models.iter().filter_map(|model| model.price_changes_at).min());
    Ok(models)
}

/// What can not be used for the moment.
#[derive(Default)]
struct Paused {
    /// Why none of the connection's models can.
    all: Option<String>,
    /// Those of its models that failed repeatedly.
    models: Vec<String>,
}

impl Paused {
    fn of(app: &App, live: &Live) -> Self {
        if live
            .catalogue
            .error
            .as_ref()
            .is_some_and(|(code, _)| code == "upstream_authentication")
        {
            let reason = format!("the provider refuses the key of the connection \"{}\"", live.name);
            return Self {
                all: Some(reason),
                models: Vec::new(),
            };
        }
        let Ok(provider) = live.provider() else {
            return Self::default();
        };
        let suspended = provider.suspended();
        if let Some(next) = suspended.first_ends_in {
            // Nobody tells when it is over.
            cache::right_until(Some(app.clock.now().plus(next)));
        }
        let reason = || {
            format!(
                "calls of \"{}\" failed repeatedly; it is tried again in less than a minute",
                live.name
            )
        };
        Self {
            all: suspended.connection.then(reason),
            models: suspended.models,
        }
    }

    fn reason(&self, live: &Live, model: &str) -> Option<String> {
        let own = || {
            self.models.iter().any(|name| name == model).then(|| {
                format!(
                    "calls of it failed repeatedly, others of \"{}\" go on; it is tried again in less than a minute",
                    live.name
                )
            })
        };
        self.all.clone().or_else(own)
    }
}

fn model_view(
    live: &Live,
    info: &ModelInfo,
    (reason, cost): (Option<String>, Cost),
    default: Option<&str>,
) -> ModelView {
    let id = format!("{}/{}", live.slug, info.name);
    let prices = cost.prices;
    ModelView {
        is_default: default == Some(id.as_str()),
        id,
        name: info.display_name.clone(),
        connection_id: live.id.clone(),
        connection: live.name.clone(),
        kind: live.kind.into(),
        route: None,
        capabilities: info.capabilities.into(),
        context_tokens: info.context_tokens,
        output_tokens: info.output_tokens,
        input_price_micros: prices.input_micros,
        cached_input_price_micros: prices.cached_input_micros,
        cache_write_price_micros: prices.cache_write_micros,
        output_price_micros: prices.output_micros,
        price_source: cost.source,
        price_changes_at: cost.changes_at,
        available: reason.is_none(),
        unavailable_reason: reason,
        local: live.kind == ProviderKind::Local,
        created_secs: live.created_at.secs(),
    }
}

impl Registry {
    /// The connections that come with Stoa, as the list of connections shows them.
    pub fn builtin_views(&self) -> Vec<ConnectionView> {
        self.builtins
            .iter()
            .map(|builtin| builtin_view(&builtin.live()))
            .collect()
    }
}

fn builtin_view(live: &Live) -> ConnectionView {
    let missing = !live.catalogue.missing.is_empty();
    let (state, last_error) = match &live.catalogue.error {
        Some((_, error)) => (HealthState::Failing, Some(error.clone())),
        None if missing => (
            HealthState::Failing,
            Some("some model files are missing; run `stoa models pull`".to_owned()),
        ),
        None => (HealthState::Ok, None),
    };
    ConnectionView {
        id: live.id.clone(),
        scope: Scope::System,
        workspace_id: None,
        kind: live.kind.into(),
        slug: live.slug.clone(),
        name: live.name.clone(),
        enabled: true,
        builtin: true,
        can_manage: false,
        base_url: None,
        key_hint: None,
        headers: None,
        settings: None,
        health: HealthView {
            state,
            last_error,
            last_ok_at: None,
            suspended_models: live
                .provider()
                .map(|provider| provider.suspended().models)
                .unwrap_or_default(),
        },
        created_at: Time::EPOCH,
        updated_at: Time::EPOCH,
    }
}

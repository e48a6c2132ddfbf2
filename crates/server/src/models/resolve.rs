//! From the name of a model to the provider that serves it; and which model is taken when none is named.

use std::sync::Arc;

use llm::{Capabilities, Guarded, ModelInfo, ProviderKind, Usage};
use schemars::JsonSchema;
use serde::Serialize;
use sql::Time;

use super::prices::Prices;
use super::registry::{Live, Registry, View};
use crate::App;
use crate::accounts;
use crate::config::SearchModel;
use crate::http::problem::{ErrorCode, FieldError, Problem};
use crate::prices::Runs;
use crate::routing::{self, Plan};
use crate::settings;

/// How many names a 404 offers.
const NEAREST_MAX: usize = 3;
/// How near a name must be to be offered, 0 to 1.
const NEAR: f64 = 0.7;

/// Where the price of a model is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PriceSource {
    /// In the settings of its connection.
    Connection,
    /// In the table of prices.
    Table,
}

/// What a model costs.
pub(super) struct Cost {
    pub prices: Prices,
    /// None when no price is set.
    pub source: Option<PriceSource>,
    /// When it may change.
    pub changes_at: Option<Time>,
}

/// A model, ready to be called.
#[derive(Clone)]
pub struct Resolved {
    /// Its provider, behind limits, breaker and retries.
    pub provider: Arc<Guarded>,
    /// The provider's own name of the model: what a request takes.
    pub name: String,
    /// The outward name: `<slug>/<name>`.
    pub full_name: String,
    /// The connection it comes from.
    pub connection_id: String,
    /// The wire format of that.
    pub kind: ProviderKind,
    /// What fits in, when known.
    pub context_tokens: Option<u64>,
    /// What may come out, when known.
    pub output_tokens: Option<u64>,
    /// What it can do; chat and embeddings, while nothing is known.
    pub capabilities: Capabilities,
    /// What its tokens cost, as of when the call begins. Of a route: the most that they may cost.
    pub prices: Prices,
    /// The targets that answer for it, when it is a route; what is above then holds for the first or for all of them.
    pub route: Option<Arc<Plan>>,
}

impl Resolved {
    /// What so many tokens cost, in micro-units.
    pub fn cost_micros(&self, prompt_tokens: u64, completion_tokens: u64) -> i64 {
        self.prices.cost_micros(&Usage {
            prompt_tokens,
            completion_tokens,
            ..Usage::default()
        })
    }

    /// The most that so many tokens may cost, in micro-units.
    pub fn most_micros(&self, prompt_tokens: u64, completion_tokens: u64) -> i64 {
        self.prices.most_micros(prompt_tokens, completion_tokens)
    }

    /// The address of the user who asks, for providers that may be told it.
    pub async fn asker(&self, app: &App, user_id: Option<&str>) -> sql::Result<Option<String>> {
        let may_be_told = |model: &Self| model.kind == ProviderKind::Fabrix;
        let may_be_told = match &self.route {
            Some(plan) => plan.targets.iter().any(|leg| may_be_told(&leg.model)),
            None => may_be_told(self),
        };
        match user_id.filter(|_| may_be_told) {
            Some(id) => accounts::email_of(&app.db, id).await,
            None => Ok(None),
        }
    }

    /// Refuses a model that makes vectors where an answer in words is wanted; `field` named it.
    pub fn must_chat(&self, field: &str) -> Result<(), Problem> {
        if self.capabilities.chat {
            return Ok(());
        }
        let detail = format!("The model `{}` does not answer conversations.", self.full_name);
        Err(Problem::invalid(field, detail))
    }

    /// Whether it can find a title for a conversation: the mock can only repeat.
    pub fn makes_titles(&self) -> bool {
        self.kind != ProviderKind::Mock && self.capabilities.chat
    }
}

impl Registry {
    /// The model of this outward name, as a user in a workspace may use it. No statement when their connections are in
    /// memory. An unknown name is 404 with the field `model` and the nearest names; one that can not be used now is 503.
    pub async fn resolve(
        &self,
        app: &App,
        user_id: &str,
        workspace_id: Option<&str>,
        full_name: &str,
    ) -> Result<Resolved, Problem> {
        let view = self.view(app, user_id, workspace_id).await?;
        view.resolve(full_name)
    }

    /// The model whose vectors the search compares, if it is configured and can be used.
    pub async fn search_model(&self, app: &App) -> Result<Option<Resolved>, Problem> {
        let view = self.view(app, "", None).await?;
        let name = match &app.config.search.model {
            SearchModel::None => None,
            SearchModel::Auto => view.local_embedder(),
            SearchModel::Named(name) => Some(name.clone()),
        };
        let Some(name) = name else { return Ok(None) };
        view.resolve(&name).map(Some)
    }

    /// The model of conversations that name none: the administrator's choice, if it can be used here, else a local chat
    /// model, the mock's echo, or the first chat model there is.
    pub async fn default_model(
        &self,
        app: &App,
        user_id: &str,
        workspace_id: Option<&str>,
    ) -> Result<Resolved, Problem> {
        let view = self.view(app, user_id, workspace_id).await?;
        let settings = settings::current(app).await?;
        let name = view.default_model(settings.default_model.as_deref()).ok_or_else(|| {
            let detail = "There is no chat model yet. Connect a provider in the settings, or run `stoa models pull`.";
            Problem::new(ErrorCode::ModelUnavailable, detail)
        })?;
        view.resolve(&name)
    }
}

impl View {
    /// See [`Registry::resolve`].
    pub fn resolve(&self, full_name: &str) -> Result<Resolved, Problem> {
        let Some((slug, name)) = full_name.split_once('/') else {
            return Err(self.unknown(full_name));
        };
        if slug == routing::SLUG
            && let Some(route) = self.find_route(name)
        {
            return routing::resolve(self, route);
        }
        let Some(live) = self.find(slug).filter(|_| !name.is_empty()) else {
            return Err(self.unknown(full_name));
        };
        let info = find_model(live, name);
        if info.is_none() && !live.takes_any_name() {
            return Err(self.unknown(full_name));
        }
        if let Some(reason) = unusable(live, name) {
            return Err(unavailable(full_name, &reason));
        }
        let provider = live.provider().map_err(|reason| unavailable(full_name, reason))?;
        Ok(Resolved {
            provider: Arc::clone(provider),
            name: name.to_owned(),
            full_name: full_name.to_owned(),
            connection_id: live.id.clone(),
            kind: live.kind,
            context_tokens: info.and_then(|info| info.context_tokens),
            output_tokens: info.and_then(|info| info.output_tokens),
            capabilities: info.map_or(UNKNOWN, |info| info.capabilities),
            prices: self.cost(live, name).prices,
            route: None,
        })
    }

    /// Why this name can not stand in a setting for a model that answers conversations; nothing when it can. One that is
    /// there and can not be used at the moment can.
    pub fn unfit(&self, full_name: &str) -> Option<String> {
        match self.resolve(full_name) {
            Ok(model) if model.capabilities.chat => None,
            Ok(_) => Some("does not answer conversations".to_owned()),
            Err(problem) if problem.code == ErrorCode::NotFound => Some(problem.detail),
            Err(_) => None,
        }
    }

    /// What a model costs now: as its connection says, else as the table does, else nothing.
    pub(super) fn cost(&self, live: &Live, name: &str) -> Cost {
        if let Some(prices) = live.prices.of(name) {
            return Cost {
                prices,
                source: Some(PriceSource::Connection),
                changes_at: None,
            };
        }
        let runs = if live.comes_with_stoa() {
            Runs::Here
        } else {
            Runs::Elsewhere
        };
        let found = self.table.of(&format!("{}/{name}", live.slug), runs, self.now);
        Cost {
            prices: found.prices.unwrap_or_default(),
            source: found.prices.map(|_| PriceSource::Table),
            changes_at: found.changes_at,
        }
    }

    /// When the price of the model of this outward name may change, if that is known.
    pub fn price_changes_at(&self, full_name: &str) -> Option<Time> {
        let (slug, name) = full_name.split_once('/')?;
        self.cost(self.find(slug)?, name).changes_at
    }

    /// See [`Registry::default_model`].
    pub fn default_model(&self, configured: Option<&str>) -> Option<String> {
        if let Some(name) = configured.filter(|name| self.resolve(name).is_ok()) {
            return Some(name.to_owned());
        }
        let usable = |live: &&Arc<Live>| live.enabled && live.provider().is_ok();
        let first_chat = |live: &Arc<Live>| {
            let model = live.models().iter().find(|model| model.capabilities.chat)?;
            Some(format!("{}/{}", live.slug, model.name))
        };
        let of_kind = |kind| {
            self.connections()
                .filter(usable)
                .filter(move |live| live.kind == kind)
                .find_map(first_chat)
        };
        of_kind(ProviderKind::Local)
            .or_else(|| of_kind(ProviderKind::Mock))
            .or_else(|| self.connections().filter(usable).find_map(first_chat))
    }

    /// The outward name of a local model that makes vectors, when one is there.
    pub fn local_embedder(&self) -> Option<String> {
        let local = self
            .connections()
            .filter(|live| live.kind == ProviderKind::Local && live.enabled && live.provider().is_ok());
        local.into_iter().find_map(|live| {
            let model = live.models().iter().find(|model| model.capabilities.embeddings)?;
            Some(format!("{}/{}", live.slug, model.name))
        })
    }

    /// The problem of a name that nothing here has, with those that look like it.
    fn unknown(&self, full_name: &str) -> Problem {
        let mut near: Vec<(f64, String)> = self
            .connections()
            .flat_map(|live| {
                live.models()
                    .iter()
                    .map(|model| format!("{}/{}", live.slug, model.name))
            })
            .chain(self.routes().map(|route| route.full_name()))
            .map(|name| (likeness(full_name, &name), name))
            .filter(|(likeness, _)| *likeness >= NEAR)
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        near.truncate(NEAREST_MAX);
        let names: Vec<String> = near.into_iter().map(|(_, name)| format!("`{name}`")).collect();
        let hint = if names.is_empty() {
            "GET /api/models lists those there are.".to_owned()
        } else {
            format!("Did you mean {}?", names.join(" or "))
        };
        let mut problem = Problem::new(
            ErrorCode::NotFound,
            format!("There is no model `{full_name}` that you can use. {hint}"),
        );
        problem.errors.push(FieldError::new("model", hint));
        problem
    }
}

impl Live {
    /// A provider that has not said yet which models it has is asked for any; it knows best.
    fn takes_any_name(&self) -> bool {
        self.models().is_empty() && self.kind != ProviderKind::Local
    }
}

/// What a model may be asked for while nothing is known of it.
const UNKNOWN: Capabilities = Capabilities {
    chat: true,
    embeddings: true,
    tools: false,
    vision: false,
    reasoning: false,
};

/// The model of this name, there or missing; a variant (`model:free`, `model:query`) is known by the model it is one of.
fn find_model<'a>(live: &'a Live, name: &str) -> Option<&'a ModelInfo> {
    let find = |name: &str| {
        live.models()
            .iter()
            .chain(&live.catalogue.missing)
            .find(|model| model.name == name)
    };
    find(name).or_else(|| name.rsplit_once(':').and_then(|(base, _)| find(base)))
}

/// Why a model can not be used now, when that is certain before it is tried.
pub(super) fn unusable(live: &Live, name: &str) -> Option<String> {
    if !live.enabled {
        return Some(format!("the connection \"{}\" is switched off", live.name));
    }
    if live.catalogue.missing.iter().any(|model| model.name == name) {
        return Some("its files are not there; run `stoa models pull` to fetch them".to_owned());
    }
    live.provider()
        .err()
        .map(|reason| format!("the connection \"{}\" does not open: {reason}", live.name))
}

fn unavailable(full_name: &str, reason: &str) -> Problem {
    Problem::new(
        ErrorCode::ModelUnavailable,
        format!("The model `{full_name}` can not be used now: {reason}."),
    )
}

/// How much two names are alike, 0 to 1; what comes after the slash also counts alone, because the slug is easily forgotten.
fn likeness(asked: &str, name: &str) -> f64 {
    let (asked, name) = (asked.to_lowercase(), name.to_lowercase());
    let own = |full: &str| {
        full.split_once('/')
            .map_or(full.to_owned(), |(_, own)| own.to_owned())
    };
    strsim::normalized_damerau_levenshtein(&asked, &name)
        .max(strsim::normalized_damerau_levenshtein(&own(&asked), &own(&name)))
}

//! What callers send to make or change a route, and the rules for it.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::Deserialize;
use sql::{Batch, OnViolation, Time};

use super::views::{self, ModelRouteView};
use super::{AnswerCache, CacheScope, Route, SLUG, Spec, Strategy, Target, store};
use crate::App;
use crate::audit::{self, Change, Fields};
use crate::changes::Notice;
use crate::http::json::{Check, present};
use crate::http::problem::{ErrorCode, Problem};
use crate::ids::Kind;
use crate::models::View;

/// The most routes of the installation, or of a workspace.
const ROUTES_MAX: i64 = 50;
/// The most targets of a route.
pub(super) const TARGETS_MAX: usize = 8;
const WEIGHT_MAX: u32 = 1_000;
const RETRIES_MAX: u32 = 5;
const DESCRIPTION_CHARS_MAX: usize = 500;
/// As long as the tags of votes may be.
const TAG_CHARS_MAX: usize = 40;
const FIRST_TOKEN_MS: RangeInclusive<u64> = 100..=600_000;
const TIMEOUT_MS: RangeInclusive<u64> = 100..=3_600_000;
const HEDGE_MS: RangeInclusive<u64> = 50..=60_000;
/// A second to a week.
const CACHE_SECONDS: RangeInclusive<u64> = 1..=604_800;

/// The body of a new route.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRoute {
    /// The part of its outward name behind `route/`: letters, digits, `-` and `_`.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// What it is the rule for; no two of an owner have the same.
    pub tag: Option<String>,
    /// In which order the targets are asked; `order` when absent.
    pub strategy: Option<Strategy>,
    /// One to eight models that its owner can use.
    pub targets: Vec<Target>,
    /// How often all of them are asked again when all have failed, 0 to 5; 0 when absent.
    pub retries: Option<u32>,
    /// Until the first event of a target, before the next is asked; the limit of its connection when absent or longer.
    pub first_token_timeout_ms: Option<u64>,
    /// Until the end of the answer, whatever was tried.
    pub timeout_ms: Option<u64>,
    /// After this silence the next target is asked as well, and the first to answer wins. Both may cost. Off when absent.
    pub hedge_after_ms: Option<u64>,
    /// Whether the same call of `/v1` gets the same answer for a while. Off when absent.
    pub cache: Option<AnswerCache>,
    /// Whether it may be used; true when absent.
    pub enabled: Option<bool>,
}

/// What changes of a route; what is absent stays, null takes away.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRoute {
    /// Another name. What names the old one has to choose a model again.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// What it is the rule for.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    pub tag: Option<Option<String>>,
    /// In which order the targets are asked.
    pub strategy: Option<Strategy>,
    /// Other targets, in place of all there are.
    pub targets: Option<Vec<Target>>,
    /// How often all of them are asked again when all have failed.
    pub retries: Option<u32>,
    /// Until the first event of a target.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<u64>")]
    pub first_token_timeout_ms: Option<Option<u64>>,
    /// Until the end of the answer.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<u64>")]
    pub timeout_ms: Option<Option<u64>>,
    /// After this silence the next target is asked as well.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<u64>")]
    pub hedge_after_ms: Option<Option<u64>>,
    /// Whether the same call of `/v1` gets the same answer for a while.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<AnswerCache>")]
    pub cache: Option<Option<AnswerCache>>,
    /// Switches it on or off.
    pub enabled: Option<bool>,
}

impl CreateRoute {
    fn into_route(self, id: String, workspace_id: Option<&str>, now: Time) -> Route {
        Route {
            id,
            workspace_id: workspace_id.map(str::to_owned),
            name: self.name,
            description: self.description.unwrap_or_default(),
            tag: self.tag,
            spec: Spec {
                strategy: self.strategy.unwrap_or_default(),
                targets: self.targets,
                retries: self.retries.unwrap_or(0),
                first_token_timeout_ms: self.first_token_timeout_ms,
                timeout_ms: self.timeout_ms,
                hedge_after_ms: self.hedge_after_ms,
                cache: self.cache,
            },
            enabled: self.enabled.unwrap_or(true),
            created_at: now,
            updated_at: now,
        }
    }
}

impl UpdateRoute {
    fn apply(self, before: &Route) -> Route {
        let mut route = before.clone();
        let Route { spec, .. } = &mut route;
        spec.strategy = self.strategy.unwrap_or(spec.strategy);
        spec.retries = self.retries.unwrap_or(spec.retries);
        spec.first_token_timeout_ms = self.first_token_timeout_ms.unwrap_or(spec.first_token_timeout_ms);
        spec.timeout_ms = self.timeout_ms.unwrap_or(spec.timeout_ms);
        spec.hedge_after_ms = self.hedge_after_ms.unwrap_or(spec.hedge_after_ms);
        spec.cache = self.cache.unwrap_or(spec.cache);
        if let Some(targets) = self.targets {
            spec.targets = targets;
        }
        if let Some(name) = self.name {
            route.name = name;
        }
        if let Some(description) = self.description {
            route.description = description;
        }
        if let Some(tag) = self.tag {
            route.tag = tag;
        }
        route.enabled = self.enabled.unwrap_or(route.enabled);
        route
    }
}

/// The same with its texts as they are stored; notes all that is wrong. Targets that were there before are not looked for again: one
/// that has gone since is passed over when the route is used.
fn checked(mut route: Route, within: &View, before: Option<&Route>) -> Result<Route, Problem> {
    let mut check = Check::new();
    route.name = check.slug("name", route.name.trim());
    route.description = check.text("description", &route.description, 0, DESCRIPTION_CHARS_MAX);
    route.tag = route.tag.map(|tag| checked_tag(&mut check, &tag));
    let known: &[Target] = before.map_or(&[], |before| &before.spec.targets);
    check_targets(&mut check, &route.spec, within, known);
    let Spec {
        retries,
        first_token_timeout_ms,
        timeout_ms,
        hedge_after_ms,
        ..
    } = route.spec;
    if retries > RETRIES_MAX {
        check.fail("retries", format!("is at most {RETRIES_MAX}"));
    }
    check_ms(
        &mut check,
        "first_token_timeout_ms",
        first_token_timeout_ms,
        &FIRST_TOKEN_MS,
    );
    check_ms(&mut check, "timeout_ms", timeout_ms, &TIMEOUT_MS);
    check_ms(&mut check, "hedge_after_ms", hedge_after_ms, &HEDGE_MS);
    if hedge_after_ms.is_some() && route.spec.targets.len() < 2 {
        check.fail("hedge_after_ms", "needs a second target to ask");
    }
    check_cache(&mut check, &route);
    check.done()?;
    Ok(route)
}

fn check_cache(check: &mut Check, route: &Route) {
    let Some(cache) = route.spec.cache else { return };
    if !CACHE_SECONDS.contains(&cache.ttl_seconds) {
        let message = format!(
            "is between {} and {} seconds",
            CACHE_SECONDS.start(),
            CACHE_SECONDS.end()
        );
        check.fail("cache.ttl_seconds", message);
    }
    if cache.scope == CacheScope::Installation && route.workspace_id.is_some() {
        check.fail(
            "cache.scope",
            "is `caller` or `workspace` for the route of a workspace",
        );
    }
}

/// A tag as it is stored, of routes as of votes.
pub(super) fn checked_tag(check: &mut Check, tag: &str) -> String {
    let tag = tag.trim().trim_start_matches('#').trim().to_lowercase();
    check.text("tag", &tag, 1, TAG_CHARS_MAX)
}

fn check_ms(check: &mut Check, field: &str, given: Option<u64>, fits: &RangeInclusive<u64>) {
    if given.is_some_and(|ms| !fits.contains(&ms)) {
        let message = format!(
            "is between {} and {} milliseconds, or null",
            fits.start(),
            fits.end()
        );
        check.fail(field, message);
    }
}

fn check_targets(check: &mut Check, spec: &Spec, within: &View, known: &[Target]) {
    let targets = &spec.targets;
    if !(1..=TARGETS_MAX).contains(&targets.len()) {
        check.fail("targets", format!("names 1 to {TARGETS_MAX} models"));
        return;
    }
    if spec.strategy == Strategy::Weighted && targets.iter().all(|target| target.weight == 0) {
        check.fail("targets", "gives no target a weight");
    }
    for (number, target) in targets.iter().enumerate() {
        let field = |name: &str| format!("targets[{number}].{name}");
        if target.weight > WEIGHT_MAX {
            check.fail(&field("weight"), format!("is at most {WEIGHT_MAX}"));
        }
        let limit = target.first_token_timeout_ms;
        check_ms(check, &field("first_token_timeout_ms"), limit, &FIRST_TOKEN_MS);
        let earlier = &targets[..number];
        if earlier.iter().any(|other| other.model == target.model) {
            check.fail(&field("model"), "is a target already");
        } else if target.model.split('/').next() == Some(SLUG) {
            check.fail(&field("model"), "is a route; a route leads to models only");
        } else if !known.iter().any(|known| known.model == target.model)
            && let Some(reason) = wrong(within, &target.model)
        {
            check.fail(&field("model"), reason);
        }
    }
}

/// Why a model can not be a target. One that is there and can not be used at the moment can.
pub(super) fn wrong(within: &View, name: &str) -> Option<String> {
    within.unfit(name)
}

fn unique<T>(written: sql::Result<T>, route: &Route) -> Result<T, Problem> {
    let owner = if route.workspace_id.is_some() {
        "workspace_id"
    } else {
        "system"
    };
    let taken = |field: &'static str, value: &str| {
        let detail = format!("There is a route with the {field} {value:?} already; choose another.");
        Problem::already_exists(field, detail)
    };
    let tag = route.tag.as_deref().unwrap_or_default();
    match written {
        Err(error) if error.is_unique(&format!("routes_{owner}_tag_key")) => Err(taken("tag", tag)),
        written => written.on_unique(&format!("routes_{owner}_name_key"), || taken("name", &route.name)),
    }
}

/// The connections that the targets of an owner's routes come from.
pub(super) async fn within(app: &App, workspace_id: Option<&str>) -> Result<View, Problem> {
    let view = app.models.view(app, "", workspace_id).await?;
    Ok(view.within(workspace_id))
}

/// Makes a route, of a workspace or of the installation.
pub async fn create(
    app: &App,
    workspace_id: Option<&str>,
    user_id: &str,
    body: CreateRoute,
) -> Result<ModelRouteView, Problem> {
    let within = within(app, workspace_id).await?;
    let now = app.clock.now();
    let route = body.into_route(app.ids.make(Kind::Route, now), workspace_id, now);
    let route = checked(route, &within, None)?;
    let owned = store::count_of(&app.db, workspace_id).await?;
    if owned >= ROUTES_MAX {
        let detail =
            format!("There are {owned} routes here already; more than {ROUTES_MAX} are not possible.");
        return Err(Problem::conflict(detail));
    }
    let mut batch = Batch::new();
    batch.push(store::insert(&route, user_id));
    let fields = Fields::new()
        .set("tag", &route.tag)
        .set("enabled", route.enabled)
        .set("spec", &route.spec);
    batch.push(entry(app, "route.created", &route, fields));
    unique(app.db.write(batch).await, &route)?;
    published(app, &route).await;
    Ok(views::view(&route, &within, true))
}

/// Changes a route.
pub async fn update(app: &App, before: Route, body: UpdateRoute) -> Result<ModelRouteView, Problem> {
    let within = within(app, before.workspace_id.as_deref()).await?;
    let mut route = checked(body.apply(&before), &within, Some(&before))?;
    // Later than before, whatever the clock says: the time is the version.
    route.updated_at = app
        .clock
        .now()
        .max(Time::from_micros(before.updated_at.micros() + 1));
    let mut batch = Batch::new();
    batch.push_expecting(1, store::update(&route, before.updated_at));
    let fields = Fields::new()
        .change("name", &before.name, &route.name)
        .change("description", &before.description, &route.description)
        .change("tag", &before.tag, &route.tag)
        .change("enabled", &before.enabled, &route.enabled)
        .change("spec", &before.spec, &route.spec);
    batch.push(entry(app, "route.updated", &route, fields));
    let written = app.db.write(batch).await;
    if matches!(written, Err(sql::Error::RowsAffected { .. })) {
        let detail = "The route was changed by somebody else at the same moment; read it again.";
        return Err(Problem::new(ErrorCode::PreconditionFailed, detail));
    }
    unique(written, &route)?;
    published(app, &route).await;
    Ok(views::view(&route, &within, true))
}

/// Takes a route away. Conversations keep its name, and have to choose a model again.
pub async fn delete(app: &App, route: &Route) -> Result<(), Problem> {
    let mut batch = Batch::new();
    batch.push(store::delete(&route.id));
    batch.push(entry(app, "route.deleted", route, Fields::new()));
    app.db.write(batch).await?;
    published(app, route).await;
    Ok(())
}

fn entry(app: &App, action: &'static str, route: &Route, fields: Fields) -> sql::Query {
    let change = Change {
        action,
        subject_id: &route.id,
        subject_name: &route.name,
        workspace_id: route.workspace_id.as_deref(),
        fields,
    };
    audit::entry(app, &change)
}

async fn published(app: &App, route: &Route) {
    app.models.changed();
    app.changes.publish(Notice::models(&route.owner())).await;
}

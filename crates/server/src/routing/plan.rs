//! From a route to the model that it is to everybody: its targets that can be used, and what holds for all of them.

use std::sync::Arc;
use std::time::Duration;

use llm::Capabilities;

use super::Route;
use crate::budgets::Size;
use crate::http::problem::{ErrorCode, Problem};
use crate::models::{Prices, Resolved, View};

/// A route with the targets that can be used.
pub struct Plan {
    /// The route.
    pub route: Arc<Route>,
    /// At least one, as listed.
    pub targets: Vec<Leg>,
}

/// A target, ready to be called.
#[derive(Clone)]
pub struct Leg {
    /// The model.
    pub model: Resolved,
    /// What its latency is remembered under.
    pub key: Arc<str>,
    /// Its share beside the others'.
    pub weight: u32,
    /// Until its first event.
    pub first_event: Option<Duration>,
}

impl Plan {
    /// What its answers cost at most: the dearest prices of its targets. With hedging two may answer, so it is the sum of the two
    /// dearest.
    fn prices(&self) -> Prices {
        let all = || self.targets.iter().map(|leg| leg.model.prices);
        let dearest = all().fold(Prices::default(), Prices::dearer);
        if self.route.spec.hedge_after_ms.is_none() {
            return dearest;
        }
        let mut second = Prices::default();
        for (number, one) in all().enumerate() {
            for other in all().skip(number + 1) {
                second = second.dearer(one.plus(other));
            }
        }
        second.dearer(dearest)
    }

    /// The prices of its dearest target.
    pub fn dearest(&self) -> Prices {
        let all = self.targets.iter().map(|leg| leg.model.prices);
        all.fold(Prices::default(), Prices::dearer)
    }

    /// The model that it is; none without targets.
    fn resolved(self) -> Option<Resolved> {
        let first = self.targets.first()?.model.clone();
        Some(Resolved {
            full_name: self.route.full_name(),
            connection_id: self.route.id.clone(),
            context_tokens: self.context_tokens(),
            output_tokens: self.output_tokens(),
            capabilities: self.capabilities(),
            prices: self.prices(),
            route: Some(Arc::new(self)),
            ..first
        })
    }

    fn capabilities(&self) -> Capabilities {
        let all =
            |can: fn(&Capabilities) -> bool| self.targets.iter().all(|leg| can(&leg.model.capabilities));
        Capabilities {
            chat: true,
            embeddings: false,
            tools: all(|of| of.tools),
            vision: all(|of| of.vision),
            reasoning: all(|of| of.reasoning),
        }
    }

    /// What fits into each of its targets, as far as known.
    pub fn context_tokens(&self) -> Option<u64> {
        self.targets
            .iter()
            .filter_map(|leg| leg.model.context_tokens)
            .min()
    }

    /// What each of its targets can write, as far as known.
    pub fn writes(&self) -> Option<u64> {
        self.targets
            .iter()
            .filter_map(|leg| leg.model.output_tokens)
            .min()
    }

    /// The longest answer of any of them: what is reserved has to cover it.
    fn output_tokens(&self) -> Option<u64> {
        self.targets
            .iter()
            .map(|leg| Size::answer_of(None, &leg.model))
            .max()
    }
}

impl Resolved {
    /// The same route without this target; none when it is no route, or when no target is left.
    pub fn without(&self, target: &str) -> Option<Self> {
        let plan = self.route.as_ref()?;
        let others = plan.targets.iter().filter(|leg| leg.model.full_name != target);
        let plan = Plan {
            route: Arc::clone(&plan.route),
            targets: others.cloned().collect(),
        };
        plan.resolved()
    }
}

/// The model that a route is, for whoever sees these connections. Its targets are looked for among the connections of its owner and of
/// the installation, never among a caller's own: it leads everybody to the same models.
pub fn resolve(view: &View, route: &Arc<Route>) -> Result<Resolved, Problem> {
    let full_name = route.full_name();
    let unavailable = |reason: &str| {
        let detail = format!("The model `{full_name}` can not be used now: {reason}");
        Problem::new(ErrorCode::ModelUnavailable, detail)
    };
    if !route.enabled {
        return Err(unavailable("the route is switched off."));
    }
    let within = view.within(route.workspace_id.as_deref());
    let mut targets = Vec::with_capacity(route.spec.targets.len());
    let mut reasons = Vec::new();
    for target in &route.spec.targets {
        match usable(&within, &target.model) {
            Ok(model) => targets.push(Leg {
                key: Arc::from(format!("{}/{}", model.connection_id, model.name)),
                model,
                weight: target.weight,
                first_event: target
                    .first_token_timeout_ms
                    .or(route.spec.first_token_timeout_ms)
                    .map(Duration::from_millis),
            }),
            Err(problem) => reasons.push(problem.detail),
        }
    }
    let plan = Plan {
        route: Arc::clone(route),
        targets,
    };
    plan.resolved().ok_or_else(|| {
        let reason = format!("none of its targets can. {}", reasons.join(" "));
        unavailable(&reason)
    })
}

/// A target, when it can be used and answers conversations.
pub(super) fn usable(within: &View, name: &str) -> Result<Resolved, Problem> {
    let model = within.resolve(name)?;
    if model.capabilities.chat {
        return Ok(model);
    }
    let detail = format!("The model `{name}` does not answer conversations.");
    Err(Problem::new(ErrorCode::ModelUnavailable, detail))
}

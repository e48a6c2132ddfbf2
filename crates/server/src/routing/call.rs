//! A call along a route: its targets one after the other, or two at once, until one shows the first event of its answer.
//!
//! Of two the one that loses is watched on, though nobody waits for it any more: until its first event, with which it was merely
//! slower, or until its own limit for that, which is a failure of its model as it would be without the other. So a target that is
//! always silent is suspended at last, and is not asked first for ever.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::FuturesUnordered;
use llm::{CallContext, CallLimits, ChatModel, ChatRequest, ChatStream, Error};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::order::{Standing, order};
use super::plan::{Leg, Plan};
use crate::App;
use crate::ids::Kind;
use crate::models::Resolved;
use crate::performance::ModelCall;
use crate::usage;

/// The wait before all targets are asked again; it doubles each time.
const AGAIN: Duration = Duration::from_millis(250);

/// An answer that has begun.
pub struct Answering {
    /// Its events.
    pub events: ChatStream,
    /// The model that gives it.
    pub model: Resolved,
    /// A call beside it that was given up when this one answered.
    pub lost: Option<Lost>,
}

/// A call that was given up because another had answered.
pub struct Lost {
    /// The model.
    pub model: Resolved,
    /// How long it had been under way.
    pub took: Duration,
}

impl Lost {
    /// The row of it beside that of the call that answered: nobody can say what it cost, so it counts as having read the prompt.
    pub fn call(&self, app: &App, answered: &usage::Call, prompt_tokens: u64) -> usage::Call {
        let call = usage::Call {
            id: app.ids.make(Kind::Usage, answered.at),
            model: self.model.full_name.clone(),
            prompt_tokens: prompt_tokens as i64,
            completion_tokens: 0,
            cost_micros: self.model.cost_micros(prompt_tokens, 0),
            latency_ms: self.took.as_millis() as i64,
            first_token_ms: None,
            outcome: "cancelled".to_owned(),
            reserved_as: None,
            beside: None,
            ..answered.clone()
        };
        app.performance.model_call(&ModelCall::of(&call, None, self.took));
        call
    }
}

impl Resolved {
    /// Begins a call: of this model, or of the targets of the route that it is. The answer says which model gives it. What fails before
    /// its first event is the error.
    pub async fn chat(
        &self,
        app: &App,
        mut request: ChatRequest,
        call: &CallContext,
    ) -> Result<Answering, Error> {
        let Some(plan) = &self.route else {
            request.model.clone_from(&self.name);
            let events = self.provider.chat(request, call).await?;
            return Ok(Answering {
                events,
                model: self.clone(),
                lost: None,
            });
        };
        let calling = Calling {
            app,
            plan,
            request,
            call,
            deadline: earlier(plan.route.spec.timeout_ms.map(after), call.limits.deadline),
        };
        Box::pin(calling.all()).await
    }
}

fn after(ms: u64) -> Instant {
    Instant::now() + Duration::from_millis(ms)
}

/// The earlier of two limits, either of which may be absent.
fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    one.into_iter().chain(other).min()
}

/// A call along a plan.
struct Calling<'a> {
    app: &'a App,
    plan: &'a Plan,
    request: ChatRequest,
    call: &'a CallContext,
    /// When the answer has ended, whatever has come.
    deadline: Option<Instant>,
}

/// A target that is asked, and how that ended. It borrows nothing: one that loses is watched behind the end of the call.
type Asked = BoxFuture<'static, (usize, Result<ChatStream, Error>)>;

impl Calling<'_> {
    /// Round after round, until a target answers or the rounds are used up.
    async fn all(&self) -> Result<Answering, Error> {
        let mut round = 0;
        loop {
            let error = match self.round().await {
                Ok(answering) => return Ok(answering),
                Err(error) => error,
            };
            if round >= self.plan.route.spec.retries || !error.is_passing() || self.is_late() {
                return Err(error);
            }
            let wait = AGAIN.saturating_mul(1 << round.min(5));
            if self
                .deadline
                .is_some_and(|deadline| deadline <= Instant::now() + wait)
            {
                return Err(error);
            }
            tokio::select! {
                biased;
                () = self.call.cancel.cancelled() => return Err(Error::Cancelled),
                () = sleep(wait) => {}
            }
            round += 1;
        }
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// All targets once. The error is that of the last one that was really asked.
    async fn round(&self) -> Result<Answering, Error> {
        let mut next = self.order().into_iter();
        let mut asked: FuturesUnordered<Asked> = FuturesUnordered::new();
        let mut under_way: Vec<(usize, Instant)> = Vec::new();
        let mut last: Option<Error> = None;
        let hedge_after = self.plan.route.spec.hedge_after_ms;
        let mut hedged = hedge_after.is_none();
        let mut hedge = pin!(sleep(Duration::from_millis(hedge_after.unwrap_or(0))));
        loop {
            if asked.is_empty() {
                match next.next() {
                    Some(number) => self.begin(number, &mut asked, &mut under_way),
                    None => return Err(last.unwrap_or(Error::Cancelled)),
                }
            }
            tokio::select! {
                biased;
                () = self.call.cancel.cancelled() => return Err(Error::Cancelled),
                Some((number, result)) = asked.next() => match result {
                    Ok(events) => {
                        under_way.retain(|(other, _)| *other != number);
                        self.watch(asked);
                        return Ok(self.answering(number, events, under_way.first()));
                    }
                    Err(error) => {
                        under_way.retain(|(other, _)| *other != number);
                        last = Some(self.passes(number, error, last)?);
                    }
                },
                () = &mut hedge, if !hedged => {
                    hedged = true;
                    if let Some(number) = next.next() {
                        self.begin(number, &mut asked, &mut under_way);
                    }
                }
            }
        }
    }

    fn begin(
        &self,
        number: usize,
        asked: &mut FuturesUnordered<Asked>,
        under_way: &mut Vec<(usize, Instant)>,
    ) {
        under_way.push((number, Instant::now()));
        asked.push(self.ask(number));
    }

    /// Asks a target until the first event of its answer. The end of the caller is not its own: whoever loses is watched behind it.
    fn ask(&self, number: usize) -> Asked {
        let leg = &self.plan.targets[number];
        let mut request = self.request.clone();
        request.model.clone_from(&leg.model.name);
        if let Some(most) = leg.model.output_tokens.and_then(|most| u32::try_from(most).ok()) {
            // What another target may write can be more than this one takes as a limit.
            request.max_tokens = request.max_tokens.map(|tokens| tokens.min(most));
        }
        let alone = self.plan.targets.len() == 1;
        let mut call = self.call.clone().limited(CallLimits {
            first_event: leg.first_event,
            deadline: self.deadline,
            // The next target is a better second attempt than the same one.
            retries: if alone { None } else { Some(0) },
        });
        call.cancel = CancellationToken::new();
        let (app, provider, key) = (
            self.app.clone(),
            Arc::clone(&leg.model.provider),
            Arc::clone(&leg.key),
        );
        async move {
            let waiting = app.models.latencies.begin(key);
            let begun = provider.chat(request, &call).await;
            match &begun {
                Err(Error::CircuitOpen { .. }) => waiting.unsent(),
                Err(Error::Cancelled) => drop(waiting),
                begun => waiting.ended(begun.is_ok()),
            }
            (number, begun)
        }
        .boxed()
    }

    /// Watches whoever has lost until its first event or its own limit; its provider takes note of what that says. When too many
    /// are watched, or the server stops, it is given up at once, and nobody knows.
    fn watch(&self, mut lost: FuturesUnordered<Asked>) {
        if lost.is_empty() {
            return;
        }
        let Ok(place) = Arc::clone(&self.app.models.watches).try_acquire_owned() else {
            return;
        };
        let app = self.app.clone();
        self.app.spawn(async move {
            let _place = place;
            tokio::select! {
                () = app.stopping.cancelled() => {}
                _first_event = lost.next() => {}
            }
        });
    }

    fn answering(&self, number: usize, events: ChatStream, other: Option<&(usize, Instant)>) -> Answering {
        let model = |number: usize| self.plan.targets[number].model.clone();
        Answering {
            events: self.call.stop(events),
            model: model(number),
            lost: other.map(|(number, began)| Lost {
                model: model(*number),
                took: began.elapsed(),
            }),
        }
    }

    /// The error that is told when no other target answers; at once when none is to be asked.
    fn passes(&self, number: usize, error: Error, last: Option<Error>) -> Result<Error, Error> {
        let leg: &Leg = &self.plan.targets[number];
        let (route, model) = (&self.plan.route.name, &leg.model.full_name);
        match &error {
            Error::BadRequest(_) | Error::Refused(_) | Error::Cancelled => return Err(error),
            Error::Authentication(_)
            | Error::NotFound(_)
            | Error::QuotaExhausted(_)
            | Error::AddressRefused(_) => {
                tracing::warn!(%route, %model, code = error.code(), "A target of a route can not be used as it is configured");
            }
            _ => tracing::debug!(%route, %model, code = error.code(), "A target of a route failed"),
        }
        if self.is_late() {
            return Err(error);
        }
        // That it was not even asked says less than why another failed.
        match (last, &error) {
            (Some(last), Error::CircuitOpen { .. }) => Ok(last),
            _ => Ok(error),
        }
    }

    /// The targets in the order in which they are asked now.
    fn order(&self) -> Vec<usize> {
        let standing = |leg: &Leg| Standing {
            weight: leg.weight,
            known: self.app.models.latencies.of(&leg.key),
            suspended: leg.model.provider.is_suspended(&leg.model.name),
        };
        let targets: Vec<Standing> = self.plan.targets.iter().map(standing).collect();
        order(self.plan.route.spec.strategy, &targets, || self.app.ids.chance())
    }
}

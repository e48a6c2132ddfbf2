//! One call of a chat model, whatever format it came in: begun within its budgets, recorded, and answered whole or frame by
//! frame by a [`Writer`] of the format.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use llm::{CallContext, CallLimits, ChatEvent, ChatRequest, ChatStream, Collected};
use serde::Serialize;

use super::again::Again;
use super::answers::{CacheUse, Slot};
use super::failed;
use super::record::Record;
use crate::App;
use crate::budgets::Size;
use crate::http::json::body_bytes;
use crate::http::observe::RequestId;
use crate::http::problem::{ErrorCode, Problem};
use crate::http::respond::json_bytes;
use crate::http::sse;
use crate::models::{Place, Resolved};
use crate::performance::{self, Part};
use crate::routing::Answering;
use crate::telemetry;
use crate::usage::Purpose;

/// The full name of the model that answers.
const MODEL_HEADER: HeaderName = HeaderName::from_static("x-stoa-model");
/// The full name of the route that has led to it.
const ROUTE_HEADER: HeaderName = HeaderName::from_static("x-stoa-route");
/// Whether the answer was kept, where a route keeps answers.
const CACHE_HEADER: HeaderName = HeaderName::from_static("x-stoa-cache");

/// A call whose first event is there.
pub(super) struct Begun {
    events: ChatStream,
    /// Counts it until it is dropped.
    pub record: Record,
    /// When it began, in seconds since 1970.
    pub created: i64,
    /// The route that was asked for, by its full name.
    route: Option<String>,
    /// `hit` or `miss`, where answers are kept.
    cache: Option<&'static str>,
    asked: Instant,
    /// Who is asked next when it breaks off before its end; nobody when the caller has seen some of it.
    again: Option<Again>,
}

/// A whole answer.
pub(super) struct Whole<S> {
    /// The call that gave it, which is not the first when that one broke off.
    pub begun: Begun,
    /// The answer.
    pub answer: Collected,
    /// What was made of its events beside it.
    pub seen: S,
}

/// How a format writes the events of a streamed answer.
pub(super) trait Writer: Send + 'static {
    /// The frames that an event becomes; none for some.
    fn event(&mut self, event: &ChatEvent) -> Bytes;
    /// The frame that tells of a failure. The status is sent already, and no other frame follows.
    fn failure(&mut self, problem: &Problem, request_id: &str) -> Bytes;
}

/// How the caller wants to be answered.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// Event by event.
    pub streamed: bool,
    /// With what the provider sends word for word, where it speaks the caller's format.
    pub verbatim: bool,
    pub cache: CacheUse,
}

/// A call as it came in, before its format is read.
pub(super) struct Incoming {
    pub body: Bytes,
    pub request_id: Arc<str>,
    pub cache: CacheUse,
}

impl Incoming {
    pub async fn read(
        request: Request,
        RequestId(request_id): RequestId,
        app: &App,
    ) -> Result<Self, Problem> {
        let cache = CacheUse::of(request.headers());
        Ok(Self {
            body: body_bytes(request, app).await?,
            request_id,
            cache,
        })
    }
}

/// The model that a request names, when it answers conversations.
pub(super) async fn chat_model(app: &App, place: &Place, name: &str) -> Result<Resolved, Problem> {
    let model = app
        .models
        .resolve(app, place.caller.id(), Some(&place.workspace_id), name)
        .await?;
    must_chat(&model)?;
    Ok(model)
}

/// Finds the model and starts the call. What fails before the model says anything is the error.
pub(super) async fn begin(
    app: &App,
    place: &Place,
    request: ChatRequest,
    wanted: Wanted,
) -> Result<Begun, Problem> {
    let cache = wanted.cache;
    let model = chat_model(app, place, &request.model).await?;
    let slot = Slot::of(app, place, &model, &request);
    if let Some(slot) = slot.as_ref().filter(|_| cache.read)
        && let Some((answered, events)) = slot.find()
    {
        return kept(app, place, model, (&answered, events)).await;
    }
    let again = (!wanted.streamed).then(|| Again::new(app, &model, &request, wanted));
    Box::pin(start(app, place, (model, request), (wanted, slot, again))).await
}

/// Starts a call of a model that was found.
pub(super) async fn start(
    app: &App,
    place: &Place,
    (model, mut request): (Resolved, ChatRequest),
    (wanted, slot, again): (Wanted, Option<Slot>, Option<Again>),
) -> Result<Begun, Problem> {
    let size = Size::of_chat(&request, &model);
    let mut record = Record::begin(app, place, Purpose::Chat, (model, size)).await?;
    must_chat(record.model())?;
    if record.is_bounded() {
        // What was reserved is for so much and no more.
        let each = size.answer_tokens.map(|tokens| tokens / request.choices());
        request.max_tokens = each.and_then(|tokens| u32::try_from(tokens).ok());
    }
    let model = record.model().clone();
    // What a budget has sent to a cheaper model is no answer of the route.
    let keeps = wanted.cache.keep && model.full_name == request.model;
    let asked = Instant::now();
    let call = CallContext::new(app.usage.cut())
        .traced(telemetry::traceparent())
        .asked_by(Some(place.caller.user.email.clone()))
        .verbatim(wanted.verbatim)
        .limited(CallLimits {
            deadline: again.as_ref().and_then(Again::deadline),
            ..CallLimits::default()
        });
    let answering = model.chat(app, request, &call).await;
    performance::mark(Part::ModelFirst, asked);
    if wanted.streamed {
        performance::mark(Part::Model, asked);
    }
    let Answering {
        events,
        model: answers,
        lost,
    } = match answering {
        Ok(answering) => answering,
        Err(error) => {
            let problem = failed(error);
            record.ended(problem.code.as_str());
            return Err(problem);
        }
    };
    let missed = slot.is_some().then_some("miss");
    let events = match slot.filter(|_| keeps) {
        Some(slot) => slot.watch(&answers.full_name, events),
        None => events,
    };
    record.answered_by(answers, lost);
    Ok(Begun {
        events,
        record,
        route: model.route.is_some().then_some(model.full_name),
        cache: missed,
        created: app.clock.now().secs(),
        asked,
        again,
    })
}

/// A call that is answered with what was kept of an earlier one.
async fn kept(
    app: &App,
    place: &Place,
    route: Resolved,
    (answered, events): (&str, ChatStream),
) -> Result<Begun, Problem> {
    let asked = Instant::now();
    let full_name = route.full_name.clone();
    Ok(Begun {
        events,
        record: Record::begin_kept(app, place, route, answered).await?,
        route: Some(full_name),
        cache: Some("hit"),
        created: app.clock.now().secs(),
        asked,
        again: None,
    })
}

fn must_chat(model: &Resolved) -> Result<(), Problem> {
    if model.capabilities.chat {
        return Ok(());
    }
    let detail = format!("The model `{}` does not answer conversations.", model.full_name);
    Err(Problem {
        code: ErrorCode::Malformed,
        ..Problem::invalid("model", detail)
    })
}

impl Begun {
    /// Which model answers, and which route has led to it, for the head of the answer.
    fn headers(&self) -> HeaderMap {
        let names = [
            (MODEL_HEADER, Some(self.record.model().full_name.as_str())),
            (ROUTE_HEADER, self.route.as_deref()),
            (CACHE_HEADER, self.cache),
        ];
        let header = |(name, value): (HeaderName, Option<&str>)| {
            // A name that no header can carry is left out.
            Some((name, HeaderValue::from_str(value?).ok()?))
        };
        names.into_iter().filter_map(header).collect()
    }

    /// Reads the answer to its end; `see` is told of each event. The caller has been shown nothing of it, so one that breaks off is
    /// counted for what it has used, and somebody else is asked ([`Again`]).
    pub async fn whole<S: Default>(
        mut self,
        app: &App,
        place: &Place,
        see: fn(&mut S, &ChatEvent),
    ) -> Result<Whole<S>, Problem> {
        loop {
            let (mut answer, mut seen) = (Collected::default(), S::default());
            let broken = loop {
                match self.events.next().await {
                    Some(Ok(event)) => {
                        self.record.see(&event);
                        see(&mut seen, &event);
                        answer.push(event);
                    }
                    Some(Err(error)) => break error,
                    None => {
                        performance::mark(Part::Model, self.asked);
                        answer.usage = answer.usage.or(self.record.guessed());
                        return Ok(Whole {
                            begun: self,
                            answer,
                            seen,
                        });
                    }
                }
            };
            let next = self.again.take();
            let next = next.and_then(|again| again.after(app, &self.record.model().full_name, &broken));
            let problem = failed(broken);
            self.record.ended(problem.code.as_str());
            // What it has used is counted before another call is let in.
            drop(self);
            self = match next {
                Some(next) => Box::pin(next.start(app, place, problem)).await?,
                None => return Err(problem),
            };
        }
    }

    /// An answer that was read to its end, written like this.
    pub fn answered(&self, body: &impl Serialize) -> Result<Response, Problem> {
        let bytes = serde_json::to_vec(body).map_err(Problem::internal)?;
        let mut response = json_bytes(StatusCode::OK, bytes);
        response.headers_mut().extend(self.headers());
        Ok(response)
    }

    /// An answer that is written as it comes.
    pub fn streamed<W: Writer>(self, writer: W, request_id: Arc<str>) -> Response {
        let headers = self.headers();
        let mut response = sse::stream(self.frames(writer, request_id));
        response.headers_mut().extend(headers);
        response
    }

    /// The frames of a streamed answer. Dropping them ends the call and records it.
    fn frames<W: Writer>(
        self,
        writer: W,
        request_id: Arc<str>,
    ) -> impl Stream<Item = Bytes> + Send + 'static {
        let streaming = Streaming {
            events: self.events,
            record: self.record,
            writer,
            request_id,
            ended: false,
        };
        stream::unfold(streaming, |mut streaming| async move {
            while !streaming.ended {
                let frames = match streaming.events.next().await {
                    Some(Ok(event)) => streaming.event(&event),
                    Some(Err(error)) => streaming.failure(error),
                    None => {
                        streaming.ended = true;
                        continue;
                    }
                };
                if !frames.is_empty() {
                    return Some((frames, streaming));
                }
            }
            None
        })
    }
}

/// A stream under way.
struct Streaming<W> {
    events: ChatStream,
    record: Record,
    writer: W,
    request_id: Arc<str>,
    ended: bool,
}

impl<W: Writer> Streaming<W> {
    fn event(&mut self, event: &ChatEvent) -> Bytes {
        self.record.see(event);
        let guessed = matches!(event, ChatEvent::Finish(_)).then(|| self.record.guessed());
        let Some(usage) = guessed.flatten() else {
            return self.writer.event(event);
        };
        let before = self.writer.event(&ChatEvent::Usage(usage));
        [before, self.writer.event(event)].concat().into()
    }

    fn failure(&mut self, error: llm::Error) -> Bytes {
        let problem = failed(error);
        self.ended = true;
        self.record.ended(problem.code.as_str());
        tracing::warn!(request_id = %self.request_id, "A streamed answer broke off: {}", problem.chain());
        self.writer.failure(&problem, &self.request_id)
    }
}

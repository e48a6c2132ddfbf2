//! `/v1/…`.

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use llm::openai::wire::{ModelEntry, ModelList};
use schemars::{JsonSchema, SchemaGenerator};

use super::anthropic_models::{ModelEntry as AnthropicModel, ModelPage, Pages};
use super::call::Incoming;
use super::schema::{
    ChatCompletionAnswer, ChatCompletionBody, EmbeddingsAnswer, EmbeddingsBody, GatewayModel,
    GatewayModelList, MessagesAnswer, MessagesBody, ResponsesAnswer, ResponsesBody, TokenCount,
};
use super::{chat, embeddings, messages, responses};
use crate::App;
use crate::cache::Namespace;
use crate::http::anthropic_error;
use crate::http::json::{Query, body_bytes};
use crate::http::observe::RequestId;
use crate::http::problem::Problem;
use crate::http::respond::Plain;
use crate::http::route::{Access, Answer, Routes, get, post};
use crate::limits;
use crate::models::{self, Place};

/// The largest body: pictures travel inside.
const BODY_BYTES_MAX: usize = 32 << 20;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .add(
            get("/v1/models", list)
                .id("list_gateway_models")
                .about("The models you can call, in OpenAI's format; in Anthropic's for requests that say `anthropic-version`")
                .access(Access::SignedIn)
                .query::<Pages>()
                .cached(Namespace::Models)
                .statements(3)
                .answer(plain::<GatewayModelList>()),
        )
        .add(
            get("/v1/models/{*model}", show)
                .id("get_gateway_model")
                .about("One model, in OpenAI's format; in Anthropic's for requests that say `anthropic-version`")
                .access(Access::SignedIn)
                .statements(3)
                .answer(plain::<GatewayModel>()),
        )
        .add(
            post("/v1/chat/completions", complete)
                .id("create_chat_completion")
                .about("Calls a chat model, in OpenAI's format; whole or streamed")
                .access(Access::SignedIn)
                // Who asks and where; what they may use and which budgets that has, when it is not in memory; to reserve in
                // them, and to read why that could not be.
                .statements(7)
                .unhurried()
                .ends_with_caller()
                .body_limit(BODY_BYTES_MAX)
                .body::<ChatCompletionBody>()
                .answer(plain::<ChatCompletionAnswer>())
                .events(),
        )
        .merge(other_formats())
        .add(
            post("/v1/embeddings", embed)
                .id("create_embeddings")
                .about("Makes vectors of texts, in OpenAI's format")
                .ends_with_caller()
                .access(Access::SignedIn)
                .statements(7)
                .unhurried()
                .body_limit(BODY_BYTES_MAX)
                .body::<EmbeddingsBody>()
                .answer(plain::<EmbeddingsAnswer>()),
        )
}

/// The same call in other formats.
fn other_formats() -> Routes {
    Routes::new()
        .add(
            post("/v1/responses", respond)
                .id("create_response")
                .about("Calls a chat model, in the format of OpenAI's Responses; whole or streamed")
                .access(Access::SignedIn)
                .statements(7)
                .unhurried()
                .ends_with_caller()
                .body_limit(BODY_BYTES_MAX)
                .body::<ResponsesBody>()
                .answer(plain::<ResponsesAnswer>())
                .events(),
        )
        .add(
            post("/v1/messages", message)
                .id("create_gateway_message")
                .about("Calls a chat model, in Anthropic's format; whole or streamed")
                .access(Access::SignedIn)
                .statements(7)
                .unhurried()
                .ends_with_caller()
                .body_limit(BODY_BYTES_MAX)
                .body::<MessagesBody>()
                .answer(plain::<MessagesAnswer>())
                .events(),
        )
        .add(
            post("/v1/messages/count_tokens", count_tokens)
                .id("count_message_tokens")
                .about("How many tokens a prompt has, about; in Anthropic's format")
                .access(Access::SignedIn)
                .statements(3)
                .ends_with_caller()
                .body_limit(BODY_BYTES_MAX)
                .body::<MessagesBody>()
                .answer(plain::<TokenCount>()),
        )
}

fn plain<T: JsonSchema>() -> Answer {
    Answer::Plain(StatusCode::OK, SchemaGenerator::subschema_for::<T>)
}

async fn list(
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    Query(pages): Query<Pages>,
) -> Result<Response, Problem> {
    let models = models::list(&app, &place).await?;
    let limits = place.caller.user.limits.as_deref();
    let usable = models
        .into_iter()
        .filter(|model| model.available && limits.is_none_or(|limits| limits.names(&model.id)));
    if anthropic_error::wants(&headers) {
        return Ok(Plain(ModelPage::of(usable, &pages)?).into_response());
    }
    let entry =
        |model: models::ModelView| ModelEntry::new(model.id.clone(), model.created_secs, slug_of(&model.id));
    Ok(Plain(ModelList::new(usable.map(entry).collect())).into_response())
}

async fn show(
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    Path(model): Path<String>,
) -> Result<Response, Problem> {
    let view = app
        .models
        .view(&app, place.caller.id(), Some(&place.workspace_id))
        .await?;
    let found = view.resolve(&model)?;
    limits::allow(place.caller.user.limits.as_deref(), &found.full_name)?;
    let created = view
        .find(slug_of(&model))
        .map_or(0, |live| live.created_at.secs());
    if anthropic_error::wants(&headers) {
        let models = models::list(&app, &place).await?;
        let listed = models.into_iter().find(|listed| listed.id == found.full_name);
        let name = listed.map_or_else(|| found.full_name.clone(), |listed| listed.name);
        return Ok(Plain(AnthropicModel::new(found.full_name, name, created)).into_response());
    }
    Ok(Plain(ModelEntry::new(found.full_name, created, slug_of(&model))).into_response())
}

fn slug_of(full_name: &str) -> &str {
    full_name.split('/').next().unwrap_or(full_name)
}

async fn complete(
    State(app): State<App>,
    place: Place,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    limited(async {
        let incoming = Incoming::read(request, request_id, &app).await?;
        chat::complete(&app, &place, incoming).await
    })
    .await
}

async fn respond(
    State(app): State<App>,
    place: Place,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    limited(async {
        let incoming = Incoming::read(request, request_id, &app).await?;
        responses::create(&app, &place, incoming).await
    })
    .await
}

async fn message(
    State(app): State<App>,
    place: Place,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    limited(async {
        let incoming = Incoming::read(request, request_id, &app).await?;
        messages::create(&app, &place, incoming).await
    })
    .await
}

async fn count_tokens(
    State(app): State<App>,
    place: Place,
    request: Request,
) -> Result<Plain<TokenCount>, Problem> {
    let body = body_bytes(request, &app).await?;
    Ok(Plain(messages::count(&app, &place, &body).await?))
}

async fn embed(State(app): State<App>, place: Place, request: Request) -> Response {
    limited(async {
        let body = body_bytes(request, &app).await?;
        embeddings::create(&app, &place, &body).await
    })
    .await
}

/// Runs a handler that may be limited; its answer, or its problem, with the headers that tell how the limits stand.
fn limited(handler: impl Future<Output = Result<Response, Problem>>) -> impl Future<Output = Response> {
    // The future of a call is large: it is moved once and then stays.
    let handler = Box::pin(handler);
    async move {
        let (made, told) = limits::told(handler).await;
        let mut response = made.unwrap_or_else(IntoResponse::into_response);
        if let Some(told) = told {
            response.headers_mut().extend(told.headers());
        }
        response
    }
}

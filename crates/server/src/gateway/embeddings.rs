//! `POST /v1/embeddings`: the vectors of one text or of many.

use std::sync::Arc;
use std::time::Instant;

use axum::response::Response;
use http::StatusCode;
use llm::openai::wire::{EmbeddingCall, EmbeddingList};
use llm::{CallContext, Embedder, Usage};

use super::record::Record;
use super::{failed, unreadable};
use crate::App;
use crate::budgets::Size;
use crate::http::problem::{ErrorCode, FieldError, Problem};
use crate::http::respond::json_bytes;
use crate::models::Place;
use crate::performance::{self, Part};
use crate::telemetry;
use crate::usage::Purpose;

/// Answers a call for vectors.
pub(super) async fn create(app: &App, place: &Place, body: &[u8]) -> Result<Response, Problem> {
    let call = EmbeddingCall::parse(body).map_err(unreadable)?;
    let model = app
        .models
        .resolve(app, place.caller.id(), Some(&place.workspace_id), &call.model)
        .await?;
    if !model.capabilities.embeddings {
        let detail = format!("The model `{}` does not make embeddings.", model.full_name);
        return Err(wrong("model", detail));
    }
    let size = Size {
        bytes: call.texts.iter().map(String::len).sum(),
        messages: call.texts.len(),
        ..Size::default()
    };
    let mut record = Record::begin(app, place, Purpose::Embeddings, (model, size)).await?;
    if !record.model().capabilities.embeddings {
        return Err(wrong(
            "model",
            "The budget's cheaper model does not make embeddings.".to_owned(),
        ));
    }
    let provider = Arc::clone(&record.model().provider);
    let mut parameters = call.extra;
    parameters.extend(
        call.dimensions
            .map(|length| ("dimensions".to_owned(), length.into())),
    );
    let context = CallContext::new(app.usage.cut())
        .traced(telemetry::traceparent())
        .embedding(parameters)
        .uncut();
    let asked = Instant::now();
    let made = provider
        .embed(&record.model().name.clone(), call.texts, &context)
        .await;
    performance::mark(Part::Model, asked);
    let embeddings = match made {
        Ok(embeddings) => embeddings,
        Err(error) => {
            let mut problem = failed(error);
            if problem.code == ErrorCode::ContextTooLong {
                problem.errors = vec![FieldError::new("input", problem.detail.clone())];
            }
            record.ended(problem.code.as_str());
            return Err(problem);
        }
    };
    record.used(Usage {
        prompt_tokens: embeddings.prompt_tokens,
        ..Usage::default()
    });
    record.ended("ok");
    let length = embeddings.vectors.first().map_or(0, Vec::len);
    if let Some(asked) = call.dimensions.filter(|asked| *asked != length) {
        let detail = format!(
            "The model `{}` makes vectors of {length} numbers, not {asked}.",
            record.model().full_name
        );
        return Err(wrong("dimensions", detail));
    }
    let body = EmbeddingList {
        model: &record.model().full_name,
        embeddings: &embeddings,
        encoding: call.encoding,
    };
    let bytes = serde_json::to_vec(&body).map_err(Problem::internal)?;
    Ok(json_bytes(StatusCode::OK, bytes))
}

/// A parameter that does not fit the model, with the status that OpenAI's API has for it.
fn wrong(param: &str, detail: String) -> Problem {
    let mut problem = Problem::invalid(param, detail.clone());
    problem.code = ErrorCode::Malformed;
    problem.detail = detail;
    problem
}

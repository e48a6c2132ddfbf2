//! Everything about HTTP that is not one feature's: routes and who may call them, answers, problems, paging, streams.

pub mod anthropic_error;
pub mod assets;
pub mod auth;
pub mod cached;
pub mod cors;
pub mod counted;
pub mod docs;
pub mod download;
pub mod idempotency;
pub mod json;
pub mod kept;
pub mod list;
pub mod meta;
pub mod negotiate;
pub mod observe;
pub mod openai_error;
pub mod openapi;
pub mod page;
pub mod precondition;
pub mod problem;
pub mod respond;
pub mod route;
pub mod router;
pub mod sse;
mod timing;

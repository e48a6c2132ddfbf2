//! Chat and embedding models behind two traits.
//!
//! A [`Provider`] is one upstream: an OpenAI-compatible server, Anthropic, Google Gemini, a company gateway of agents, the
//! [`mock`], or the models of this process (crate `local`). [`connect`] makes one from a [`Connection`]; [`guarded`](fn@guarded) puts limits, retries, circuit
//! breakers and health counters around it; the server holds the guarded providers and streams [`ChatEvent`]s from them.
//!
//! ```text
//! Connection + Net ── connect() ──> dyn Provider ── guarded() ──> Guarded ──> server, engine steps
//!                                   openai, anthropic, gemini, fabrix, mock
//! ```
//!
//! The adapters are our own. Client libraries for these APIs hand out typed chunks, and what Stoa promises lies below them: the
//! status and `Retry-After` of a refusal with the upstream's own words, an inactivity limit that keep-alive comments do not reset, a
//! bound on what an upstream can make us hold, fields that nobody has typed yet passed through in both directions, reasoning text
//! and signed thinking in the forms of a dozen dialects. Each adapter is a pure request builder and a decoder of a few hundred
//! lines, and the conformance suite holds all of them to the same behaviour; a library would save the part that is easy.
//!
//! What always holds: a stream that succeeds ends with exactly one [`ChatEvent::Finish`]; dropping a stream cancels the
//! call; the crate knows no database, no axum and no wall clock; a key or a header's value appears in no `Debug`, `Display`
//! or log line, and no log line holds a prompt.

pub mod anthropic;
mod carried;
mod chat;
mod connection;
mod context;
mod error;
pub mod fabrix;
mod gemini;
mod guarded;
pub mod mock;
pub mod net;
pub mod openai;
mod provider;
mod secret;
mod sse;
mod upload;
mod upstream;

pub use chat::{
    ChatEvent, ChatRequest, ChatStream, Collected, FinishReason, Image, ImageSource, Message, Part, Role,
    Tool, ToolCall, ToolChoice, Usage,
};
pub use connection::{Connection, ProviderKind, connect};
pub use context::{CallContext, CallLimits};
pub use error::Error;
pub use guarded::{
    AdmissionLimits, BreakerLimits, Breakers, Guarded, Health, Limits, OwnRate, Rate, Suspended, guarded,
    guarded_at,
};
pub use net::{Net, refused as net_refusal};
pub use provider::{Capabilities, Catalog, ChatModel, Embedder, Embeddings, ModelInfo, Provider, TestReport};
pub use secret::Secret;
pub use upload::Upload;
pub use url::Url;

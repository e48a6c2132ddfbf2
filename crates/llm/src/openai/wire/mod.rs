//! The wire format itself: what comes in at `/v1` and what goes out, there and to upstreams.
//!
//! The gateway reads bodies with [`ChatCall::parse`] and [`EmbeddingCall::parse`], answers with [`ChatCompletion`],
//! [`ChunkWriter`], [`EmbeddingList`] and [`ModelList`], and says what went wrong with [`ErrorBody`]. Fields that this
//! module does not know are kept in `extra` and go on to upstreams that speak the same format.

mod embeddings;
mod error;
mod fields;
mod format;
mod message;
mod request;
mod response;
mod verbatim;

pub use embeddings::{EmbeddingCall, EmbeddingEncoding, EmbeddingList};
pub use error::{ErrorBody, ErrorDetail, WireError};
pub(crate) use fields::{Fields, kind, lenient};
pub(crate) use format::check_schema;
pub(crate) use message::{OutgoingMessage, OutgoingTool, outgoing_tool_choice, parse_image, signature_of};
pub use request::ChatCall;
pub use response::{ChatCompletion, ChunkWriter, DONE, ModelEntry, ModelList, WireUsage};
pub use verbatim::{Head, Merged, Verbatim};

//! The Messages format as it comes in at `/v1/messages`: what [`super`] speaks to upstreams, in the other direction.
//!
//! The gateway reads bodies with [`MessagesCall::parse`] and answers with [`MessageAnswer`] or [`MessageWriter`]. What only this
//! format has (cache breakpoints, `thinking`, `metadata` …) stays with the request and reaches upstreams that speak it too; what
//! no model could be told (documents, tools that Anthropic runs) is refused by its name.

mod content;
mod request;
mod response;
mod stream;

pub use request::MessagesCall;
pub use response::MessageAnswer;
pub use stream::MessageWriter;

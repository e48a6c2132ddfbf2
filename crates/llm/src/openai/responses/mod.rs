//! OpenAI's Responses format as it comes in at `/v1/responses`.
//!
//! The gateway reads bodies with [`ResponsesCall::parse`] and answers with what [`ResponseHead::whole`] makes or with the frames of
//! a [`ResponseWriter`]. Nothing is stored, so whatever builds on an earlier response (`previous_response_id`, `conversation`,
//! `item_reference`, `store: true`) is refused rather than ignored, and so are the tools that OpenAI runs itself. Opaque
//! state of a provider travels in a reasoning item's `encrypted_content`.

mod input;
mod request;
mod response;
mod stream;

pub use request::ResponsesCall;
pub use response::ResponseHead;
pub use stream::ResponseWriter;

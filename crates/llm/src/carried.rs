//! Opaque state of a provider (signed thinking) in formats that have no place for it beside a tool call.
//!
//! Both the Messages and the Responses format have something opaque that a client sends back in front of the call it came
//! with: `redacted_thinking` and a reasoning item's `encrypted_content`. A [`crate::ToolCall::signature`] travels there, so that
//! it comes back whoever the provider is; what is not ours is left alone.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What ours begins with.
const MARK: &str = "stoa:";

/// A signature as opaque data.
pub(crate) fn pack(signature: &str) -> String {
    format!("{MARK}{}", STANDARD.encode(signature))
}

/// The signature in opaque data; none when that is somebody else's.
pub(crate) fn unpack(data: &str) -> Option<String> {
    let bytes = STANDARD.decode(data.strip_prefix(MARK)?).ok()?;
    String::from_utf8(bytes).ok()
}

//! The crate from outside: every provider against a fake upstream on loopback, the wire formats, the mock.

#![expect(clippy::unwrap_used, clippy::panic, reason = "all of this crate is a test")]

mod conformance;
mod conformance_failures;
mod dialects;
mod fabrix;
mod fake;
mod messages;
mod mock;
mod responses;
mod secrets;
mod wire;

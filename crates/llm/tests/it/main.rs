//! The crate from outside: every provider against a fake upstream on loopback, the wire format, the mock.

mod conformance;
mod fake;
mod mock;
mod secrets;
mod wire;

//! The engine's tests, one binary. They run on SQLite, and with `TEST_DATABASE=postgres` on PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails has to stop"
)]

mod crash;
mod events;
mod life;
mod model;
mod nodes;
mod support;

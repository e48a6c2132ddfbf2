//! The data layer as its callers see it, on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod batches;
mod contention;
mod crash;
mod metering;
mod migrations;
mod pool;
mod schema;
mod streams;
mod support;
mod transactions;
mod values;
mod violations;

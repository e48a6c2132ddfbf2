//! The engine's tests, one binary. They run on SQLite, and with `TEST_DATABASE=postgres` on PostgreSQL.

mod crash;
mod events;
mod life;
mod model;
mod nodes;
mod support;

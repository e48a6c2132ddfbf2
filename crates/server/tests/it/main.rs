//! The tests of the server: one binary, through HTTP and the real router. `TEST_DATABASE=postgres` runs them on PostgreSQL.

mod accounts;
mod conversations;
mod http;
mod rules;
mod workspaces;

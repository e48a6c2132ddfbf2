//! The product: a library that `stoa serve` runs and the tests drive. `Server::build(config, deps)` makes it.
//!
//! The way of one request: `http/router.rs` (the table of contents) → an extractor of `http/auth.rs` (who may; carries the
//! loaded row) → one function of the feature → its `store.rs` → a view. In reading order:
//!
//! - [`app`]: what every handler has at hand. [`config`], [`secrets`], [`ids`]: what it is made of.
//! - [`http`]: routes, extractors, problems, paging, conditional requests, streams, the API document, the web client.
//! - [`accounts`], [`workspaces`], [`settings`]: who may do what.
//! - [`providers`], [`models`], [`usage`], [`gateway`]: which models there are, what they cost, and /v1. [`prices`]: from when on.
//!   [`routing`]: named ways to them. [`budgets`], [`limits`]: how much of that.
//! - [`conversations`], [`compare`], [`batches`], [`runs`]: the chat, many models side by side, many prompts, and what is under way. [`changes`]: tells open pages to look again.
//! - [`memories`], [`files`]: what a workspace knows. [`retrieval`]: one search over everything. [`sources`]:
//!   answers that draw on it and cite.
//! - [`performance`]: what every request cost, counted and shown.
//! - [`alerts`], [`telemetry`]: tells administrators and other systems how it does.
//! - [`documents`]: the text of files. [`mod@print`]: exports as PDF. [`demo`]: lively data. [`blobs`], [`cache`]: the outside services, checked by `stoa doctor`.
//! - [`start`]: opening the database, migrating ([`upgrade`]), starting, serving, draining.

pub mod accounts;
pub mod admin;
pub mod alerts;
pub mod app;
pub mod audit;
pub mod batches;
pub mod blobs;
pub mod budgets;
pub mod cache;
pub mod changes;
pub mod compare;
pub mod config;
pub mod conversations;
pub mod demo;
pub mod documents;
pub mod files;
pub mod gateway;
pub mod http;
pub mod ids;
pub mod limits;
pub mod memories;
pub mod models;
pub mod performance;
pub mod prices;
pub mod print;
pub mod providers;
pub mod retrieval;
pub mod routing;
pub mod runs;
pub mod schema;
pub mod secrets;
pub mod settings;
pub mod sources;
pub mod start;
pub mod telemetry;
pub mod upgrade;
pub mod usage;
pub mod visitors;
pub mod workspaces;

pub use app::{App, Deps};
pub use schema::{MIGRATIONS, statements};
pub use start::{Server, StartError};

//! The tests of the server: one binary, through HTTP and the real router. `TEST_DATABASE=postgres` runs them on PostgreSQL.

#![cfg(test)]

mod accounts;
mod admin;
mod agents;
mod alerts;
mod backfill;
mod batches;
mod batches_durable;
mod batches_made;
mod batches_read;
mod budgets;
mod cache;
mod changes;
mod compare;
mod compare_shared;
mod compare_votes;
mod conversations;
mod demo;
mod files;
mod files_ingest;
mod files_upload;
mod gateway;
mod gateway_formats;
mod http;
mod limits;
mod limits_of_users;
mod memories;
mod memories_bulk;
mod memories_context;
mod memories_exported;
mod memories_import;
mod memories_suggested;
mod models;
mod performance;
mod pgvector;
mod prices;
mod providers;
mod retrieval;
mod rules;
mod sources;
mod telemetry;
mod upstream;
mod usage;
mod visitors;
mod workspaces;

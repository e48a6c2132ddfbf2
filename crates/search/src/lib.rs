//! The one search index: everything that a workspace owns and that can be searched publishes its passages here, in the
//! transaction that writes it. This crate knows passages, words and vectors; it knows no feature, no model and no HTTP.
//!
//! ```text
//! a write ─▶ publish(batch, owner, passages) ─▶ one commit: the row, its passages, their words (FTS5 or tsvector), a queue
//!                                                      │ in the background: claim ─▶ a model makes vectors ─▶ store
//!                                                      ▼
//! a question ─▶ words: candidates by full text ─┐  vectors: one arena a workspace in memory, eight bits a number,
//!                      re-scored here (rank)    ├─ fused ─▶ hits          exact scan (a large one has a first pass, one bit a
//!                                               │                         number), the best re-scored in full precision
//!                                               ┘
//! ```
//!
//! What always holds:
//! - The text of a passage is never changed, and its number never used again: what is written anew gets new passages. So a copy of the
//!   index is right about every number it has; what it has of passages that are gone is found out when hits are read, and
//!   falls out.
//! - Every write of vectors moves the epoch of its workspace on in the same transaction. A search compares the epoch first,
//!   so each node sees each vector that was written before the question, whoever wrote it.
//! - The scope ([`Scope`]) is part of both scans. No hit is lost to a filter that comes afterwards, none of another
//!   workspace is ever looked at.

mod answer;
mod arena;
mod by_words;
mod dates;
mod index;
mod passage;
mod pgvector;
mod rank;
mod saved;
mod serving;
mod snippet;
mod split;
mod store;
mod words;

pub use by_words::Reach;
pub use dates::first_day;
pub use index::{Claimed, Coverage, Hit, Index, Mode, Only, Question, Scope, normalised};
pub use passage::{
    Kind, NewPassage, Owner, Place, passages, publish, retitle, tags_of, withdraw, withdraw_all,
    withdraw_below,
};
pub use snippet::{Piece, snippet};
pub use store::Passage;

/// Every statement of this crate that runs on both databases, for the test that prepares them all.
pub fn statements() -> Vec<&'static sql::Statement> {
    store::STATEMENTS.to_vec()
}

/// Those that need PostgreSQL with pgvector, after [`Index::look_for_pgvector`].
pub fn pgvector_statements() -> Vec<&'static sql::Statement> {
    pgvector::STATEMENTS.to_vec()
}

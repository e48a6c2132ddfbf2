//! Rules of the whole product, each of which turns into a failure when it is broken.

mod access;
mod documents;
mod statements;
mod tidy;

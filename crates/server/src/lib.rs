//! server

pub mod cache;
pub mod config;
pub mod files;
pub mod secrets;

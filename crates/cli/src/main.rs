//! `stoa`: the one binary.
//!
//! A command is a variant of [`args::Command`] and a file of that name. Commands read the configuration, call `server`,
//! and print; what they do beyond that belongs into `server`.

mod args;
mod backup;
mod bench;
mod config;
mod demo;
mod doctor;
mod eval;
mod lock;
mod logging;
mod migrate;
mod models;
mod openapi;
mod output;
mod parse;
mod restore;
mod runtime;
mod serve;
mod user;
mod version;

use std::process::ExitCode;
use std::time::Instant;

use args::{Cli, Command, Eval};
use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let started = Instant::now();
    let Cli { common, command } = Cli::parse();
    let result = match command {
        Command::Serve(options) => serve::run(&common, &options, started),
        Command::Migrate(options) => migrate::run(&common, &options),
        Command::Doctor(options) => doctor::run(&common, &options),
        Command::User(command) => user::run(&common, command),
        Command::Models(command) => models::run(&common, &command),
        Command::Demo(options) => demo::run(&common, &options),
        Command::Bench(options) => bench::run(&common, &options),
        Command::BenchBare => bench::run_bare(),
        Command::Eval(Eval::Retrieval(options)) => eval::run(&common, &options),
        Command::Parse(options) => parse::run(&options),
        Command::Backup(options) => backup::run(&common, &options),
        Command::Restore(options) => restore::run(&common, &options),
        Command::Openapi(options) => Ok(openapi::run(&options)),
        Command::Config(options) => config::run(&common, &options),
        Command::Version => Ok(version::run()),
    };
    output::exit_code(result)
}

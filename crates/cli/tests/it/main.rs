//! The real binary, driven from outside: what it prints, what it refuses, how it starts, stops and survives.
//!
//! The modules carry `cfg(test)` because the lints tell tests from production by it, also for the helpers of tests.

#[cfg(test)]
#[cfg(feature = "local-models")]
mod answers;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod database;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod knowledge;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod parse;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod stoa;

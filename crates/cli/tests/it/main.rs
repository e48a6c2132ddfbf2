//! The real binary, driven from outside: what it prints, what it refuses, how it starts, stops and survives.

mod backup;
mod commands;
mod doctor;
mod serve;
mod stoa;

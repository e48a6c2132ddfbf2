//! Load: many cheap HTTP/1.1 connections in one process, and what their requests came to.
//!
//! Client and server share one machine, so the client has to cost little: requests are rendered once, answers are only
//! cut apart ([`wire`]), and a connection is a socket with a buffer ([`connection`]). There are two kinds of load
//! ([`clients`]). *Saturation* is a closed loop, each client sending its next request when the last is answered: it finds the
//! throughput, and its latencies mean nothing. *Open loop* sends at times fixed beforehand, whether or not earlier
//! requests were answered, and counts each request's latency from the moment it was meant to be sent: a server that
//! stalls shows its whole stall, where a closed loop would have politely waited it out (Gil Tene's "coordinated
//! omission"; wrk2 corrects for it in the same way).

pub(crate) mod arrivals;
pub(crate) mod clients;
pub(crate) mod connection;
pub(crate) mod request;
pub(crate) mod tally;
pub(crate) mod wire;

pub(crate) use clients::{Clients, Plan, Timing};
pub(crate) use connection::{Connection, Fault};
pub(crate) use tally::{Summary, Tally};

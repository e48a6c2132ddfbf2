//! One measurement: a request at a number of clients, beside a reference, in rounds of A B A B, then in an open loop.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::anyhow;

use crate::Bench;
use crate::load::arrivals::Arrivals;
use crate::load::{Clients, Plan, Tally};
use crate::machine::{Place, own_cpu_micros};
use crate::process::Process;
use crate::report::{Row, Spread, median};

/// The part of the throughput at which latencies are measured: busy, but with room for what comes in bursts.
const OFFERED: f64 = 0.5;
/// A client that is busy for more than this part of the time is what limits the throughput.
const CLIENT_BUSY: f64 = 0.9;
/// The part of a measurement's length that each side has in each round.
const SLICE: f64 = 0.3;

/// A server under load.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) address: SocketAddr,
    /// Where its CPU is read; absent for a server that runs elsewhere.
    pub(super) process: Option<&'a Process>,
    pub(super) plan: &'a Plan,
}

/// What is compared with what.
pub(super) struct Point<'a> {
    pub(super) subject: Side<'a>,
    /// The reference and its name.
    pub(super) reference: Option<(&'a str, Side<'a>)>,
    pub(super) clients: usize,
    /// Requests a second of the open loop; a half of what was found possible when absent.
    pub(super) offered: Option<f64>,
}

/// A slice of a round.
struct Slice {
    throughput: f64,
    server_cpu_us: Option<f64>,
    client_cpu_us: f64,
    tally: Tally,
}

/// Measures; case, variant and what else is known of the request are the caller's to fill in.
pub(super) async fn measure(bench: &Bench<'_>, point: &Point<'_>) -> anyhow::Result<Row> {
    let fault = |fault: crate::load::Fault| anyhow!("no load can be made: {}", fault.name());
    let mut subject = Clients::open(point.subject.address, point.clients)
        .await
        .map_err(fault)?;
    let mut reference = match &point.reference {
        Some((_, side)) => Some(Clients::open(side.address, point.clients).await.map_err(fault)?),
        None => None,
    };
    // Caches are filled, statements prepared, buffers grown.
    subject.saturate(point.subject.plan, bench.length(0.15)).await;
    if let (Some(clients), Some((_, side))) = (&mut reference, &point.reference) {
        clients.saturate(side.plan, bench.length(0.1)).await;
    }
    let mut own = Vec::new();
    let mut theirs = Vec::new();
    for _ in 0..bench.options.rounds.max(1) {
        own.push(slice(&mut subject, &point.subject, bench.length(SLICE)).await);
        if let (Some(clients), Some((_, side))) = (&mut reference, &point.reference) {
            theirs.push(slice(clients, side, bench.length(SLICE)).await);
        }
    }
    drop(reference);
    let throughput = middle(own.iter().map(|slice| slice.throughput)).unwrap_or(0.0);
    let offered = point.offered.unwrap_or((throughput * OFFERED).max(1.0));
    let arrivals = Arrivals::poisson(offered, 1);
    let open = subject
        .open_loop(point.subject.plan, arrivals, bench.length(1.0))
        .await;
    let mut all = open.clone();
    for slice in &own {
        all.add(&slice.tally);
    }
    let client_bound = theirs.iter().any(|slice| slice.client_busy(bench) > CLIENT_BUSY);
    let mut errors = all.errors.clone();
    for slice in &theirs {
        for (kind, count) in &slice.tally.errors {
            *errors.entry(format!("reference: {kind}")).or_default() += count;
        }
    }
    Ok(Row {
        clients: point.clients,
        throughput: Some(throughput),
        offered: Some(offered),
        latency: Some(open.summary()),
        requests: all.requests,
        bytes: all.bytes.checked_div(all.requests),
        errors,
        server_cpu_us: middle(own.iter().filter_map(|slice| slice.server_cpu_us)),
        client_cpu_us: middle(own.iter().map(|slice| slice.client_cpu_us)),
        rss_bytes: point.subject.process.map(|process| process.usage().rss_bytes),
        reference: point.reference.as_ref().map(|(name, _)| (*name).to_owned()),
        ratio: ratios(&own, &theirs, |own, theirs| {
            Some(own.throughput / theirs.throughput)
        }),
        cpu_ratio: ratios(&own, &theirs, |own, theirs| {
            Some(theirs.server_cpu_us? / own.server_cpu_us?)
        }),
        client_bound,
        ..Row::default()
    })
}

impl Slice {
    /// The part of its cores that the client used.
    fn client_busy(&self, bench: &Bench<'_>) -> f64 {
        let cores = bench.cores.count(Place::Clients) as f64;
        self.client_cpu_us * self.throughput / 1e6 / cores
    }
}

async fn slice(clients: &mut Clients, side: &Side<'_>, length: Duration) -> Slice {
    let cpu = || side.process.map(|process| process.usage().cpu_micros as f64);
    let (before, own_before) = (cpu(), own_cpu_micros());
    let (tally, took) = clients.saturate(side.plan, length).await;
    let (after, own_after) = (cpu(), own_cpu_micros());
    let good = tally.requests.saturating_sub(tally.errors()).max(1) as f64;
    Slice {
        throughput: tally.requests.saturating_sub(tally.errors()) as f64 / took.as_secs_f64(),
        server_cpu_us: before.zip(after).map(|(before, after)| (after - before) / good),
        client_cpu_us: own_after.saturating_sub(own_before) as f64 / good,
        tally,
    }
}

/// A round's two sides were measured one right after the other, so each round gives a ratio of its own.
fn ratios(own: &[Slice], theirs: &[Slice], of: impl Fn(&Slice, &Slice) -> Option<f64>) -> Option<Spread> {
    let ratios: Vec<f64> = own
        .iter()
        .zip(theirs)
        .filter_map(|(own, theirs)| of(own, theirs))
        .collect();
    Spread::of(&ratios)
}

/// The middle of some values.
pub(super) fn middle(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    median(&sorted)
}

/// Errors of one kind after another, added.
pub(super) fn add_errors(to: &mut BTreeMap<String, u64>, from: &BTreeMap<String, u64>) {
    for (kind, count) in from {
        *to.entry(kind.clone()).or_default() += count;
    }
}

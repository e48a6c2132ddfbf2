//! `before-after`: the tables of the original applications' guides, reproduced: each optimisation switched off and on, on the
//! same data in the same run. The rows name the requirements they stand for.
//!
//! What belongs to the data layer is measured over plain rusqlite on a copy of the database ([`super::lab`]), what belongs to
//! HTTP on bare servers that differ in that one thing, and the rest by the product's own switches.

use anyhow::Context as _;

use crate::Bench;
use crate::bare::{Compressed, Instructions, Recorded};
use crate::load::request::{Read, Request, read};
use crate::load::{Clients, Plan};
use crate::machine::Place;
use crate::report::{Pair, Suite};
use crate::stoa::{Cache, Stoa, generated};
use crate::suites::lab::Lab;
use crate::suites::point::middle;

/// Clients at once, where something is asked over HTTP.
const CLIENTS: usize = 16;
/// The copy has no more messages than this: without an index the times grow with the data, and the factors with them.
const MESSAGES_MAX: u64 = 100_000;

/// Runs every pair.
pub(super) async fn run(bench: &Bench<'_>, suite: &mut Suite) -> anyhow::Result<()> {
    anyhow::ensure!(
        bench.options.url.is_none(),
        "needs a copy of the database, which a Stoa elsewhere does not give"
    );
    let messages = bench.messages().min(MESSAGES_MAX);
    suite.notes.push(format!(
        "On {messages} messages. Rows are those of the requirements that the originals' guides became; times are medians, \
         rates are requests a second at {CLIENTS} clients."
    ));
    let database = generated(bench, messages)?.join("stoa.db");
    let found = bench
        .product
        .statements
        .iter()
        .find(|(name, _)| name == "conversations.list");
    let (_, list) = found.context("the product has no statement conversations.list")?;
    let (list, folder, length) = (list.clone(), bench.folder.clone(), bench.length(0.4));
    bench.note("  data layer");
    let pairs = tokio::task::spawn_blocking(move || Lab::new(&database, &folder, &list, length)?.pairs());
    suite.pairs.extend(pairs.await??);
    bench.note("  HTTP");
    let stoa = Stoa::start(bench, messages, &[]).await?;
    let path = format!("/api/workspaces/{}/conversations", stoa.workspace);
    let sample = read(stoa.address, &Request::get(&path, &stoa.token)).await?;
    compression(bench, suite, &sample).await?;
    conditional(bench, &stoa, suite, (&path, &sample)).await?;
    fields(bench, &stoa, suite, &path).await?;
    cache(bench, &stoa, suite, &path).await?;
    stoa.stop().await
}

/// Requests a second, the two in turn.
async fn rates(bench: &Bench<'_>, sides: [(std::net::SocketAddr, Plan); 2]) -> anyhow::Result<[f64; 2]> {
    let mut clients = Vec::new();
    for (address, plan) in &sides {
        let opened = Clients::open(*address, CLIENTS).await;
        let mut opened = opened.map_err(|fault| anyhow::anyhow!("no load can be made: {}", fault.name()))?;
        opened.saturate(plan, bench.length(0.1)).await;
        clients.push(opened);
    }
    let mut found = [Vec::new(), Vec::new()];
    for _ in 0..bench.options.rounds.max(1) {
        for (((_, plan), clients), found) in sides.iter().zip(&mut clients).zip(&mut found) {
            let (tally, took) = clients.saturate(plan, bench.length(0.3)).await;
            anyhow::ensure!(tally.errors() == 0, "requests failed: {:?}", tally.errors);
            found.push(tally.requests as f64 / took.as_secs_f64());
        }
    }
    let [without, with] = found.map(|rates| middle(rates.into_iter()).unwrap_or(f64::NAN));
    Ok([without, with])
}

/// Compressed once and kept, or for each request; and what compressing saves at all.
async fn compression(bench: &Bench<'_>, suite: &mut Suite, sample: &Read) -> anyhow::Result<()> {
    let answer = |compressed| Recorded {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: String::from_utf8_lossy(&sample.body).into_owned(),
        compressed,
    };
    let answers = vec![answer(Compressed::Made), answer(Compressed::Kept)];
    let server = super::bare(bench, &Instructions::Replay { answers }, Place::Servers).await?;
    let small = read(server.address, &Request::get("/1", "none"))
        .await?
        .body
        .len();
    let plan = |path| Plan::turns(vec![Request::get(path, "none").render()]);
    let sides = [(server.address, plan("/0")), (server.address, plan("/1"))];
    let [without, with] = rates(bench, sides).await?;
    server.stop().await?;
    suite.pairs.push(Pair::times(
        "2.6, 3.6",
        "gzip at level 6",
        "bytes a list of 20",
        sample.body.len() as f64,
        small as f64,
    ));
    suite.pairs.push(Pair::rates(
        "2.6, 3.6",
        "a compressed body kept instead of made for each request",
        "lists a second",
        without,
        with,
    ));
    Ok(())
}

/// A condition that holds, on the product.
async fn conditional(
    bench: &Bench<'_>,
    stoa: &Stoa,
    suite: &mut Suite,
    (path, sample): (&str, &Read),
) -> anyhow::Result<()> {
    let tag = sample.header("etag").context("a list has no ETag")?;
    let whole = Request::get(path, &stoa.token);
    let unchanged = whole.clone().with("if-none-match", tag);
    let answer = read(stoa.address, &unchanged).await?;
    anyhow::ensure!(
        answer.status == 304,
        "a list with its ETag is answered with {}",
        answer.status
    );
    let sides = [
        (stoa.address, Plan::turns(vec![whole.render()])),
        (stoa.address, Plan::turns(vec![unchanged.render()])),
    ];
    let [without, with] = rates(bench, sides).await?;
    suite.pairs.push(Pair::rates(
        "2.6",
        "ETag: 304 instead of the list",
        "lists a second",
        without,
        with,
    ));
    Ok(())
}

/// Only some fields, on the product.
async fn fields(bench: &Bench<'_>, stoa: &Stoa, suite: &mut Suite, path: &str) -> anyhow::Result<()> {
    stoa.switch(Cache::Callers).await?;
    let few = format!("{path}?fields=id,title");
    let whole = Request::get(path, &stoa.token);
    let some = Request::get(&few, &stoa.token);
    let (all, less) = (
        read(stoa.address, &whole).await?,
        read(stoa.address, &some).await?,
    );
    let sides = [
        (stoa.address, Plan::turns(vec![whole.render()])),
        (stoa.address, Plan::turns(vec![some.render()])),
    ];
    let [without, with] = rates(bench, sides).await?;
    stoa.switch(Cache::On).await?;
    suite.pairs.push(Pair::times(
        "2.4, 4.8",
        "sparse fields: id and title",
        "bytes a list of 20",
        all.body.len() as f64,
        less.body.len() as f64,
    ));
    suite.pairs.push(Pair::rates(
        "2.4, 4.8",
        "sparse fields: id and title",
        "lists a second",
        without,
        with,
    ));
    Ok(())
}

/// The product's cache, by its switches.
async fn cache(bench: &Bench<'_>, stoa: &Stoa, suite: &mut Suite, path: &str) -> anyhow::Result<()> {
    if !stoa.has_switches() {
        let note = "No cache switches on this server, so there is no pair for the cache.";
        suite.notes.push(note.to_owned());
        return Ok(());
    }
    let mut found = [Vec::new(), Vec::new()];
    let plan = Plan::turns(vec![Request::get(path, &stoa.token).render()]);
    let opened = Clients::open(stoa.address, CLIENTS).await;
    let mut clients = opened.map_err(|fault| anyhow::anyhow!("no load can be made: {}", fault.name()))?;
    for _ in 0..bench.options.rounds.max(1) {
        for (cache, found) in [Cache::Off, Cache::On].into_iter().zip(&mut found) {
            stoa.switch(cache).await?;
            clients.saturate(&plan, bench.length(0.1)).await;
            let (tally, took) = clients.saturate(&plan, bench.length(0.3)).await;
            anyhow::ensure!(tally.errors() == 0, "requests failed: {:?}", tally.errors);
            found.push(tally.requests as f64 / took.as_secs_f64());
        }
    }
    let [without, with] = found.map(|rates| middle(rates.into_iter()).unwrap_or(f64::NAN));
    suite.pairs.push(Pair::rates(
        "2.5, 3.4, 4.5, 5.3, 5.4",
        "the cache, of answers and of who may ask",
        "lists a second",
        without,
        with,
    ));
    Ok(())
}

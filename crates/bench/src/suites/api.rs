//! `api`: every kind of request at 1, 16, 100 and 500 clients: from the cache, unchanged, and from the database, each beside a
//! bare handler in the same rounds; and writes.

use anyhow::Context as _;
use serde_json::json;

use crate::Bench;
use crate::bare::{Compressed, Instructions, Recorded};
use crate::load::request::{Read, Request, read, repeat};
use crate::load::{Connection, Plan, Timing};
use crate::machine::Place;
use crate::process::Process;
use crate::report::{Row, Suite, Target};
use crate::stoa::{Cache, Stoa};
use crate::suites::cases::{self, Asked, Asking, Case};
use crate::suites::point::{self, Point, Side};

/// Clients at once.
const CLIENTS: [usize; 4] = [1, 16, 100, 500];
/// The same in the short form.
const CLIENTS_SHORT: [usize; 1] = [16];
/// The clients at which the budgets for latencies hold.
const BUDGET_CLIENTS: usize = 100;
/// Headers that a connection makes, and those that are another request's.
const NOT_REPLAYED: [&str; 5] = [
    "date",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
];

/// The part of the reference's throughput that is wanted.
const RATIO_HIT: f64 = 0.60;
const RATIO_UNCHANGED: f64 = 0.75;
const RATIO_MISS: f64 = 0.80;

pub(super) fn clients(bench: &Bench<'_>) -> &'static [usize] {
    if bench.options.short {
        &CLIENTS_SHORT
    } else {
        &CLIENTS
    }
}

/// Runs the suite on this Stoa.
pub(super) async fn run(bench: &Bench<'_>, stoa: &Stoa, suite: &mut Suite) -> anyhow::Result<()> {
    let sqlite = if stoa.folder.is_some() {
        let instructions = Instructions::Sqlite(cases::sqlite(bench, stoa)?);
        Some(super::bare(bench, &instructions, Place::Servers).await?)
    } else {
        suite
            .notes
            .push("the database is elsewhere, so there is no bare SQLite to compare with".to_owned());
        None
    };
    if !stoa.has_switches() {
        suite.notes.push(
            "no cache switches on this server: every answer comes from the database, so there are no hits"
                .to_owned(),
        );
    }
    for case in cases::reads(stoa, bench.options.short) {
        bench.note(format!("  {}", case.name));
        if stoa.has_switches() {
            stoa.switch(Cache::On).await?;
            let asked = cases::ask(stoa, &case, Asking::Whole).await?;
            if is_hit(&asked.sample) {
                replayed(bench, stoa, suite, (&case, "hit", RATIO_HIT), asked).await?;
            } else {
                suite
                    .notes
                    .push(format!("{}: is not kept by the cache", case.name));
            }
        }
        let asked = cases::ask(stoa, &case, Asking::IfChanged).await?;
        replayed(bench, stoa, suite, (&case, "304", RATIO_UNCHANGED), asked).await?;
        let off = if case.is_caller {
            Cache::Off
        } else {
            Cache::Callers
        };
        stoa.switch(off).await?;
        let asked = cases::ask(stoa, &case, Asking::Whole).await?;
        anyhow::ensure!(
            !is_hit(&asked.sample),
            "{} is answered from the cache, which is switched off",
            case.name
        );
        match (&case.lookup, &sqlite) {
            (Some(lookup), Some(process)) => {
                missed(bench, stoa, suite, &case, asked, (lookup, process)).await?;
            }
            _ => replayed(bench, stoa, suite, (&case, "miss", 0.0), asked).await?,
        }
        stoa.switch(Cache::On).await?;
    }
    created(bench, stoa, suite).await?;
    messages(bench, stoa, suite).await
}

fn is_hit(answer: &Read) -> bool {
    answer
        .header("server-timing")
        .is_some_and(|timing| timing.contains("\"hit\""))
}

/// Beside a bare handler that answers the same bytes. `least` is the part of its throughput that is wanted; 0 for nothing.
async fn replayed(
    bench: &Bench<'_>,
    stoa: &Stoa,
    suite: &mut Suite,
    (case, variant, least): (&Case, &str, f64),
    asked: Asked,
) -> anyhow::Result<()> {
    let replay = replay(bench, &asked.sample).await?;
    let mut request = Request::get("/0", &stoa.token);
    if variant == "304"
        && let Some(tag) = &asked.etag
    {
        request = request.with("if-none-match", tag);
    }
    let plan = Plan::turns(vec![request.render()]);
    for &clients in clients(bench) {
        let reference = Side {
            address: replay.address,
            process: Some(&replay),
            plan: &plan,
        };
        let row = measure(bench, stoa, (&asked.plan, "bare handler", reference), clients).await?;
        suite
            .rows
            .push(labelled(row, stoa, case.name, variant, &asked.sample, least));
    }
    replay.stop().await
}

/// Beside a bare handler over rusqlite.
async fn missed(
    bench: &Bench<'_>,
    stoa: &Stoa,
    suite: &mut Suite,
    case: &Case,
    asked: Asked,
    ((index, ids), sqlite): (&(usize, Vec<String>), &Process),
) -> anyhow::Result<()> {
    let paths: Vec<String> = ids.iter().map(|id| format!("/{index}/{id}")).collect();
    let first = paths.first().context("there is nothing to ask for")?;
    let same = read(sqlite.address, &Request::get(first, &stoa.token)).await?;
    cases::same(&asked.sample, &same).with_context(|| {
        format!(
            "{}: the bare handler over SQLite answers something else",
            case.name
        )
    })?;
    let requests = paths.iter().map(|path| Request::get(path, &stoa.token).render());
    let plan = Plan::turns(requests.collect());
    for &clients in clients(bench) {
        let reference = Side {
            address: sqlite.address,
            process: Some(sqlite),
            plan: &plan,
        };
        let row = measure(bench, stoa, (&asked.plan, "bare SQLite", reference), clients).await?;
        suite
            .rows
            .push(labelled(row, stoa, case.name, "miss", &asked.sample, RATIO_MISS));
    }
    Ok(())
}

/// A server that answers what the product answered.
pub(super) async fn replay(bench: &Bench<'_>, sample: &Read) -> anyhow::Result<Process> {
    let answer = Recorded {
        status: sample.status,
        headers: sample
            .headers
            .iter()
            .filter(|(name, _)| !NOT_REPLAYED.contains(&name.as_str()))
            .cloned()
            .collect(),
        body: String::from_utf8_lossy(&sample.body).into_owned(),
        compressed: Compressed::No,
    };
    let instructions = Instructions::Replay {
        answers: vec![answer],
    };
    super::bare(bench, &instructions, Place::Servers).await
}

async fn measure(
    bench: &Bench<'_>,
    stoa: &Stoa,
    (plan, name, reference): (&Plan, &str, Side<'_>),
    clients: usize,
) -> anyhow::Result<Row> {
    let subject = Side {
        address: stoa.address,
        process: stoa.process.as_ref(),
        plan,
    };
    let point = Point {
        subject,
        reference: Some((name, reference)),
        clients,
        offered: None,
    };
    point::measure(bench, &point).await
}

fn labelled(row: Row, stoa: &Stoa, case: &str, variant: &str, sample: &Read, least: f64) -> Row {
    let mut targets = Vec::new();
    if least > 0.0
        && let Some(ratio) = row.telling_ratio()
    {
        targets.push(Target::at_least(format!("ratio ≥ {least:.2}"), ratio, least));
    }
    if row.clients == BUDGET_CLIENTS
        && let Some(latency) = &row.latency
    {
        let limit = if matches!(variant, "write" | "turn") {
            20_000.0
        } else {
            10_000.0
        };
        let text = format!("p99 ≤ {} ms", limit / 1e3);
        targets.push(Target::at_most(text, latency.p99_us, limit));
    }
    Row {
        case: case.to_owned(),
        variant: variant.to_owned(),
        messages: stoa.messages,
        statements: sample.statements(),
        target: Target::all(targets),
        ..row
    }
}

/// A conversation is begun.
async fn created(bench: &Bench<'_>, stoa: &Stoa, suite: &mut Suite) -> anyhow::Result<()> {
    bench.note("  create conversation");
    let path = format!("/api/workspaces/{}/conversations", stoa.workspace);
    let body = json!({"title": "Made by the bench", "model": "mock/echo"});
    let request = Request::send("POST", &path, &stoa.token, &body);
    let sample = read(stoa.address, &request).await?;
    anyhow::ensure!(
        sample.status == 201,
        "a conversation is answered with {}",
        sample.status
    );
    let replay = replay(bench, &sample).await?;
    let plan = Plan::turns(vec![request.render()]);
    let theirs = Plan::turns(vec![Request::send("POST", "/0", &stoa.token, &body).render()]);
    for &clients in clients(bench) {
        let reference = Side {
            address: replay.address,
            process: Some(&replay),
            plan: &theirs,
        };
        let row = measure(bench, stoa, (&plan, "bare handler", reference), clients).await?;
        suite
            .rows
            .push(labelled(row, stoa, "create conversation", "write", &sample, 0.0));
    }
    replay.stop().await
}

/// Something is said in a conversation of each client's own, and an instant model answers: the time is that until the
/// reply has begun, which is after the commit; the client waits for its end before it says more.
async fn messages(bench: &Bench<'_>, stoa: &Stoa, suite: &mut Suite) -> anyhow::Result<()> {
    bench.note("  send message");
    let path = format!("/api/workspaces/{}/conversations", stoa.workspace);
    let new = json!({"title": "Made by the bench", "model": "mock/echo"});
    let new = Request::send("POST", &path, &stoa.token, &new).render();
    let mut connection = Connection::new(stoa.address);
    let body = json!({"content": "Say this again, please.", "stream": true});
    let mut requests = Vec::new();
    let most = clients(bench).iter().copied().max().unwrap_or(1);
    for _ in 0..most {
        let made = repeat(&mut connection, &new).await?;
        let id = made["id"].as_str().context("a conversation has no id")?;
        let path = format!("/api/conversations/{id}/messages");
        requests.push(Request::send("POST", &path, &stoa.token, &body).render());
    }
    let plan = Plan::by_client(requests).timed(Timing::First);
    for &clients in clients(bench) {
        let point = Point {
            subject: Side {
                address: stoa.address,
                process: stoa.process.as_ref(),
                plan: &plan,
            },
            reference: None,
            clients,
            offered: None,
        };
        let row = point::measure(bench, &point).await?;
        let sample = Read {
            status: 200,
            headers: Vec::new(),
            body: Vec::new(),
        };
        suite
            .rows
            .push(labelled(row, stoa, "send message", "turn", &sample, 0.0));
    }
    Ok(())
}

//! `gateway`: what Stoa adds to a call of a model. The same request goes to a provider that answers at once, directly, through
//! `/v1/chat/completions`, and through a gateway that only sends on, in turn: whole and streamed, small and with a body of about
//! 100,000 tokens. What the bare gateway adds is what a second connection costs on this machine.

use serde_json::json;

use crate::Bench;
use crate::bare::Instructions;
use crate::load::arrivals::Arrivals;
use crate::load::request::Request;
use crate::load::{Clients, Plan, Tally, Timing};
use crate::machine::Place;
use crate::process::Process;
use crate::report::{Figure, Row, Suite};
use crate::stoa::Stoa;
use crate::suites::point::{self, Point, Side, add_errors};

const CLIENTS: [usize; 3] = [1, 16, 64];
const CLIENTS_SHORT: [usize; 1] = [16];
/// Calls a second while what is added is measured: a team at work, not a flood.
const CALM: f64 = 100.0;
/// Connections while it is.
const CALM_CLIENTS: usize = 16;
/// Tokens of an answer.
const TOKENS: u32 = 16;
/// Characters of a large body: four to a token.
const LARGE: usize = 400_000;
const ADDED_P50_MS: f64 = 0.2;
const ADDED_P99_MS: f64 = 1.0;

struct Case {
    name: &'static str,
    streamed: bool,
    large: bool,
}

const CASES: [Case; 4] = [
    Case {
        name: "plain, small",
        streamed: false,
        large: false,
    },
    Case {
        name: "streamed, small",
        streamed: true,
        large: false,
    },
    Case {
        name: "plain, 100 k tokens",
        streamed: false,
        large: true,
    },
    Case {
        name: "streamed, 100 k tokens",
        streamed: true,
        large: true,
    },
];

/// Starts a provider and connects it to this Stoa as `bench`.
pub(super) async fn provider(bench: &Bench<'_>, stoa: &Stoa) -> anyhow::Result<Process> {
    let provider = super::bare(bench, &Instructions::Provider, Place::Clients).await?;
    let connection = json!({
        "scope": "system", "kind": "openai", "slug": "bench", "name": "Bench",
        "base_url": format!("http://{}/v1", provider.address), "api_key": "none",
    });
    stoa.connect_provider(connection, "bench/fast").await?;
    Ok(provider)
}

/// Runs every case.
pub(super) async fn run(bench: &Bench<'_>, suite: &mut Suite) -> anyhow::Result<()> {
    let stoa = Stoa::open(bench).await?;
    let provider = provider(bench, &stoa).await?;
    let upstream = format!("http://{}", provider.address);
    let forwarder = super::bare(bench, &Instructions::Forward { upstream }, Place::Servers).await?;
    suite.notes.push(format!(
        "Added is the difference of the same percentile through Stoa and directly, both in open loops at {CALM} calls/s \
         (fewer where the machine can not), in turn; for streams it is the time of the first byte. Client and provider \
         share the clients' cores. Bare is what a gateway adds that only sends on, with the same libraries on the same core."
    ));
    for case in &CASES {
        if bench.options.short && case.large {
            continue;
        }
        bench.note(format!("  {}", case.name));
        let through = plan(case, "/v1/chat/completions", "bench/fast", &stoa.token);
        let direct = plan(case, "/v1/chat/completions", "fast", "none");
        let sides = (
            Side {
                address: stoa.address,
                process: stoa.process.as_ref(),
                plan: &through,
            },
            Side {
                address: provider.address,
                process: Some(&provider),
                plan: &direct,
            },
        );
        let levels: &[usize] = if bench.options.short {
            &CLIENTS_SHORT
        } else {
            &CLIENTS
        };
        let mut least = f64::MAX;
        for &clients in levels {
            let point = Point {
                subject: sides.0,
                reference: Some(("direct", sides.1)),
                clients,
                offered: None,
            };
            let row = Row {
                case: case.name.to_owned(),
                variant: "gateway".to_owned(),
                messages: stoa.messages,
                // The provider's CPU is no measure for the gateway's.
                cpu_ratio: None,
                ..point::measure(bench, &point).await?
            };
            least = least.min(row.throughput.unwrap_or(CALM));
            suite.rows.push(row);
        }
        let bare = Side {
            address: forwarder.address,
            process: Some(&forwarder),
            plan: &direct,
        };
        let rate = CALM.min(least * 0.25);
        added(bench, suite, case, [sides.0, sides.1, bare], rate).await?;
    }
    forwarder.stop().await?;
    provider.stop().await?;
    stoa.stop().await
}

fn plan(case: &Case, path: &str, model: &str, token: &str) -> Plan {
    let question = if case.large {
        "Some words of a long document. ".repeat(LARGE / 31)
    } else {
        "What is the fastest way from here to there, and why?".to_owned()
    };
    let body = json!({
        "model": model, "stream": case.streamed, "max_tokens": TOKENS,
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": question}],
    });
    let request = Request::send("POST", path, token, &body).render();
    let timing = if case.streamed {
        Timing::First
    } else {
        Timing::Last
    };
    Plan::turns(vec![request]).timed(timing)
}

/// What is added when nothing queues: through Stoa, directly and through the bare gateway, all at the same calm rate, in turn.
async fn added(
    bench: &Bench<'_>,
    suite: &mut Suite,
    case: &Case,
    sides: [Side<'_>; 3],
    rate: f64,
) -> anyhow::Result<()> {
    let mut tallies = [Tally::default(), Tally::default(), Tally::default()];
    let mut clients = Vec::new();
    for side in sides {
        let opened = Clients::open(side.address, CALM_CLIENTS).await;
        clients.push(opened.map_err(|fault| anyhow::anyhow!("no load can be made: {}", fault.name()))?);
    }
    for round in 0..bench.options.rounds.max(1) {
        for ((side, clients), tally) in sides.into_iter().zip(&mut clients).zip(&mut tallies) {
            let arrivals = Arrivals::poisson(rate, round as u64);
            tally.add(&clients.open_loop(side.plan, arrivals, bench.length(1.0)).await);
        }
    }
    let [through, direct, bare] = &tallies;
    for (name, quantile, limit) in [("p50", 0.5, ADDED_P50_MS), ("p99", 0.99, ADDED_P99_MS)] {
        let over = |tally: &Tally| (tally.quantile(quantile) - direct.quantile(quantile)) / 1e3;
        let figure = Figure::new(format!("{}: added {name}", case.name), over(through), "ms");
        // The budget is that of a call of ordinary size: a body of 400 KB has to be read and written once more.
        suite
            .figures
            .push(if case.large { figure } else { figure.at_most(limit) });
        let others = [
            ("bare gateway adds", over(bare)),
            ("directly", direct.quantile(quantile) / 1e3),
        ];
        for (what, value) in others {
            let name = format!("{}: {what} {name}", case.name);
            suite.figures.push(Figure::new(name, value, "ms"));
        }
    }
    if let Some(row) = suite.rows.last_mut() {
        for tally in &tallies {
            add_errors(&mut row.errors, &tally.errors);
        }
    }
    Ok(())
}

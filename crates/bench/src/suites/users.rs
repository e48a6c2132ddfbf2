//! `users`: people with pauses of one to three seconds between what they do: list workspaces 3, list conversations 2, begin a
//! conversation 1, chat 1. Some hundred to two thousand at once.
//!
//! People wait for an answer before they go on, so this load is closed by nature: a time counts from the click. What the
//! client itself is late with a click is measured too, and said.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Bench;
use crate::load::request::{Request, data};
use crate::load::{Connection, Tally};
use crate::machine::Place;
use crate::report::{Figure, Row, Suite, Target};
use crate::stoa::Stoa;

/// People at once.
const USERS: [usize; 4] = [100, 500, 1_000, 2_000];
const USERS_SHORT: [usize; 1] = [200];
/// Between two things that somebody does.
const THINK: (f64, f64) = (1.0, 3.0);
/// How long a level lasts, in lengths of a measurement, after everybody has come.
const LENGTHS: f64 = 8.0;
/// Workspaces and logins that people share out among themselves.
const WORKSPACES: usize = 50;

/// What people do, how often, and the limit of its time in milliseconds.
const ACTIONS: [(&str, u32, f64); 5] = [
    ("list workspaces", 3, 300.0),
    ("list conversations", 2, 300.0),
    ("create conversation", 1, 300.0),
    ("open conversation", 0, 200.0),
    ("chat, until the reply begins", 1, 300.0),
];
const OPEN: usize = 3;
const CHAT: usize = 4;

/// One person: what they send.
struct Person {
    list_workspaces: Bytes,
    list_conversations: Bytes,
    create: Bytes,
    token: Arc<str>,
}

#[derive(Default)]
struct Seen {
    actions: [Tally; 5],
    late: Tally,
}

/// Runs every level.
pub(super) async fn run(bench: &Bench<'_>, suite: &mut Suite) -> anyhow::Result<()> {
    let stoa = Stoa::open(bench).await?;
    let people = people(bench, &stoa).await?;
    suite.notes.push(
        "Pauses of 1 to 3 s; the times are from the click to the last byte, for a chat to its first; the limits are those \
         of an interactive page (p99)."
            .to_owned(),
    );
    let levels: &[usize] = if bench.options.short { &USERS_SHORT } else { &USERS };
    for &users in levels {
        bench.note(format!("  {users} users"));
        level(bench, &stoa, suite, &people, users).await?;
    }
    stoa.stop().await
}

/// The people of the demo data: its user in the generated workspaces.
async fn people(bench: &Bench<'_>, stoa: &Stoa) -> anyhow::Result<Arc<[Person]>> {
    let list = data(
        stoa.address,
        &Request::get("/api/workspaces?limit=100", &stoa.token),
    )
    .await?;
    let mut people = Vec::new();
    let token: Arc<str> = stoa.token.as_str().into();
    for id in list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row["id"].as_str())
        .take(WORKSPACES)
    {
        let path = format!("/api/workspaces/{id}/conversations");
        let new = json!({"title": "Made by the bench", "model": "mock/echo"});
        people.push(Person {
            list_workspaces: Request::get("/api/workspaces", &token).render(),
            list_conversations: Request::get(&path, &token).render(),
            create: Request::send("POST", &path, &token, &new).render(),
            token: Arc::clone(&token),
        });
    }
    anyhow::ensure!(!people.is_empty(), "the user has no workspace");
    bench.note(format!("  {} workspaces", people.len()));
    Ok(people.into())
}

async fn level(
    bench: &Bench<'_>,
    stoa: &Stoa,
    suite: &mut Suite,
    people: &Arc<[Person]>,
    users: usize,
) -> anyhow::Result<()> {
    let seen = Arc::new(Mutex::new(Seen::default()));
    // Everybody has come when the longest first pause is over.
    let begin = Instant::now() + Duration::from_secs_f64(THINK.1.min(bench.options.seconds * 3.0));
    let end = begin + bench.length(LENGTHS);
    let mut tasks = JoinSet::new();
    for number in 0..users {
        let (people, seen, address) = (Arc::clone(people), Arc::clone(&seen), stoa.address);
        let mut random = StdRng::seed_from_u64(number as u64);
        tasks.spawn(async move {
            let person = &people[number % people.len()];
            let mut connection = Connection::new(address);
            let arrive = random.random_range(0.0..=(begin - Instant::now()).as_secs_f64().max(0.001));
            let mut due = Instant::now() + Duration::from_secs_f64(arrive);
            while due < end {
                tokio::time::sleep_until(due).await;
                let counts = due >= begin;
                if counts {
                    seen.lock().late.time(due.elapsed());
                }
                act(&mut connection, person, &mut random, counts.then_some(&*seen)).await;
                due = Instant::now() + Duration::from_secs_f64(random.random_range(THINK.0..=THINK.1));
            }
        });
    }
    tokio::time::sleep_until(begin).await;
    let cpu = stoa.usage();
    tokio::time::sleep_until(end).await;
    let cpu_after = stoa.usage();
    while tasks.join_next().await.is_some() {}
    let seen = Arc::try_unwrap(seen)
        .ok()
        .context("a user is still there")?
        .into_inner();
    let seconds = (end - begin).as_secs_f64();
    for ((name, _, limit), tally) in ACTIONS.iter().zip(&seen.actions) {
        let latency = tally.summary();
        suite.rows.push(Row {
            case: (*name).to_owned(),
            variant: "people".to_owned(),
            clients: users,
            messages: stoa.messages,
            throughput: Some(tally.requests as f64 / seconds),
            latency: Some(latency),
            requests: tally.requests,
            errors: tally.errors.clone(),
            bytes: tally.bytes.checked_div(tally.requests),
            rss_bytes: cpu_after.map(|usage| usage.rss_bytes),
            // Nobody did it in so short a time: there is nothing to hold against the limit.
            target: (tally.requests > 0)
                .then(|| Target::at_most(format!("p99 < {limit} ms"), latency.p99_us / 1e3, *limit)),
            ..Row::default()
        });
    }
    if let (Some(before), Some(after)) = (cpu, cpu_after) {
        let used = (after.cpu_micros - before.cpu_micros) as f64 / 1e6 / seconds;
        let cores = bench.cores.count(Place::Servers);
        let name = format!("{users} users: CPU of the server, of its {cores} core(s)");
        suite
            .figures
            .push(Figure::new(name, used / cores as f64 * 100.0, "%"));
    }
    let name = format!("{users} users: clicks came late by, p99");
    suite
        .figures
        .push(Figure::new(name, seen.late.quantile(0.99) / 1e3, "ms"));
    Ok(())
}

/// One click, and for a chat the clicks that belong to it.
async fn act(connection: &mut Connection, person: &Person, random: &mut StdRng, seen: Option<&Mutex<Seen>>) {
    let weights: u32 = ACTIONS.iter().map(|(_, weight, _)| weight).sum();
    let mut at = random.random_range(0..weights);
    let action = ACTIONS
        .iter()
        .position(|(_, weight, _)| {
            let here = at < *weight;
            at = at.saturating_sub(*weight);
            here
        })
        .unwrap_or(0);
    match action {
        0 => {
            click(connection, &person.list_workspaces, (0, false), seen).await;
        }
        1 => {
            click(connection, &person.list_conversations, (1, false), seen).await;
        }
        _ => {
            let Some(made) = click(connection, &person.create, (2, false), seen).await else {
                return;
            };
            let id = made["data"]["id"].as_str().unwrap_or_default();
            if action != CHAT || id.is_empty() {
                return;
            }
            let path = format!("/api/conversations/{id}");
            let open = Request::get(&path, &person.token).render();
            click(connection, &open, (OPEN, false), seen).await;
            let path = format!("{path}/messages");
            let body = json!({"content": "What should we do first this week?", "stream": true});
            let say = Request::send("POST", &path, &person.token, &body).render();
            click(connection, &say, (CHAT, true), seen).await;
        }
    }
}

/// Sends, waits and counts. The answer, where it is JSON.
async fn click(
    connection: &mut Connection,
    request: &Bytes,
    (action, first_byte): (usize, bool),
    seen: Option<&Mutex<Seen>>,
) -> Option<Value> {
    let began = Instant::now();
    let mut body = Vec::new();
    let outcome = connection
        .call(request, &mut |data| {
            if action == 2 {
                body.extend_from_slice(data);
            }
        })
        .await;
    if let Some(seen) = seen {
        let tally = &mut seen.lock().actions[action];
        match outcome {
            Ok(answer) => {
                let end = if first_byte { answer.first } else { Instant::now() };
                tally.answered(answer.status, end - began, answer.bytes);
            }
            Err(fault) => tally.failed(fault.name(), began.elapsed()),
        }
    }
    serde_json::from_slice(&body).ok()
}

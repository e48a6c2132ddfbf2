//! What the recorder of requests costs: `cargo run --release -p server --example recorder`.
//!
//! Prints the time of one `Performance::observe` of an answer out of the cache (no statements), of one that took two
//! statements, and of the first on every core at once, when all of them count on the same route.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "it is run by hand and prints a table"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use server::cache::Outcome;
use server::http::router;
use server::performance::{Observation, Performance};
use sql::{Meter, SystemClock};

const ROUNDS: u32 = 2_000_000;

fn main() {
    let slow = Duration::from_secs(1);
    let performance = Performance::new(router::specs(), slow, Arc::new(SystemClock));
    let alone = run(&performance, None);
    let metered = run(&performance, Some(&Meter::new()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let together = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores)
            .map(|_| scope.spawn(|| run(&performance, None)))
            .collect();
        let times = threads
            .into_iter()
            .map(|thread| thread.join().expect("a thread ends"));
        times.max().unwrap_or_default()
    });
    println!("an answer out of the cache      {alone:>6} ns");
    println!("an answer with a meter          {metered:>6} ns");
    println!("out of the cache, {cores} cores at once {together:>5} ns");
}

/// The nanoseconds of one observation: the least of five runs.
fn run(performance: &Performance, meter: Option<&Meter>) -> u128 {
    let specs = router::routes();
    let spec = specs
        .specs()
        .find(|spec| spec.id == "list_workspaces")
        .expect("the route exists");
    let route = performance.route(spec);
    let request_id: Arc<str> = Arc::from("req_01jd0000000000000000000000");
    let once = || {
        let began = Instant::now();
        for round in 0..ROUNDS {
            performance.observe(black_box(&Observation {
                route,
                method: &Method::GET,
                path: "/api/workspaces",
                request_id: &request_id,
                status: StatusCode::OK,
                took: Duration::from_nanos(u64::from(round % 50_000)),
                bytes: Some(1_000),
                meter,
                trace: None,
                cache: Outcome::Hit,
            }));
        }
        began.elapsed().as_nanos() / u128::from(ROUNDS)
    };
    (0..5).map(|_| once()).min().unwrap_or_default()
}

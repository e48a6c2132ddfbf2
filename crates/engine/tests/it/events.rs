//! The event stream: whatever the viewer does, it sees every event once and in order.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use engine::{Engine, Event, Lane, NewEvent, Outcome, RunStatus, Start};
use futures_util::{StreamExt, pin_mut};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::json;
use sql::query;

use crate::support::*;

/// A reply that shows its events in bursts of the given sizes, with a pause of some milliseconds after each.
fn bursts() -> Arc<dyn engine::Step> {
    step("bursts", Lane::Interactive, |ctx| {
        Box::pin(async move {
            let mut number = 0;
            for burst in ctx.run().input["bursts"].as_array().into_iter().flatten() {
                for _ in 0..burst[0].as_u64().unwrap_or(0) {
                    number += 1;
                    ctx.emit(
                        "text",
                        json!({"text": format!("w{number} "), "quote": "\"ü\n\u{0}"}),
                    )
                    .await?;
                }
                tokio::time::sleep(Duration::from_millis(burst[1].as_u64().unwrap_or(0))).await;
            }
            let mut finish = finish(ctx, json!(number));
            if number % 2 == 0 {
                finish
                    .last_events
                    .push(NewEvent::new("done", json!({"n": number}))?);
                finish
                    .last_events
                    .push(NewEvent::new("complete", json!({"n": number}))?);
            }
            Ok(Outcome::Complete(finish))
        })
    })
}

/// Watches to the end, breaking off after each of the given numbers of events (again and again) and coming back.
async fn watch_in_pieces(engine: Engine, id: String, cuts: Vec<u8>) -> Vec<Arc<Event>> {
    let mut seen: Vec<Arc<Event>> = Vec::new();
    let mut cuts = cuts.into_iter().cycle();
    loop {
        let after = seen.last().map_or(0, |event| event.seq);
        let stream = engine.subscribe(&id, after);
        pin_mut!(stream);
        let mut left = cuts.next().map_or(u32::MAX, |cut| u32::from(cut) + 1);
        loop {
            if left == 0 {
                break;
            }
            left -= 1;
            match stream.next().await {
                Some(event) => seen.push(event.unwrap()),
                None => return seen,
            }
        }
    }
}

#[test]
fn no_event_is_lost_or_doubled_whatever_the_viewers_do() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let (bench, engine) = runtime.block_on(async {
        let bench = Bench::new().await;
        let engine = bench.start(alone(), vec![bursts()]).await;
        (bench, engine)
    });
    let bursts = prop::collection::vec((prop_oneof![0u64..5, 0u64..400], 0u64..15), 0..8);
    let viewers = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 1..5);
    let mut runner = TestRunner::new(Config {
        cases: 40,
        failure_persistence: None,
        ..Config::default()
    });
    let mut number = 0;
    let other_node = bench.engine(shared());
    let number = std::cell::RefCell::new(&mut number);
    runner
        .run(&(bursts, viewers), |(bursts, viewers)| {
            **number.borrow_mut() += 1;
            let id = format!("run_{}", number.borrow());
            runtime.block_on(async {
                let all: u64 = bursts.iter().map(|(count, _)| count).sum();
                launch(&engine, new_run(&id, "bursts", json!({"bursts": bursts})), Start::Now).await;
                let watching: Vec<_> = viewers
                    .into_iter()
                    .enumerate()
                    // Every other viewer watches from a node where the run is not.
                    .map(|(at, cuts)| if at % 2 == 1 { (other_node.clone(), cuts) } else { (engine.clone(), cuts) })
                    .map(|(node, cuts)| tokio::spawn(watch_in_pieces(node, id.clone(), cuts)))
                    .collect();
                let whole = watch(&engine, &id, 0).await;
                let replay = watch(&engine, &id, 0).await;
                let last = if all.is_multiple_of(2) { all + 2 } else { all + 1 };
                assert_eq!(seqs(&whole), (1..=last).collect::<Vec<_>>());
                assert_eq!(essence(&whole), essence(&replay));
                for viewer in watching {
                    let seen = tokio::time::timeout(PATIENCE, viewer).await.expect("it ends").unwrap();
                    assert_eq!(essence(&seen), essence(&whole));
                }
            });
            Ok(())
        })
        .unwrap();
    runtime.block_on(async {
        until(async || (engine.lives() == 0 && other_node.lives() == 0).then_some(())).await;
        assert_eq!(engine.stats().await.unwrap().subscribers, 0);
        engine.shutdown(PATIENCE).await;
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_that_does_not_read_holds_up_nobody() {
    let bench = Bench::new().await;
    let engine = bench.start(alone(), vec![bursts()]).await;
    launch(
        &engine,
        new_run("run_1", "bursts", json!({"bursts": [[1, 50], [5000, 1]]})),
        Start::Now,
    )
    .await;
    let slow = engine.subscribe("run_1", 0);
    pin_mut!(slow);
    assert_eq!(slow.next().await.unwrap().unwrap().seq, 1);
    // The slow one has seen one event; the run ends all the same, and it then finds the rest in the log.
    let quick = watch(&engine, "run_1", 0).await;
    assert_eq!(quick.len(), 5002);
    let rest: Vec<u64> = slow.map(|event| event.unwrap().seq).collect().await;
    assert_eq!(rest, (2..=5002).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_database_stops_the_step_not_the_memory() {
    let bench = Bench::new().await;
    let (gate, emitted) = (Arc::new(tokio::sync::Semaphore::new(0)), Count::default());
    let flood = step("flood", Lane::Interactive, {
        let (gate, emitted) = (gate.clone(), emitted.clone());
        move |ctx| {
            let (gate, emitted) = (gate.clone(), emitted.clone());
            Box::pin(async move {
                gate.acquire().await.unwrap().forget();
                for _ in 0..5000 {
                    ctx.emit("text", json!({"text": "x"})).await?;
                    emitted.add();
                }
                Ok(Outcome::Complete(finish(ctx, json!("ok"))))
            })
        }
    });
    let engine = bench.start(alone(), vec![flood]).await;
    launch(&engine, new_run("run_1", "flood", json!({})), Start::Now).await;
    let mut stall = bench.db.begin().await.unwrap();
    let held: String = query(&HOLD_RUN).bind("run_1").one(&mut stall).await.unwrap();
    assert_eq!(held, "run_1");
    gate.add_permits(1);
    until(async || (emitted.get() >= 1024).then_some(())).await;
    // It has every chance to go on now, and must not.
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        (emitted.get(), engine.stats().await.unwrap().unflushed),
        (1024, 1024)
    );
    stall.rollback().await.unwrap();
    let events = watch(&engine, "run_1", 0).await;
    assert_eq!(events.len(), 5001);
    assert_eq!(emitted.get(), 5000);
}

#[tokio::test]
async fn the_log_follows_by_itself_in_chunks() {
    let bench = Bench::new().await;
    let (gate, opened) = (
        Arc::new(tokio::sync::Semaphore::new(0)),
        Arc::new(tokio::sync::Semaphore::new(0)),
    );
    let slow = step("slow", Lane::Interactive, {
        let (gate, opened) = (gate.clone(), opened.clone());
        move |ctx| {
            let (gate, opened) = (gate.clone(), opened.clone());
            Box::pin(async move {
                for number in 0..100 {
                    ctx.emit("text", json!({"text": format!("{number} ")})).await?;
                }
                opened.add_permits(1);
                gate.acquire().await.unwrap().forget();
                Ok(Outcome::Complete(finish(ctx, json!("ok"))))
            })
        }
    });
    let engine = bench.start(alone(), vec![slow]).await;
    launch(&engine, new_run("run_1", "slow", json!({})), Start::Now).await;
    opened.acquire().await.unwrap().forget();
    let chunks = until(async || {
        let chunks: Vec<(i64, i64)> = query(&LIST_CHUNKS).bind("run_1").all(&bench.db).await.unwrap();
        (chunks.last().is_some_and(|(_, last)| *last == 100)).then_some(chunks)
    })
    .await;
    assert!(chunks.len() <= 3, "a hundred events are a few rows: {chunks:?}");
    assert_eq!(get(&engine, "run_1").await.status, RunStatus::Running);
    until(async || (engine.stats().await.unwrap().unflushed == 0).then_some(())).await;
    let stats = engine.stats().await.unwrap();
    assert_eq!(
        (stats.flush.events, stats.running, stats.flush.failures),
        (100, [1, 0], 0)
    );
    assert_eq!(stats.flush.chunks, chunks.len() as u64);
    gate.add_permits(1);
    ended(&engine, "run_1").await;
}

#[tokio::test]
async fn a_viewer_may_come_before_the_run_begins() {
    let bench = Bench::new().await;
    let config = engine::EngineConfig {
        poll_every: Duration::from_hours(1),
        ..alone()
    };
    let engine = bench.start(config, vec![bursts()]).await;
    let mut batch = sql::Batch::new();
    let new = engine::NewRun {
        available_at: now(&bench).plus(Duration::from_secs(5)),
        ..new_run("run_1", "bursts", json!({"bursts": [[3, 1]]}))
    };
    let run = engine.prepare(new, Start::Queued, &mut batch).unwrap();
    engine.submit(batch, vec![run.clone()]).await.unwrap();
    let viewer = tokio::spawn({
        let engine = engine.clone();
        async move { watch(&engine, "run_1", 0).await }
    });
    until(async || (engine.lives() == 1).then_some(())).await;
    bench.clock.advance(Duration::from_secs(5));
    engine.started(&run);
    assert_eq!(viewer.await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_run_that_is_deleted_ends_its_streams_with_an_error() {
    let bench = Bench::new().await;
    let engine = bench.start(alone(), vec![bursts()]).await;
    launch(
        &engine,
        new_run("run_1", "bursts", json!({"bursts": [[10, 0]]})),
        Start::Now,
    )
    .await;
    ended(&engine, "run_1").await;
    query(&DELETE_RUN).bind("run_1").execute(&bench.db).await.unwrap();
    let stream = engine.subscribe("run_1", 0);
    pin_mut!(stream);
    assert!(matches!(
        stream.next().await,
        Some(Err(engine::Error::NotFound { .. }))
    ));
    let chunks: Vec<(i64, i64)> = query(&LIST_CHUNKS).bind("run_1").all(&bench.db).await.unwrap();
    assert!(chunks.is_empty(), "the log goes with the run");
}

#[tokio::test]
async fn deleting_a_running_run_stops_it_and_spoils_no_other() {
    let bench = Bench::new().await;
    let engine = bench.start(alone(), vec![bursts()]).await;
    let long: BTreeMap<_, _> = BTreeMap::from([("bursts", vec![(1, 5); 4000])]);
    launch(&engine, new_run("run_1", "bursts", json!(long)), Start::Now).await;
    launch(
        &engine,
        new_run("run_2", "bursts", json!({"bursts": vec![(1, 2); 60]})),
        Start::Now,
    )
    .await;
    query(&DELETE_RUN).bind("run_1").execute(&bench.db).await.unwrap();
    until(async || (engine.stats().await.unwrap().running == [1, 0]).then_some(())).await;
    assert_eq!(ended(&engine, "run_2").await.status, RunStatus::Completed);
    assert_eq!(bench.effects("run_1").await, 0);
}

//! Several nodes on one database: never the same attempt twice, and no harm from one that lost its lease.

use std::{collections::HashSet, sync::Arc, time::Duration};

use engine::{Cancelled, Engine, Lane, Outcome, RunStatus, Start, Step, StepError};
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::support::*;

type Taken = Arc<Mutex<HashSet<(String, u32)>>>;

/// A step that notes every attempt it is called for.
fn noting(taken: &Taken, twice: &Count) -> Arc<dyn Step> {
    let (taken, twice) = (taken.clone(), twice.clone());
    step("noting", Lane::Background, move |ctx| {
        let (taken, twice) = (taken.clone(), twice.clone());
        Box::pin(async move {
            if !taken.lock().insert((ctx.run().id.clone(), ctx.attempt())) {
                twice.add();
            }
            tokio::task::yield_now().await;
            Ok(Outcome::Complete(finish(ctx, json!("ok"))))
        })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_never_run_the_same_attempt() {
    let bench = Bench::new().await;
    let (taken, twice) = (Taken::default(), Count::default());
    let one = bench.start(shared(), vec![noting(&taken, &twice)]).await;
    let two = bench.start(shared(), vec![noting(&taken, &twice)]).await;
    for number in 0..300 {
        let engine = if number % 2 == 0 { &one } else { &two };
        launch(
            engine,
            new_run(&format!("run_{number}"), "noting", json!({})),
            Start::Queued,
        )
        .await;
    }
    for number in 0..300 {
        let run = ended(&one, &format!("run_{number}")).await;
        assert_eq!((run.status, run.attempt), (RunStatus::Completed, 1));
    }
    let attempts = taken.lock().len();
    assert_eq!((twice.get(), attempts, bench.all_effects().await), (0, 300, 300));
    one.shutdown(PATIENCE).await;
    two.shutdown(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn children_that_end_on_two_nodes_at_once_wake_their_parent() {
    let bench = Bench::new().await;
    let steps = || -> Vec<Arc<dyn Step>> {
        let parent = step("parent", Lane::Interactive, |ctx| {
            Box::pin(async move {
                if ctx.attempt() == 1 {
                    let id = &ctx.run().id;
                    return Ok(Outcome::wait(
                        (0..8)
                            .map(|n| new_run(&format!("{id}_{n}"), "child", json!(n)))
                            .collect(),
                    ));
                }
                Ok(Outcome::Complete(finish(ctx, json!(ctx.run().children_ended))))
            })
        });
        let child = step("child", Lane::Background, |ctx| {
            Box::pin(async move { Ok(Outcome::Complete(finish(ctx, json!(1)))) })
        });
        vec![parent, child]
    };
    let one = bench.start(shared(), steps()).await;
    let two = bench.start(shared(), steps()).await;
    for number in 0..20 {
        launch(
            &one,
            new_run(&format!("tree_{number}"), "parent", json!({})),
            Start::Now,
        )
        .await;
    }
    for number in 0..20 {
        let run = ended(&two, &format!("tree_{number}")).await;
        assert_eq!(
            (run.status, run.attempt, run.output),
            (RunStatus::Completed, 2, Some(json!(8)))
        );
    }
    assert_eq!(bench.all_effects().await, 180);
}

/// A step whose first attempt waits for a permit before it ends, so that the test decides who is late.
fn held(gate: &Arc<Semaphore>, begun: &Count) -> Arc<dyn Step> {
    let (gate, begun) = (gate.clone(), begun.clone());
    step("held", Lane::Interactive, move |ctx| {
        let (gate, begun) = (gate.clone(), begun.clone());
        Box::pin(async move {
            ctx.emit("text", json!({"text": format!("from {} ", ctx.attempt())}))
                .await?;
            begun.add();
            if ctx.attempt() == 1 {
                gate.acquire().await.map_err(|_| StepError::Cancelled)?.forget();
                // It may say more for a while; none of it may get into the log.
                let _ = ctx.emit("text", json!({"text": "too late "})).await;
            }
            Ok(Outcome::Complete(finish(ctx, json!(ctx.attempt()))))
        })
    })
}

/// A node that neither renews nor recovers: it hangs.
fn hanging() -> engine::EngineConfig {
    let never = Duration::from_hours(1);
    engine::EngineConfig {
        renew_every: never,
        recover_every: never,
        flush_every: never,
        ..shared()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_lost_its_lease_can_not_complete_the_run() {
    let bench = Bench::new().await;
    let (gate, begun) = (Arc::new(Semaphore::new(0)), Count::default());
    let late = bench.start(hanging(), vec![held(&gate, &begun)]).await;
    launch(&late, new_run("run_1", "held", json!({})), Start::Now).await;
    until(async || (begun.get() == 1).then_some(())).await;
    let other = bench.start(hanging(), vec![held(&gate, &begun)]).await;
    bench.clock.advance(Duration::from_secs(30));
    assert_eq!(
        other.recover_expired().await.unwrap(),
        0,
        "the lease is good to its last moment"
    );
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(other.recover_expired().await.unwrap(), 1);
    let run = ended(&other, "run_1").await;
    assert_eq!(
        (run.status, run.attempt, run.output.clone()),
        (RunStatus::Completed, 2, Some(json!(2)))
    );
    let log = essence(&watch(&other, "run_1", 0).await);
    // Now the late one comes to its end.
    gate.add_permits(1);
    late.run_until_idle().await.unwrap();
    assert_eq!(get(&late, "run_1").await, run);
    assert_eq!(bench.effects("run_1").await, 1);
    assert_eq!(essence(&watch(&late, "run_1", 0).await), log);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_lost_a_run_and_takes_it_again_begins_it_again() {
    let bench = Bench::new().await;
    let (gate, begun) = (Arc::new(Semaphore::new(0)), Count::default());
    let late = bench.start(hanging(), vec![held(&gate, &begun)]).await;
    launch(&late, new_run("run_1", "held", json!({})), Start::Now).await;
    until(async || (begun.get() == 1).then_some(())).await;
    bench.clock.advance(Duration::from_secs(31));
    // It knows no step, so it takes no run: only the node that lost this one can.
    let other = bench.start(hanging(), vec![]).await;
    assert_eq!(other.recover_expired().await.unwrap(), 1);
    let run = ended(&late, "run_1").await;
    assert_eq!(
        (run.status, run.attempt, run.output),
        (RunStatus::Completed, 2, Some(json!(2)))
    );
    late.run_until_idle().await.unwrap();
    assert_eq!((begun.get(), bench.effects("run_1").await), (2, 1));
    let log = watch(&other, "run_1", 0).await;
    assert!(!texts(log.iter().map(AsRef::as_ref)).contains("late"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_lost_its_lease_finds_out_by_its_next_flush() {
    let bench = Bench::new().await;
    let lost = Count::default();
    let talking = step("talking", Lane::Interactive, {
        let lost = lost.clone();
        move |ctx| {
            let lost = lost.clone();
            Box::pin(async move {
                if ctx.attempt() > 1 {
                    return Ok(Outcome::Complete(finish(ctx, json!(ctx.attempt()))));
                }
                loop {
                    if let Err(error) = ctx.emit("text", json!({"text": "x"})).await {
                        lost.add();
                        return Err(error);
                    }
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            })
        }
    });
    let config = engine::EngineConfig {
        flush_every: Duration::from_millis(10),
        ..hanging()
    };
    let late = bench.start(config, vec![talking.clone()]).await;
    launch(&late, new_run("run_1", "talking", json!({})), Start::Now).await;
    bench.clock.advance(Duration::from_secs(31));
    let other = bench.start(hanging(), vec![talking]).await;
    assert_eq!(other.recover_expired().await.unwrap(), 1);
    until(async || (lost.get() == 1).then_some(())).await;
    assert_eq!(ended(&other, "run_1").await.output, Some(json!(2)));
    late.run_until_idle().await.unwrap();
    assert_eq!(bench.effects("run_1").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_living_node_keeps_its_runs_however_the_clock_jumps() {
    let bench = Bench::new().await;
    let (gate, begun) = (Arc::new(Semaphore::new(0)), Count::default());
    let config = engine::EngineConfig {
        renew_every: Duration::from_millis(10),
        ..shared()
    };
    let engine = bench.start(config, vec![held(&gate, &begun)]).await;
    launch(&engine, new_run("run_1", "held", json!({})), Start::Now).await;
    until(async || (begun.get() == 1).then_some(())).await;
    let other = bench.start(hanging(), vec![]).await;
    for jump in [10, 3600, 86400 * 365] {
        let before = get(&engine, "run_1").await.lease_expires_at;
        bench.clock.advance(Duration::from_secs(jump));
        until(async || (get(&engine, "run_1").await.lease_expires_at > before).then_some(())).await;
        assert_eq!(other.recover_expired().await.unwrap(), 0);
    }
    // And back: the lease follows the clock down.
    bench.clock.set("2020-01-01T00:00:00Z".parse().unwrap());
    let limit = now(&bench).plus(Duration::from_mins(1));
    until(async || (get(&engine, "run_1").await.lease_expires_at < Some(limit)).then_some(())).await;
    gate.add_permits(1);
    let run = ended(&engine, "run_1").await;
    assert_eq!((run.status, run.attempt), (RunStatus::Completed, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_node_s_runs_go_on_elsewhere_by_themselves() {
    let bench = Bench::new().await;
    let (gate, begun) = (Arc::new(Semaphore::new(0)), Count::default());
    let dead = bench.start(shared(), vec![held(&gate, &begun)]).await;
    launch(&dead, new_run("run_1", "held", json!({})), Start::Now).await;
    until(async || (begun.get() == 1).then_some(())).await;
    let other = bench.start(shared(), vec![held(&gate, &begun)]).await;
    let viewer = tokio::spawn({
        let other: Engine = other.clone();
        async move { watch(&other, "run_1", 0).await }
    });
    dead.crash().await;
    bench.clock.advance(Duration::from_secs(31));
    let events = viewer.await.unwrap();
    assert!(texts(events.iter().map(Arc::as_ref)).ends_with("from 2 "));
    let run = get(&other, "run_1").await;
    assert_eq!(
        (run.status, run.attempt, run.failures),
        (RunStatus::Completed, 2, 1)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_cancelled_from_another_node_and_watched_from_there() {
    let bench = Bench::new().await;
    let endless = || {
        step("endless", Lane::Interactive, |ctx| {
            Box::pin(async move {
                ctx.emit("text", json!({"text": "begun"})).await?;
                ctx.cancelled().cancelled().await;
                Err(StepError::Cancelled)
            })
        })
    };
    let one = bench.start(shared(), vec![endless()]).await;
    let two = bench.start(shared(), vec![endless()]).await;
    launch(&one, new_run("run_1", "endless", json!({})), Start::Now).await;
    let viewer = tokio::spawn({
        let two = two.clone();
        async move { watch(&two, "run_1", 0).await }
    });
    assert_eq!(two.cancel("run_1").await.unwrap(), Cancelled::Requested);
    let events = viewer.await.unwrap();
    assert_eq!(
        events.iter().map(|event| event.kind.as_ref()).collect::<Vec<_>>(),
        ["text", "complete"]
    );
    let run = get(&two, "run_1").await;
    assert_eq!((run.status, run.failures), (RunStatus::Cancelled, 0));
}

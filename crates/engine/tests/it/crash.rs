//! The death of the node at every point, and its end in good order.

use std::{sync::Arc, time::Duration};

use engine::{
    Finish, Lane, Outcome, RunContext, RunStatus, Start, Step, StepError,
    testing::{Stopped, Stopping},
};
use futures_util::StreamExt;
use serde_json::json;
use sql::Batch;

use crate::support::*;

const EVENTS: u64 = 6;

/// Runs a reply until it stands still after so many events, and what a viewer has seen by then; then the node dies.
async fn crash_after(
    bench: &Bench,
    id: &str,
    step: impl Step + 'static,
    after: u64,
) -> Vec<Arc<engine::Event>> {
    let (stopping, stopped): (_, Arc<Stopped>) = Stopping::new(step, after);
    let engine = bench.start(alone(), vec![Arc::new(stopping)]).await;
    launch(
        &engine,
        new_run(id, "reply", json!({"events": EVENTS})),
        Start::Now,
    )
    .await;
    let shown = engine
        .subscribe(id, 0)
        .take(after as usize)
        .map(Result::unwrap)
        .collect()
        .await;
    stopped.reached().await;
    engine.crash().await;
    shown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_after_any_event_ends_in_one_completion_and_no_number_twice() {
    let bench = Bench::new().await;
    // One more than there are: the step is through, its end is not written.
    for after in 0..=EVENTS {
        let id = format!("run_{after}");
        let shown = crash_after(&bench, &id, Reply, after).await;
        assert_eq!(shown.len() as u64, after);
        let engine = bench.start(alone(), vec![Arc::new(Reply)]).await;
        let run = ended(&engine, &id).await;
        assert_eq!(
            (run.status, run.attempt, run.failures),
            (RunStatus::Completed, 2, 1),
            "after {after}"
        );
        assert_eq!(bench.effects(&id).await, 1);
        let events = watch(&engine, &id, 0).await;
        assert!(seqs(&events).is_sorted_by(|one, next| one < next));
        // What was logged of the first attempt is what was shown of it.
        let (old, new): (Vec<_>, Vec<_>) = events.iter().cloned().partition(|event| event.seq <= EVENTS);
        assert_eq!(essence(&old), essence(&shown)[..old.len()]);
        assert_eq!(new.len() as u64, EVENTS + 2);
        // A viewer that comes back with the last number it saw gets the whole second attempt.
        let back = watch(&engine, &id, after).await;
        assert_eq!(essence(&back)[back.len() - new.len()..], essence(&new));
        engine.crash().await;
    }
    assert_eq!(bench.all_effects().await, EVENTS as i64 + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_stay_new_when_nothing_was_ever_logged() {
    let bench = Bench::new().await;
    let never = engine::EngineConfig {
        flush_every: Duration::from_hours(1),
        ..alone()
    };
    let mut highest = 0;
    for _ in 0..3 {
        // Attempt after attempt dies before anything is in the log.
        let engine = bench.start(never.clone(), vec![standing()]).await;
        if highest == 0 {
            launch(&engine, new_run("run_1", "standing", json!({})), Start::Now).await;
        }
        let shown: Vec<_> = engine
            .subscribe("run_1", highest)
            .take(3)
            .map(|event| event.unwrap().seq)
            .collect()
            .await;
        assert!(
            shown[0] > highest && shown.is_sorted(),
            "{shown:?} after {highest}"
        );
        highest = shown[2];
        engine.crash().await;
    }
}

fn standing() -> Arc<dyn Step> {
    step("standing", Lane::Interactive, |ctx| {
        Box::pin(async move {
            for _ in 0..3 {
                ctx.emit("text", json!({"text": "x"})).await?;
            }
            std::future::pending().await
        })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_found_after_a_crash_keeps_what_was_logged() {
    let bench = Bench::new().await;
    for after in 0..=EVENTS {
        let id = format!("run_{after}");
        let shown = crash_after(&bench, &id, Keeping, after).await;
        let engine = bench.start(alone(), vec![Arc::new(Keeping)]).await;
        let run = ended(&engine, &id).await;
        let events = watch(&engine, &id, 0).await;
        if run.status == RunStatus::Completed {
            // Nothing had been logged, so it ran again.
            assert!(events.iter().all(|event| event.seq > 1000));
        } else {
            assert_eq!(run.error, Some(json!({"code": "interrupted"})));
            let note: String = sql::query(&GET_NOTE)
                .bind(id.as_str())
                .one(&bench.db)
                .await
                .unwrap();
            let logged = texts(events.iter().map(Arc::as_ref));
            assert_eq!(note, logged);
            assert!(texts(shown.iter().map(Arc::as_ref)).starts_with(&logged) && !logged.is_empty());
        }
        assert_eq!(bench.effects(&id).await, 1);
        engine.crash().await;
    }
}

#[tokio::test]
async fn a_run_that_always_takes_its_node_down_is_given_up() {
    let bench = Bench::new().await;
    for round in 0.. {
        let engine = bench.start(alone(), vec![standing()]).await;
        if round == 0 {
            launch(&engine, new_run("run_1", "standing", json!({})), Start::Now).await;
        }
        let run = until(async || {
            let run = get(&engine, "run_1").await;
            (run.attempt > round || run.status.is_terminal()).then_some(run)
        })
        .await;
        if run.status == RunStatus::Running && round < 5 {
            engine.crash().await;
            continue;
        }
        let run = ended(&engine, "run_1").await;
        assert_eq!((run.status, round), (RunStatus::Failed, 5));
        assert_eq!(run.error.unwrap()["code"], "abandoned");
        return;
    }
}

#[tokio::test]
async fn a_run_that_was_cancelled_when_its_node_died_ends_as_cancelled() {
    let bench = Bench::new().await;
    // The node is so busy dying that it never hears of the cancellation.
    let config = engine::EngineConfig {
        cancel_grace: Duration::from_hours(1),
        ..alone()
    };
    let engine = bench.start(config, vec![standing()]).await;
    launch(&engine, new_run("run_1", "standing", json!({})), Start::Now).await;
    engine.cancel("run_1").await.unwrap();
    engine.crash().await;
    let engine = bench.start(alone(), vec![standing()]).await;
    assert_eq!(ended(&engine, "run_1").await.status, RunStatus::Cancelled);
}

#[tokio::test]
async fn a_run_whose_request_was_dropped_after_the_commit_begins_all_the_same() {
    let bench = Bench::new().await;
    let engine = bench.start(alone(), vec![Arc::new(Reply)]).await;
    let mut batch = Batch::new();
    engine
        .prepare(
            new_run("run_1", "reply", json!({"events": 1})),
            Start::Now,
            &mut batch,
        )
        .unwrap();
    bench.db.write(batch).await.unwrap();
    // Nobody calls `started`.
    assert_eq!(ended(&engine, "run_1").await.status, RunStatus::Completed);
}

#[tokio::test]
async fn a_node_that_goes_down_waits_for_what_runs() {
    let bench = Bench::new().await;
    let engine = bench.start(alone(), vec![Arc::new(Reply)]).await;
    launch(
        &engine,
        new_run("run_1", "reply", json!({"events": 500})),
        Start::Now,
    )
    .await;
    engine.shutdown(PATIENCE).await;
    let later = bench.engine(alone());
    let run = get(&later, "run_1").await;
    assert_eq!(
        (run.status, bench.effects("run_1").await),
        (RunStatus::Completed, 1)
    );
    // Draining, it takes nothing on: what comes now waits in the queue.
    let engine = bench.start(alone(), vec![Arc::new(Reply)]).await;
    let mut batch = Batch::new();
    let run = engine
        .prepare(
            new_run("run_2", "reply", json!({"events": 1})),
            Start::Now,
            &mut batch,
        )
        .unwrap();
    assert_eq!(run.status, RunStatus::Running);
    engine.shutdown(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_deadline_everything_shown_is_logged_and_the_rest_goes_back_to_the_queue() {
    let bench = Bench::new().await;
    let never = engine::EngineConfig {
        flush_every: Duration::from_hours(1),
        ..alone()
    };
    let stuck: fn(Lane) -> Arc<dyn Step> = |lane| {
        let kind = if lane == Lane::Interactive {
            "interactive"
        } else {
            "background"
        };
        step(kind, lane, |ctx| Box::pin(stand_still_once(ctx)))
    };
    let steps = || vec![stuck(Lane::Interactive), stuck(Lane::Background)];
    let engine = bench.start(never, steps()).await;
    for kind in ["interactive", "background"] {
        launch(&engine, new_run(kind, kind, json!({})), Start::Now).await;
        let shown: Vec<_> = engine.subscribe(kind, 0).take(3).collect().await;
        assert_eq!(shown.len(), 3);
    }
    engine.shutdown(Duration::from_millis(10)).await;
    let engine = bench.engine(alone());
    for kind in ["interactive", "background"] {
        let run = get(&engine, kind).await;
        assert_eq!(
            (run.status, run.failures, run.orphaned),
            (RunStatus::Queued, 0, true)
        );
    }
    let engine = bench.start(alone(), steps()).await;
    for kind in ["interactive", "background"] {
        assert_eq!(ended(&engine, kind).await.status, RunStatus::Completed);
        let events = watch(&engine, kind, 0).await;
        assert_eq!(seqs(&events)[..3], [1, 2, 3]);
        assert_eq!(bench.effects(kind).await, 1);
    }
}

async fn stand_still_once(ctx: &RunContext) -> Result<Outcome, StepError> {
    for _ in 0..3 {
        ctx.emit("text", json!({"text": "x"})).await?;
    }
    if ctx.attempt() == 1 {
        std::future::pending::<()>().await;
    }
    Ok(Outcome::Complete(Finish {
        usage: engine::RunUsage {
            prompt_tokens: 7,
            ..Default::default()
        },
        ..finish(ctx, json!("ok"))
    }))
}

//! The life of a run on one node: begin, end, fail, sleep, wait, be cancelled.

use std::{sync::Arc, time::Duration};

use engine::{
    Cancelled, Finish, FinishStatus, Lane, NewEvent, Outcome, RunStatus, Start, StepError, Wake,
    testing::{Failing, Repeating},
};
use serde_json::json;
use sql::{Batch, OnViolation};

use crate::support::*;

fn nothing() -> Arc<dyn engine::Step> {
    step("nothing", Lane::Background, |ctx| {
        Box::pin(async move { Ok(Outcome::Complete(finish(ctx, json!("ok")))) })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_begins_at_once_and_ends_in_one_transaction() {
    let bench = Bench::new().await;
    let engine = bench.start(alone(), vec![Arc::new(Reply)]).await;
    let run = launch(
        &engine,
        new_run("run_1", "reply", json!({"events": 3})),
        Start::Now,
    )
    .await;
    assert_eq!((run.status, run.attempt), (RunStatus::Running, 1));
    let events = watch(&engine, "run_1", 0).await;
    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_ref()).collect();
    assert_eq!(kinds, ["text", "text", "text", "done", "complete"]);
    assert_eq!(seqs(&events), [1, 2, 3, 4, 5]);
    // The end was shown, so it is committed.
    let run = get(&engine, "run_1").await;
    assert_eq!(
        (run.status, run.output),
        (RunStatus::Completed, Some(json!({"words": 3})))
    );
    assert_eq!((run.lease_owner, run.finished_at), (None, Some(now(&bench))));
    assert_eq!(bench.effects("run_1").await, 1);
    // Replayed, it is the same, and from any number on.
    assert_eq!(essence(&watch(&engine, "run_1", 0).await), essence(&events));
    assert_eq!(seqs(&watch(&engine, "run_1", 3).await), [4, 5]);
    assert!(watch(&engine, "run_1", 5).await.is_empty());
    assert!(watch(&engine, "run_1", u64::MAX).await.is_empty());
    until(async || (engine.lives() == 0).then_some(())).await;
}

#[tokio::test]
async fn queued_runs_are_claimed_and_a_stream_without_events_still_ends() {
    let bench = Bench::new().await;
    let engine = bench.start(alone(), vec![nothing()]).await;
    let run = launch(&engine, new_run("run_1", "nothing", json!({})), Start::Queued).await;
    assert_eq!((run.status, run.attempt), (RunStatus::Queued, 0));
    let live = watch(&engine, "run_1", 0).await;
    assert_eq!(live[0].data.get(), r#"{"status":"completed"}"#);
    engine.run_until_idle().await.unwrap();
    let replayed = watch(&engine, "run_1", 0).await;
    assert_eq!(essence(&live), essence(&replayed));
    assert_eq!(get(&engine, "run_1").await.attempt, 1);
}

#[tokio::test]
async fn there_is_no_stream_of_what_does_not_exist() {
    let bench = Bench::new().await;
    let engine = bench.start(alone(), vec![]).await;
    let mut stream = std::pin::pin!(engine.subscribe("nobody", 0));
    let first = futures_util::StreamExt::next(&mut stream).await;
    assert!(matches!(first, Some(Err(engine::Error::NotFound { .. }))));
    assert!(futures_util::StreamExt::next(&mut stream).await.is_none());
    let unknown = engine.prepare(
        new_run("run_1", "unknown", json!(1)),
        Start::Now,
        &mut Batch::new(),
    );
    assert!(matches!(unknown, Err(engine::Error::UnknownKind { .. })));
}

#[tokio::test]
async fn every_step_may_be_repeated() {
    let bench = Bench::new().await;
    let engine = bench.start(alone(), vec![Arc::new(Repeating(Reply))]).await;
    launch(
        &engine,
        new_run("run_1", "reply", json!({"events": 5})),
        Start::Now,
    )
    .await;
    assert_eq!(ended(&engine, "run_1").await.status, RunStatus::Completed);
    assert_eq!(bench.effects("run_1").await, 1);
}

#[tokio::test]
async fn every_step_may_fail_and_comes_back_later_each_time() {
    let bench = Bench::new().await;
    let engine = bench
        .start(
            alone(),
            vec![Arc::new(Failing {
                step: Reply,
                attempts: 2,
            })],
        )
        .await;
    let new = engine::NewRun {
        attempts_max: 3,
        ..new_run("run_1", "reply", json!({"events": 2}))
    };
    launch(&engine, new, Start::Now).await;
    let mut waits = Vec::new();
    for failures in 1..=2 {
        let run = until(async || {
            let run = get(&engine, "run_1").await;
            (run.failures == failures && run.status == RunStatus::Queued).then_some(run)
        })
        .await;
        assert_eq!(run.error, Some(json!({"code": "injected"})));
        waits.push(run.available_at.since(now(&bench)));
        engine.run_until_idle().await.unwrap();
        assert_eq!(
            get(&engine, "run_1").await.attempt,
            failures,
            "not before it is due"
        );
        bench.clock.advance(waits[waits.len() - 1]);
    }
    let run = ended(&engine, "run_1").await;
    assert_eq!(
        (run.status, run.attempt, run.failures),
        (RunStatus::Completed, 3, 2)
    );
    assert_eq!(bench.effects("run_1").await, 1);
    assert!(
        waits[0] >= Duration::from_millis(250) && waits[0] <= Duration::from_millis(500),
        "{waits:?}"
    );
    assert!(
        waits[1] >= Duration::from_millis(500) && waits[1] <= Duration::from_secs(1),
        "{waits:?}"
    );
    // All attempts are one stream with ascending numbers.
    let events = watch(&engine, "run_1", 0).await;
    assert_eq!(seqs(&events), (1..=8).collect::<Vec<_>>());
}

#[tokio::test]
async fn attempts_are_limited_and_panics_are_failures() {
    let bench = Bench::new().await;
    let retry = step("retry", Lane::Background, |_| {
        Box::pin(async { Err(StepError::retry("upstream_down", "no answer")) })
    });
    let fail = step("fail", Lane::Background, |_| {
        Box::pin(async { Err(StepError::fail("bad_input", "no")) })
    });
    let panic = step("panic", Lane::Background, |_| {
        Box::pin(async { panic!("on purpose") })
    });
    let engine = bench.start(alone(), vec![retry, fail, panic, nothing()]).await;
    for kind in ["retry", "fail", "panic"] {
        launch(&engine, new_run(kind, kind, json!({})), Start::Queued).await;
        let run = ended(&engine, kind).await;
        assert_eq!((run.status, run.attempt), (RunStatus::Failed, 1));
    }
    assert_eq!(
        get(&engine, "retry").await.error.unwrap()["code"],
        "upstream_down"
    );
    assert_eq!(get(&engine, "fail").await.error.unwrap()["code"], "bad_input");
    assert_eq!(get(&engine, "panic").await.error.unwrap()["code"], "panic");
    let closing = watch(&engine, "fail", 0).await;
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(closing[0].data.get()).unwrap(),
        serde_json::json!({"error": {"code": "bad_input", "detail": "no"}, "status": "failed"})
    );
    // The lane is not one place poorer.
    launch(&engine, new_run("after", "nothing", json!({})), Start::Queued).await;
    assert_eq!(ended(&engine, "after").await.status, RunStatus::Completed);
}

#[tokio::test]
async fn a_paused_run_sleeps_until_its_time_or_until_it_is_woken() {
    let bench = Bench::new().await;
    let nap = step("nap", Lane::Background, |ctx| {
        Box::pin(async move {
            if ctx.attempt() == 1 {
                return Ok(Outcome::Pause(ctx.clock().now().plus(Duration::from_hours(1))));
            }
            Ok(Outcome::Complete(finish(ctx, json!(ctx.attempt()))))
        })
    });
    let engine = bench.start(alone(), vec![nap]).await;
    for id in ["sleeps", "woken"] {
        launch(&engine, new_run(id, "nap", json!({})), Start::Queued).await;
    }
    engine.run_until_idle().await.unwrap();
    until_status(&engine, "sleeps", RunStatus::Paused).await;
    until_status(&engine, "woken", RunStatus::Paused).await;
    assert!(engine.resume("woken").await.unwrap());
    assert_eq!(ended(&engine, "woken").await.status, RunStatus::Completed);
    assert!(!engine.resume("woken").await.unwrap());
    // The clock jumps a year: what is due is due once.
    assert_eq!(get(&engine, "sleeps").await.status, RunStatus::Paused);
    bench.clock.advance(Duration::from_hours(365 * 24));
    assert_eq!(ended(&engine, "sleeps").await.output, Some(json!(2)));
    assert_eq!(bench.effects("sleeps").await, 1);
}

fn fan_out(wake: Wake, count: u32) -> Arc<dyn engine::Step> {
    step("parent", Lane::Interactive, move |ctx| {
        Box::pin(async move {
            if ctx.attempt() == 1 {
                let children = (0..count)
                    .map(|number| new_run(&format!("{}_{number}", ctx.run().id), "nothing", json!(number)));
                return Ok(Outcome::Wait {
                    children: children.collect(),
                    wake,
                });
            }
            let children = ctx.children().await?;
            let ended = children.iter().filter(|child| child.status.is_terminal()).count();
            if ended < count as usize {
                return Ok(Outcome::Wait {
                    children: vec![],
                    wake,
                });
            }
            Ok(Outcome::Complete(finish(ctx, json!({"ended": ended}))))
        })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parent_of_forty_is_woken_once_by_the_last() {
    let bench = Bench::new().await;
    let config = engine::EngineConfig {
        background_max: 40,
        ..alone()
    };
    let engine = bench
        .start(config, vec![fan_out(Wake::AllEnded, 40), nothing()])
        .await;
    launch(&engine, new_run("tree", "parent", json!({})), Start::Now).await;
    let run = ended(&engine, "tree").await;
    assert_eq!(
        (run.status, run.attempt, run.output),
        (RunStatus::Completed, 2, Some(json!({"ended": 40})))
    );
    assert_eq!((run.children, run.children_ended), (40, 40));
    let tree = engine.tree("tree").await.unwrap();
    assert_eq!(tree.len(), 40);
    assert!(
        tree.iter()
            .all(|child| child.root_id == "tree" && child.user_id.as_deref() == Some("user"))
    );
    assert_eq!(bench.all_effects().await, 41);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parent_may_be_woken_by_any_child_and_misses_none() {
    let bench = Bench::new().await;
    let engine = bench
        .start(alone(), vec![fan_out(Wake::AnyEnded, 9), nothing()])
        .await;
    launch(&engine, new_run("tree", "parent", json!({})), Start::Now).await;
    let run = ended(&engine, "tree").await;
    assert_eq!(run.output, Some(json!({"ended": 9})));
    assert!(run.attempt >= 2 && run.attempt <= 10, "{}", run.attempt);
}

#[tokio::test]
async fn waiting_for_nobody_is_not_waiting() {
    let bench = Bench::new().await;
    for wake in [Wake::AllEnded, Wake::AnyEnded] {
        let id = format!("{wake:?}");
        let engine = bench.start(alone(), vec![fan_out(wake, 0), nothing()]).await;
        launch(&engine, new_run(&id, "parent", json!({})), Start::Now).await;
        assert_eq!(ended(&engine, &id).await.attempt, 2);
        engine.crash().await;
    }
}

#[tokio::test]
async fn a_child_may_begin_beside_the_wait() {
    let bench = Bench::new().await;
    let parent = step("parent", Lane::Interactive, |ctx| {
        Box::pin(async move {
            if ctx.attempt() == 1 {
                let child = engine::NewRun {
                    parent_id: Some(ctx.run().id.clone()),
                    ..new_run("beside", "nothing", json!(1))
                };
                let mut batch = Batch::new();
                let run = ctx.engine().prepare(child, Start::Now, &mut batch)?;
                ctx.engine().submit(batch, vec![run]).await?;
                return Ok(Outcome::wait(vec![]));
            }
            Ok(Outcome::Complete(finish(ctx, json!(ctx.run().children_ended))))
        })
    });
    let engine = bench.start(alone(), vec![parent, nothing()]).await;
    launch(&engine, new_run("tree", "parent", json!({})), Start::Now).await;
    let run = ended(&engine, "tree").await;
    assert_eq!((run.attempt, run.output), (2, Some(json!(1))));
    assert_eq!(get(&engine, "beside").await.root_id, "tree");
}

fn endless() -> Arc<dyn engine::Step> {
    step("endless", Lane::Interactive, |ctx| {
        Box::pin(async move {
            ctx.emit("text", json!({"text": "…"})).await?;
            ctx.cancelled().cancelled().await;
            let mut finish = Finish {
                status: FinishStatus::Cancelled,
                ..finish(ctx, json!("partial"))
            };
            finish
                .last_events
                .push(NewEvent::new("complete", json!({"status": "cancelled"}))?);
            Ok(Outcome::Complete(finish))
        })
    })
}

#[tokio::test]
async fn a_running_run_is_cancelled_by_its_token_and_says_itself_how_it_ends() {
    let bench = Bench::new().await;
    let engine = bench.start(alone(), vec![endless()]).await;
    launch(&engine, new_run("run_1", "endless", json!({})), Start::Now).await;
    assert_eq!(engine.cancel("run_1").await.unwrap(), Cancelled::Requested);
    let run = ended(&engine, "run_1").await;
    assert_eq!(
        (run.status, run.output),
        (RunStatus::Cancelled, Some(json!("partial")))
    );
    assert_eq!(bench.effects("run_1").await, 1);
    assert_eq!(engine.cancel("run_1").await.unwrap(), Cancelled::Ended);
    assert_eq!(engine.cancel("nobody").await.unwrap(), Cancelled::NotFound);
}

#[tokio::test]
async fn a_run_that_never_began_is_cancelled_at_once_and_its_parent_goes_on() {
    let bench = Bench::new().await;
    let config = engine::EngineConfig {
        background_max: 0,
        ..alone()
    };
    let engine = bench
        .start(config, vec![nothing(), fan_out(Wake::AllEnded, 1)])
        .await;
    launch(&engine, new_run("tree", "parent", json!({})), Start::Now).await;
    until_status(&engine, "tree", RunStatus::Waiting).await;
    let viewer = tokio::spawn({
        let engine = engine.clone();
        async move { watch(&engine, "tree_0", 0).await }
    });
    assert_eq!(engine.cancel("tree_0").await.unwrap(), Cancelled::Now);
    assert_eq!(get(&engine, "tree_0").await.status, RunStatus::Cancelled);
    assert_eq!(viewer.await.unwrap()[0].data.get(), r#"{"status":"cancelled"}"#);
    assert_eq!(ended(&engine, "tree").await.status, RunStatus::Completed);
}

#[tokio::test]
async fn waiting_and_paused_runs_are_ended_by_their_step_and_children_with_them() {
    let bench = Bench::new().await;
    let nap = step("nap", Lane::Background, |ctx| {
        Box::pin(async move { Ok(Outcome::Pause(ctx.clock().now().plus(Duration::from_mins(1)))) })
    });
    let parent = step("parent", Lane::Interactive, |ctx| {
        Box::pin(async move {
            let id = &ctx.run().id;
            let children = vec![
                new_run(&format!("{id}_nap"), "nap", json!(1)),
                new_run(&format!("{id}_endless"), "endless", json!(1)),
            ];
            Ok(Outcome::wait(children))
        })
    });
    let engine = bench.start(alone(), vec![nap, parent, endless()]).await;
    launch(&engine, new_run("tree", "parent", json!({})), Start::Now).await;
    until_status(&engine, "tree_nap", RunStatus::Paused).await;
    until_status(&engine, "tree_endless", RunStatus::Running).await;
    assert_eq!(engine.cancel("tree").await.unwrap(), Cancelled::Requested);
    for id in ["tree", "tree_nap", "tree_endless"] {
        assert_eq!(ended(&engine, id).await.status, RunStatus::Cancelled, "{id}");
    }
    assert_eq!(bench.effects("tree_endless").await, 1);
}

#[tokio::test]
async fn a_step_that_does_not_heed_its_token_is_dropped() {
    let bench = Bench::new().await;
    let deaf = step("deaf", Lane::Background, |_| Box::pin(std::future::pending()));
    let engine = bench.start(alone(), vec![deaf]).await;
    launch(&engine, new_run("run_1", "deaf", json!({})), Start::Now).await;
    engine.cancel("run_1").await.unwrap();
    assert_eq!(ended(&engine, "run_1").await.status, RunStatus::Cancelled);
    engine.run_until_idle().await.unwrap();
    assert_eq!(engine.stats().await.unwrap().running, [0, 0]);
}

#[tokio::test]
async fn a_parent_that_fails_takes_its_children_with_it() {
    let bench = Bench::new().await;
    let parent = step("parent", Lane::Interactive, |ctx| {
        Box::pin(async move {
            match ctx.attempt() {
                1 => Ok(Outcome::Wait {
                    children: vec![
                        new_run("quick", "nothing", json!(1)),
                        new_run("slow", "endless", json!(1)),
                    ],
                    wake: Wake::AnyEnded,
                }),
                _ => Err(StepError::fail("enough", "no need of the rest")),
            }
        })
    });
    let engine = bench.start(alone(), vec![parent, endless(), nothing()]).await;
    launch(&engine, new_run("tree", "parent", json!({})), Start::Now).await;
    assert_eq!(ended(&engine, "tree").await.status, RunStatus::Failed);
    assert_eq!(ended(&engine, "slow").await.status, RunStatus::Cancelled);
    assert_eq!(get(&engine, "quick").await.status, RunStatus::Completed);
}

#[tokio::test]
async fn refused_writes_fail_the_run_and_leave_nothing_behind() {
    let bench = Bench::new().await;
    let refused = step("refused", Lane::Background, |ctx| {
        Box::pin(async move {
            ctx.emit("text", json!({"text": "shown"})).await?;
            let mut finish = finish(ctx, json!("ok"));
            // A statement that is wrong for good: no such parent to add a child to.
            let child = engine::NewRun {
                parent_id: Some("nobody".into()),
                ..new_run("x", "refused", json!(1))
            };
            ctx.engine().prepare(child, Start::Queued, &mut finish.writes)?;
            Ok(Outcome::Complete(finish))
        })
    });
    let engine = bench.start(alone(), vec![refused]).await;
    launch(&engine, new_run("run_1", "refused", json!({})), Start::Now).await;
    let run = ended(&engine, "run_1").await;
    assert_eq!(
        (run.status, &run.error.unwrap()["code"]),
        (RunStatus::Failed, &json!("finish_refused"))
    );
    assert_eq!(bench.effects("run_1").await, 0);
    assert_eq!(watch(&engine, "run_1", 0).await.len(), 2);
}

#[tokio::test]
async fn complete_belongs_to_the_end() {
    let bench = Bench::new().await;
    let early = step("early", Lane::Background, |ctx| {
        Box::pin(async move {
            ctx.emit("complete", json!({})).await?;
            Ok(Outcome::Complete(finish(ctx, json!("ok"))))
        })
    });
    let engine = bench.start(alone(), vec![early]).await;
    launch(&engine, new_run("run_1", "early", json!({})), Start::Now).await;
    let run = ended(&engine, "run_1").await;
    assert_eq!(run.error.unwrap()["code"], "event_reserved");
}

#[tokio::test]
async fn the_same_key_of_the_same_user_makes_one_run() {
    let bench = Bench::new().await;
    let engine = bench.start(alone(), vec![nothing()]).await;
    let with_key = |id: &str, user: &str| engine::NewRun {
        idempotency_key: Some("key".into()),
        user_id: Some(user.into()),
        ..new_run(id, "nothing", json!({}))
    };
    launch(&engine, with_key("run_1", "ada"), Start::Queued).await;
    launch(&engine, with_key("run_2", "bob"), Start::Queued).await;
    let mut batch = Batch::new();
    let again = engine
        .prepare(with_key("run_3", "ada"), Start::Queued, &mut batch)
        .unwrap();
    let refused = engine.submit(batch, vec![again]).await;
    let told: Result<_, String> = refused
        .on_unique("runs_user_idempotency_key", || Taken)
        .map_err(|error| match error {
            Taken => "taken".to_owned(),
        });
    assert_eq!(told.unwrap_err(), "taken");
    let first = engine
        .find_by_idempotency_key("ada", "key")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(first.id, "run_1");
    assert!(
        engine
            .find_by_idempotency_key("eve", "key")
            .await
            .unwrap()
            .is_none()
    );
}

struct Taken;

impl From<sql::Error> for Taken {
    fn from(error: sql::Error) -> Self {
        panic!("not a violation of the key: {error}");
    }
}

#[tokio::test]
async fn a_full_lane_does_not_hold_up_the_other() {
    let bench = Bench::new().await;
    let stuck = step("stuck", Lane::Background, |ctx| {
        Box::pin(async move {
            ctx.cancelled().cancelled().await;
            Err(StepError::Cancelled)
        })
    });
    let engine = bench.start(alone(), vec![stuck, Arc::new(Reply)]).await;
    for number in 0..8 {
        launch(
            &engine,
            new_run(&format!("stuck_{number}"), "stuck", json!({})),
            Start::Now,
        )
        .await;
    }
    until(async || (engine.stats().await.unwrap().running[1] == 4).then_some(())).await;
    launch(
        &engine,
        new_run("run_1", "reply", json!({"events": 1})),
        Start::Queued,
    )
    .await;
    assert_eq!(ended(&engine, "run_1").await.status, RunStatus::Completed);
    let stats = engine.stats().await.unwrap();
    assert_eq!((stats.running[1], stats.queued), (4, [0, 4]));
    for number in 0..8 {
        engine.cancel(&format!("stuck_{number}")).await.unwrap();
    }
    engine.run_until_idle().await.unwrap();
    assert_eq!(engine.stats().await.unwrap().queued, [0, 0]);
}

#[tokio::test]
async fn what_runs_in_a_conversation_can_be_found() {
    let bench = Bench::new().await;
    let engine = bench.start(alone(), vec![endless(), nothing()]).await;
    for (id, kind) in [("run_1", "nothing"), ("run_2", "endless")] {
        let new = engine::NewRun {
            conversation_id: Some("conversation".into()),
            ..new_run(id, kind, json!({}))
        };
        launch(&engine, new, Start::Now).await;
    }
    ended(&engine, "run_1").await;
    let active = engine.active("conversation").await.unwrap();
    assert_eq!(
        active.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(),
        ["run_2"]
    );
    engine.cancel("run_2").await.unwrap();
    ended(&engine, "run_2").await;
    assert!(engine.active("conversation").await.unwrap().is_empty());
}

/// Says of each run that its end is committed.
struct Telling {
    ends: tokio::sync::mpsc::UnboundedSender<(String, FinishStatus, serde_json::Value)>,
}

#[async_trait::async_trait]
impl engine::Step for Telling {
    fn kind(&self) -> &'static str {
        "telling"
    }

    fn lane(&self) -> Lane {
        Lane::Background
    }

    async fn run(&self, ctx: &engine::RunContext) -> Result<Outcome, StepError> {
        if ctx.run().input["fails"] == true {
            return Err(StepError::fail("wrong", "for good"));
        }
        Ok(Outcome::Complete(finish(ctx, json!("ok"))))
    }

    async fn ended(&self, run: &engine::Run, status: FinishStatus, output: &serde_json::Value) {
        self.ends.send((run.id.clone(), status, output.clone())).unwrap();
    }
}

#[tokio::test]
async fn a_step_is_told_when_an_end_is_committed() {
    let bench = Bench::new().await;
    let (ends, mut told) = tokio::sync::mpsc::unbounded_channel();
    let engine = bench.start(alone(), vec![Arc::new(Telling { ends })]).await;
    for (id, input, expected) in [
        ("run_1", json!({}), (FinishStatus::Completed, json!("ok"))),
        (
            "run_2",
            json!({ "fails": true }),
            (FinishStatus::Failed, json!(null)),
        ),
    ] {
        launch(&engine, new_run(id, "telling", input), Start::Queued).await;
        let (ended, status, output) = told.recv().await.unwrap();
        assert_eq!((ended.as_str(), (status, output)), (id, expected));
        assert!(get(&engine, id).await.finished_at.is_some(), "committed before");
    }
    // One that never began, because there is no room.
    let full = engine::EngineConfig {
        background_max: 0,
        ..alone()
    };
    let (ends, mut told) = tokio::sync::mpsc::unbounded_channel();
    let bench = Bench::new().await;
    let engine = bench.start(full, vec![Arc::new(Telling { ends })]).await;
    launch(&engine, new_run("run_3", "telling", json!({})), Start::Queued).await;
    assert_eq!(engine.cancel("run_3").await.unwrap(), Cancelled::Now);
    let (ended, status, _) = told.recv().await.unwrap();
    assert_eq!((ended.as_str(), status), ("run_3", FinishStatus::Cancelled));
}

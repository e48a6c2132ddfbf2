//! The statements and the model: the same random transitions on a row and on `state::apply` come to the same.

use std::time::Duration;

use engine::{
    FinishStatus, Run, Start,
    decide::{Command, next},
    state::{RunState, Transition, apply},
    testing,
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use serde_json::json;
use sql::{Batch, Time};

use crate::support::*;

fn transitions() -> impl Strategy<Value = Transition> {
    let time = (0i64..100).prop_map(Time::from_secs);
    let finish = prop_oneof![
        Just(FinishStatus::Completed),
        Just(FinishStatus::Failed),
        Just(FinishStatus::Cancelled),
        Just(FinishStatus::Skipped)
    ];
    let claimed = (any::<bool>(), time.clone()).prop_map(|(one, now)| Transition::Claimed {
        owner: if one { "one" } else { "two" }.into(),
        expires_at: now.plus(Duration::from_secs(30)),
        now,
    });
    let waited = (0u32..4, 0u32..4, time.clone());
    prop_oneof![
        8 => claimed,
        1 => time.clone().prop_map(|expires_at| Transition::Renewed { expires_at }),
        1 => finish.prop_map(Transition::Finished),
        2 => time.clone().prop_map(|at| Transition::Retried { at }),
        3 => waited.prop_map(|(spawned, wake_after, now)| Transition::Waited { spawned, wake_after, now }),
        2 => time.clone().prop_map(|until| Transition::Paused { until }),
        1 => time.clone().prop_map(|now| Transition::Resumed { now }),
        3 => time.clone().prop_map(|now| Transition::ChildEnded { now }),
        1 => Just(Transition::ChildAdded),
        1 => time.clone().prop_map(|now| Transition::CancelRequested { now }),
        2 => time.clone().prop_map(|now| Transition::Orphaned { now }),
        1 => time.prop_map(|now| Transition::Released { now }),
    ]
}

/// A row made as a feature makes it, due at second 10.
async fn row(bench: &Bench, engine: &engine::Engine, id: &str) -> Run {
    let mut batch = Batch::new();
    let new = engine::NewRun {
        attempts_max: 3,
        available_at: Time::from_secs(10),
        ..new_run(id, "reply", json!({}))
    };
    let run = engine.prepare(new, Start::Queued, &mut batch).unwrap();
    bench.db.write(batch).await.unwrap();
    run
}

#[tokio::test]
async fn the_statements_do_what_the_model_says() {
    let bench = Bench::new().await;
    bench.clock.set(Time::from_secs(0));
    // Never started: nothing but the test moves the rows.
    let engine = bench.engine(alone());
    engine.register(std::sync::Arc::new(Reply));
    let paths = prop::collection::vec(transitions(), 0..25);
    let mut runner = TestRunner::new(Config::default());
    for number in 0..60 {
        let id = format!("run_{number}");
        let path = paths.new_tree(&mut runner).unwrap().current();
        let run = row(&bench, &engine, &id).await;
        let mut state = run.state();
        assert_eq!(state, get(&engine, &id).await.state());
        for (at, transition) in path.iter().enumerate() {
            check_fence(&bench, &engine, &id, &state, transition).await;
            testing::perform(&bench.db, &id, &state, transition)
                .await
                .unwrap();
            let expected = apply(state.clone(), transition);
            let got = get(&engine, &id).await.state();
            assert_eq!(got, expected, "step {at} of {path:?} from {state:?}");
            state = expected;
        }
        // Out of the way of the next row's claims.
        sql::query(&DELETE_RUN)
            .bind(id.as_str())
            .execute(&bench.db)
            .await
            .unwrap();
    }
}

/// The owner's transitions change nothing when they come from an earlier attempt or another node.
async fn check_fence(
    bench: &Bench,
    engine: &engine::Engine,
    id: &str,
    state: &RunState,
    transition: &Transition,
) {
    use Transition as T;
    let owners = matches!(
        transition,
        T::Finished(_) | T::Retried { .. } | T::Waited { .. } | T::Paused { .. }
    );
    let Some(lease) = state.lease.clone().filter(|_| owners) else {
        return;
    };
    let other = engine::state::Lease {
        owner: "three".into(),
        ..lease
    };
    let strangers = [
        RunState {
            attempt: state.attempt - 1,
            ..state.clone()
        },
        RunState {
            lease: Some(other),
            ..state.clone()
        },
    ];
    for stranger in strangers {
        let refused = testing::perform(&bench.db, id, &stranger, transition).await;
        assert!(
            matches!(refused, Err(sql::Error::RowsAffected { got: 0, .. })),
            "{transition:?}"
        );
        assert_eq!(get(engine, id).await.state(), *state);
    }
}

#[test]
fn what_is_decided_is_possible() {
    let mut runner = TestRunner::new(Config::default());
    let case = (prop::collection::vec(transitions(), 0..40), 0i64..200);
    runner
        .run(&case, |(path, now)| {
            let now = Time::from_secs(now);
            let state = path
                .iter()
                .fold(RunState::queued(3, Time::from_secs(10)), apply_ref);
            for command in next(&state, now) {
                let after = match command {
                    Command::Claim => apply(
                        state.clone(),
                        &Transition::Claimed {
                            owner: "one".into(),
                            expires_at: now,
                            now,
                        },
                    ),
                    Command::Orphan => apply(state.clone(), &Transition::Orphaned { now }),
                    // The owner's business.
                    _ => continue,
                };
                prop_assert_ne!(&after, &state);
            }
            Ok(())
        })
        .unwrap();
}

fn apply_ref(state: RunState, transition: &Transition) -> RunState {
    apply(state, transition)
}

#[tokio::test]
async fn every_statement_can_be_prepared_and_none_scans_the_table() {
    let bench = Bench::new().await;
    let statements = engine::statements();
    assert!(statements.len() > 25);
    for statement in statements {
        bench
            .db
            .prepare_check(statement)
            .await
            .unwrap_or_else(|error| panic!("{}: {error:?}", statement.name()));
        if bench.db.kind() == sql::Kind::Sqlite {
            let plan = bench.db.explain(statement).await.unwrap();
            for line in plan.lines().filter(|line| line.contains("SCAN ")) {
                let indexed = line.contains("USING INDEX") || line.contains("USING COVERING INDEX");
                let small = ["due", "expired", "below", "json_each", " b", "CONSTANT ROW"];
                let bounded = small.iter().any(|name| line.contains(name));
                assert!(indexed || bounded, "{}: {line}\n{plan}", statement.name());
            }
        }
    }
}

/// A hundred thousand finished runs more or less make no difference to what happens all the time.
#[tokio::test]
async fn the_hot_statements_use_the_index_made_for_them() {
    let bench = Bench::new().await;
    if bench.db.kind() != sql::Kind::Sqlite {
        return;
    }
    let hot = [
        ("queue.claim", "runs_queue_idx (lane=? AND available_at<?)"),
        ("queue.next_due", "runs_queue_idx (lane=?)"),
        ("queue.renew", "runs_owner_idx (lease_owner=?)"),
        ("queue.list_held", "runs_owner_idx (lease_owner=?)"),
        ("queue.list_cancel_requested", "runs_owner_idx (lease_owner=?)"),
        ("queue.orphan_expired", "runs_lease_idx (lease_expires_at<?)"),
        ("queue.list_children", "runs_parent_idx (parent_id=?)"),
        ("queue.list_tree", "runs_root_idx (root_id=?)"),
        (
            "queue.list_active",
            "runs_conversation_created_idx (conversation_id=?)",
        ),
        (
            "queue.get_by_idempotency_key",
            "runs_user_idempotency_key (user_id=? AND idempotency_key=?)",
        ),
        ("journal.page", "PRIMARY KEY (run_id=? AND first_seq>?)"),
        ("journal.last_seq", "PRIMARY KEY (run_id=?)"),
    ];
    for (name, index) in hot {
        let statement = engine::statements()
            .into_iter()
            .find(|statement| statement.name() == name)
            .unwrap();
        let plan = bench.db.explain(statement).await.unwrap();
        assert!(plan.contains(index), "{name}: {plan}");
        let sorts = plan.contains("TEMP B-TREE");
        // The ties of one moment are sorted by id, and a conversation's by the index but for those.
        let may_sort = ["queue.list_children", "queue.list_tree", "queue.list_active"].contains(&name);
        assert!(!sorts || may_sort, "{name}: {plan}");
    }
}

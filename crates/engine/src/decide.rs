//! What should happen next to a run: pure functions from a state and the time.
//!
//! The worker calls `next` for what it has claimed and `settle` for what a step returned, and then only does what they
//! say. Time and chance are arguments, so every case is a test without a database, a clock or a model.

use std::time::Duration;

use sql::Time;

use crate::state::{FinishStatus, RunState, RunStatus};

/// The first retry comes after about this; each further one after twice as long.
pub const BACKOFF_FIRST: Duration = Duration::from_millis(500);
/// No retry waits longer than this on its own account.
pub const BACKOFF_MAX: Duration = Duration::from_mins(5);
/// Recovery itself may be what kills the node. After this many failures beyond `attempts_max` it is not tried again.
pub const RECOVERIES_MAX: u32 = 3;

/// What a node should do with a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Any node with room: take it.
    Claim,
    /// Any node: its owner is gone, queue it again.
    Orphan,
    /// The owner: run the step.
    Run,
    /// The owner: an earlier attempt lost its node, let the step look at what was logged.
    Recover,
    /// The owner: end the children that still run.
    CancelChildren,
    /// The owner: let the step say how it ends as cancelled.
    Cancel,
    /// The owner: end it as failed without calling the step again.
    GiveUp,
}

/// The commands that fit the state now, in order. A terminal state has none.
pub fn next(state: &RunState, now: Time) -> Vec<Command> {
    match state.status {
        RunStatus::Queued | RunStatus::Paused if state.available_at <= now => vec![Command::Claim],
        RunStatus::Running if state.lease.as_ref().is_some_and(|lease| lease.expires_at < now) => {
            vec![Command::Orphan]
        }
        RunStatus::Running => owner_next(state),
        _ => Vec::new(),
    }
}

/// The commands for the node that has just claimed the run; its lease is not questioned.
pub fn owner_next(state: &RunState) -> Vec<Command> {
    if state.orphaned && state.failures > state.attempts_max.saturating_add(RECOVERIES_MAX) {
        return vec![Command::GiveUp];
    }
    if state.cancel_requested {
        return vec![Command::CancelChildren, Command::Cancel];
    }
    if state.orphaned {
        vec![Command::Recover]
    } else {
        vec![Command::Run]
    }
}

/// How an attempt came to its end, without what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The step is through.
    Finished(FinishStatus),
    /// The step waits for children.
    Waited,
    /// The step sleeps until then.
    Paused(Time),
    /// A passing failure; the step may know when to come back.
    Retry(Option<Duration>),
    /// A lasting failure.
    Failed,
    /// The step gave way to its cancellation.
    Cancelled,
}

/// Why the step's token was cancelled, if it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It was not.
    None,
    /// Somebody cancelled the run.
    Cancel,
    /// The lease is gone; another node may have the run.
    Lost,
}

/// The write that follows the end of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// It ends.
    Finish(FinishStatus),
    /// Tried again then.
    Retry(Time),
    /// It waits for its children.
    Wait,
    /// It sleeps until then.
    Pause(Time),
    /// The step has to say how the run ends as cancelled.
    AskCancelled,
    /// Nothing may be written: it belongs to somebody else.
    Drop,
}

/// What to write. `jitter` is a number from 0 to 1.
pub fn settle(state: &RunState, ended: Ended, stop: Stop, now: Time, jitter: f64) -> Settlement {
    if stop == Stop::Lost {
        return Settlement::Drop;
    }
    match ended {
        // What a step has finished counts, whatever was asked of it meanwhile.
        Ended::Finished(status) => Settlement::Finish(status),
        Ended::Failed => Settlement::Finish(FinishStatus::Failed),
        Ended::Cancelled => Settlement::AskCancelled,
        _ if stop == Stop::Cancel => Settlement::AskCancelled,
        Ended::Waited => Settlement::Wait,
        Ended::Paused(until) => Settlement::Pause(until),
        Ended::Retry(after) => retry(state, after, now, jitter),
    }
}

/// Again, or failed when it has been tried often enough.
pub fn retry(state: &RunState, after: Option<Duration>, now: Time, jitter: f64) -> Settlement {
    let failures = state.failures + 1;
    if failures >= state.attempts_max {
        return Settlement::Finish(FinishStatus::Failed);
    }
    Settlement::Retry(now.plus(backoff(failures, after, jitter)))
}

/// How long to wait after so many failures: doubled each time, spread over 50 % to 100 % so that runs which failed
/// together do not come back together, and never sooner than the step asked for.
pub fn backoff(failures: u32, after: Option<Duration>, jitter: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(20);
    let full = BACKOFF_FIRST.saturating_mul(1 << doublings).min(BACKOFF_MAX);
    let spread = full.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0);
    after.map_or(spread, |after| after.max(spread))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::state::{Lease, Transition, apply};

    fn at(micros: i64) -> Time {
        Time::from_micros(micros)
    }

    fn running(state: RunState) -> RunState {
        RunState {
            status: RunStatus::Running,
            attempt: 1,
            lease: Some(Lease {
                owner: "one".into(),
                expires_at: at(100),
            }),
            ..state
        }
    }

    #[test]
    fn a_run_is_claimed_when_due_and_not_before() {
        let state = RunState::queued(1, at(10));
        assert_eq!(next(&state, at(9)), []);
        assert_eq!(next(&state, at(10)), [Command::Claim]);
        let paused = RunState {
            status: RunStatus::Paused,
            ..state
        };
        assert_eq!(next(&paused, at(9)), []);
        assert_eq!(next(&paused, at(11)), [Command::Claim]);
    }

    #[test]
    fn a_lease_that_has_expired_makes_an_orphan() {
        let state = running(RunState::queued(1, at(0)));
        assert_eq!(next(&state, at(100)), [Command::Run]);
        assert_eq!(next(&state, at(101)), [Command::Orphan]);
    }

    #[test]
    fn the_owner_recovers_cancels_or_gives_up() {
        let state = running(RunState::queued(2, at(0)));
        let orphaned = RunState {
            orphaned: true,
            failures: 1,
            ..state.clone()
        };
        assert_eq!(owner_next(&orphaned), [Command::Recover]);
        let cancelled = RunState {
            cancel_requested: true,
            ..orphaned.clone()
        };
        assert_eq!(owner_next(&cancelled), [Command::CancelChildren, Command::Cancel]);
        let hopeless = RunState {
            failures: 6,
            ..orphaned
        };
        assert_eq!(owner_next(&hopeless), [Command::GiveUp]);
        assert_eq!(owner_next(&state), [Command::Run]);
    }

    #[test]
    fn retries_end_in_failure() {
        let state = running(RunState::queued(2, at(0)));
        let again = settle(&state, Ended::Retry(None), Stop::None, at(0), 1.0);
        assert_eq!(again, Settlement::Retry(at(500_000)));
        let state = RunState { failures: 1, ..state };
        let end = settle(&state, Ended::Retry(None), Stop::None, at(0), 1.0);
        assert_eq!(end, Settlement::Finish(FinishStatus::Failed));
    }

    #[test]
    fn a_lost_run_is_never_written_and_a_finished_one_always_counts() {
        let state = running(RunState::queued(1, at(0)));
        let finished = Ended::Finished(FinishStatus::Completed);
        assert_eq!(settle(&state, finished, Stop::Lost, at(0), 0.0), Settlement::Drop);
        for stop in [Stop::None, Stop::Cancel] {
            assert_eq!(
                settle(&state, finished, stop, at(0), 0.0),
                Settlement::Finish(FinishStatus::Completed)
            );
        }
        assert_eq!(
            settle(&state, Ended::Waited, Stop::Cancel, at(0), 0.0),
            Settlement::AskCancelled
        );
    }

    proptest! {
        #[test]
        fn backoff_keeps_its_bounds(failures in 0u32..100, jitter in 0.0f64..=1.0, after in prop::option::of(0u64..1000)) {
            let after = after.map(Duration::from_secs);
            let wait = backoff(failures, after, jitter);
            prop_assert!(wait >= after.unwrap_or_default());
            prop_assert!(wait >= BACKOFF_FIRST / 2);
            prop_assert!(wait <= BACKOFF_MAX.max(after.unwrap_or_default()));
        }

        #[test]
        fn an_ended_run_has_no_next(finish in 0usize..4, now in any::<i32>()) {
            let all = [FinishStatus::Completed, FinishStatus::Failed, FinishStatus::Cancelled, FinishStatus::Skipped];
            let state = apply(running(RunState::queued(1, at(0))), &Transition::Finished(all[finish]));
            prop_assert!(state.status.is_terminal());
            prop_assert_eq!(next(&state, at(i64::from(now))), []);
        }
    }
}

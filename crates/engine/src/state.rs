//! The states of a run and the one function that moves between them.
//!
//! `apply` is pure and total: every transition is defined for every state, and one that does not fit leaves the state
//! as it is. The statements in `queue.rs` do the same moves in the database, guarded by the same conditions; a test
//! walks both with the same random transitions and compares. The worker asks `decide.rs` what to do with a state.
//!
//! ```text
//!              Claimed                    Finished
//!   queued ───────────────▶ running ───────────────────▶ completed | failed | cancelled | skipped
//!     ▲ ▲                    │ │ │ │                      (final: nothing leaves these)
//!     │ │   Retried,Orphaned │ │ │ │ CancelRequested: only noted, the token tells the step
//!     │ └────────────────────┘ │ │ └──────────────────┐
//!     │ last child ended       │ │ Paused{until}      ▼
//!     ├──────────── waiting ◀──┘ └──▶ paused ── due: Claimed ──▶ running
//!     └─ CancelRequested on waiting or paused: queued at once, so that its step can end it
//!        CancelRequested on a run that was never claimed: cancelled at once
//! ```

use serde::{Deserialize, Serialize};
use sql::Time;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Wants to run as soon as it is due and a worker has room.
    Queued,
    /// A node holds the lease and runs its step.
    Running,
    /// Its children run; the last one to end queues it again.
    Waiting,
    /// Sleeps until a time.
    Paused,
    /// Ended well.
    Completed,
    /// Ended badly.
    Failed,
    /// Ended because somebody asked for it.
    Cancelled,
    /// Never had to run.
    Skipped,
}

impl RunStatus {
    /// Every status, in the order of a run's life.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Running,
        Self::Waiting,
        Self::Paused,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
        Self::Skipped,
    ];

    /// The word used in the database and outward.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }

    /// The status of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether the run has ended; nothing changes it after that.
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Failed | Self::Cancelled | Self::Skipped
        )
    }
}

/// How a run can end; the terminal half of `RunStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishStatus {
    /// Ended well.
    Completed,
    /// Ended badly.
    Failed,
    /// Ended because somebody asked for it.
    Cancelled,
    /// Had nothing to do.
    Skipped,
}

impl From<FinishStatus> for RunStatus {
    fn from(status: FinishStatus) -> Self {
        match status {
            FinishStatus::Completed => Self::Completed,
            FinishStatus::Failed => Self::Failed,
            FinishStatus::Cancelled => Self::Cancelled,
            FinishStatus::Skipped => Self::Skipped,
        }
    }
}

/// Who runs it, and until when nobody else may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The node's id, new at every start of a process.
    pub owner: String,
    /// After this the run counts as orphaned, unless the owner is the only node there is.
    pub expires_at: Time,
}

/// What decides about a run: its row without what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunState {
    /// Where it stands.
    pub status: RunStatus,
    /// How often it was claimed; with the owner the fence of every write that moves it on.
    pub attempt: u32,
    /// How many attempts ended badly, by a passing failure or by the death of the node.
    pub failures: u32,
    /// At this many failures the next one is final.
    pub attempts_max: u32,
    /// Not before this.
    pub available_at: Time,
    /// Invariant: present exactly while the run is running.
    pub lease: Option<Lease>,
    /// The last attempt lost its node; the next begins with recovery.
    pub orphaned: bool,
    /// Somebody wants it to end.
    pub cancel_requested: bool,
    /// Children it has had.
    pub children: u32,
    /// Children that have ended.
    pub children_ended: u32,
    /// While it waits: queued again when `children_ended` reaches this.
    pub wake_at: u32,
}

impl RunState {
    /// A new run, queued.
    pub fn queued(attempts_max: u32, available_at: Time) -> Self {
        Self {
            status: RunStatus::Queued,
            attempt: 0,
            failures: 0,
            attempts_max,
            available_at,
            lease: None,
            orphaned: false,
            cancel_requested: false,
            children: 0,
            children_ended: 0,
            wake_at: 0,
        }
    }

    /// Whether the named attempt of the named node still holds the run.
    pub fn held_by(&self, owner: &str, attempt: u32) -> bool {
        self.status == RunStatus::Running
            && self.attempt == attempt
            && self.lease.as_ref().is_some_and(|lease| lease.owner == owner)
    }
}

/// What can happen to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// A node takes it.
    Claimed {
        /// Who.
        owner: String,
        /// Until when.
        expires_at: Time,
        /// When.
        now: Time,
    },
    /// The owner lives.
    Renewed {
        /// Until when now.
        expires_at: Time,
    },
    /// The step ended.
    Finished(FinishStatus),
    /// The step failed in passing and is tried again.
    Retried {
        /// When.
        at: Time,
    },
    /// The step wants its children to end first.
    Waited {
        /// Children added by this very write.
        spawned: u32,
        /// Wake at this many ended children; 0 means all of them.
        wake_after: u32,
        /// When.
        now: Time,
    },
    /// The step sleeps.
    Paused {
        /// Until when.
        until: Time,
    },
    /// A paused run is woken before its time.
    Resumed {
        /// When.
        now: Time,
    },
    /// One of its children ended.
    ChildEnded {
        /// When.
        now: Time,
    },
    /// A child began beside those of `Waited`.
    ChildAdded,
    /// Somebody wants it to end.
    CancelRequested {
        /// When.
        now: Time,
    },
    /// Its node died: the attempt counts as failed.
    Orphaned {
        /// When.
        now: Time,
    },
    /// Its node goes down in good order: the attempt does not count.
    Released {
        /// When.
        now: Time,
    },
}

/// The state after the transition; the same state when the transition does not fit.
#[must_use]
pub fn apply(state: RunState, transition: &Transition) -> RunState {
    use RunStatus::{Cancelled, Paused, Queued, Running};
    use Transition as T;
    match (state.status, transition) {
        (status, _) if status.is_terminal() => state,
        (_, T::ChildAdded) => RunState {
            children: state.children + 1,
            ..state
        },
        (_, T::ChildEnded { now }) => child_ended(state, *now),
        (Running, _) => running(state, transition),
        (
            Queued | Paused,
            T::Claimed {
                owner,
                expires_at,
                now,
            },
        ) if state.available_at <= *now => RunState {
            status: Running,
            attempt: state.attempt + 1,
            lease: Some(Lease {
                owner: owner.clone(),
                expires_at: *expires_at,
            }),
            ..state
        },
        (Paused, T::Resumed { now }) => queued(state, *now),
        (Queued, T::CancelRequested { .. }) if state.attempt == 0 => RunState {
            status: Cancelled,
            cancel_requested: true,
            ..state
        },
        (_, T::CancelRequested { now }) => RunState {
            cancel_requested: true,
            ..queued(state, *now)
        },
        _ => state,
    }
}

/// What can happen to a run that somebody holds.
fn running(state: RunState, transition: &Transition) -> RunState {
    use Transition as T;
    match transition {
        T::Renewed { expires_at } => RunState {
            lease: state.lease.map(|lease| Lease {
                expires_at: *expires_at,
                ..lease
            }),
            ..state
        },
        T::Finished(status) => leave(state, (*status).into()),
        T::Retried { at } => {
            let failures = state.failures + 1;
            RunState {
                failures,
                ..sleep(state, RunStatus::Queued, *at)
            }
        }
        T::Waited {
            spawned,
            wake_after,
            now,
        } => waited(state, *spawned, *wake_after, *now),
        T::Paused { until } => sleep(state, RunStatus::Paused, *until),
        T::CancelRequested { .. } => RunState {
            cancel_requested: true,
            ..state
        },
        T::Orphaned { now } => RunState {
            failures: state.failures + 1,
            orphaned: true,
            ..queued(state, *now)
        },
        T::Released { now } => RunState {
            orphaned: true,
            ..queued(state, *now)
        },
        _ => state,
    }
}

/// Due now, held by nobody.
fn queued(state: RunState, now: Time) -> RunState {
    RunState {
        status: RunStatus::Queued,
        lease: None,
        available_at: now,
        ..state
    }
}

/// Out of `running` until a time. A cancelled run does not sleep: it stays due, so that its step can end it at once.
fn sleep(state: RunState, status: RunStatus, until: Time) -> RunState {
    if state.cancel_requested {
        return leave(state, RunStatus::Queued);
    }
    RunState {
        available_at: until,
        ..leave(state, status)
    }
}

/// Out of `running` by the owner's own hand.
fn leave(state: RunState, status: RunStatus) -> RunState {
    RunState {
        status,
        lease: None,
        orphaned: false,
        ..state
    }
}

fn waited(state: RunState, spawned: u32, wake_after: u32, now: Time) -> RunState {
    let children = state.children + spawned;
    // Waiting for more children than there are would be waiting for ever.
    let wake_at = if wake_after == 0 {
        children
    } else {
        wake_after.min(children)
    };
    let due = state.cancel_requested || state.children_ended >= wake_at;
    let status = if due {
        RunStatus::Queued
    } else {
        RunStatus::Waiting
    };
    RunState {
        children,
        wake_at,
        available_at: now,
        ..leave(state, status)
    }
}

fn child_ended(state: RunState, now: Time) -> RunState {
    let children_ended = state.children_ended + 1;
    if state.status == RunStatus::Waiting && children_ended >= state.wake_at {
        return RunState {
            status: RunStatus::Queued,
            children_ended,
            available_at: now,
            ..state
        };
    }
    RunState {
        children_ended,
        ..state
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn transitions() -> impl Strategy<Value = Transition> {
        let time = (0i64..100).prop_map(Time::from_micros);
        let finish = prop_oneof![
            Just(FinishStatus::Completed),
            Just(FinishStatus::Failed),
            Just(FinishStatus::Cancelled),
            Just(FinishStatus::Skipped)
        ];
        let claimed = (any::<bool>(), time.clone(), time.clone()).prop_map(|(one, expires_at, now)| {
            let owner = if one { "one" } else { "two" };
            Transition::Claimed {
                owner: owner.into(),
                expires_at,
                now,
            }
        });
        let waited = (0u32..4, 0u32..4, time.clone());
        prop_oneof![
            4 => claimed,
            1 => time.clone().prop_map(|expires_at| Transition::Renewed { expires_at }),
            1 => finish.prop_map(Transition::Finished),
            1 => time.clone().prop_map(|at| Transition::Retried { at }),
            1 => waited.prop_map(|(spawned, wake_after, now)| Transition::Waited { spawned, wake_after, now }),
            1 => time.clone().prop_map(|until| Transition::Paused { until }),
            1 => time.clone().prop_map(|now| Transition::Resumed { now }),
            2 => time.clone().prop_map(|now| Transition::ChildEnded { now }),
            1 => Just(Transition::ChildAdded),
            1 => time.clone().prop_map(|now| Transition::CancelRequested { now }),
            1 => time.clone().prop_map(|now| Transition::Orphaned { now }),
            1 => time.prop_map(|now| Transition::Released { now }),
        ]
    }

    fn walk(path: &[Transition]) -> Vec<RunState> {
        let mut states = vec![RunState::queued(3, Time::from_micros(10))];
        for transition in path {
            let last = states[states.len() - 1].clone();
            states.push(apply(last, transition));
        }
        states
    }

    proptest! {
        #[test]
        fn a_terminal_state_is_final(path in prop::collection::vec(transitions(), 0..60)) {
            for pair in walk(&path).windows(2) {
                if pair[0].status.is_terminal() {
                    prop_assert_eq!(&pair[0], &pair[1]);
                }
            }
        }

        #[test]
        fn a_lease_is_held_exactly_while_running(path in prop::collection::vec(transitions(), 0..60)) {
            for state in walk(&path) {
                prop_assert_eq!(state.lease.is_some(), state.status == RunStatus::Running);
            }
        }

        #[test]
        fn only_a_claim_begins_an_attempt_and_attempts_never_repeat(path in prop::collection::vec(transitions(), 0..60)) {
            for (pair, transition) in walk(&path).windows(2).zip(&path) {
                let began = pair[0].status != RunStatus::Running && pair[1].status == RunStatus::Running;
                prop_assert_eq!(began, pair[1].attempt == pair[0].attempt + 1);
                if began {
                    prop_assert!(matches!(transition, Transition::Claimed { .. }), "{:?}", transition);
                } else {
                    prop_assert_eq!(pair[1].attempt, pair[0].attempt);
                }
            }
        }

        #[test]
        fn a_waiting_run_always_has_somebody_to_wake_it(path in prop::collection::vec(transitions(), 0..60)) {
            for state in walk(&path) {
                if state.status == RunStatus::Waiting {
                    prop_assert!(state.children_ended < state.wake_at && state.wake_at <= state.children);
                    prop_assert!(!state.cancel_requested);
                }
            }
        }

        #[test]
        fn a_cancelled_run_never_sleeps(path in prop::collection::vec(transitions(), 0..60)) {
            for state in walk(&path) {
                if state.cancel_requested {
                    prop_assert!(!matches!(state.status, RunStatus::Waiting | RunStatus::Paused));
                }
            }
        }
    }

    #[test]
    fn every_status_has_its_own_word() {
        for status in RunStatus::ALL {
            assert_eq!(RunStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(RunStatus::parse("done"), None);
    }
}

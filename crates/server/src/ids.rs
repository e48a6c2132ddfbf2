//! Ids: a prefix that says what the thing is, and a time-ordered part (a ULID in lower case).
//!
//! Everything that is stored gets its id here, before it is stored, so that a write is a list of statements which
//! needs no answer in between. Ids of one process rise strictly, also within a millisecond: the order of ids is the
//! order of creation, and messages are clustered by it.

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sql::Time;
use ulid::Ulid;

/// The prefixes of all ids, one a kind of thing. Append only: an id once given out keeps its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person with an account.
    User,
    /// A browser login.
    Session,
    /// A programmatic credential.
    ApiKey,
    /// A tenant.
    Workspace,
    /// An invitation to a workspace.
    Invitation,
    /// A configured provider connection.
    Connection,
    /// A conversation.
    Conversation,
    /// A message.
    Message,
    /// A run of the engine.
    Run,
    /// One settled or unsettled call of a model.
    Usage,
    /// A request; appears in `X-Request-Id`.
    Request,
    /// An alert.
    Alert,
    /// A memory.
    Memory,
    /// A file or folder.
    File,
    /// An upload under way.
    Upload,
    /// A budget.
    Budget,
    /// A set of models to compare.
    Preset,
    /// An entry of the audit log.
    Audit,
    /// A price of models.
    Price,
    /// A named way to models.
    Route,
    /// Many prompts asked of several models.
    Batch,
}

impl Kind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::User => "usr",
            Self::Session => "ses",
            Self::ApiKey => "key",
            Self::Workspace => "ws",
            Self::Invitation => "inv",
            Self::Connection => "con",
            Self::Conversation => "cnv",
            Self::Message => "msg",
            Self::Run => "run",
            Self::Usage => "use",
            Self::Request => "req",
            Self::Alert => "alr",
            Self::Memory => "mem",
            Self::File => "fil",
            Self::Upload => "upl",
            Self::Budget => "bud",
            Self::Preset => "pre",
            Self::Audit => "aud",
            Self::Price => "prc",
            Self::Route => "rte",
            Self::Batch => "bat",
        }
    }
}

/// Whether a text is written like an id that is made here, of anything but a workspace. Whoever chooses the id of a
/// workspace must not choose somebody else's.
pub fn is_of_another_kind(text: &str) -> bool {
    let Some((prefix, rest)) = text.split_once('_') else {
        return false;
    };
    let other = !prefix.eq_ignore_ascii_case(Kind::Workspace.prefix());
    other && Ulid::from_string(rest).is_ok()
}

/// Makes ids. One per process; tests pass a seed.
pub struct Ids {
    state: Mutex<State>,
}

struct State {
    rng: StdRng,
    last: Ulid,
}

impl Ids {
    /// Ids that nobody can guess.
    pub fn random() -> Self {
        Self::from_rng(StdRng::from_rng(&mut rand::rng()))
    }

    /// The same ids for the same seed and clock: for tests and generated data.
    pub fn seeded(seed: u64) -> Self {
        Self::from_rng(StdRng::seed_from_u64(seed))
    }

    fn from_rng(rng: StdRng) -> Self {
        Self {
            state: Mutex::new(State {
                rng,
                last: Ulid::nil(),
            }),
        }
    }

    /// A new id of this kind, greater than every id this value has made before.
    pub fn make(&self, kind: Kind, now: Time) -> String {
        let millis = u64::try_from(now.micros() / 1_000).unwrap_or(0);
        let mut state = self.state.lock();
        let random: u128 = state.rng.random::<u128>();
        let mut next = Ulid::from_parts(millis, random);
        if next.timestamp_ms() <= state.last.timestamp_ms() {
            // The clock stood still or went back: count on from the last one.
            next = Ulid::from(u128::from(state.last).wrapping_add(1 + (random & 0xffff)));
        }
        state.last = next;
        drop(state);
        written(kind, next)
    }

    /// A number in [0, 1) that nobody can guess: for what is decided by lot.
    pub fn chance(&self) -> f64 {
        self.state.lock().rng.random::<f64>()
    }

    /// Not greater than any id of this kind that is made from this time on.
    pub fn first_of(&self, kind: Kind, at: Time) -> String {
        let millis = u64::try_from(at.micros() / 1_000).unwrap_or(0);
        let first = Ulid::from_parts(millis, 0);
        written(kind, first)
    }
}

/// Every request has an id, so writing one takes one allocation.
fn written(kind: Kind, ulid: Ulid) -> String {
    let mut letters = [0; ulid::ULID_LEN];
    let letters = ulid.array_to_str(&mut letters);
    letters.make_ascii_lowercase();
    let mut id = String::with_capacity(kind.prefix().len() + 1 + ulid::ULID_LEN);
    id.push_str(kind.prefix());
    id.push('_');
    id.push_str(letters);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_chosen_for_a_workspace_is_nobody_elses() {
        for taken in [
            "usr_01m7z1pxwz4xv1yj5xrds5qc5a",
            "key_01M7Z1PXWZ4XV1YJ5XRDS5QC5A",
            "new_01m7z1pxwz4xv1yj5xrds5qc5a",
        ] {
            assert!(is_of_another_kind(taken), "{taken}");
        }
        for free in [
            "team",
            "usr_team",
            "ws_01m7z1pxwz4xv1yj5xrds5qc5a",
            "01m7z1pxwz4xv1yj5xrds5qc5a",
        ] {
            assert!(!is_of_another_kind(free), "{free}");
        }
    }

    #[test]
    fn ids_rise_strictly_even_when_the_clock_stands_still_or_goes_back() {
        let ids = Ids::seeded(1);
        let mut last = String::new();
        for step in [0, 0, 0, 5_000, -9_000, 0, 60_000] {
            let id = ids.make(Kind::Message, Time::from_micros(1_700_000_000_000_000 + step));
            assert!(id > last, "{id} after {last}");
            assert!(id.starts_with("msg_") && id.len() == 30, "{id}");
            last = id;
        }
    }
}

//! While an answer is made, gathers what it is made from: the functions that read say so here.
//!
//! Outside of such a making nobody listens, and saying so costs a look at a task-local.

use std::cell::RefCell;
use std::future::Future;
use std::sync::Arc;

use sql::Time;

use super::tags::Tag;

tokio::task_local! {
    static GATHERED: RefCell<Gathered>;
}

/// An answer made from more things than this is not kept.
const TAGS_MAX: usize = 64;

/// What an answer was made from.
#[derive(Debug, Default)]
pub struct Gathered {
    /// What it was made from.
    pub tags: Vec<Tag>,
    /// The credential that asked, whose time of last use is noted when the answer is sent again.
    pub credential: Option<Arc<str>>,
    /// It is not right after this, whatever its namespace says.
    pub until: Option<Time>,
    /// It must not be kept.
    pub passing: bool,
}

impl Gathered {
    fn ends(&mut self, at: Option<Time>) {
        self.until = match (self.until, at) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    /// Runs `making` and returns what it was made from.
    pub async fn during<F: Future>(making: F) -> (F::Output, Self) {
        GATHERED
            .scope(RefCell::default(), async {
                let made = making.await;
                (made, GATHERED.with(RefCell::take))
            })
            .await
    }
}

fn note(note: impl FnOnce(&mut Gathered)) {
    // Outside of a making there is nobody to tell.
    let _ = GATHERED.try_with(|gathered| note(&mut gathered.borrow_mut()));
}

/// The answer is made from these.
pub fn made_from(tags: impl IntoIterator<Item = Tag>) {
    note(|gathered| {
        for tag in tags {
            if !gathered.tags.contains(&tag) {
                gathered.tags.push(tag);
            }
        }
        gathered.passing |= gathered.tags.len() > TAGS_MAX;
    });
}

/// The answer is not to be kept: it shows something that changes without a write.
pub fn passing() {
    note(|gathered| gathered.passing = true);
}

/// The answer is for this credential alone, and not right after it has expired.
pub fn asked_by(credential_id: &str, expires_at: Option<Time>) {
    note(|gathered| {
        gathered.credential = Some(Arc::from(credential_id));
        gathered.ends(expires_at);
    });
}

/// The answer is not right after this, if that is known, though nothing is written then.
pub fn right_until(at: Option<Time>) {
    note(|gathered| gathered.ends(at));
}

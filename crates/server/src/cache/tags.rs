//! Tags: what an entry was made from, so that a write drops exactly the entries it touches, without looking for them.
//!
//! A write moves a counter on, the *epoch*, and notes the new value at each tag it touches. An entry remembers the epoch
//! at which its making began, and its tags; it is right as long as none of them was touched after that:
//!
//! ```text
//! epoch 7 ── fill begins (7) ── reads the database ───────────── kept {from: 7, tags: [c]}   c is 8 > 7: not right
//!                         └ another request commits, touches c: epoch 8, c = 8
//! ```
//!
//! So an answer that was read before a write and kept after it is never used, and no list of entries by tag is needed.
//! The times of tags lie in a fixed table, by the hash of the tag: two tags that share a place (one pair in 65,536) drop
//! each other's entries, which costs a reading and is never wrong.

use std::sync::atomic::{AtomicU64, Ordering};

/// Places of the table: half a megabyte.
const PLACES: usize = 1 << 16;

/// Something that answers are made from, as a place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag(u16);

impl Tag {
    /// FNV-1a (Fowler, Noll, Vo), folded to 16 bits: the same on every node, whatever its version.
    fn of(kind: u8, id: &str) -> Self {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for byte in std::iter::once(kind).chain(id.bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        let half = (hash >> 32) ^ hash;
        Self(((half >> 16) ^ half) as u16)
    }

    /// A user: their credentials, their profile, whether they administrate.
    pub fn user(id: &str) -> Self {
        Self::of(b'u', id)
    }
    /// The names of all users, as lists of members show them.
    pub fn people() -> Self {
        Self::of(b'p', "")
    }
    /// In which workspaces a user is.
    pub fn memberships(user_id: &str) -> Self {
        Self::of(b'm', user_id)
    }
    /// A workspace: its row, its members and their roles.
    pub fn workspace(id: &str) -> Self {
        Self::of(b'w', id)
    }
    /// Which workspaces there are, and their names.
    pub fn workspaces() -> Self {
        Self::of(b'W', "")
    }
    /// Any conversation of a workspace.
    pub fn conversations(workspace_id: &str) -> Self {
        Self::of(b'C', workspace_id)
    }
    /// A conversation and its messages.
    pub fn conversation(id: &str) -> Self {
        Self::of(b'c', id)
    }
    /// The files of a workspace.
    pub fn files(workspace_id: &str) -> Self {
        Self::of(b'f', workspace_id)
    }
    /// Any memory of a workspace.
    pub fn memories(workspace_id: &str) -> Self {
        Self::of(b'k', workspace_id)
    }
    /// The connections of an owner, and their models: the installation's when no id is given.
    pub fn models(owner_id: &str) -> Self {
        Self::of(b'M', owner_id)
    }
    /// The settings of the installation.
    pub fn settings() -> Self {
        Self::of(b's', "")
    }
    /// The budgets there are; not what is spent of them.
    pub fn budgets() -> Self {
        Self::of(b'b', "")
    }
    /// The usage that is settled.
    pub fn usage() -> Self {
        Self::of(b'U', "")
    }

    /// Its place, for other nodes.
    pub const fn place(self) -> u16 {
        self.0
    }
    /// The tag at this place.
    pub const fn at(place: u16) -> Self {
        Self(place)
    }
}

/// The epoch at which the making of an entry began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(u64);

/// When each tag was last touched.
pub struct Tags {
    epoch: AtomicU64,
    /// Entries from before this are not right, whatever their tags.
    floor: AtomicU64,
    touched: Box<[AtomicU64]>,
}

impl Default for Tags {
    fn default() -> Self {
        Self {
            epoch: AtomicU64::new(1),
            floor: AtomicU64::new(0),
            touched: (0..PLACES).map(|_| AtomicU64::new(0)).collect(),
        }
    }
}

impl Tags {
    /// Taken before the first reading of what an entry is made from.
    pub fn now(&self) -> Epoch {
        Epoch(self.epoch.load(Ordering::SeqCst))
    }

    /// Called after the commit of a write and before it is answered.
    pub fn touch(&self, tags: impl IntoIterator<Item = Tag>) {
        let epoch = self.epoch.fetch_add(1, Ordering::SeqCst) + 1;
        for tag in tags {
            if let Some(touched) = self.touched.get(usize::from(tag.0)) {
                touched.fetch_max(epoch, Ordering::SeqCst);
            }
        }
    }

    /// Nothing that was made until now is right any more.
    pub fn touch_all(&self) {
        let epoch = self.epoch.fetch_add(1, Ordering::SeqCst) + 1;
        self.floor.fetch_max(epoch, Ordering::SeqCst);
    }

    /// Whether an entry made from these tags since that epoch is right still.
    pub fn right(&self, from: Epoch, tags: &[Tag]) -> bool {
        self.floor.load(Ordering::Acquire) <= from.0
            && tags.iter().all(|tag| {
                self.touched
                    .get(usize::from(tag.0))
                    .is_some_and(|touched| touched.load(Ordering::Acquire) <= from.0)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_touched_after_the_making_began_is_not_right() {
        let tags = Tags::default();
        let (mine, other) = (Tag::conversation("cnv_1"), Tag::conversation("cnv_2"));
        let before = tags.now();
        assert!(tags.right(before, &[mine, other]));
        tags.touch([mine]);
        assert!(!tags.right(before, &[mine]));
        assert!(tags.right(before, &[other]));
        assert!(tags.right(tags.now(), &[mine, other]));
        tags.touch_all();
        assert!(!tags.right(before, &[]));
        assert!(tags.right(tags.now(), &[mine]));
    }

    #[test]
    fn kinds_and_ids_are_told_apart() {
        let places: std::collections::HashSet<u16> = [
            Tag::user("a"),
            Tag::memberships("a"),
            Tag::workspace("a"),
            Tag::conversations("a"),
            Tag::conversation("a"),
            Tag::memories("a"),
            Tag::files("a"),
            Tag::models("a"),
            Tag::people(),
            Tag::workspaces(),
            Tag::settings(),
            Tag::usage(),
        ]
        .map(Tag::place)
        .into();
        assert_eq!(places.len(), 12);
        // A place is part of what nodes tell each other: it must not change from one version to the next.
        assert_eq!(
            Tag::user("usr_1").place(),
            Tag::at(Tag::user("usr_1").place()).place()
        );
    }

    /// Ids that follow each other spread over the table.
    #[test]
    fn places_are_spread() {
        let places: std::collections::HashSet<u16> = (0..10_000)
            .map(|number| Tag::conversation(&format!("cnv_{number:026}")).place())
            .collect();
        // 10,000 balls in 65,536 places leave 9,274 of them filled on average.
        assert!((9_000..9_500).contains(&places.len()), "{}", places.len());
    }
}

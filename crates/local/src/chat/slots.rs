//! Which conversation owns which part of the model's memory. Pure: tokens in, decisions out.
//!
//! The context has one pool of cells for all sequences. A sequence that is generating has reserved what it may grow to,
//! so it never runs out. One that has ended keeps its tokens until the room is needed: the next message of the same
//! conversation begins with them and then costs only what is new.
//!
//! What always holds: reservations and kept tokens together never exceed the pool.

/// All sequences of one context.
#[derive(Debug)]
pub(super) struct Slots {
    list: Vec<Slot>,
    cells: usize,
    clock: u64,
}

#[derive(Debug, Default)]
struct Slot {
    /// What the model's memory holds of this sequence.
    tokens: Vec<i32>,
    /// What it may grow to while it generates.
    reserved: Option<usize>,
    used_at: u64,
}

/// Where a conversation goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Placement {
    /// The sequence.
    pub(super) sequence: usize,
    /// Its tokens from here on must be forgotten; those before are the beginning of the prompt.
    pub(super) keep: usize,
    /// Other sequences that must be forgotten entirely to make room.
    pub(super) evicted: Vec<usize>,
}

impl Slots {
    pub(super) fn new(sequences: usize, cells: usize) -> Self {
        Self {
            list: (0..sequences).map(|_| Slot::default()).collect(),
            cells,
            clock: 0,
        }
    }

    /// Cells of the whole pool.
    pub(super) fn cells(&self) -> usize {
        self.cells
    }

    /// Cells that hold something.
    #[cfg(test)]
    pub(super) fn used(&self) -> usize {
        self.list.iter().map(|slot| slot.tokens.len()).sum()
    }

    /// Finds room for a prompt and `room` tokens of answer, or nothing while others must end first. The last token of
    /// the prompt is never kept: evaluating it gives the first word of the answer.
    pub(super) fn place(&mut self, prompt: &[i32], room: usize) -> Option<Placement> {
        let need = prompt.len() + room;
        let busy: usize = self.list.iter().filter_map(|slot| slot.reserved).sum();
        if busy + need > self.cells {
            return None;
        }
        let free = self
            .list
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.reserved.is_none());
        // The longest common beginning; among equals the one with least to lose, then the oldest.
        let (sequence, shared) = free
            .map(|(index, slot)| (index, slot.common(prompt), slot))
            .max_by_key(|(_, shared, slot)| {
                (
                    *shared,
                    std::cmp::Reverse(slot.tokens.len()),
                    std::cmp::Reverse(slot.used_at),
                )
            })
            .map(|(index, shared, _)| (index, shared))?;
        let keep = shared.min(prompt.len().saturating_sub(1));
        self.clock += 1;
        let slot = &mut self.list[sequence];
        slot.tokens.truncate(keep);
        slot.reserved = Some(need);
        slot.used_at = self.clock;
        Some(Placement {
            sequence,
            keep,
            evicted: self.evict(),
        })
    }

    /// Forgets ended sequences, oldest first, until everything fits.
    fn evict(&mut self) -> Vec<usize> {
        let mut evicted = Vec::new();
        loop {
            let taken: usize = self
                .list
                .iter()
                .map(|slot| slot.reserved.unwrap_or(slot.tokens.len()))
                .sum();
            if taken <= self.cells {
                return evicted;
            }
            let idle = self.list.iter_mut().enumerate();
            let oldest = idle
                .filter(|(_, slot)| slot.reserved.is_none() && !slot.tokens.is_empty())
                .min_by_key(|(_, slot)| slot.used_at);
            let Some((index, slot)) = oldest else {
                return evicted;
            };
            slot.tokens.clear();
            evicted.push(index);
        }
    }

    /// Tokens were evaluated into a sequence.
    pub(super) fn extend(&mut self, sequence: usize, tokens: &[i32]) {
        let slot = &mut self.list[sequence];
        slot.tokens.extend_from_slice(tokens);
        debug_assert!(
            slot.reserved
                .is_some_and(|reserved| slot.tokens.len() <= reserved),
            "grows inside its reservation"
        );
    }

    /// The answer ended; what it holds is kept for its continuation.
    pub(super) fn release(&mut self, sequence: usize) {
        self.clock += 1;
        let slot = &mut self.list[sequence];
        slot.reserved = None;
        slot.used_at = self.clock;
    }

    /// Nothing of this sequence is in the model's memory any more.
    pub(super) fn forget(&mut self, sequence: usize) {
        self.list[sequence].tokens.clear();
    }

    /// Nothing is in the model's memory any more and nothing runs.
    pub(super) fn reset(&mut self) {
        self.list.iter_mut().for_each(|slot| *slot = Slot::default());
    }
}

impl Slot {
    fn common(&self, prompt: &[i32]) -> usize {
        self.tokens
            .iter()
            .zip(prompt)
            .take_while(|(kept, token)| kept == token)
            .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(slots: &mut Slots, prompt: &[i32], answer: &[i32]) -> usize {
        let place = slots.place(prompt, answer.len()).unwrap();
        slots.extend(place.sequence, &prompt[place.keep..]);
        slots.extend(place.sequence, answer);
        slots.release(place.sequence);
        place.sequence
    }

    #[test]
    fn a_continued_conversation_keeps_what_was_read() {
        let mut slots = Slots::new(3, 100);
        let first = answered(&mut slots, &[1, 2, 3], &[4, 5]);
        answered(&mut slots, &[9, 9], &[9]);
        let place = slots.place(&[1, 2, 3, 4, 5, 6, 7], 10).unwrap();
        assert_eq!(
            place,
            Placement {
                sequence: first,
                keep: 5,
                evicted: vec![]
            }
        );
    }

    #[test]
    fn the_same_prompt_again_is_evaluated_at_its_last_token() {
        let mut slots = Slots::new(1, 100);
        answered(&mut slots, &[1, 2, 3], &[]);
        assert_eq!(slots.place(&[1, 2, 3], 1).unwrap().keep, 2);
    }

    #[test]
    fn a_new_conversation_takes_an_empty_sequence_before_a_kept_one() {
        let mut slots = Slots::new(2, 100);
        let first = answered(&mut slots, &[1, 2], &[3]);
        let place = slots.place(&[7, 8], 5).unwrap();
        assert_ne!(place.sequence, first);
    }

    #[test]
    fn running_answers_are_never_evicted_and_make_others_wait() {
        let mut slots = Slots::new(3, 20);
        let kept = answered(&mut slots, &[1, 2, 3, 4], &[]);
        let running = slots.place(&[5; 8], 4).unwrap();
        assert!(running.evicted.is_empty(), "12 reserved and 4 kept fit into 20");
        assert_eq!(slots.place(&[6; 8], 4), None, "12 and 12 do not");
        let small = slots.place(&[6; 6], 1).unwrap();
        assert_eq!(
            small.evicted,
            vec![kept],
            "12 and 7 fit without the 4 that were kept"
        );
        slots.release(running.sequence);
        assert!(slots.place(&[6; 8], 4).is_some());
    }

    #[test]
    fn every_sequence_busy_means_waiting() {
        let mut slots = Slots::new(1, 100);
        slots.place(&[1], 1).unwrap();
        assert_eq!(slots.place(&[2], 1), None);
    }

    #[test]
    fn what_was_forgotten_is_read_again() {
        let mut slots = Slots::new(1, 100);
        let sequence = answered(&mut slots, &[1, 2, 3], &[4]);
        slots.forget(sequence);
        assert_eq!(slots.used(), 0);
        assert_eq!(slots.place(&[1, 2, 3, 4, 5], 1).unwrap().keep, 0);
    }
}

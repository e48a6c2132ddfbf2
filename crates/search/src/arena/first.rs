//! The first pass over a large workspace: one bit a number, to leave out what can not be among the best.
//!
//! What is ranked is the cosine of a question with a passage and those beside it, which is the cosine with their weighted
//! sum. So it is that sum which has a code here, not the passage alone: the sum less the mean of all (embeddings of one model
//! all lean to one side, and what they share tells nothing apart), turned by a fixed random rotation, and of each number only
//! whether it is above nought. The codes of a question and of a passage differ in the more bits the larger the angle between
//! them is. That is RaBitQ's code (Gao and Long, "RaBitQ: Quantizing High-Dimensional Vectors with a Theoretical Error Bound
//! for Approximate Nearest Neighbor Search", 2024) without its correction factors: they serve to leave out the second look,
//! which is taken here at everything that the pass lets through.
//!
//! A code is 48 bytes at 384 dimensions, an eighth of a row of the arena, and is compared in six steps; there is nothing to
//! build, a filter costs nothing, and what is forgotten is simply not counted.

use std::ops::Range;

use crate::arena::kernel;

/// What the first pass lets through. Of the ten best of a million passages 99.8 % are among 8,000, and 99.5 % among half of them
/// (LoCoMo's turns by MiniLM, mixed in pairs with noise; its questions). Where next to nothing tells passages apart more are
/// lost: 7 % of the ten best of 650,000 around 256 turns, among 4,000. A second look at so many takes some four milliseconds.
pub const CANDIDATES: usize = 10_000;

/// Rows that are compared before they are counted: their codes and distances stay in the processor's cache.
const TOGETHER: usize = 4_096;
/// Rounds of the rotation.
const ROUNDS: usize = 3;

/// Codes of the first rows of an arena.
#[derive(Debug)]
pub struct FirstPass {
    /// The mean of what has codes, about.
    pub centre: Vec<f32>,
    /// Which numbers change their sign in each round of the rotation.
    flips: Vec<bool>,
    /// Words of a code.
    words: usize,
    pub codes: Vec<u64>,
}

/// How far some rows are that follow each other.
#[derive(Debug)]
pub struct Part {
    from: usize,
    /// [`u16::MAX`] for one that does not pass.
    distances: Vec<u16>,
    /// Rows at each distance.
    counted: Vec<u32>,
}

impl Part {
    /// Its rows that are no farther than this.
    pub fn within(&self, farthest: u16) -> Vec<u32> {
        let mut rows = Vec::new();
        for (row, distance) in (self.from as u32..).zip(&self.distances) {
            if *distance <= farthest {
                rows.push(row);
            }
        }
        rows
    }
}

impl FirstPass {
    pub fn new(centre: Vec<f32>) -> Self {
        let dimensions = centre.len();
        // Always the same: codes of one process are read by another.
        let mut state = 0x5eed_0f5e_a4c4_u64;
        let flips = std::iter::repeat_with(|| splitmix(&mut state) & 1 == 1)
            .take(ROUNDS * dimensions)
            .collect();
        Self {
            centre,
            flips,
            words: dimensions.div_ceil(64),
            codes: Vec::new(),
        }
    }

    /// With the codes that were made around this mean.
    pub fn of(centre: Vec<f32>, codes: Vec<u64>) -> Self {
        Self {
            codes,
            ..Self::new(centre)
        }
    }

    /// Rows that have codes.
    pub fn len(&self) -> usize {
        self.codes.len() / self.words
    }

    /// Gives a row its code: the next one, or one that has a code.
    pub fn set(&mut self, row: usize, sum: &[f32]) {
        let code = self.code(sum);
        let at = row * self.words;
        if at == self.codes.len() {
            self.codes.extend(code);
        } else {
            self.codes[at..at + self.words].copy_from_slice(&code);
        }
    }

    /// How far some rows are from a question's code; those that do not pass are not among them.
    pub fn part(&self, code: &[u64], rows: Range<usize>, passes: impl Fn(usize) -> bool) -> Part {
        let mut distances = Vec::with_capacity(rows.len());
        // Four counters for each distance: most rows have one of a few, and no counter has to wait for itself.
        let mut counted = vec![[0_u32; 4]; self.words * 64 + 1];
        let mut at = rows.start;
        while at < rows.end {
            let end = rows.end.min(at + TOGETHER);
            let from = distances.len();
            kernel::distances(
                code,
                &self.codes[at * self.words..end * self.words],
                &mut distances,
            );
            for (row, distance) in (at..end).zip(&mut distances[from..]) {
                if passes(row) {
                    counted[usize::from(*distance)][row % 4] += 1;
                } else {
                    *distance = u16::MAX;
                }
            }
            at = end;
        }
        Part {
            from: rows.start,
            distances,
            counted: counted.iter().map(|counts| counts.iter().sum()).collect(),
        }
    }

    /// How far the farthest may be that is let through, so that at least `count` are, if there are so many.
    pub fn farthest(&self, parts: &[Part], count: usize) -> u16 {
        let mut let_through = 0;
        let enough = (0..=self.words * 64).find(|distance| {
            let there = parts.iter().map(|part| part.counted[*distance] as usize);
            let_through += there.sum::<usize>();
            let_through >= count
        });
        enough.unwrap_or(self.words * 64) as u16
    }

    /// The code of a vector.
    pub fn code(&self, vector: &[f32]) -> Vec<u64> {
        let mut turned: Vec<f32> = vector
            .iter()
            .zip(&self.centre)
            .map(|(number, mean)| number - mean)
            .collect();
        rotate(&mut turned, &self.flips);
        turned
            .chunks(64)
            .map(|numbers| {
                let bits = numbers.iter().enumerate();
                bits.fold(0, |word, (bit, number)| word | (u64::from(*number > 0.0) << bit))
            })
            .collect()
    }
}

/// A rotation that spreads each number over all: signs changed at random, and Hadamard's transform of as many numbers as a
/// power of two has, first from the beginning and then from the end, several times. Lengths stay in proportion.
fn rotate(numbers: &mut [f32], flips: &[bool]) {
    let length = numbers.len();
    let Some(power) = length.checked_ilog2().map(|log| 1_usize << log) else {
        return;
    };
    for flips in flips.chunks(length) {
        for (number, flip) in numbers.iter_mut().zip(flips) {
            if *flip {
                *number = -*number;
            }
        }
        hadamard(&mut numbers[..power]);
        if power < length {
            hadamard(&mut numbers[length - power..]);
        }
    }
}

/// Hadamard's transform of a power of two of numbers, of which the length stays the same.
fn hadamard(numbers: &mut [f32]) {
    let mut half = 1;
    while half < numbers.len() {
        for pair in numbers.chunks_exact_mut(half * 2) {
            let (left, right) = pair.split_at_mut(half);
            for (a, b) in left.iter_mut().zip(right) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
    let scale = (numbers.len() as f32).sqrt().recip();
    for number in numbers {
        *number *= scale;
    }
}

/// Numbers that look random (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn product(one: &[f32], other: &[f32]) -> f32 {
        one.iter().zip(other).map(|(a, b)| a * b).sum()
    }

    proptest! {
        /// Lengths and angles stay what they were.
        #[test]
        fn the_rotation_is_one(pair in (1_usize..200).prop_flat_map(|length| {
            let vector = || prop::collection::vec(-1.0_f32..1.0, length);
            (vector(), vector())
        })) {
            let pass = FirstPass::new(vec![0.0; pair.0.len()]);
            let (mut one, mut other) = pair.clone();
            rotate(&mut one, &pass.flips);
            rotate(&mut other, &pass.flips);
            let before = [product(&pair.0, &pair.0), product(&pair.1, &pair.1), product(&pair.0, &pair.1)];
            let after = [product(&one, &one), product(&other, &other), product(&one, &other)];
            for (before, after) in before.into_iter().zip(after) {
                prop_assert!((before - after).abs() < 1e-3 * (1.0 + pair.0.len() as f32), "{} {}", before, after);
            }
        }

        /// What is let through is all that passes and is no farther than the farthest of them; and enough.
        #[test]
        fn the_nearest_codes_are_let_through(
            rows in prop::collection::vec(prop::collection::vec(-1.0_f32..1.0, 70), 1..60),
            count in 1_usize..40, left_out in 0_usize..60, split in 0_usize..60,
        ) {
            let mut pass = FirstPass::new(vec![0.01; 70]);
            for (row, vector) in rows.iter().enumerate() {
                pass.set(row, vector);
            }
            prop_assert_eq!(pass.len(), rows.len());
            let passes = |row: usize| row != left_out;
            let code = pass.code(&rows[0]);
            // However the rows are divided.
            let divided = split.min(rows.len());
            let parts = [0..divided, divided..rows.len()].map(|part| pass.part(&code, part, passes));
            let farthest = pass.farthest(&parts, count);
            let found: Vec<u32> = parts.iter().flat_map(|part| part.within(farthest)).collect();
            let there = (0..rows.len()).filter(|row| passes(*row)).count();
            prop_assert!(found.len() >= count.min(there));
            let mut distances = Vec::new();
            kernel::distances(&code, &pass.codes, &mut distances);
            let farthest = found.iter().map(|row| distances[*row as usize]).max().unwrap_or(0);
            for (row, distance) in distances.into_iter().enumerate() {
                let wanted = passes(row) && distance <= farthest && !found.is_empty();
                prop_assert_eq!(found.contains(&(row as u32)), wanted, "{} {:?}", row, found);
            }
        }
    }

    #[test]
    fn a_row_is_given_another_code() {
        let mut pass = FirstPass::new(vec![0.0; 4]);
        pass.set(0, &[1.0, 0.2, 0.0, -1.0]);
        pass.set(1, &[-1.0, 0.1, 0.3, 0.9]);
        let second = pass.codes[1];
        pass.set(0, &[-1.0, 0.1, 0.3, 0.9]);
        assert_eq!(pass.codes, [second, second]);
    }
}

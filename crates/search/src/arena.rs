//! The vectors of one workspace in memory: eight bits a number, one after the other, scanned whole.
//!
//! A scan of everything is exact but for the rounding, needs no building, and takes any filter for nothing. A passage is
//! compared together with those that stand beside it in its series, by the weights of the ranking: an answer is found by the
//! question before it, and one vector a passage is enough. The best are scored again in full precision ([`crate::index`]).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Bound;

use crate::passage::Kind;
use crate::rank::{BEFORE, BEHIND, SHORT};

/// A score of a scan. Never NaN: the vectors are of finite numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score(pub f32);

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// An owner as the arena remembers it.
pub fn owner_of(id: &str) -> u64 {
    // Fixed keys: only compared within this process.
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// A vector as it is added.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    pub number: i64,
    pub kind: Kind,
    pub owner_id: &'a str,
    /// The series it stands in, its position there, and its part.
    pub series: Option<(&'a str, i64)>,
    pub part: i64,
    /// The characters of its text.
    pub chars: i64,
    pub vector: &'a [f32],
}

/// What a scan says of a passage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    pub number: i64,
    /// The cosine of the question with the passage and what stands beside it.
    pub cosine: f32,
    /// The product of the question and the passage's own vector, as the arena has it.
    pub own: f32,
    /// The length of the sum of the passage's vector and those beside it.
    pub norm: f32,
}

impl Near {
    /// The cosine, when the product with the passage's own vector is known exactly.
    pub fn corrected(self, own: f32) -> f32 {
        self.cosine + (own - self.own) / self.norm
    }
}

/// Characters of a word of English, with the space behind it.
const CHARS_PER_WORD: f32 = 5.5;
/// No row.
const NONE: u32 = u32::MAX;
/// The kind of a row that is forgotten.
const GONE: u8 = u8::MAX;
/// What stands beside a passage, nearest first: before, before that, behind, behind that.
const BESIDE: [f32; 4] = [BEFORE[0], BEFORE[1], BEHIND[0], BEHIND[1]];

/// The vectors of a workspace.
#[derive(Debug, Default)]
pub struct Arena {
    dimensions: usize,
    numbers: Vec<i64>,
    kinds: Vec<u8>,
    owners: Vec<u64>,
    places: Vec<Option<Key>>,
    scales: Vec<f32>,
    codes: Vec<i8>,
    /// The rows beside each, in the order of [`BESIDE`], and the length of their weighted sum.
    beside: Vec<[u32; 4]>,
    norms: Vec<f32>,
    /// How much of its neighbours' weights each takes: a long passage needs less of them.
    fades: Vec<f32>,
    rows: HashMap<i64, u32>,
    order: BTreeMap<Key, u32>,
    /// Rows whose neighbours have changed.
    moved: Vec<u32>,
    gone: usize,
    /// Up to where it has what the database has: epoch, number.
    pub seen: (i64, i64),
}

/// Series, position, part.
type Key = (u64, i64, i64);

impl Arena {
    pub fn len(&self) -> usize {
        self.numbers.len() - self.gone
    }

    /// The memory it takes, about.
    pub fn bytes(&self) -> usize {
        // Number, kind, owner, place, scale, neighbours, norm; the entries of both maps.
        self.codes.capacity()
            + self.numbers.capacity() * (8 + 1 + 8 + 32 + 4 + 16 + 4 + 4)
            + self.rows.capacity() * 17
            + self.order.len() * 32
    }

    /// Adds a vector; one of another length than the first is left out. [`Arena::settle`] is to follow.
    pub fn add(&mut self, row: &Row<'_>) {
        if self.numbers.is_empty() {
            self.dimensions = row.vector.len();
        }
        if row.vector.len() != self.dimensions || row.vector.is_empty() || self.rows.contains_key(&row.number)
        {
            return;
        }
        let at = self.numbers.len() as u32;
        let place = row
            .series
            .map(|(series, position)| (owner_of(series), position, row.part));
        self.numbers.push(row.number);
        self.kinds.push(row.kind.byte());
        self.owners.push(owner_of(row.owner_id));
        self.places.push(place);
        self.scales.push(quantise(row.vector, &mut self.codes));
        self.beside.push([NONE; 4]);
        self.norms.push(1.0);
        self.fades
            .push((SHORT * CHARS_PER_WORD / row.chars.max(1) as f32).min(1.0));
        self.rows.insert(row.number, at);
        if let Some(place) = place {
            self.order.insert(place, at);
            self.touch(place);
        }
    }

    /// Forgets passages that are gone.
    pub fn forget(&mut self, gone: &[i64]) {
        for number in gone {
            let Some(at) = self.rows.remove(number) else {
                continue;
            };
            self.kinds[at as usize] = GONE;
            self.gone += 1;
            if let Some(place) = self.places[at as usize].take() {
                if self.order.get(&place) == Some(&at) {
                    self.order.remove(&place);
                }
                self.touch(place);
            }
        }
        self.settle();
    }

    /// What stands around a place has new neighbours.
    fn touch(&mut self, place: Key) {
        let before = self.order.range(..place).rev().take(2).map(|(_, row)| *row);
        let after = self.order.range(place..).take(3).map(|(_, row)| *row);
        self.moved.extend(before.chain(after));
    }

    /// Finds the neighbours of what was added or lost some.
    pub fn settle(&mut self) {
        let mut moved = std::mem::take(&mut self.moved);
        moved.sort_unstable();
        moved.dedup();
        for row in moved {
            let beside = self.places[row as usize].map_or([NONE; 4], |place| self.neighbours(place));
            self.beside[row as usize] = beside;
            self.norms[row as usize] = self.norm(row, beside);
        }
    }

    fn neighbours(&self, place: Key) -> [u32; 4] {
        let mut beside = [NONE; 4];
        let mut last = place;
        for (slot, (key, row)) in self.order.range(..place).rev().take(2).enumerate() {
            if !follows(*key, last) {
                break;
            }
            (beside[slot], last) = (*row, *key);
        }
        last = place;
        let behind = (Bound::Excluded(place), Bound::Unbounded);
        for (slot, (key, row)) in self.order.range(behind).take(2).enumerate() {
            if !follows(last, *key) {
                break;
            }
            (beside[2 + slot], last) = (*row, *key);
        }
        beside
    }

    /// The length of the weighted sum of a row and those beside it.
    fn norm(&self, row: u32, beside: [u32; 4]) -> f32 {
        let parts: Vec<(usize, f32)> = std::iter::once((row, 1.0))
            .chain(
                beside
                    .into_iter()
                    .zip(BESIDE.map(|weight| weight * self.fades[row as usize])),
            )
            .filter(|(row, _)| *row != NONE)
            .map(|(row, weight)| (row as usize, weight))
            .collect();
        let square: f32 = parts
            .iter()
            .flat_map(|one| parts.iter().map(move |other| (one, other)))
            .map(|((one, a), (other, b))| {
                let product = dot(self.row(*one), self.row(*other)) as f32;
                a * b * product * self.scales[*one] * self.scales[*other]
            })
            .sum();
        square.max(1e-6).sqrt()
    }

    fn row(&self, at: usize) -> &[i8] {
        &self.codes[at * self.dimensions..(at + 1) * self.dimensions]
    }

    /// The passages whose vectors, with those beside them, are nearest to this one by cosine (all are of length 1), into a
    /// heap of at most `k`; and what there is of `wanted`, wherever it ranks.
    pub fn scan(
        &self,
        vector: &[f32],
        k: usize,
        passes: impl Fn(u8, u64) -> bool,
        wanted: &[i64],
        best: &mut BinaryHeap<Reverse<(Score, usize)>>,
        found: &mut Vec<Near>,
    ) {
        if vector.len() != self.dimensions || k == 0 {
            return;
        }
        let mut codes = Vec::with_capacity(vector.len());
        let scale = quantise(vector, &mut codes);
        let products: Vec<f32> = self
            .codes
            .chunks_exact(self.dimensions)
            .zip(&self.scales)
            .map(|(row, own)| dot(&codes, row) as f32 * scale * own)
            .collect();
        let near = |at: usize| {
            let beside: f32 = self.beside[at]
                .iter()
                .zip(BESIDE)
                .filter(|(row, _)| **row != NONE)
                .map(|(row, weight)| weight * products[*row as usize])
                .sum();
            Near {
                number: self.numbers[at],
                cosine: (products[at] + self.fades[at] * beside) / self.norms[at],
                own: products[at],
                norm: self.norms[at],
            }
        };
        for at in 0..products.len() {
            if self.kinds[at] == GONE || !passes(self.kinds[at], self.owners[at]) {
                continue;
            }
            let seen = near(at);
            let score = Score(seen.cosine);
            if best.len() >= k {
                if best.peek().is_some_and(|Reverse((worst, _))| score <= *worst) {
                    continue;
                }
                best.pop();
            }
            best.push(Reverse((score, found.len())));
            found.push(seen);
        }
        let rows = wanted.iter().filter_map(|number| self.rows.get(number));
        found.extend(rows.map(|row| near(*row as usize)));
    }
}

/// Whether one place of a series is right behind another: its next part, or the first of the next position.
fn follows(one: Key, next: Key) -> bool {
    one.0 == next.0 && ((one.1 == next.1 && one.2 + 1 == next.2) || (one.1 + 1 == next.1 && next.2 == 0))
}

/// Appends the vector in eight bits a number; what one step is worth.
fn quantise(vector: &[f32], codes: &mut Vec<i8>) -> f32 {
    let largest = vector
        .iter()
        .fold(0.0_f32, |largest, number| largest.max(number.abs()));
    let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
    codes.extend(vector.iter().map(|number| (number / scale).round() as i8));
    scale
}

/// Products of eight bits fit into sixteen, and their sum over a few thousand numbers into thirty-two. Written so that the
/// compiler makes vector instructions of it.
fn dot(one: &[i8], other: &[i8]) -> i32 {
    one.iter()
        .zip(other)
        .map(|(a, b)| i32::from(i16::from(*a) * i16::from(*b)))
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unit(numbers: &[f32]) -> Vec<f32> {
        let length = numbers
            .iter()
            .map(|number| number * number)
            .sum::<f32>()
            .sqrt()
            .max(1e-6);
        numbers.iter().map(|number| number / length).collect()
    }

    fn product(one: &[f32], other: &[f32]) -> f32 {
        one.iter().zip(other).map(|(a, b)| a * b).sum()
    }

    fn row<'a>(number: i64, owner_id: &'a str, series: Option<(&'a str, i64)>, vector: &'a [f32]) -> Row<'a> {
        Row {
            number,
            kind: Kind::File,
            owner_id,
            series,
            part: 0,
            chars: 40,
            vector,
        }
    }

    fn nearest(arena: &Arena, vector: &[f32], k: usize, passes: impl Fn(u8, u64) -> bool) -> Vec<Near> {
        let (mut best, mut found) = (BinaryHeap::new(), Vec::new());
        arena.scan(vector, k, passes, &[], &mut best, &mut found);
        best.into_sorted_vec()
            .into_iter()
            .map(|Reverse((_, at))| found[at])
            .collect()
    }

    proptest! {
        #[test]
        fn a_scan_finds_what_is_nearest(rows in prop::collection::vec(prop::collection::vec(-1.0_f32..1.0, 16), 1..60), k in 1_usize..8) {
            let mut arena = Arena::default();
            let rows: Vec<Vec<f32>> = rows.iter().map(|row| unit(row)).collect();
            for (number, vector) in rows.iter().enumerate() {
                arena.add(&row(number as i64, "a", None, vector));
            }
            arena.settle();
            let wanted = &rows[0];
            let found = nearest(&arena, wanted, k, |_, _| true);
            prop_assert_eq!(found.len(), k.min(rows.len()));
            let worst = found.last().unwrap().cosine;
            for (number, vector) in rows.iter().enumerate() {
                let is_found = found.iter().any(|near| near.number == number as i64);
                // Rounding is worth less than two hundredths at this length.
                prop_assert!(is_found || product(wanted, vector) <= worst + 0.02);
            }
        }

        /// Whatever is added and forgotten in whatever order: each passage has the neighbours that it has now.
        #[test]
        fn neighbours_are_those_that_are_there(
            positions in prop::collection::vec(0_i64..30, 1..40),
            gone in prop::collection::vec(0_usize..40, 0..20),
        ) {
            let mut arena = Arena::default();
            let mut there: BTreeMap<i64, (i64, Vec<f32>)> = BTreeMap::new();
            for (number, position) in positions.iter().enumerate() {
                if there.contains_key(position) {
                    continue;
                }
                let vector = unit(&[1.0 + number as f32, 3.0 - *position as f32, 2.0, 0.5]);
                arena.add(&row(number as i64, "a", Some(("s", *position)), &vector));
                there.insert(*position, (number as i64, vector));
            }
            arena.settle();
            let forgotten: Vec<i64> = gone.iter().map(|number| *number as i64).collect();
            arena.forget(&forgotten);
            there.retain(|_, (number, _)| !forgotten.contains(number));
            let asked = unit(&[1.0, 1.0, 1.0, 1.0]);
            let found = nearest(&arena, &asked, 100, |_, _| true);
            prop_assert_eq!(found.len(), there.len());
            prop_assert_eq!(arena.len(), there.len());
            for near in found {
                let (position, (_, own)) = there.iter().find(|(_, (number, _))| *number == near.number).unwrap();
                let mut sum = own.clone();
                let mut add = |steps: [i64; 2], weights: [f32; 2]| {
                    for (step, weight) in steps.into_iter().zip(weights) {
                        let Some((_, vector)) = there.get(&(position + step)) else { break };
                        for (sum, number) in sum.iter_mut().zip(vector) {
                            *sum += weight * number;
                        }
                    }
                };
                add([-1, -2], BEFORE);
                add([1, 2], BEHIND);
                let wanted = product(&unit(&sum), &asked);
                prop_assert!((near.cosine - wanted).abs() < 0.03, "{} {}", near.cosine, wanted);
            }
        }
    }

    #[test]
    fn a_filter_is_part_of_the_scan_and_what_is_wanted_is_told_anyway() {
        let mut arena = Arena::default();
        arena.add(&row(1, "a", None, &[1.0, 0.0]));
        arena.add(&row(2, "b", None, &[0.9, 0.1]));
        arena.add(&row(3, "c", None, &[0.0, 1.0]));
        arena.add(&row(4, "c", None, &[0.0, 1.0, 0.0]));
        arena.add(&row(1, "c", None, &[0.0, 1.0]));
        arena.settle();
        assert_eq!(
            arena.len(),
            3,
            "one of another length, and one that is there, are left out"
        );
        let found = nearest(&arena, &[1.0, 0.0], 1, |_, owner| owner == owner_of("c"));
        assert_eq!(found[0].number, 3);
        let (mut best, mut found) = (BinaryHeap::new(), Vec::new());
        arena.scan(&[1.0, 0.0], 1, |_, _| false, &[2, 9], &mut best, &mut found);
        assert!(best.is_empty());
        assert_eq!(found.iter().map(|near| near.number).collect::<Vec<_>>(), [2]);
    }
}

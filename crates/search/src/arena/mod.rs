//! The vectors of one workspace in memory: eight bits a number, one after the other.
//!
//! A scan of everything is exact but for the rounding, needs no building, and takes any filter for nothing ([`scan`]). Large
//! workspaces have a first pass before it, that leaves out what is far away ([`first`]). A passage is compared together with
//! those that stand beside it in its series, by the weights of the ranking: an answer is found by the question before it, and
//! one vector a passage is enough. The best are scored again in full precision ([`crate::index`]).

mod file;
mod first;
mod kernel;
mod scan;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::{Bound, Range};

use crate::arena::first::{CANDIDATES, FirstPass};
use crate::passage::Kind;
use crate::rank::{BEFORE, BEHIND, SHORT, follows};
use crate::store::Stored;

pub use file::Snapshot;
pub use scan::Found;

/// Rows that are compared one by one; an arena of more has a first pass. A scan of so many takes some three milliseconds of a
/// core, an eighth of what a search may take in all: below, there is nothing to gain for what a first pass may lose.
pub const EXACT_UNTIL: usize = 100_000;
/// Rows that get their codes at one go, while nobody can search the arena: some ten milliseconds.
const CODED_AT_ONCE: usize = 2_000;
/// Rows that the mean of an arena is taken from.
const SAMPLE: usize = 10_000;

/// An owner as the arena remembers it.
pub fn owner_of(id: &str) -> u64 {
    // Fixed keys: the same in every process of this version, and a file of another one says so.
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

impl<'a> Row<'a> {
    /// As the database has it.
    pub fn of(stored: &'a Stored) -> Self {
        Self {
            number: stored.number,
            kind: stored.kind,
            owner_id: &stored.owner_id,
            series: stored
                .series
                .as_ref()
                .map(|(series, position)| (series.as_str(), *position)),
            part: stored.part,
            chars: stored.chars,
            vector: &stored.vector,
        }
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
#[derive(Debug)]
pub struct Arena {
    /// More rows than this have a first pass.
    exact_until: usize,
    first: Option<FirstPass>,
    /// So many rows pass it.
    candidates: usize,
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
    pub fn new(exact_until: usize) -> Self {
        Self {
            exact_until,
            first: None,
            candidates: CANDIDATES,
            dimensions: 0,
            numbers: Vec::new(),
            kinds: Vec::new(),
            owners: Vec::new(),
            places: Vec::new(),
            scales: Vec::new(),
            codes: Vec::new(),
            beside: Vec::new(),
            norms: Vec::new(),
            fades: Vec::new(),
            rows: HashMap::new(),
            order: BTreeMap::new(),
            moved: Vec::new(),
            gone: 0,
            seen: (0, 0),
        }
    }

    pub fn len(&self) -> usize {
        self.numbers.len() - self.gone
    }

    /// Rows, those that are forgotten too.
    pub fn rows(&self) -> usize {
        self.numbers.len()
    }

    /// Rows that are forgotten.
    pub fn gone(&self) -> usize {
        self.gone
    }

    /// Rows as they are stored.
    pub fn codes_of(&self, rows: Range<usize>) -> Vec<i8> {
        self.codes[rows.start * self.dimensions..rows.end * self.dimensions].to_vec()
    }

    /// Numbers of the newest rows, and of as many from all over.
    pub fn sample(&self, count: usize) -> Vec<i64> {
        let step = self.numbers.len().div_ceil(count).max(1);
        let newest = self.numbers.iter().rev().take(count);
        let mut numbers: Vec<i64> = newest.chain(self.numbers.iter().step_by(step)).copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// Whether this is the vector of a number. Of what is forgotten nothing is known, so it is none to speak against.
    pub fn has(&self, number: i64, vector: &[f32]) -> bool {
        let mut codes = Vec::with_capacity(vector.len());
        kernel::quantise(vector, &mut codes);
        let row = self.rows.get(&number);
        row.is_none_or(|row| self.row(*row as usize) == codes)
    }

    /// The memory it takes, about.
    pub fn bytes(&self) -> usize {
        // Number, kind, owner, place, scale, neighbours, norm, fade; the entries of both maps.
        self.codes.capacity()
            + self.first.as_ref().map_or(0, |first| first.codes.capacity() * 8)
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
        self.scales.push(kernel::quantise(row.vector, &mut self.codes));
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
        let mut sum = Vec::with_capacity(self.dimensions);
        for row in moved {
            let at = row as usize;
            self.beside[at] = self.places[at].map_or([NONE; 4], |place| self.neighbours(place));
            self.norms[at] = self.sum(at, &mut sum);
            if let Some(first) = self.first.as_mut().filter(|first| at < first.len()) {
                first.set(at, &sum);
            }
        }
    }

    /// Gives some of the rows their codes, if there are so many that a first pass is wanted; whether there are more to come.
    /// The arena must be settled.
    pub fn code(&mut self) -> bool {
        if self.numbers.len() <= self.exact_until {
            return false;
        }
        let mut first = match self.first.take() {
            Some(first) => first,
            None => FirstPass::new(self.mean()),
        };
        let mut sum = Vec::with_capacity(self.dimensions);
        let end = self.numbers.len().min(first.len() + CODED_AT_ONCE);
        for row in first.len()..end {
            self.sum(row, &mut sum);
            first.set(row, &sum);
        }
        self.first = Some(first);
        end < self.numbers.len()
    }

    /// The mean of rows from all over the arena, each with those beside it.
    fn mean(&self) -> Vec<f32> {
        let step = self.numbers.len().div_ceil(SAMPLE);
        let rows = (0..self.numbers.len()).step_by(step);
        let share = (rows.len() as f32).recip();
        let (mut mean, mut sum) = (vec![0.0; self.dimensions], Vec::new());
        for row in rows {
            self.sum(row, &mut sum);
            for (mean, number) in mean.iter_mut().zip(&sum) {
                *mean += share * number;
            }
        }
        mean
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

    /// The weighted sum of a row and those beside it, made of length 1; the length it had.
    fn sum(&self, row: usize, sum: &mut Vec<f32>) -> f32 {
        sum.clear();
        sum.resize(self.dimensions, 0.0);
        let beside = self.beside[row]
            .into_iter()
            .zip(BESIDE.map(|weight| weight * self.fades[row]));
        for (other, weight) in std::iter::once((row as u32, 1.0)).chain(beside) {
            if other == NONE {
                continue;
            }
            let weight = weight * self.scales[other as usize];
            for (sum, code) in sum.iter_mut().zip(self.row(other as usize)) {
                *sum += weight * f32::from(*code);
            }
        }
        let square: f32 = sum.iter().map(|number| number * number).sum();
        let length = square.max(1e-6).sqrt();
        for number in sum {
            *number /= length;
        }
        length
    }

    fn row(&self, at: usize) -> &[i8] {
        &self.codes[at * self.dimensions..(at + 1) * self.dimensions]
    }
}

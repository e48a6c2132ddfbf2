//! How a question is compared with an arena: exactly, row by row, or what the first pass lets through.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::num::NonZero;
use std::ops::Range;
use std::sync::LazyLock;
use std::thread;

use crate::arena::first::{FirstPass, Part};
use crate::arena::{Arena, BESIDE, GONE, NONE, kernel};

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

/// In the order of the cosine. Never NaN: the vectors are of finite numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ranked(Near);

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_number = self.0.number.cmp(&other.0.number);
        self.0.cosine.total_cmp(&other.0.cosine).then(by_number)
    }
}

/// What scans of several arenas find: the best, and what was asked for beside them.
#[derive(Debug)]
pub struct Found {
    k: usize,
    best: BinaryHeap<Reverse<Ranked>>,
    /// What there is of that which was asked for, wherever it ranks.
    pub others: Vec<Near>,
}

impl Found {
    /// Keeps the best `k`.
    pub fn new(k: usize) -> Self {
        Self {
            k,
            best: BinaryHeap::with_capacity(k + 1),
            others: Vec::new(),
        }
    }

    fn offer(&mut self, near: Near) {
        let near = Reverse(Ranked(near));
        if self.best.len() < self.k {
            self.best.push(near);
        } else if let Some(mut worst) = self.best.peek_mut()
            && near < *worst
        {
            *worst = near;
        }
    }

    /// The best, best first.
    pub fn best(&self) -> Vec<Near> {
        let mut best: Vec<Ranked> = self.best.iter().map(|Reverse(ranked)| *ranked).collect();
        best.sort_unstable_by(|one, other| other.cmp(one));
        best.into_iter().map(|Ranked(near)| near).collect()
    }
}

/// A large arena is compared by as many threads at once as there are cores, and no more than this: somebody waits for it, and
/// half of the time is spent waiting for memory.
const THREADS_MAX: usize = 4;

static THREADS: LazyLock<usize> = LazyLock::new(|| {
    thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(THREADS_MAX)
});

/// Does the same with parts of so many rows, at once; in the order of the parts.
fn divided<T: Send>(rows: usize, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let each = rows.div_ceil(*THREADS).max(1);
    let parts = (0..rows).step_by(each).map(|from| from..rows.min(from + each));
    at_once(parts.collect(), work)
}

/// Does the same with each part, at once; in the order of the parts.
fn at_once<P: Send, T: Send>(mut parts: Vec<P>, work: impl Fn(P) -> T + Sync) -> Vec<T> {
    let Some(last) = parts.pop() else {
        return Vec::new();
    };
    thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = parts
            .into_iter()
            .map(|part| scope.spawn(move || work(part)))
            .collect();
        let last = work(last);
        let joined = others.into_iter().map(|other| match other.join() {
            Ok(made) => made,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        let mut made: Vec<T> = joined.collect();
        made.push(last);
        made
    })
}

/// A question in eight bits a number.
struct Asked {
    codes: Vec<i8>,
    scale: f32,
}

impl Asked {
    fn of(vector: &[f32]) -> Self {
        let mut codes = Vec::with_capacity(vector.len());
        let scale = kernel::quantise(vector, &mut codes);
        Self { codes, scale }
    }
}

impl Arena {
    /// What there is of `wanted`, wherever it ranks.
    pub fn tell(&self, vector: &[f32], wanted: &[i64], found: &mut Found) {
        if vector.len() != self.dimensions {
            return;
        }
        let asked = Asked::of(vector);
        let rows = wanted.iter().filter_map(|number| self.rows.get(number));
        found
            .others
            .extend(rows.map(|row| self.near(*row as usize, |row| self.product(&asked, row))));
    }

    /// Offers these passages for what is found.
    pub fn offer(&self, vector: &[f32], offered: &[i64], found: &mut Found) {
        let mut told = Found::new(0);
        self.tell(vector, offered, &mut told);
        for near in told.others {
            found.offer(near);
        }
    }

    /// Finds the passages whose vectors, with those beside them, are nearest to this one by cosine (all are of length 1). In a large arena only what a first pass lets through is
    /// compared.
    pub fn scan<F>(&self, vector: &[f32], only: Option<F>, found: &mut Found)
    where
        F: Fn(u8, u64) -> bool + Sync,
    {
        if vector.len() != self.dimensions || found.k == 0 {
            return;
        }
        let asked = Asked::of(vector);
        let there = |row: usize| self.kinds[row] != GONE;
        let only = only.as_ref();
        let only = only.map(|only| move |row: usize| there(row) && only(self.kinds[row], self.owners[row]));
        match self.first_pass() {
            Some(first) => {
                let code = first.code(vector);
                // Most questions look everywhere: then nothing is read of each row but whether it is there.
                let parts = divided(self.numbers.len(), |rows| match only {
                    Some(only) => first.part(&code, rows, only),
                    None => first.part(&code, rows, there),
                });
                let farthest = first.farthest(&parts, self.candidates.max(found.k));
                let seconds = at_once(parts, |part: Part| {
                    let mut best = Found::new(found.k);
                    for row in part.within(farthest) {
                        best.offer(self.near(row as usize, |row| self.product(&asked, row)));
                    }
                    best
                });
                for near in seconds.into_iter().flat_map(|part| part.best) {
                    found.offer(near.0.0);
                }
            }
            None => match only {
                Some(only) => self.scan_all(&asked, only, found),
                None => self.scan_all(&asked, there, found),
            },
        }
    }

    /// The first pass, if there are enough rows for one and it knows them all.
    fn first_pass(&self) -> Option<&FirstPass> {
        self.first
            .as_ref()
            .filter(|first| first.len() == self.numbers.len() && first.len() > self.exact_until)
    }

    fn scan_all(&self, asked: &Asked, passes: impl Fn(usize) -> bool, found: &mut Found) {
        let mut products = Vec::with_capacity(self.numbers.len());
        kernel::dots(&asked.codes, &self.codes, &mut products);
        let product = |row: usize| products[row] as f32 * asked.scale * self.scales[row];
        for row in (0..products.len()).filter(|row| passes(*row)) {
            found.offer(self.near(row, product));
        }
    }

    fn product(&self, asked: &Asked, row: usize) -> f32 {
        kernel::dot(&asked.codes, self.row(row)) as f32 * asked.scale * self.scales[row]
    }

    fn near(&self, row: usize, product: impl Fn(usize) -> f32) -> Near {
        let own = product(row);
        let beside: f32 = self.beside[row]
            .iter()
            .zip(BESIDE)
            .filter(|(beside, _)| **beside != NONE)
            .map(|(beside, weight)| weight * product(*beside as usize))
            .sum();
        Near {
            number: self.numbers[row],
            cosine: (own + self.fades[row] * beside) / self.norms[row],
            own,
            norm: self.norms[row],
        }
    }
}

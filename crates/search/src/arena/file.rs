//! An arena as a file: what is in memory, one array after the other, little-endian, between a head that says whose it is and
//! a checksum.
//!
//! ```text
//! magic · owner_of("stoa") · model · workspace · dimensions · rows · rows with codes · epoch, number (seen)
//! numbers kinds owners places scales fades beside norms │ centre, codes of the first pass │ eight bits a number │ CRC-32
//! ```
//!
//! What does not fit in any way is an error, and who reads makes the arena anew: nothing is ever mended.

use std::io::{self, Read, Write};

use crate::arena::first::FirstPass;
use crate::arena::{Arena, GONE, Key, owner_of};

/// Another layout has another name.
const MAGIC: &[u8; 8] = b"STOAVEC1";
/// Names of models and workspaces are not longer than this.
const NAME_MAX: u32 = 4_096;
/// Numbers that are turned into bytes, and back, at one go.
const BLOCK: usize = 32_768;

/// Everything of an arena but its rows of eight bits a number, which do not change and can be copied later.
#[derive(Debug)]
pub struct Snapshot {
    dimensions: usize,
    seen: (i64, i64),
    numbers: Vec<i64>,
    kinds: Vec<u8>,
    owners: Vec<u64>,
    places: Vec<i64>,
    scales: Vec<f32>,
    fades: Vec<f32>,
    beside: Vec<u32>,
    norms: Vec<f32>,
    centre: Vec<f32>,
    coded: Vec<u64>,
}

impl Snapshot {
    /// Of an arena that is settled.
    pub fn of(arena: &Arena) -> Self {
        let first = arena.first.as_ref().filter(|first| first.len() > 0);
        let place = |place: &Option<Key>| {
            place.map_or([0; 4], |(series, position, part)| {
                [1, series as i64, position, part]
            })
        };
        Self {
            dimensions: arena.dimensions,
            seen: arena.seen,
            numbers: arena.numbers.clone(),
            kinds: arena.kinds.clone(),
            owners: arena.owners.clone(),
            places: arena.places.iter().flat_map(place).collect(),
            scales: arena.scales.clone(),
            fades: arena.fades.clone(),
            beside: arena.beside.iter().flatten().copied().collect(),
            norms: arena.norms.clone(),
            centre: first.map(|first| first.centre.clone()).unwrap_or_default(),
            coded: first.map(|first| first.codes.clone()).unwrap_or_default(),
        }
    }

    pub fn rows(&self) -> usize {
        self.numbers.len()
    }

    /// Writes the file; `codes` gives the rows of eight bits, some at each call, until it gives none.
    pub fn write(
        &self,
        out: impl Write,
        (model, workspace_id): (&str, &str),
        mut codes: impl FnMut(usize) -> Vec<i8>,
    ) -> io::Result<()> {
        let mut out = Summed::new(out);
        out.write_all(MAGIC)?;
        out.put(&[owner_of("stoa")])?;
        for name in [model, workspace_id] {
            out.put(&[name.len() as u32])?;
            out.write_all(name.as_bytes())?;
        }
        let words = self.dimensions.div_ceil(64).max(1);
        out.put(&[
            self.dimensions as u64,
            self.numbers.len() as u64,
            (self.coded.len() / words) as u64,
        ])?;
        out.put(&[self.seen.0, self.seen.1])?;
        out.put(&self.numbers)?;
        out.put(&self.kinds)?;
        out.put(&self.owners)?;
        out.put(&self.places)?;
        out.put(&self.scales)?;
        out.put(&self.fades)?;
        out.put(&self.beside)?;
        out.put(&self.norms)?;
        out.put(&self.centre)?;
        out.put(&self.coded)?;
        let mut row = 0;
        while row < self.numbers.len() {
            let some = codes(row);
            row += some.len() / self.dimensions.max(1);
            if some.is_empty() || row > self.numbers.len() {
                return Err(io::Error::other("the arena has other rows than its snapshot"));
            }
            out.put(&some)?;
        }
        let sum = out.sum.clone().finalize();
        out.put(&[sum])?;
        out.inner.flush()
    }
}

impl Arena {
    /// Reads a file of so many bytes, if it is of this model and workspace.
    pub fn read(
        from: impl Read,
        bytes: u64,
        (model, workspace_id): (&str, &str),
        exact_until: usize,
    ) -> io::Result<Self> {
        let mut from = Summed::new(from);
        let mut magic = [0; MAGIC.len()];
        from.read_exact(&mut magic)?;
        if magic != *MAGIC || from.take::<u64>(1)? != [owner_of("stoa")] {
            return Err(foreign("it was written by another version"));
        }
        let mut head = 8 + 8 + 5 * 8 + 4;
        for expected in [model, workspace_id] {
            let length = from.take::<u32>(1)?[0];
            if length > NAME_MAX || from.take::<u8>(length as usize)? != expected.as_bytes() {
                return Err(foreign("it is of another model or workspace"));
            }
            head += 4 + u64::from(length);
        }
        let sizes = from.take::<u64>(3)?;
        let (dimensions, rows, with_codes) = (sizes[0], sizes[1], sizes[2]);
        // Before anything is allocated for it: a damaged size must not take the memory of the machine.
        let centre = if with_codes > 0 { dimensions } else { 0 };
        let expected = rows
            .checked_mul(77 + dimensions)
            .and_then(|size| size.checked_add(with_codes.checked_mul(dimensions.div_ceil(64) * 8)?))
            .and_then(|size| size.checked_add(head + centre * 4));
        if dimensions > 1 << 16 || rows >= u64::from(u32::MAX) || expected != Some(bytes) {
            return Err(foreign("its size is not what its head says"));
        }
        let (dimensions, rows) = (dimensions as usize, rows as usize);
        let seen = from.take::<i64>(2)?;
        let mut arena = Self::new(exact_until);
        arena.dimensions = dimensions;
        arena.seen = (seen[0], seen[1]);
        arena.numbers = from.take(rows)?;
        arena.kinds = from.take(rows)?;
        arena.owners = from.take(rows)?;
        let places = from.take::<i64>(rows * 4)?;
        arena.scales = from.take(rows)?;
        arena.fades = from.take(rows)?;
        arena.beside = from.take(rows * 4)?.as_chunks::<4>().0.to_vec();
        arena.norms = from.take(rows)?;
        let centre = from.take::<f32>(centre as usize)?;
        let coded = from.take::<u64>(with_codes as usize * dimensions.div_ceil(64))?;
        arena.codes = from.take(rows * dimensions)?;
        let sum = from.sum.clone().finalize();
        if from.take::<u32>(1)? != [sum] {
            return Err(foreign("its checksum is wrong"));
        }
        arena.first = (!coded.is_empty()).then(|| FirstPass::of(centre, coded));
        arena.find_again(places.as_chunks::<4>().0);
        Ok(arena)
    }

    /// Makes what is not in the file: where each number and each place stands.
    fn find_again(&mut self, places: &[[i64; 4]]) {
        let place = |place: &[i64; 4]| (place[0] == 1).then_some((place[1] as u64, place[2], place[3]));
        self.places = places.iter().map(place).collect();
        let there = |row: &(u32, u8)| row.1 != GONE;
        let rows = || (0_u32..).zip(self.kinds.iter().copied()).filter(there);
        self.rows = rows().map(|(row, _)| (self.numbers[row as usize], row)).collect();
        self.gone = self.numbers.len() - self.rows.len();
        // Of two in the same place the later one counts, as when they are added one by one.
        self.order = rows()
            .filter_map(|(row, _)| Some((self.places[row as usize]?, row)))
            .collect();
    }
}

fn foreign(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// A number with so many bytes in a file.
trait Number: Copy {
    const BYTES: usize;
    fn put(self, bytes: &mut Vec<u8>);
    /// All numbers in these bytes: as a whole, for an arena has hundreds of millions.
    fn get(bytes: &[u8], numbers: &mut Vec<Self>);
}

macro_rules! numbers {
    ($($type:ty)*) => {$(
        impl Number for $type {
            const BYTES: usize = size_of::<$type>();
            fn put(self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }
            fn get(bytes: &[u8], numbers: &mut Vec<Self>) {
                let each = bytes.as_chunks::<{ size_of::<$type>() }>().0;
                numbers.extend(each.iter().map(|bytes| Self::from_le_bytes(*bytes)));
            }
        }
    )*};
}

numbers!(u8 i8 u32 u64 i64 f32);

/// A reader or writer with the checksum of all that went through.
struct Summed<T> {
    inner: T,
    sum: crc32fast::Hasher,
    block: Vec<u8>,
}

impl<T> Summed<T> {
    fn new(inner: T) -> Self {
        Self {
            inner,
            sum: crc32fast::Hasher::new(),
            block: Vec::new(),
        }
    }
}

impl<T: Write> Summed<T> {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sum.update(bytes);
        self.inner.write_all(bytes)
    }

    fn put<N: Number>(&mut self, numbers: &[N]) -> io::Result<()> {
        for some in numbers.chunks(BLOCK) {
            let mut block = std::mem::take(&mut self.block);
            block.clear();
            for number in some {
                number.put(&mut block);
            }
            self.write_all(&block)?;
            self.block = block;
        }
        Ok(())
    }
}

impl<T: Read> Summed<T> {
    fn read_exact(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.inner.read_exact(bytes)?;
        self.sum.update(bytes);
        Ok(())
    }

    fn take<N: Number>(&mut self, count: usize) -> io::Result<Vec<N>> {
        let mut numbers = Vec::with_capacity(count);
        let mut block = std::mem::take(&mut self.block);
        while numbers.len() < count {
            block.resize((count - numbers.len()).min(BLOCK) * N::BYTES, 0);
            self.read_exact(&mut block)?;
            N::get(&block, &mut numbers);
        }
        self.block = block;
        Ok(numbers)
    }
}

//! Splitting: a document into passages of about 200 words that keep together what belongs together.
//!
//! A passage never takes half a sentence or half a line with it when it can help it, ends at a paragraph when one is near,
//! and stays under one heading unless the sections are tiny. Within a section a passage begins with the last words of the
//! one before, so that what stands at the seam is found too. Invariant: the text of a passage is the document's text
//! between its offsets, and every word of the document is in some passage.

use std::ops::Range;

use super::{Document, Form};

/// What a passage aims at, in words.
const AIM: usize = 200;
/// From here on it ends at the end of a paragraph.
const ENOUGH: usize = 140;
/// The longest.
const MOST: usize = 260;
/// What the next repeats, at most.
const OVERLAP: usize = 30;
/// A smaller section is joined with the next.
const TINY: usize = 60;
/// The longest piece that is not divided.
const PIECE: usize = 80;

/// A part of a document that is found, shown and cited as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// The page on which it begins.
    pub page: Option<u32>,
    /// The headings above it, the largest first.
    pub path: Vec<String>,
    /// What it says.
    pub text: String,
}

impl Passage {
    /// The headings above it as one line.
    pub fn heading(&self) -> Option<String> {
        (!self.path.is_empty()).then(|| self.path.join(" › "))
    }
}

/// A sentence or line: where it is, what it weighs, and whether a paragraph ends with it.
#[derive(Debug, Clone)]
struct Piece {
    bytes: Range<usize>,
    weight: usize,
    ends_paragraph: bool,
}

/// How many words it counts for. Writing without spaces, and what is no writing, is counted by its characters.
fn weigh(text: &str) -> usize {
    let words = text.split_whitespace().count();
    let dense = text
        .chars()
        .filter(|c| ('\u{2e80}'..='\u{9fff}').contains(c) || ('\u{ac00}'..='\u{d7af}').contains(c))
        .count();
    let chars = text.chars().count();
    words.max((chars + 2 * dense) / 8).max(1)
}

/// The passages of a document.
pub fn split(document: &Document) -> Vec<Passage> {
    let mut splitter = Splitter {
        document,
        at: (0, 0),
        passages: Vec::new(),
    };
    let mut group: Vec<(Piece, usize)> = Vec::new();
    let mut weight = 0;
    let mut byte = 0;
    for (number, section) in document.sections.iter().enumerate() {
        let end = byte + super::byte_at(&document.text[byte..], section.end - section.start);
        let pieces = pieces(&document.text, byte..end, document.form);
        byte = end;
        let size: usize = pieces.iter().map(|piece| piece.weight).sum();
        // Tiny neighbours make one passage; a large one begins its own.
        let joins = weight + size <= AIM && (weight < TINY || size < TINY);
        if !group.is_empty() && !joins {
            splitter.divide(std::mem::take(&mut group));
            weight = 0;
        }
        group.extend(pieces.into_iter().map(|piece| (piece, number)));
        weight += size;
    }
    splitter.divide(group);
    splitter.passages
}

struct Splitter<'a> {
    document: &'a Document,
    /// A byte and the character it is, so that offsets are counted once.
    at: (usize, usize),
    passages: Vec<Passage>,
}

impl Splitter<'_> {
    /// Makes passages of pieces that may stand together.
    fn divide(&mut self, pieces: Vec<(Piece, usize)>) {
        let overlaps = self.document.form != Form::Rows;
        let mut from = 0;
        let mut weight = 0;
        // What was repeated from the passage before is no reason for another one.
        let mut new = false;
        for at in 0..pieces.len() {
            let piece = &pieces[at].0;
            if weight + piece.weight > MOST && new {
                self.emit(&pieces[from..at]);
                (from, weight) = if overlaps {
                    repeated(&pieces, from, at)
                } else {
                    (at, 0)
                };
            }
            weight += piece.weight;
            new = true;
            let enough = weight >= AIM || (weight >= ENOUGH && piece.ends_paragraph);
            if enough && at + 1 < pieces.len() {
                self.emit(&pieces[from..=at]);
                (from, weight) = if overlaps {
                    repeated(&pieces, from, at + 1)
                } else {
                    (at + 1, 0)
                };
                new = false;
            }
        }
        if new {
            self.emit(&pieces[from..]);
        }
    }

    fn emit(&mut self, pieces: &[(Piece, usize)]) {
        let [(first, section), ..] = pieces else { return };
        let end = pieces.last().map_or(first.bytes.end, |(last, _)| last.bytes.end);
        let whole = &self.document.text[first.bytes.start..end];
        let text = whole.trim();
        if text.is_empty() {
            return;
        }
        let byte = first.bytes.start + (whole.len() - whole.trim_start().len());
        let start = self.char_of(byte);
        let path = pieces[1..].iter().fold(
            self.document.sections[*section].path.clone(),
            |path, (_, other)| {
                let other = &self.document.sections[*other].path;
                let common = path.iter().zip(other).take_while(|(a, b)| a == b).count();
                path[..common].to_vec()
            },
        );
        self.passages.push(Passage {
            start,
            end: start + text.chars().count(),
            page: self.document.page_at(start),
            path,
            text: text.to_owned(),
        });
    }

    fn char_of(&mut self, byte: usize) -> usize {
        let (known, chars) = self.at;
        let text = &self.document.text;
        let chars = if byte >= known {
            chars + text[known..byte].chars().count()
        } else {
            chars - text[byte..known].chars().count()
        };
        self.at = (byte, chars);
        chars
    }
}

/// Where the next passage begins and what it repeats: the last pieces before it that are short enough together.
fn repeated(pieces: &[(Piece, usize)], from: usize, next: usize) -> (usize, usize) {
    let (mut begins, mut weight) = (next, 0);
    while begins > from + 1
        && pieces[begins - 1].1 == pieces[next].1
        && weight + pieces[begins - 1].0.weight <= OVERLAP
    {
        begins -= 1;
        weight += pieces[begins].0.weight;
    }
    (begins, weight)
}

/// The sentences (or lines) between two bytes.
fn pieces(text: &str, range: Range<usize>, form: Form) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let mut start = range.start;
    let slice = &text[range.clone()];
    let mut chars = slice.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let ends = match form {
            Form::Prose => {
                let sentence =
                    matches!(c, '.' | '!' | '?' | ':' | ';') && next.is_some_and(char::is_whitespace);
                sentence
                    || matches!(c, '。' | '！' | '？')
                    || (c == '\n' && next.is_some_and(|next| next == '\n' || !next.is_alphanumeric()))
            }
            Form::Lines | Form::Rows => c == '\n',
        };
        let end = range.start + at + c.len_utf8();
        if ends || next.is_none() {
            add(&mut found, text, start..end);
            start = end;
        }
    }
    found
}

/// Adds a piece, divided when it is too long; an empty one says that a paragraph has ended before it.
fn add(found: &mut Vec<Piece>, text: &str, bytes: Range<usize>) {
    let slice = &text[bytes.clone()];
    if slice.trim().is_empty() {
        if let Some(last) = found.last_mut() {
            last.bytes.end = bytes.end;
            last.ends_paragraph |= text[last.bytes.clone()].ends_with("\n\n") || slice.contains('\n');
        }
        return;
    }
    let piece = |bytes: Range<usize>, ends_paragraph| Piece {
        weight: weigh(&text[bytes.clone()]),
        bytes,
        ends_paragraph,
    };
    let mut start = bytes.start;
    let (mut words, mut chars) = (0, 0);
    for (at, c) in slice.char_indices() {
        words += usize::from(c.is_whitespace());
        chars += if c < '\u{2e80}' { 1 } else { 3 };
        // Divided at a space, or anywhere when none comes.
        let weight = words.max(chars / 8);
        if weight >= PIECE && (c.is_whitespace() || weight >= 2 * PIECE) {
            let end = bytes.start + at + c.len_utf8();
            found.push(piece(start..end, false));
            (start, words, chars) = (end, 0, 0);
        }
    }
    if start < bytes.end {
        found.push(piece(start..bytes.end, slice.ends_with("\n\n")));
    }
}

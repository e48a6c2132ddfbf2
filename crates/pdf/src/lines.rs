//! Lines of a text: where they break within a width, and where their glyphs stand.
//!
//! Invariant: every line but an empty one takes at least one character, so a text always ends, however narrow the column.

use unicode_bidi::{BidiInfo, Level};
use unicode_linebreak::{BreakOpportunity, linebreaks};

use crate::fonts::Fonts;
use crate::inline::{Inline, Look};

/// The part of a text that is looked at at once, in bytes: what a text without end may take of the memory.
const WINDOW_BYTES: usize = 32 << 10;

/// A glyph of a line.
#[derive(Debug, Clone, Copy)]
pub struct Glyph {
    /// The font, a number for [`Fonts::face`].
    pub face: u8,
    /// The glyph in it.
    pub id: u16,
    /// The character.
    pub char: char,
    /// How wide it is, in points.
    pub width: f32,
    /// How much closer to the next one it stands than its width, in points.
    pub kerning: f32,
    /// How large it is, in points.
    pub size: f32,
    /// How it looks.
    pub look: Look,
    /// Its character's place in the text, in bytes.
    at: usize,
}

impl Glyph {
    fn advance(&self) -> f32 {
        self.width + self.kerning
    }
}

/// A line, from left to right.
#[derive(Debug, Default, Clone)]
pub struct Line {
    /// What stands in it.
    pub glyphs: Vec<Glyph>,
    /// How wide it is, in points.
    pub width: f32,
}

/// The lines of a part of a text.
pub struct Lines {
    /// The lines.
    pub lines: Vec<Line>,
    /// Where the next part begins, in bytes, if there is one.
    pub next: Option<usize>,
}

/// The lines of a text from a byte on, at this size and within this width, both in points. A long text comes in parts.
pub fn lines(fonts: &mut Fonts, inline: &Inline, from: usize, size: f32, width: f32) -> Lines {
    let end = inline.text.len().min(from + WINDOW_BYTES);
    let end = inline.text.floor_char_boundary(end);
    let mut breaker = Breaker {
        glyphs: glyphs(fonts, inline, from..end, size),
        width,
        start: 0,
        x: 0.0,
        found: Vec::new(),
    };
    let text = &inline.text[from..end];
    let mut first = 0;
    for (at, opportunity) in linebreaks(text) {
        let after = first + breaker.glyphs[first..].partition_point(|glyph| glyph.at < from + at);
        let feed = text[..at].ends_with('\n');
        breaker.segment(first, after, opportunity == BreakOpportunity::Mandatory && feed);
        first = after;
    }
    if breaker.start < breaker.glyphs.len() {
        breaker.end_line(breaker.glyphs.len());
    }
    let Breaker {
        glyphs, mut found, ..
    } = breaker;
    // The last line of a part may go on in the next one.
    let mut next = None;
    if end < inline.text.len() {
        next = Some(end);
        if found.len() > 1
            && let Some((start, _)) = found.pop()
        {
            next = glyphs.get(start).map(|glyph| glyph.at);
        }
    }
    let bidi = has_right_to_left(text).then(|| BidiInfo::new(text, None));
    let lines = found
        .into_iter()
        .map(|(start, end)| line(&glyphs[start..end], from, bidi.as_ref()));
    Lines {
        lines: lines.collect(),
        next,
    }
}

/// How wide the longest word and the longest line of a text are, in points.
pub fn measure(fonts: &mut Fonts, inline: &Inline, size: f32) -> (f32, f32) {
    let end = inline
        .text
        .floor_char_boundary(inline.text.len().min(WINDOW_BYTES));
    let glyphs = glyphs(fonts, inline, 0..end, size);
    let (mut word_max, mut line_max, mut line, mut first) = (0.0_f32, 0.0_f32, 0.0_f32, 0);
    for (at, opportunity) in linebreaks(&inline.text[..end]) {
        let after = first + glyphs[first..].partition_point(|glyph| glyph.at < at);
        let visible = without_space(&glyphs[first..after]);
        let word: f32 = glyphs[first..first + visible].iter().map(Glyph::advance).sum();
        word_max = word_max.max(word);
        line_max = line_max.max(line + word);
        line += glyphs[first..after].iter().map(Glyph::advance).sum::<f32>();
        if opportunity == BreakOpportunity::Mandatory {
            line = 0.0;
        }
        first = after;
    }
    (word_max, line_max)
}

struct Breaker {
    glyphs: Vec<Glyph>,
    width: f32,
    /// Where the line that grows begins.
    start: usize,
    /// How wide it is.
    x: f32,
    found: Vec<(usize, usize)>,
}

impl Breaker {
    /// Takes what stands between two places where a line may break.
    fn segment(&mut self, first: usize, after: usize, ends_line: bool) {
        let visible = first + without_space(&self.glyphs[first..after]);
        let wide: f32 = self.glyphs[first..visible].iter().map(Glyph::advance).sum();
        if self.x + wide > self.width && first > self.start {
            self.end_line(first);
        }
        if self.x + wide > self.width {
            for at in first..visible {
                let advance = self.glyphs[at].advance();
                if self.x + advance > self.width && at > self.start {
                    self.end_line(at);
                }
                self.x += advance;
            }
        } else {
            self.x += wide;
        }
        self.x += self.glyphs[visible..after]
            .iter()
            .map(Glyph::advance)
            .sum::<f32>();
        if ends_line {
            self.end_line(after);
        }
    }

    fn end_line(&mut self, end: usize) {
        let visible = self.start + without_space(&self.glyphs[self.start..end]);
        self.found.push((self.start, visible));
        self.start = end;
        self.x = 0.0;
    }
}

/// How many of these glyphs stand before the space at their end.
fn without_space(glyphs: &[Glyph]) -> usize {
    let last = glyphs.iter().rposition(|glyph| !glyph.char.is_whitespace());
    last.map_or(0, |last| last + 1)
}

fn glyphs(fonts: &mut Fonts, inline: &Inline, range: std::ops::Range<usize>, size: f32) -> Vec<Glyph> {
    let mut glyphs: Vec<Glyph> = Vec::with_capacity(range.len());
    let first = inline.looks.partition_point(|(from, _)| *from <= range.start);
    let mut looks = inline.looks[first..].iter();
    let mut look = inline.look_at(range.start);
    let mut upcoming = looks.next();
    for (at, char) in inline.text[range.clone()].char_indices() {
        let at = at + range.start;
        while let Some((from, next)) = upcoming
            && *from <= at
        {
            look = *next;
            upcoming = looks.next();
        }
        let size = size * look.scale();
        let shown = fonts.show(char, look);
        if let Some(last) = glyphs.last_mut()
            && last.face == shown.face
            && !look.code
            && let Some(face) = fonts.face(shown.face)
        {
            last.kerning = face.kerning(last.id, shown.glyph) * last.size;
        }
        let width = if char == '\n' { 0.0 } else { shown.width * size };
        glyphs.push(Glyph {
            face: shown.face,
            id: shown.glyph,
            char,
            width,
            kerning: 0.0,
            size,
            look,
            at,
        });
    }
    glyphs
}

fn has_right_to_left(text: &str) -> bool {
    text.chars()
        .any(|c| ('\u{590}'..='\u{8ff}').contains(&c) || ('\u{fb1d}'..='\u{fefc}').contains(&c))
}

/// A line with its glyphs as they are seen: what is read from right to left is turned round.
fn line(glyphs: &[Glyph], from: usize, bidi: Option<&BidiInfo<'_>>) -> Line {
    let mut glyphs = glyphs.to_vec();
    if let Some(bidi) = bidi {
        let levels: Vec<_> = glyphs
            .iter()
            .map(|glyph| {
                bidi.levels
                    .get(glyph.at - from)
                    .copied()
                    .unwrap_or_else(Level::ltr)
            })
            .collect();
        if levels.iter().any(Level::is_rtl) {
            glyphs = BidiInfo::reorder_visual(&levels)
                .into_iter()
                .map(|at| Glyph {
                    kerning: 0.0,
                    ..glyphs[at]
                })
                .collect();
        }
    }
    let width = glyphs.iter().map(Glyph::advance).sum();
    Line { glyphs, width }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str, width: f32) -> Vec<String> {
        let (mut fonts, inline) = (Fonts::new(), Inline::of(text, Look::default()));
        let (mut from, mut all) = (Some(0), Vec::new());
        while let Some(at) = from {
            let part = lines(&mut fonts, &inline, at, 10.0, width);
            assert!(part.next.is_none_or(|next| next > at), "it goes on");
            for line in part.lines {
                assert!(
                    line.width <= width || line.glyphs.len() == 1,
                    "{} is too wide",
                    line.width
                );
                all.push(line.glyphs.iter().map(|glyph| glyph.char).collect());
            }
            from = part.next;
        }
        all
    }

    #[test]
    fn lines_break_between_words_and_within_what_is_longer_than_a_line() {
        assert_eq!(set("one two three", 40.0), ["one two", "three"]);
        assert_eq!(set("a\n\nb", 40.0), ["a", "", "b"]);
        let long = set(&"x".repeat(40), 50.0);
        assert!(long.len() > 3 && long.concat() == "x".repeat(40));
        assert_eq!(set("wide", 0.0), ["w", "i", "d", "e"]);
        assert!(set("", 40.0).is_empty());
    }

    #[test]
    fn a_text_without_end_loses_nothing_between_its_parts() {
        let text = "word and word ".repeat(6_000);
        let all = set(&text, 300.0);
        assert_eq!(all.join(" "), text.trim_end());
        let one = "y".repeat(100_000);
        assert_eq!(set(&one, 300.0).concat(), one);
    }

    #[test]
    fn what_is_read_from_right_to_left_is_turned_round() {
        assert_eq!(set("ab שלום cd", 200.0), ["ab םולש cd"]);
    }
}

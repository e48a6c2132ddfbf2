//! Text in a line: characters with looks and links, as blocks are made of them.

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

/// The colours of a document.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Text.
    #[default]
    Text,
    /// What is beside the text.
    Muted,
    /// Headings that part a document.
    Accent,
    /// Links.
    Link,
}

impl Ink {
    /// Red, green and blue.
    pub const fn rgb(self) -> [f32; 3] {
        match self {
            Self::Text => [0.106, 0.106, 0.122],
            Self::Muted => [0.38, 0.38, 0.42],
            Self::Accent => [0.22, 0.25, 0.58],
            Self::Link => [0.10, 0.33, 0.72],
        }
    }
}

/// How a piece of text looks.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Of one width.
    pub code: bool,
    /// With a ground of its own, as code within text has it.
    pub ground: bool,
    /// Struck through.
    pub struck: bool,
    /// The colour.
    pub ink: Ink,
    /// Where it leads: one more than its place in [`Inline::links`].
    pub link: Option<u32>,
}

impl Look {
    /// Plain text in this colour.
    pub fn of(ink: Ink) -> Self {
        Self {
            ink,
            ..Self::default()
        }
    }

    /// How large it is beside plain text: the letters of one width are large for their size.
    pub fn scale(self) -> f32 {
        if self.code { 0.92 } else { 1.0 }
    }
}

/// A text whose pieces have looks.
#[derive(Debug, Default, Clone)]
pub struct Inline {
    /// The characters; a line feed ends a line.
    pub text: String,
    /// From which byte on which look applies, in order.
    pub looks: Vec<(usize, Look)>,
    /// Addresses of links.
    pub links: Vec<String>,
}

impl Inline {
    /// A text of one look.
    pub fn of(text: &str, look: Look) -> Self {
        let mut inline = Self::default();
        inline.push(text, look);
        inline
    }

    /// Adds a piece. Characters that show nothing and steer other programs are left out.
    pub fn push(&mut self, text: &str, look: Look) {
        if self.looks.last().is_none_or(|(_, last)| *last != look) {
            self.looks.push((self.text.len(), look));
        }
        let shown = |c: char| (!shows_nothing(c)).then_some(if c == '\t' { ' ' } else { c });
        if is_nfc_quick(text.chars()) == IsNormalized::Yes {
            self.text.extend(text.chars().filter_map(shown));
        } else {
            self.text.extend(text.nfc().filter_map(shown));
        }
    }

    /// Makes an address known, for [`Look::link`].
    pub fn link(&mut self, address: &str) -> u32 {
        self.links.push(address.to_owned());
        self.links.len() as u32
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The look at a byte.
    pub fn look_at(&self, at: usize) -> Look {
        let after = self.looks.partition_point(|(from, _)| *from <= at);
        after
            .checked_sub(1)
            .map_or_else(Look::default, |last| self.looks[last].1)
    }
}

/// Controls, marks of direction, joiners, selectors of a variant, and skin tones, which a font of one colour has not.
fn shows_nothing(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{1f3fb}'..='\u{1f3ff}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_is_left_out_and_accents_are_put_together() {
        let inline = Inline::of("a\u{200d}\u{fe0f}\tb\u{7} u\u{308}\n", Look::default());
        assert_eq!(inline.text, "a b ü\n");
    }
}

//! The sign between the words of what was found, and the marks around it, are for the model to read. Small models write them
//! too: they are taken out of what they say while they say it.

use crate::sources::marked::MARK;

/// The longest mark around a source: its title and its heading are cut.
const MARK_BYTES_MAX: usize = 1_200;

/// What a model says, piece by piece, with blanks for the signs that it has copied. What people write with the same sign
/// (`x^2`, `e^x`, `a^b^c`, `^start`) stays.
#[derive(Debug)]
pub struct Unmarked {
    /// How the marks around a source begin and end.
    marks: [String; 2],
    /// What may be such a mark, until it is known.
    mark: String,
    /// What was said since the last blank and is passed on: enough of it to see whether it ends in a word.
    said: String,
    /// From a sign on, until it is known what it is.
    held: String,
    /// Whether the signs until the next blank are copied.
    copied: bool,
}

impl Unmarked {
    /// For an answer whose sources stand between marks with this key.
    pub fn new(key: &str) -> Self {
        Self {
            marks: [format!("<source {key}"), format!("</source {key}")],
            mark: String::new(),
            said: String::new(),
            held: String::new(),
            copied: false,
        }
    }

    /// What can be shown once this was said.
    pub fn push(&mut self, piece: &str) -> String {
        let mut shown = String::with_capacity(piece.len() + self.held.len());
        for character in piece.chars() {
            if self.mark.is_empty() && character != '<' {
                self.add(character, &mut shown);
                continue;
            }
            if character == '<' {
                self.give_up_mark(&mut shown);
            }
            self.mark.push(character);
            let is_mark = self.marks.iter().any(|mark| self.mark.starts_with(mark));
            let may_be = self.marks.iter().any(|mark| mark.starts_with(&self.mark));
            if is_mark && character == '>' {
                self.mark.clear();
            } else if self.mark.len() > MARK_BYTES_MAX || !(is_mark || may_be) {
                self.give_up_mark(&mut shown);
            }
        }
        shown
    }

    /// What is left at the end.
    pub fn end(&mut self) -> String {
        let mut shown = String::new();
        self.give_up_mark(&mut shown);
        self.release(&mut shown);
        shown
    }

    /// What might have been a mark around a source is text.
    fn give_up_mark(&mut self, shown: &mut String) {
        for character in std::mem::take(&mut self.mark).chars() {
            self.add(character, shown);
        }
    }

    /// Takes a character that is not of a mark around a source.
    fn add(&mut self, character: char, shown: &mut String) {
        if character.is_whitespace() {
            self.release(shown);
            self.said.clear();
            self.copied = false;
            shown.push(character);
        } else if character != MARK {
            if self.held.is_empty() {
                self.said.push(character);
                shown.push(character);
            } else {
                self.held.push(character);
            }
        } else if self.copied {
            shown.push(' ');
        } else {
            // The second sign without a blank in between tells of the first.
            self.copied = is_word(self.held.trim_start_matches(MARK));
            self.release(shown);
            if self.copied {
                shown.push(' ');
            } else {
                self.held.push(character);
            }
        }
    }

    /// Shows what was held back: behind a blank when words stand on both sides of the sign.
    fn release(&mut self, shown: &mut String) {
        let held = std::mem::take(&mut self.held);
        let Some(word) = held.strip_prefix(MARK) else {
            return;
        };
        let (before, behind) = (&self.said, word);
        let between_words = if before.ends_with(']') {
            is_word(behind)
        } else {
            is_word(before) && is_word(behind) && (has_letters(before) || has_letters(behind))
        };
        shown.push(if between_words || self.copied { ' ' } else { MARK });
        shown.push_str(word);
        self.said.push_str(word);
    }
}

/// Whether a text has two letters or digits next to each other, as words have and most symbols of formulas do not.
fn is_word(text: &str) -> bool {
    has_two(text, char::is_alphanumeric)
}

fn has_letters(text: &str) -> bool {
    has_two(text, char::is_alphabetic)
}

fn has_two(text: &str, is: fn(char) -> bool) -> bool {
    text.chars()
        .zip(text.chars().skip(1))
        .any(|(one, next)| is(one) && is(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same, whole and letter by letter.
    fn shown(said: &str) -> String {
        let mut whole = Unmarked::new("k7");
        let all = whole.push(said) + &whole.end();
        let mut slow = Unmarked::new("k7");
        let mut letters: String = said
            .chars()
            .map(|letter| slow.push(&letter.to_string()))
            .collect();
        letters += &slow.end();
        assert_eq!(all, letters);
        all
    }

    #[test]
    fn what_was_copied_is_read_as_words() {
        for (said, read) in [
            (
                "[1]^Maud^Ferris^built^the^lighthouse^in^1871.\n[2]^Tom^is^the^keeper.",
                "[1] Maud Ferris built the lighthouse in 1871.\n[2] Tom is the keeper.",
            ),
            (
                "It was Maud^Ferris, in 1871 [1].",
                "It was Maud Ferris, in 1871 [1].",
            ),
            ("[2]^Tom is it", "[2] Tom is it"),
            (
                "[1]<source k7 id=\"2\" title=\"a.md\" heading=\"The^keeper\">\n# The^keeper\n</source k7>\nTom",
                "[1]\n# The keeper\n\nTom",
            ),
            ("Die Tür ist grün^gestrichen", "Die Tür ist grün gestrichen"),
        ] {
            assert_eq!(shown(said), read);
        }
    }

    #[test]
    fn what_is_written_with_the_sign_stays() {
        for said in [
            "x^2 + y^2 = e^x, and 2^n",
            "a^b^c ^ d",
            "^start of a line",
            "grep '^# ' file",
            "10^6 of 2^{10}, 10^12",
            "ends with ^",
            "a < b, <b>bold</b>, <<, <source id=\"1\"> and </source k8> and <source",
            "",
        ] {
            assert_eq!(shown(said), said);
        }
    }
}

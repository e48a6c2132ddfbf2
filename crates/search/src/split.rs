//! Cuts a text into passages: at headings, paragraphs and sentences, never longer than what a model of vectors reads.

use crate::words::spans;

/// Words of a passage, at most. A model of vectors reads 256 tokens, about 190 words of English.
pub const WORDS_MAX: usize = 180;
/// A paragraph begins a new passage when the one before has this many words already.
const WORDS_ENOUGH: usize = 120;

/// A stretch of a text, in bytes, at boundaries of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Its first byte.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
}

/// The stretches of a text that make its passages: they cover every word, in order, and do not overlap.
pub fn split(text: &str) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut words_of_last = 0;
    for paragraph in paragraphs(text) {
        for piece in pieces(text, paragraph) {
            let words = spans(&text[piece.start..piece.end]).count();
            if words == 0 {
                continue;
            }
            let is_heading = text[piece.start..].starts_with('#');
            match stretches.last_mut() {
                Some(last)
                    if words_of_last + words <= WORDS_MAX && words_of_last < WORDS_ENOUGH && !is_heading =>
                {
                    last.end = piece.end;
                    words_of_last += words;
                }
                _ => {
                    stretches.push(piece);
                    words_of_last = words;
                }
            }
        }
    }
    stretches
}

/// What stands between empty lines, without the white space around it.
fn paragraphs(text: &str) -> Vec<Stretch> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        if line.trim().is_empty() {
            found.extend(trimmed(text, start, at));
            start = end;
        }
        at = end;
    }
    found.extend(trimmed(text, start, text.len()));
    found
}

fn trimmed(text: &str, start: usize, end: usize) -> Option<Stretch> {
    let inner = &text[start..end];
    let start = start + (inner.len() - inner.trim_start().len());
    let inner = inner.trim();
    (!inner.is_empty()).then(|| Stretch {
        start,
        end: start + inner.len(),
    })
}

/// A paragraph, cut where it is too long: behind a sentence when one ends in the second half, else between words.
fn pieces(text: &str, paragraph: Stretch) -> Vec<Stretch> {
    let mut found = Vec::new();
    let mut start = paragraph.start;
    loop {
        let rest = &text[start..paragraph.end];
        let words: Vec<(usize, usize)> = spans(rest).take(WORDS_MAX + 1).collect();
        if words.len() <= WORDS_MAX {
            found.extend(trimmed(text, start, paragraph.end));
            return found;
        }
        let limit = words[WORDS_MAX].0;
        let half = words[WORDS_MAX / 2].0;
        let sentence = rest[half..limit]
            .rmatch_indices(['.', '!', '?', '\n', '。'])
            .map(|(at, mark)| half + at + mark.len())
            .next();
        let cut = start + sentence.unwrap_or(limit);
        found.extend(trimmed(text, start, cut));
        start = cut;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<&str> {
        split(text)
            .into_iter()
            .map(|stretch| &text[stretch.start..stretch.end])
            .collect()
    }

    #[test]
    fn paragraphs_stand_together_until_there_are_enough_words() {
        assert_eq!(shown("one\n\n two \n"), ["one\n\n two"]);
        assert_eq!(shown("a\n\n# Heading\n\nb"), ["a", "# Heading\n\nb"]);
        let long = "word ".repeat(130);
        let text = format!("{long}\n\nnext");
        assert_eq!(shown(&text), [long.trim(), "next"]);
        assert!(split(" \n\n ").is_empty());
    }

    #[test]
    fn a_long_paragraph_is_cut_behind_a_sentence() {
        let text = format!("{}end. {}", "word ".repeat(150), "more ".repeat(100));
        let parts = shown(&text);
        assert_eq!(parts.len(), 2);
        assert!(parts[0].ends_with("end."), "{parts:?}");
    }

    proptest::proptest! {
        #[test]
        fn every_word_is_in_one_passage(text in "([a-zé]{1,9}[ .\n]{1,2}){0,900}") {
            let stretches = split(&text);
            let covered: usize = stretches.iter().map(|one| spans(&text[one.start..one.end]).count()).sum();
            proptest::prop_assert_eq!(covered, spans(&text).count());
            proptest::prop_assert!(stretches.windows(2).all(|pair| pair[0].end <= pair[1].start));
            proptest::prop_assert!(stretches.iter().all(|one| spans(&text[one.start..one.end]).count() <= WORDS_MAX));
        }
    }
}

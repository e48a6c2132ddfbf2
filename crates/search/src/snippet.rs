//! Snippets: the part of a passage that answers best, with the words of the question marked.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::words::{asked, words};

/// A piece of a snippet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Whether it is a word of the question.
    pub hit: bool,
}

/// The part of `text` (about `chars` long) that holds most of the question's words, as pieces. What is left out is shown by
/// an ellipsis.
pub fn snippet(text: &str, question: &str, chars: usize) -> Vec<Piece> {
    let wanted: HashSet<String> = asked(question).into_iter().map(|word| word.stem).collect();
    let hits: Vec<(usize, usize, String)> = words(text)
        .filter(|word| wanted.contains(&word.stem))
        .map(|word| (word.start, word.end, word.stem))
        .collect();
    let (from, to) = window(text, &hits, chars);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut push = |text: &str, hit: bool| {
        if !text.is_empty() {
            pieces.push(Piece {
                text: text.split_whitespace().collect::<Vec<_>>().join(" "),
                hit,
            });
            // The space at an edge of a piece is what keeps words apart.
            if let Some(piece) = pieces.last_mut() {
                if text.starts_with(char::is_whitespace) {
                    piece.text.insert(0, ' ');
                }
                if text.ends_with(char::is_whitespace) && piece.text != " " {
                    piece.text.push(' ');
                }
            }
        }
    };
    if from > 0 {
        push("… ", false);
    }
    let mut at = from;
    for (start, end, _) in hits.iter().filter(|(start, end, _)| *start >= from && *end <= to) {
        push(&text[at..*start], false);
        push(&text[*start..*end], true);
        at = *end;
    }
    push(&text[at..to], false);
    if to < text.len() {
        push(" …", false);
    }
    pieces
}

/// The stretch of about `chars` characters that holds most different words, the earliest of equals; at word boundaries.
fn window(text: &str, hits: &[(usize, usize, String)], chars: usize) -> (usize, usize) {
    if text.chars().count() <= chars {
        return (0, text.len());
    }
    // Bytes are near enough to characters here; the ends are moved to boundaries below.
    let best = (0..hits.len()).max_by_key(|first| {
        let within = hits[*first..]
            .iter()
            .take_while(|(_, end, _)| *end <= hits[*first].0 + chars);
        let different: HashSet<&str> = within.map(|(_, _, stem)| stem.as_str()).collect();
        (different.len(), std::cmp::Reverse(*first))
    });
    let first = best.map_or(0, |first| hits[first].0);
    // A little of what stands before helps to read it.
    let from = boundary(text, first.saturating_sub(chars / 4));
    let end = text[from..]
        .char_indices()
        .nth(chars)
        .map_or(text.len(), |(offset, _)| from + offset);
    let last_word = hits
        .iter()
        .filter(|(start, stop, _)| *start < end && *stop > end)
        .map(|(_, stop, _)| *stop);
    let to = last_word.max().unwrap_or_else(|| {
        text[from..end]
            .rfind(char::is_whitespace)
            .filter(|_| end < text.len())
            .map_or(end, |offset| from + offset)
    });
    (from, to)
}

/// The beginning of the word at or after this byte.
fn boundary(text: &str, at: usize) -> usize {
    if at == 0 {
        return 0;
    }
    let at = (at..text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    text[at..]
        .find(char::is_whitespace)
        .map_or(at, |offset| at + offset)
        + text[at..].find(char::is_whitespace).map_or(0, |offset| {
            text[at + offset..].chars().next().map_or(0, char::len_utf8)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        pieces
            .iter()
            .map(|piece| {
                if piece.hit {
                    format!("[{}]", piece.text)
                } else {
                    piece.text.clone()
                }
            })
            .collect()
    }

    #[test]
    fn words_of_the_question_are_marked_by_their_stems() {
        let pieces = snippet("She runs. He was\n running, too.", "When did she run?", 200);
        assert_eq!(shown(&pieces), "She [runs]. He was [running], too.");
        assert_eq!(shown(&snippet("nothing here", "elsewhere", 100)), "nothing here");
        assert_eq!(snippet("", "x", 10), Vec::new());
    }

    #[test]
    fn of_a_long_text_the_best_part_is_shown() {
        let text = format!(
            "{} the red kite flew over the castle {}",
            "word ".repeat(100),
            "more ".repeat(100)
        );
        let shown = shown(&snippet(&text, "red castle", 80));
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        assert!(shown.contains("[red] kite flew over the [castle]"), "{shown}");
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_cut(text in "\\PC{0,300}", question in "\\PC{0,40}", chars in 1_usize..120) {
            let pieces = snippet(&text, &question, chars);
            let letters = pieces.iter().map(|piece| piece.text.chars().count()).sum::<usize>();
            proptest::prop_assert!(letters <= text.chars().count() + 4);
        }
    }
}

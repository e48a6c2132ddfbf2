//! Words: how a text is cut into them, how they are compared, and how a question becomes a full-text query.
//!
//! The rules are those of the full text of the databases, near enough: letters and digits, without case and accents, stems
//! by Porter ("An algorithm for suffix stripping", 1980, in its second version). So what the database finds by a word, the
//! ranking here finds by it too.

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A question has no more different words than this; further ones are left out.
pub const WORDS_MAX: usize = 24;

/// A word of a text: its stem, and where it stands (bytes of the text).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub stem: String,
    pub start: usize,
    pub end: usize,
}

thread_local! {
    static STEMMER: Stemmer = Stemmer::create(Algorithm::English);
}

/// Without case and accents.
pub fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    word.nfd()
        .flat_map(char::to_lowercase)
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}

/// The stem of a folded word.
pub fn stem(folded: &str) -> String {
    STEMMER.with(|stemmer| stemmer.stem(folded).into_owned())
}

/// How stems begin, to leave out words that have none of them without making their stems.
#[derive(Debug)]
pub struct Beginnings(Vec<(u8, Option<u8>)>);

impl Beginnings {
    pub fn of<'a>(stems: impl Iterator<Item = &'a str>) -> Self {
        let beginning = |stem: &str| {
            Some((
                *stem.as_bytes().first()?,
                stem.as_bytes().get(1).map(|byte| alike(*byte)),
            ))
        };
        Self(stems.filter_map(beginning).collect())
    }

    /// The stem of a word, if it may be one of these.
    pub fn stem_of(&self, word: &str) -> Option<String> {
        if word.is_ascii() && !self.may_begin(word) {
            return None;
        }
        let folded = fold(word);
        self.may_begin(&folded).then(|| stem(&folded))
    }

    /// Invariant: a stem has the first byte of its word, and its second one if it has two; a `y` there may become an `i` (dying,
    /// die).
    fn may_begin(&self, word: &str) -> bool {
        let byte = |at: usize| word.as_bytes().get(at).map(u8::to_ascii_lowercase);
        let (first, second) = (byte(0), byte(1).map(alike));
        self.0
            .iter()
            .any(|(one, other)| Some(*one) == first && (other.is_none() || *other == second))
    }
}

const fn alike(byte: u8) -> u8 {
    if byte == b'y' { b'i' } else { byte }
}

/// Where the words of a text stand.
pub fn spans(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut letters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, _) = letters.find(|(_, letter)| letter.is_alphanumeric())?;
        let mut end = text.len();
        while let Some((at, letter)) = letters.peek().copied() {
            if !letter.is_alphanumeric() && !is_combining_mark(letter) {
                end = at;
                break;
            }
            letters.next();
        }
        Some((start, end))
    })
}

/// The words of a text, in order.
pub fn words(text: &str) -> impl Iterator<Item = Word> + '_ {
    spans(text).map(|(start, end)| Word {
        stem: stem(&fold(&text[start..end])),
        start,
        end,
    })
}

/// A word of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// As the full text is asked for it.
    pub folded: String,
    /// As it is compared here.
    pub stem: String,
}

/// The words of a question that say something: each once, in order, without those that every text has. When nothing else
/// is left, those too.
pub fn asked(question: &str) -> Vec<Asked> {
    let mut all: Vec<Asked> = Vec::new();
    for (start, end) in spans(question) {
        let folded = fold(&question[start..end]);
        let stem = stem(&folded);
        if !all.iter().any(|word| word.stem == stem) {
            all.push(Asked { folded, stem });
        }
    }
    let mut telling: Vec<Asked> = all
        .iter()
        .filter(|word| !is_stop(&word.folded))
        .cloned()
        .collect();
    if telling.is_empty() {
        telling = all;
    }
    telling.truncate(WORDS_MAX);
    telling
}

/// Words that say nothing about what is looked for: articles, pronouns, prepositions, forms of be, have and do, question
/// words, and what is left of contractions.
const STOP: &[&str] = &[
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because",
    "been", "before", "being", "but", "by", "can", "could", "d", "did", "do", "does", "doing", "for", "from",
    "had", "has", "have", "having", "he", "her", "hers", "him", "his", "how", "i", "if", "in", "into", "is",
    "it", "its", "itself", "just", "ll", "m", "me", "might", "more", "most", "my", "of", "off", "on", "or",
    "our", "out", "over", "own", "re", "s", "same", "she", "should", "so", "some", "such", "t", "than",
    "that", "the", "their", "theirs", "them", "then", "there", "these", "they", "this", "those", "to", "too",
    "under", "until", "up", "ve", "very", "was", "we", "were", "what", "when", "where", "which", "while",
    "who", "whom", "why", "will", "with", "would", "you", "your", "yours",
];

fn is_stop(folded: &str) -> bool {
    STOP.binary_search(&folded).is_ok()
}

/// Where a word is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fields {
    /// In the passage itself: its text, its owner's title and tags.
    Own,
    /// There, and in what stands around it.
    All,
}

/// The full-text query of words, any of them: for SQLite within workspaces, for PostgreSQL plain.
pub fn query_of(words: &[&str], fields: Fields, kind: sql::Kind, workspaces: &[String]) -> String {
    match kind {
        sql::Kind::Sqlite => {
            let quoted = |words: &mut dyn Iterator<Item = String>| {
                words
                    .map(|word| format!("\"{word}\""))
                    .collect::<Vec<_>>()
                    .join(" OR ")
            };
            let scope = quoted(&mut workspaces.iter().map(|id| id.replace('_', "")));
            let wanted = quoted(&mut words.iter().map(|word| (*word).to_owned()));
            let context = if fields == Fields::All { " context" } else { "" };
            format!("scope : ({scope}) AND {{title tags text{context}}} : ({wanted})")
        }
        sql::Kind::Postgres => {
            // What stands around a passage has the weight D.
            let weights = if fields == Fields::All { "" } else { ":AB" };
            let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'{weights}")).collect();
            quoted.join(" | ")
        }
    }
}

/// SQLite's full-text query of a word in everything that anybody has.
pub fn query_of_everywhere(word: &str) -> String {
    format!("\"{word}\"")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Nothing that has the stem is left out, whatever the word.
        #[test]
        fn a_stem_begins_as_its_word_does(
            word in "[a-zA-Z]{1,7}(|s|es|ies|ed|eed|ing|ingly|y|ly|li|ness|ational|ization|able|ible|e)|[a-zäöüßéñ0-9]{1,6}(|s|ed|ing)|\\PC{1,6}",
        ) {
            for (start, end) in spans(&word) {
                let stem = stem(&fold(&word[start..end]));
                let beginnings = Beginnings::of(std::iter::once(stem.as_str()));
                prop_assert_eq!(beginnings.stem_of(&word[start..end]), Some(stem.clone()).filter(|stem| !stem.is_empty()));
            }
        }
    }

    #[test]
    fn a_word_that_begins_otherwise_has_no_stem_to_look_for() {
        let beginnings = Beginnings::of(["die", "harbour"].into_iter());
        let stem = |word| beginnings.stem_of(word);
        assert_eq!(
            (stem("Dying"), stem("HARBOURS")),
            (Some("die".into()), Some("harbour".into()))
        );
        assert_eq!((stem("door"), stem("house"), stem("h")), (None, None, None));
    }

    #[test]
    fn words_are_letters_and_digits_without_case_accents_and_endings() {
        let stems: Vec<String> = words("Où est l'Éléphant? Running 42 km")
            .map(|word| word.stem)
            .collect();
        assert_eq!(stems, ["ou", "est", "l", "eleph", "run", "42", "km"]);
        let text = "naïve café";
        let found: Vec<&str> = spans(text).map(|(start, end)| &text[start..end]).collect();
        assert_eq!(found, ["naïve", "café"]);
    }

    #[test]
    fn a_question_is_asked_for_by_what_it_says() {
        let folded = |question| {
            asked(question)
                .into_iter()
                .map(|word| word.folded)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            folded("When did Caroline go to the LGBTQ support group?"),
            ["caroline", "go", "lgbtq", "support", "group"]
        );
        assert_eq!(folded("who is it"), ["who", "is", "it"]);
        assert_eq!(folded("run running runs"), ["run"]);
        assert!(STOP.is_sorted());
    }

    #[test]
    fn nothing_of_a_question_is_syntax() {
        for question in [
            "\" OR scope:x",
            "a* NEAR(b)",
            "'; DROP TABLE x --",
            "{title}: ^x",
            "\u{0}",
        ] {
            for word in asked(question) {
                assert!(word.folded.chars().all(char::is_alphanumeric), "{word:?}");
            }
        }
    }
}

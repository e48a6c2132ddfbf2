//! Reads SQL text far enough to rewrite it: strings, quoted names and comments are left alone.

use crate::Kind;

/// A piece of SQL text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Anything that may be rewritten.
    Code(&'a str),
    /// A string, a quoted name: never rewritten.
    Quoted(&'a str),
    /// A comment.
    Comment(&'a str),
}

/// Cuts the text into its pieces, in order and without loss.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let bytes = text.as_bytes();
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        let end = match (bytes[at], bytes.get(at + 1)) {
            (quote @ (b'\'' | b'"'), _) => end_of_quoted(bytes, at, quote),
            (b'-', Some(b'-')) => find(text, at, "\n"),
            (b'/', Some(b'*')) => find(text, at, "*/"),
            _ => {
                at += 1;
                continue;
            }
        };
        if start < at {
            pieces.push(Piece::Code(&text[start..at]));
        }
        let piece = &text[at..end];
        pieces.push(if piece.starts_with(['-', '/']) {
            Piece::Comment(piece)
        } else {
            Piece::Quoted(piece)
        });
        (start, at) = (end, end);
    }
    if start < bytes.len() {
        pieces.push(Piece::Code(&text[start..]));
    }
    pieces
}

/// The end of what a quote opens; a doubled quote inside closes and opens again, which comes to the same.
fn end_of_quoted(bytes: &[u8], start: usize, quote: u8) -> usize {
    bytes[start + 1..]
        .iter()
        .position(|byte| *byte == quote)
        .map_or(bytes.len(), |at| start + at + 2)
}

fn find(text: &str, start: usize, end: &str) -> usize {
    text[start..]
        .find(end)
        .map_or(text.len(), |at| start + at + end.len())
}

/// A statement's text for one database.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expanded {
    /// The text.
    pub(crate) text: String,
    /// Which parameters it mentions: `$1` is the first.
    pub(crate) mentioned: Vec<bool>,
}

/// Rewrites parameters and expansions; see the table in `statement.rs`.
pub(crate) fn expand(text: &str, kind: Kind) -> Expanded {
    let mut expanded = Expanded {
        text: String::with_capacity(text.len() + 32),
        mentioned: Vec::new(),
    };
    for piece in pieces(text) {
        match piece {
            Piece::Code(code) => expand_code(code, kind, &mut expanded),
            Piece::Quoted(text) => expanded.text.push_str(text),
            Piece::Comment(_) => expanded.text.push(' '),
        }
    }
    expanded
}

fn expand_code(mut code: &str, kind: Kind, into: &mut Expanded) {
    while let Some(at) = code.find(['$', '{']) {
        into.text.push_str(&code[..at]);
        code = &code[at..];
        if let Some(rest) = code.strip_prefix("{skip_locked}") {
            into.text.push_str(on_postgres(kind, "FOR UPDATE SKIP LOCKED"));
            code = rest;
        } else if let Some(rest) = code.strip_prefix("{for_update}") {
            into.text.push_str(on_postgres(kind, "FOR UPDATE"));
            code = rest;
        } else if let Some((number, rest)) = code
            .strip_prefix("{$")
            .and_then(number)
            .filter(|(_, rest)| rest.starts_with('}'))
        {
            expand_list(number, kind, into);
            code = &rest[1..];
        } else if let Some((parameter, rest)) = code.strip_prefix('$').and_then(number) {
            into.parameter(parameter, kind);
            code = rest;
        } else {
            // Anything else in braces reaches the database, which refuses it by name in the statement test.
            into.text.push_str(&code[..1]);
            code = &code[1..];
        }
    }
    into.text.push_str(code);
}

fn expand_list(parameter: usize, kind: Kind, into: &mut Expanded) {
    match kind {
        Kind::Sqlite => {
            into.text.push_str("(SELECT value FROM json_each(");
            into.parameter(parameter, kind);
            into.text.push_str("))");
        }
        Kind::Postgres => {
            let before = into.text.trim_end();
            let (keep, operator) = match before.to_ascii_uppercase() {
                upper if upper.ends_with(" NOT IN") => (before.len() - " NOT IN".len(), " <> ALL("),
                upper if upper.ends_with(" IN") => (before.len() - " IN".len(), " = ANY("),
                _ => (before.len(), " ("),
            };
            into.text.truncate(keep);
            into.text.push_str(operator);
            into.parameter(parameter, kind);
            into.text.push(')');
        }
    }
}

fn on_postgres(kind: Kind, text: &str) -> &str {
    match kind {
        Kind::Sqlite => "",
        Kind::Postgres => text,
    }
}

fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

impl Expanded {
    fn parameter(&mut self, number: usize, kind: Kind) {
        // `?n` is SQLite's numbered parameter; its `$n` would be a name, numbered by first appearance.
        self.text.push(match kind {
            Kind::Sqlite => '?',
            Kind::Postgres => '$',
        });
        self.text.push_str(&number.to_string());
        if self.mentioned.len() < number {
            self.mentioned.resize(number, false);
        }
        if let Some(mentioned) = number
            .checked_sub(1)
            .and_then(|index| self.mentioned.get_mut(index))
        {
            *mentioned = true;
        }
    }
}

/// Whether the text only reads. A word such as `delete` that is a column's name makes it a write, which is safe.
pub(crate) fn is_read(text: &str) -> bool {
    let code: String = pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Code(code) => code,
            Piece::Quoted(_) | Piece::Comment(_) => " ",
        })
        .collect();
    let mut words = code
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_uppercase);
    match words.next().as_deref() {
        Some("SELECT" | "VALUES" | "EXPLAIN") => true,
        Some("WITH") => words.all(|word| !matches!(word.as_str(), "INSERT" | "UPDATE" | "DELETE")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite(text: &str) -> String {
        expand(text, Kind::Sqlite).text
    }

    fn postgres(text: &str) -> String {
        expand(text, Kind::Postgres).text
    }

    #[test]
    fn parameters_keep_their_numbers() {
        assert_eq!(
            sqlite("a = $2 AND b = $1 OR c = $12"),
            "a = ?2 AND b = ?1 OR c = ?12"
        );
        assert_eq!(
            expand("$3 $1", Kind::Postgres),
            Expanded {
                text: "$3 $1".to_owned(),
                mentioned: vec![true, false, true]
            }
        );
    }

    #[test]
    fn strings_names_and_comments_are_left_alone() {
        let text = "SELECT '$1 it''s {skip_locked}', \"$2\" FROM t WHERE a = $1";
        assert_eq!(
            sqlite(text),
            "SELECT '$1 it''s {skip_locked}', \"$2\" FROM t WHERE a = ?1"
        );
        assert_eq!(
            sqlite("SELECT 1 -- $1 it's\n, $1 /* $2 ' */ , 2"),
            "SELECT 1  , ?1   , 2"
        );
        assert_eq!(sqlite("SELECT 'open"), "SELECT 'open");
    }

    #[test]
    fn lists_become_what_each_database_has() {
        assert_eq!(
            sqlite("id IN {$3} LIMIT 1"),
            "id IN (SELECT value FROM json_each(?3)) LIMIT 1"
        );
        assert_eq!(postgres("id IN {$3} LIMIT 1"), "id = ANY($3) LIMIT 1");
        assert_eq!(
            sqlite("id NOT IN {$1}"),
            "id NOT IN (SELECT value FROM json_each(?1))"
        );
        assert_eq!(postgres("id not in {$1}"), "id <> ALL($1)");
    }

    #[test]
    fn locks_exist_only_on_postgres() {
        assert_eq!(sqlite("LIMIT $1 {skip_locked}"), "LIMIT ?1 ");
        assert_eq!(
            postgres("LIMIT $1 {skip_locked}"),
            "LIMIT $1 FOR UPDATE SKIP LOCKED"
        );
        assert_eq!(postgres("id = $1 {for_update}"), "id = $1 FOR UPDATE");
    }

    #[test]
    fn reads_are_told_from_writes() {
        for read in [
            "SELECT 1",
            "  select 1",
            "-- why\nSELECT 1",
            "WITH a AS (SELECT 1) SELECT * FROM a",
            "WITH a AS (SELECT 'DELETE') SELECT 1",
        ] {
            assert!(is_read(read), "{read}");
        }
        for write in [
            "INSERT INTO t VALUES (1) RETURNING id",
            "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
            "WITH a AS (DELETE FROM t RETURNING id) SELECT * FROM a",
            "UPDATE t SET a = 1",
            "",
            "PRAGMA x",
        ] {
            assert!(!is_read(write), "{write}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_panics(text in "[-a$1{}'\"/* \n]{0,40}") {
            let joined: String = pieces(&text)
                .into_iter()
                .map(|piece| match piece {
                    Piece::Code(text) | Piece::Quoted(text) | Piece::Comment(text) => text,
                })
                .collect();
            proptest::prop_assert_eq!(joined, text.clone());
            let (sqlite, postgres) = (expand(&text, Kind::Sqlite), expand(&text, Kind::Postgres));
            proptest::prop_assert_eq!(sqlite.mentioned, postgres.mentioned);
            is_read(&text);
        }
    }
}

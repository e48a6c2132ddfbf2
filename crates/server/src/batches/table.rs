//! A table of prompts: CSV with the names of its columns in the first line, and texts with `{{column}}` in them. Pure.

use std::collections::BTreeMap;

/// The largest table.
pub const BYTES_MAX: usize = 8 << 20;
/// The most columns, and characters of a name of one.
const COLUMNS_MAX: usize = 100;
const NAME_CHARS_MAX: usize = 100;

/// The values of a row, by the names of their columns.
pub type Values = BTreeMap<String, String>;

/// A table that was read.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// The names of its columns, in their order.
    pub columns: Vec<String>,
    /// Its rows; lines without a value are none.
    pub rows: Vec<Values>,
}

/// Which separator the first line has most of; in doubt the comma.
fn separator(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: u8| first.bytes().filter(|byte| *byte == separator).count();
    let all = [b'\t', b';', b','].into_iter();
    all.max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

/// Reads a table of at most so many rows. The error says what is wrong with it.
pub fn read(text: &str, rows_max: usize) -> Result<Table, String> {
    let text = text
        .trim_start_matches('\u{feff}')
        .trim_start_matches(['\r', '\n']);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(text))
        .flexible(true)
        .from_reader(text.as_bytes());
    let broken = |error: csv::Error| format!("can not be read: {error}");
    let columns: Vec<String> = reader
        .headers()
        .map_err(broken)?
        .iter()
        .map(|name| name.trim().to_owned())
        .collect();
    check_columns(&columns)?;
    if let Some(line) = open_quote(text, separator(text)) {
        return Err(format!("has a double quote in line {line} that nothing closes"));
    }
    let (mut rows, mut record) = (Vec::new(), csv::StringRecord::new());
    while reader.read_record(&mut record).map_err(broken)? {
        if record.iter().all(|value| value.trim().is_empty()) {
            continue;
        }
        if record.len() > columns.len() {
            let line = record.position().map_or(0, csv::Position::line);
            return Err(format!(
                "has {} values in the row of line {line}, for {} columns; put values with a separator in them between double quotes",
                record.len(),
                columns.len()
            ));
        }
        if rows.len() == rows_max {
            return Err(format!("has more than {rows_max} rows; divide it"));
        }
        let values = record.iter().chain(std::iter::repeat(""));
        let values = columns.iter().cloned().zip(values.map(str::to_owned));
        rows.push(values.collect());
    }
    if rows.is_empty() {
        return Err("has no row below the names of its columns".to_owned());
    }
    Ok(Table { columns, rows })
}

/// The line of a quote that begins a value and has no end: all that follows would be one value.
fn open_quote(text: &str, separator: u8) -> Option<usize> {
    let (mut line, mut opened, mut begins) = (1, None, true);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, opened) {
            (b'"', Some(_)) if bytes.peek() == Some(&b'"') => {
                bytes.next();
            }
            (b'"', Some(_)) => opened = None,
            (b'"', None) if begins => opened = Some(line),
            _ => {}
        }
        begins = byte == separator || byte == b'\n' || byte == b'\r';
        line += usize::from(byte == b'\n');
    }
    opened
}

fn check_columns(columns: &[String]) -> Result<(), String> {
    if columns.is_empty() {
        return Err("has no line with the names of its columns".to_owned());
    }
    if columns.len() > COLUMNS_MAX {
        return Err(format!("has more than {COLUMNS_MAX} columns"));
    }
    for (at, name) in columns.iter().enumerate() {
        let letters = name.chars().count();
        if letters == 0 || letters > NAME_CHARS_MAX || name.contains(['{', '}', '\n']) {
            let number = at + 1;
            return Err(format!(
                "needs a name of 1 to {NAME_CHARS_MAX} characters without braces for its column {number}, in the first line"
            ));
        }
        if columns[..at].contains(name) {
            return Err(format!("has two columns {name:?}"));
        }
    }
    Ok(())
}

/// A piece of a text with places for values.
enum Piece<'a> {
    Text(&'a str),
    Place(&'a str),
}

/// Cuts a text at its `{{name}}`. Braces around what is no name stay as they are.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some(begin) = rest.find("{{") {
        let inner = &rest[begin + 2..];
        let Some(end) = inner.find("}}") else { break };
        let name = inner[..end].trim();
        if name.is_empty() || name.contains(['{', '}', '\n']) {
            pieces.push(Piece::Text(&rest[..begin + 2]));
            rest = inner;
            continue;
        }
        pieces.push(Piece::Text(&rest[..begin]));
        pieces.push(Piece::Place(name));
        rest = &inner[end + 2..];
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// The first name in a text that is no column.
pub fn unknown_place<'a>(text: &'a str, columns: &[String]) -> Option<&'a str> {
    pieces(text).into_iter().find_map(|piece| match piece {
        Piece::Place(name) if !columns.iter().any(|column| column == name) => Some(name),
        _ => None,
    })
}

/// The text with the values of a row in it. A value is put in as it is: braces in it are not looked at again, and a place
/// without a value stays.
pub fn filled(text: &str, values: &Values) -> String {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Place(name) => {
                if let Some(value) = values.get(name) {
                    filled.push_str(value);
                } else {
                    filled.push_str("{{");
                    filled.push_str(name);
                    filled.push_str("}}");
                }
            }
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Values {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn a_table_is_read_with_any_of_the_usual_separators_and_quotes() {
        for text in [
            "prompt,expected\n\"a, b\",1\nc,\n",
            "\u{feff}prompt;expected\r\n\"a, b\";1\r\nc;\r\n",
            "prompt\texpected\n\"a, b\"\t1\n\nc\n",
        ] {
            let table = read(text, 10).unwrap();
            assert_eq!(table.columns, ["prompt", "expected"]);
            assert_eq!(
                table.rows,
                [
                    values(&[("prompt", "a, b"), ("expected", "1")]),
                    values(&[("prompt", "c"), ("expected", "")])
                ],
                "{text}"
            );
        }
        let inside = read("prompt,pipe\n\"say \"\"hi\"\"\",5\" wide\n", 10).unwrap();
        assert_eq!(
            inside.rows,
            [values(&[("prompt", "say \"hi\""), ("pipe", "5\" wide")])]
        );
        let lines = read("prompt\n\"one\ntwo\"\n", 10).unwrap();
        assert_eq!(lines.rows[0]["prompt"], "one\ntwo");
    }

    #[test]
    fn a_quote_that_nothing_closes_is_told_with_its_line() {
        let error = read("prompt,expected\na,1\n\"b,2\nc,3\n", 10).unwrap_err();
        assert_eq!(error, "has a double quote in line 3 that nothing closes");
    }

    #[test]
    fn what_is_wrong_with_a_table_is_said() {
        for (text, says) in [
            ("", "no line with the names"),
            ("a,\n1,2\n", "column 2"),
            ("a,a\n1,2\n", "two columns"),
            ("a,b\n", "no row"),
            ("a,b\n1,2,3\n", "3 values in the row of line 2"),
            ("a\n1\n2\n3\n", "more than 2 rows"),
        ] {
            let wrong = read(text, 2).unwrap_err();
            assert!(wrong.contains(says), "{text:?}: {wrong}");
        }
    }

    #[test]
    fn values_stand_where_their_names_do_and_are_not_filled_themselves() {
        let row = values(&[("name", "Ada {{other}}"), ("other", "x")]);
        for (text, wanted) in [
            ("Hello {{name}}!", "Hello Ada {{other}}!"),
            ("{{ name }}{{other}}", "Ada {{other}}x"),
            ("{{{other}}}", "{{{other}}}"),
            ("a {{}} b {{ open", "a {{}} b {{ open"),
            ("{\"a\": {\"b\": 1}}", "{\"a\": {\"b\": 1}}"),
            ("{{gone}}", "{{gone}}"),
        ] {
            assert_eq!(filled(text, &row), wanted, "{text}");
        }
        let columns = ["name".to_owned()];
        assert_eq!(unknown_place("{{name}} {{ nmae }}", &columns), Some("nmae"));
        assert_eq!(unknown_place("{{name}} {}", &columns), None);
    }
}

//! Makes equal schemas look equal: one space between words, one column a line.

use crate::scan::{Piece, pieces};

/// A CREATE statement without comments, one entry of its outer list a line.
pub(crate) fn normalised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_usize;
    let is_table = text.trim_start().to_ascii_uppercase().starts_with("CREATE TABLE");
    for piece in pieces(text) {
        match piece {
            Piece::Comment(_) => space(&mut out),
            Piece::Quoted(text) => out.push_str(text),
            Piece::Code(code) => {
                for c in code.chars() {
                    code_char(c, is_table, &mut depth, &mut out);
                }
            }
        }
    }
    out.trim_end().to_owned()
}

fn code_char(c: char, is_table: bool, depth: &mut usize, out: &mut String) {
    match c {
        c if c.is_whitespace() => space(out),
        '(' => {
            *depth += 1;
            out.push('(');
            if is_table && *depth == 1 {
                out.push_str("\n  ");
            }
        }
        ')' => {
            trim(out);
            if is_table && *depth == 1 {
                out.push('\n');
            }
            out.push(')');
            *depth = depth.saturating_sub(1);
        }
        ',' => {
            trim(out);
            out.push_str(if is_table && *depth == 1 { ",\n  " } else { ", " });
        }
        c => out.push(c),
    }
}

fn space(out: &mut String) {
    if !out.ends_with([' ', '\n', '(']) && !out.is_empty() {
        out.push(' ');
    }
}

fn trim(out: &mut String) {
    out.truncate(out.trim_end().len());
}

#[cfg(test)]
mod tests {
    use super::normalised;

    #[test]
    fn one_column_a_line() {
        let text = "CREATE TABLE a ( -- the a's\n id TEXT  NOT NULL CHECK (id <> 'x,  y'),\n\n n INTEGER ,PRIMARY KEY (id,  n)\n ) STRICT";
        assert_eq!(
            normalised(text),
            "CREATE TABLE a (\n  id TEXT NOT NULL CHECK (id <> 'x,  y'),\n  n INTEGER,\n  PRIMARY KEY (id, n)\n) STRICT"
        );
        assert_eq!(
            normalised("CREATE  INDEX i\n ON a(id ,n)"),
            "CREATE INDEX i ON a(id, n)"
        );
    }
}

//! Markdown on the pages: each event of the parser becomes text, a mark, a band, or a block.
//!
//! Nothing here recurses, however deep a text nests. HTML is shown as it was written, images by their alternative text,
//! formulas as their source.

use std::fmt::Write as _;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::flow::{BODY, Band, CODE, Flow, Set};
use crate::inline::{Ink, Inline, Look};
use crate::table::{self, Table};

/// Puts a text on the pages. Headings go below `level` of the outline; with `breaks`, line feeds of paragraphs stay.
pub fn draw(flow: &mut Flow, text: &str, level: u8, breaks: bool) {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_MATH;
    let mut reader = Reader {
        flow,
        level,
        breaks,
        inline: Inline::default(),
        look: Looks::default(),
        lists: Vec::new(),
        tight: false,
        code: None,
        table: None,
    };
    let mut gathered = String::new();
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        if let Event::Text(piece) = &event {
            if is_formula(text.as_bytes(), range.start) {
                gathered.push('\\');
            }
            gathered.push_str(piece);
            continue;
        }
        reader.text(&std::mem::take(&mut gathered));
        reader.event(event);
    }
    reader.text(&gathered);
    reader.paragraph();
}

/// Whether a bracket behind a backslash is here: it begins or ends a formula, whose source keeps it.
fn is_formula(text: &[u8], at: usize) -> bool {
    at > 0 && text[at - 1] == b'\\' && text.get(at).is_some_and(|byte| b"()[]".contains(byte))
}

/// How deep the present place is in each emphasis, and where it leads.
#[derive(Default)]
struct Looks {
    bold: usize,
    italic: usize,
    struck: usize,
    link: Option<u32>,
}

struct Reader<'f> {
    flow: &'f mut Flow,
    level: u8,
    breaks: bool,
    inline: Inline,
    look: Looks,
    /// The number of the next item of each open list, if it counts.
    lists: Vec<Option<u64>>,
    /// Whether the item at hand has its text without a paragraph.
    tight: bool,
    code: Option<String>,
    table: Option<Table>,
}

impl Reader<'_> {
    fn text(&mut self, text: &str) {
        match &mut self.code {
            Some(code) => code.push_str(text),
            None => self.linked(text),
        }
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(text) => self.code_piece(&text, true),
            Event::InlineMath(text) => self.code_piece(&format!("${text}$"), false),
            Event::DisplayMath(text) => self.code_piece(&format!("$${text}$$"), false),
            Event::InlineHtml(html) if is_break(&html) => self.push("\n"),
            Event::Html(text) | Event::InlineHtml(text) => self.push(&text),
            Event::FootnoteReference(text) => self.push(&format!("[^{text}]")),
            Event::SoftBreak => self.push(if self.breaks { "\n" } else { " " }),
            Event::HardBreak => self.push("\n"),
            Event::Rule => {
                self.flow.space(10.0);
                self.flow.rule();
                self.flow.space(10.0);
            }
            Event::TaskListMarker(done) => self.flow.mark_instead(if done { "☑" } else { "☐" }),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.tight = false,
            Tag::Heading { .. } | Tag::HtmlBlock => self.paragraph(),
            Tag::BlockQuote(_) => {
                self.paragraph();
                self.flow.space(6.0);
                self.flow.open(Band::Quote);
            }
            Tag::CodeBlock(_) => {
                self.paragraph();
                self.code = Some(String::new());
            }
            Tag::List(first) => {
                self.paragraph();
                self.lists.push(first);
                self.flow.space(if self.lists.len() > 1 { 2.0 } else { 5.0 });
                self.flow.indent(18.0);
            }
            Tag::Item => self.item(),
            Tag::Emphasis => self.look.italic += 1,
            Tag::Strong => self.look.bold += 1,
            Tag::Strikethrough => self.look.struck += 1,
            Tag::Link { dest_url, .. } => {
                self.look.link = address(&dest_url).map(|address| self.inline.link(&address));
            }
            Tag::Image { .. } => {
                self.look.italic += 1;
                self.push("[");
            }
            Tag::Table(alignments) => {
                self.paragraph();
                self.table = Some(Table {
                    alignments,
                    rows: Vec::new(),
                });
            }
            Tag::TableHead => {
                self.look.bold += 1;
                self.row();
            }
            Tag::TableRow => self.row(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.paragraph(),
            TagEnd::Heading(level) => self.heading(level as u8),
            TagEnd::BlockQuote(_) => {
                self.paragraph();
                self.flow.close();
                self.flow.space(6.0);
            }
            TagEnd::CodeBlock => self.code_block(),
            TagEnd::List(_) => {
                self.flow.outdent();
                self.lists.pop();
                self.flow.space(if self.lists.is_empty() { 5.0 } else { 2.0 });
            }
            TagEnd::Item => {
                self.paragraph();
                self.flow.end_mark();
            }
            TagEnd::Emphasis => self.look.italic -= 1,
            TagEnd::Strong | TagEnd::TableHead => self.look.bold -= 1,
            TagEnd::Strikethrough => self.look.struck -= 1,
            TagEnd::Link => self.look.link = None,
            TagEnd::Image => {
                self.push("]");
                self.look.italic -= 1;
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.inline);
                if let Some(row) = self.table.as_mut().and_then(|table| table.rows.last_mut()) {
                    row.push(cell);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    table::draw(self.flow, &table);
                }
            }
            _ => {}
        }
    }

    fn look(&self) -> Look {
        Look {
            bold: self.look.bold > 0,
            italic: self.look.italic > 0,
            struck: self.look.struck > 0,
            ink: if self.look.link.is_some() {
                Ink::Link
            } else {
                Ink::Text
            },
            link: self.look.link,
            ..Look::default()
        }
    }

    fn push(&mut self, text: &str) {
        let look = self.look();
        self.inline.push(text, look);
    }

    /// Text within which addresses become links.
    fn linked(&mut self, text: &str) {
        let mut rest = text;
        while let Some((before, found, after)) = split_address(rest)
            && self.look.link.is_none()
        {
            self.push(before);
            self.look.link = address(found).map(|address| self.inline.link(&address));
            self.push(found);
            self.look.link = None;
            rest = after;
        }
        self.push(rest);
    }

    fn code_piece(&mut self, text: &str, ground: bool) {
        let look = Look {
            code: true,
            ground,
            ..self.look()
        };
        self.inline.push(text, look);
    }

    fn item(&mut self) {
        self.paragraph();
        self.flow.space(2.5);
        let depth = self.lists.len();
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                let mark = format!("{number}.");
                *number = number.saturating_add(1);
                mark
            }
            _ => ["•", "◦", "▪"][depth.saturating_sub(1).min(2)].to_owned(),
        };
        self.flow.mark(&mark);
        self.tight = true;
    }

    fn row(&mut self) {
        self.inline = Inline::default();
        if let Some(table) = &mut self.table {
            table.rows.push(Vec::new());
        }
    }

    /// Puts on the page what was gathered of a paragraph.
    fn paragraph(&mut self) {
        let inline = std::mem::take(&mut self.inline);
        if inline.is_empty() {
            return;
        }
        let space = if self.tight { 0.0 } else { 6.5 };
        self.flow.space(space);
        self.flow.text(&inline, BODY);
        self.flow.space(space);
    }

    fn heading(&mut self, level: u8) {
        let inline = std::mem::take(&mut self.inline);
        if inline.is_empty() {
            return;
        }
        let size = [12.8, 11.8, 10.9, 10.3, 9.8, 9.8][usize::from(level.clamp(1, 6)) - 1];
        let set = Set {
            size,
            leading: size * 1.35,
        };
        let mut bold = inline.clone();
        for (_, look) in &mut bold.looks {
            look.bold = true;
        }
        self.flow.space(size);
        let outline = self.level.saturating_add(level);
        self.flow.heading(outline, inline.text.trim(), &bold, set);
        self.flow.space(4.5);
    }

    fn code_block(&mut self) {
        let code = self.code.take().unwrap_or_default();
        self.flow.space(7.0);
        self.flow.open(Band::Panel);
        let look = Look {
            code: true,
            ..Look::default()
        };
        let mut rest = code.strip_suffix('\n').unwrap_or(&code);
        // A piece at a time: a listing may be long, and each of its lines is one of its own.
        while !rest.is_empty() {
            let end = rest
                .match_indices('\n')
                .map(|(at, _)| at + 1)
                .take_while(|at| *at <= 16 << 10)
                .last();
            let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
            self.flow.text(&Inline::of(&untabbed(piece), look), CODE);
            rest = after;
        }
        self.flow.close();
        self.flow.space(7.0);
    }
}

fn is_break(html: &str) -> bool {
    let tag: String = html.chars().filter(|c| !c.is_whitespace()).collect();
    tag.eq_ignore_ascii_case("<br>") || tag.eq_ignore_ascii_case("<br/>")
}

/// Code with its tabs as spaces, to the next fourth column.
fn untabbed(code: &str) -> String {
    let mut text = String::with_capacity(code.len());
    let mut column = 0;
    for c in code.chars() {
        match c {
            '\t' => {
                let spaces = 4 - column % 4;
                text.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
            }
            '\n' => {
                text.push(c);
                column = 0;
            }
            c => {
                text.push(c);
                column += 1;
            }
        }
    }
    text
}

/// The first address of the web in a text, with what stands before and after it.
fn split_address(text: &str) -> Option<(&str, &str, &str)> {
    let starts = |at: &usize| {
        ["http://", "https://"]
            .iter()
            .any(|scheme| text[*at..].starts_with(scheme))
    };
    let start = text.match_indices("http").map(|(at, _)| at).find(starts)?;
    let rest = &text[start..];
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '{' | '}' | '|' | '\\'))
        .unwrap_or(rest.len());
    let mut found = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_']);
    if found.ends_with(')') && !found.contains('(') {
        found = found.trim_end_matches(')');
    }
    Some((&text[..start], found, &rest[found.len()..]))
}

/// An address that a reader may be led to, in the characters that a PDF takes.
fn address(link: &str) -> Option<String> {
    let scheme = link.split_once(':')?.0;
    if !["http", "https", "mailto"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
    {
        return None;
    }
    let mut address = String::with_capacity(link.len());
    for byte in link.bytes() {
        if byte.is_ascii_graphic() {
            address.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    Some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_text_without_the_punctuation_behind_them() {
        assert_eq!(
            split_address("see (https://a.example/b_c), ok"),
            Some(("see (", "https://a.example/b_c", "), ok"))
        );
        assert_eq!(
            split_address("https://a.example/x_(y)."),
            Some(("", "https://a.example/x_(y)", "."))
        );
        assert_eq!(split_address("httpsx"), None);
    }

    #[test]
    fn links_lead_to_the_web_and_to_mail_alone() {
        assert_eq!(
            address("https://ü.example/ä b").as_deref(),
            Some("https://%C3%BC.example/%C3%A4%20b")
        );
        assert_eq!(
            address("mailto:a@b.example").as_deref(),
            Some("mailto:a@b.example")
        );
        for other in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "/relative",
            "data:text/html,x",
        ] {
            assert_eq!(address(other), None, "{other}");
        }
    }

    #[test]
    fn tabs_go_to_the_next_fourth_column() {
        assert_eq!(untabbed("\ta\n12\tb"), "    a\n12  b");
    }
}

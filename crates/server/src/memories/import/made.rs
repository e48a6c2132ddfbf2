//! What becomes of a document: a memory for each row or item, or for each section. Pure.

use crate::documents::{Column, Document, Field, Form, Section};
use crate::memories::input::tag_of;
use crate::memories::{
    self, CONTENT_CHARS_MAX, NewMemory, Source, Status, TAG_CHARS_MAX, TAGS_MAX, TITLE_CHARS_MAX,
};

/// A longer section becomes several memories: one that stands beside a conversation is told to its models whole.
const SECTION_CHARS: usize = 8_000;

/// The memories of a document. `name` is what people call it, `series` holds its sections together.
pub fn memories(document: &Document, name: &str, series: &str, source: &Source) -> Vec<NewMemory> {
    let mut made = Made {
        source,
        memories: Vec::new(),
    };
    if document.form == Form::Rows {
        for (section, text) in document.section_texts() {
            made.row(section, text);
        }
        return made.memories;
    }
    let of_itself = document.title.as_deref().unwrap_or(name);
    for (section, text) in document.section_texts() {
        let title = match section.path.as_slice() {
            [] => of_itself.to_owned(),
            path => title_of(path),
        };
        made.parts(
            &title,
            &[],
            without_heading(text, &section.heading),
            SECTION_CHARS,
        );
    }
    if made.memories.is_empty() {
        // Nothing but headings: then they are what it says.
        made.parts(of_itself, &[], &document.text, SECTION_CHARS);
    }
    for (position, memory) in made.memories.iter_mut().enumerate() {
        memory.series = Some(series.to_owned());
        memory.position = Some(position as i64);
    }
    made.memories
}

struct Made<'a> {
    source: &'a Source,
    memories: Vec<NewMemory>,
}

impl Made<'_> {
    /// One text, or what it is divided into.
    fn parts(&mut self, title: &str, tags: &[String], text: &str, chars_max: usize) {
        for (number, part) in divided(text, chars_max).into_iter().enumerate() {
            let title = match number {
                0 => one_line(title, TITLE_CHARS_MAX),
                number => {
                    let behind = format!(" ({})", number + 1);
                    one_line(title, TITLE_CHARS_MAX - behind.len()) + &behind
                }
            };
            self.memories.push(NewMemory {
                title,
                content: part.to_owned(),
                tags: tags.to_vec(),
                status: Status::Active,
                sources: vec![self.source.clone()],
                series: None,
                position: None,
                valid_from: None,
                valid_until: None,
                times: None,
            });
        }
    }

    /// A row: what is named title, content and tags is that, and what is left stands under the content.
    fn row(&mut self, section: &Section, text: &str) {
        let value = |column: Column| {
            let field = section.fields.iter().find(|field| field.column == column)?;
            let value = cut(text, field.start - section.start, field.end - section.start).trim();
            (!value.is_empty()).then_some((field, value))
        };
        let (id, title, content, tags) = (
            value(Column::Id),
            value(Column::Title),
            value(Column::Content),
            value(Column::Tags),
        );
        let used: Vec<&Field> = [title, content, tags]
            .iter()
            .flatten()
            .map(|(field, _)| *field)
            .collect();
        let mut whole = content.map(|(_, value)| value.to_owned()).unwrap_or_default();
        // What this program exported says the rest anew by itself.
        let exported = id.is_some_and(|(_, id)| id.starts_with("mem_")) && !whole.is_empty();
        let rest = rest(section, text, &used);
        if !exported && !rest.is_empty() {
            if !whole.is_empty() {
                whole.push_str("\n\n");
            }
            whole.push_str(&rest);
        }
        let title = title.map(|(_, value)| value).unwrap_or_default();
        let whole = if whole.is_empty() { title } else { &whole };
        let tags = tags.map(|(_, value)| tags_of(value)).unwrap_or_default();
        self.parts(title, &tags, whole, CONTENT_CHARS_MAX);
    }
}

/// The text between two characters.
fn cut(text: &str, start: usize, end: usize) -> &str {
    let at = |text: &str, chars: usize| text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
    let text = &text[at(text, start)..];
    &text[..at(text, end.saturating_sub(start))]
}

/// The lines of a row that are not those of these fields.
fn rest(section: &Section, text: &str, used: &[&Field]) -> String {
    let mut lines: Vec<(usize, usize)> = used
        .iter()
        .map(|field| (field.line - section.start, field.end - section.start))
        .collect();
    lines.sort_unstable();
    let mut kept = String::new();
    let mut from = 0;
    for (start, end) in lines {
        kept.push_str(cut(text, from, start));
        from = end + 1;
    }
    kept.push_str(cut(text, from, usize::MAX));
    kept.trim().to_owned()
}

/// The headings above a section and its own, as many as a title holds.
fn title_of(path: &[String]) -> String {
    let mut from = 0;
    loop {
        let title = path[from..].join(" › ");
        if title.chars().count() <= TITLE_CHARS_MAX || from + 1 == path.len() {
            return title;
        }
        from += 1;
    }
}

fn one_line(text: &str, chars_max: usize) -> String {
    memories::one_line(text).chars().take(chars_max).collect()
}

/// A section without the line that is its heading, which is its title already.
fn without_heading<'a>(text: &'a str, heading: &str) -> &'a str {
    let text = text.trim();
    if heading.is_empty() {
        return text;
    }
    let (first, behind) = text.split_once('\n').unwrap_or((text, ""));
    let said = first.trim().trim_start_matches('#').trim_end_matches('#');
    if !one_line(said, usize::MAX).starts_with(heading) {
        return text;
    }
    let behind = behind.trim_start();
    // In Markdown a heading may be underlined.
    let (second, below) = behind.split_once('\n').unwrap_or((behind, ""));
    let second = second.trim();
    let underlined = second.len() >= 2 && ['=', '-'].iter().any(|sign| second.chars().all(|c| c == *sign));
    if underlined && !first.trim().starts_with('#') {
        below.trim()
    } else {
        behind
    }
}

/// Tags as people write them into one cell.
pub fn tags_of(text: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in text.split([',', ';', '\n']) {
        let tag = tag_of(tag);
        let fits = (1..=TAG_CHARS_MAX).contains(&tag.chars().count());
        if fits && !tags.contains(&tag) && tags.len() < TAGS_MAX {
            tags.push(tag);
        }
    }
    tags
}

/// A text in parts of at most so many characters, each ended where a paragraph does, or a line, or a word.
fn divided(text: &str, chars_max: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while let Some((limit, _)) = rest.char_indices().nth(chars_max) {
        let window = &rest[..limit];
        // Not in the first half, so that no part is tiny.
        let late = |at: &usize| *at >= limit / 2;
        let end = ["\n\n", "\n", " "]
            .into_iter()
            .find_map(|seam| window.rfind(seam).filter(late))
            .unwrap_or(limit);
        parts.push(rest[..end].trim_end());
        rest = rest[end..].trim_start();
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::read;
    use crate::memories::SourceKind;

    fn made(name: &str, text: &str) -> Vec<NewMemory> {
        let source = Source {
            kind: SourceKind::File,
            id: None,
            conversation_id: None,
            url: None,
            name: Some(name.into()),
        };
        memories(&read(text.as_bytes(), "", name).unwrap(), name, "series", &source)
    }

    fn said(memories: &[NewMemory]) -> Vec<(&str, &str)> {
        memories
            .iter()
            .map(|memory| (memory.title.as_str(), memory.content.as_str()))
            .collect()
    }

    #[test]
    fn sections_become_memories_in_order_titled_by_their_headings() {
        let text =
            "Before.\n\n# House\n\n## Roof ##\n\nRed tiles.\n\nCellar\n------\n\nDry.\n\n### Door\n\nOak.\n";
        let memories = made("house.md", text);
        assert_eq!(
            said(&memories),
            [
                ("House", "Before."),
                ("House › Roof", "Red tiles."),
                ("House › Cellar", "Dry."),
                ("House › Cellar › Door", "Oak.")
            ]
        );
        let places: Vec<_> = memories
            .iter()
            .map(|memory| (memory.series.as_deref(), memory.position))
            .collect();
        assert_eq!(
            places,
            [
                (Some("series"), Some(0)),
                (Some("series"), Some(1)),
                (Some("series"), Some(2)),
                (Some("series"), Some(3))
            ]
        );
        assert_eq!(said(&made("h.md", "# A\n\n## B\n")), [("A", "# A\n\n## B")]);
    }

    #[test]
    fn a_long_section_is_divided_at_paragraphs_and_loses_nothing() {
        let paragraph = "Some words that stand here.\n\n".repeat(50);
        let memories = made("long.txt", &paragraph.repeat(10));
        assert!(memories.len() > 1, "{}", memories.len());
        assert_eq!(
            (memories[0].title.as_str(), memories[1].title.as_str()),
            ("long.txt", "long.txt (2)")
        );
        for memory in &memories {
            assert!(memory.content.chars().count() <= SECTION_CHARS && memory.content.ends_with("here."));
        }
        let words: usize = memories
            .iter()
            .map(|memory| memory.content.split_whitespace().count())
            .sum();
        assert_eq!(words, 5 * 50 * 10);
        assert_eq!(divided(&"x".repeat(25), 10).len(), 3, "also without any seam");
    }

    #[test]
    fn rows_become_memories_by_the_names_of_their_columns() {
        let text = "Title,Content,Tags,room\nPrinter,\"Two\nlines, tags: none\",\"#Office; hardware, office\",4\n,Alone,,\nOnly a title,,,\n";
        let memories = made("a.csv", text);
        assert_eq!(
            said(&memories),
            [
                ("Printer", "Two\nlines, tags: none\n\nroom: 4"),
                ("", "Alone"),
                ("Only a title", "Only a title")
            ]
        );
        assert_eq!(memories[0].tags, ["office", "hardware"]);
        assert_eq!((&memories[0].series, memories[0].position), (&None, None));
        let rows = made("b.csv", "city,river\nBonn,Rhine\nKöln,Rhine\n");
        assert_eq!(
            said(&rows),
            [("", "city: Bonn\nriver: Rhine"), ("", "city: Köln\nriver: Rhine")]
        );
    }

    #[test]
    fn items_become_memories_also_those_that_were_exported() {
        let text = r#"[{"title": "Größe", "text": "A4", "tags": ["Paper", "size"], "of": {"text": "no"}}, "a plain item"]"#;
        let memories = made("a.json", text);
        assert_eq!(
            said(&memories),
            [("Größe", "A4\n\nof.text: no"), ("", "a plain item")]
        );
        assert_eq!(memories[0].tags, ["paper", "size"]);
        let exported = r#"{"id":"mem_1","workspace_id":"ws_1","title":"T","snippet":"C","tags":["a"],"version":1,"content":"C"}"#;
        assert_eq!(said(&made("m.jsonl", exported)), [("T", "C")]);
    }
}

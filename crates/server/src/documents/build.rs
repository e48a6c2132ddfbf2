//! Puts a document together, counting characters as it goes.

use super::{Column, Document, Field, Form, Reason, Section, TEXT_CHARS_MAX, Unreadable};

/// A document in the making.
pub struct Builder {
    form: Form,
    text: String,
    chars: usize,
    page_starts: Vec<(u32, usize)>,
    sections: Vec<Section>,
    /// The first title that was given.
    pub title: Option<String>,
}

impl Builder {
    pub fn new(form: Form) -> Self {
        Self {
            form,
            text: String::new(),
            chars: 0,
            page_starts: Vec::new(),
            sections: Vec::new(),
            title: None,
        }
    }

    /// Adds text as it is, without what no database keeps.
    pub fn push(&mut self, text: &str) -> Result<(), Unreadable> {
        for part in text.split('\0') {
            self.text.push_str(part);
            self.chars += part.chars().count();
        }
        if self.chars > TEXT_CHARS_MAX {
            return Err(Unreadable::new(
                Reason::TooLong,
                format!(
                    "The file has more than {} million characters of text; divide it.",
                    TEXT_CHARS_MAX / 1_000_000
                ),
            ));
        }
        Ok(())
    }

    /// Adds a line.
    pub fn line(&mut self, text: &str) -> Result<(), Unreadable> {
        self.push(text)?;
        self.push("\n")
    }

    /// Adds a line `name: value` of a row.
    pub fn value(&mut self, name: &str, value: &str) -> Result<(), Unreadable> {
        let line = self.chars;
        self.push(name)?;
        self.push(": ")?;
        let start = self.chars;
        self.push(value)?;
        let end = self.chars;
        if let (Some(column), Some(section)) = (Column::named(name), self.sections.last_mut()) {
            section.fields.push(Field {
                column,
                line,
                start,
                end,
            });
        }
        self.push("\n")
    }

    /// Ends the paragraph: one empty line, however often it is said.
    pub fn paragraph(&mut self) -> Result<(), Unreadable> {
        if self.text.is_empty() || self.text.ends_with("\n\n") {
            return Ok(());
        }
        self.push(if self.text.ends_with('\n') { "\n" } else { "\n\n" })
    }

    /// Begins a section here; level 0 and no heading for a row.
    pub fn section(&mut self, level: u8, heading: &str) {
        let heading = heading.split_whitespace().collect::<Vec<_>>().join(" ");
        let heading: String = heading.chars().filter(|c| *c != '\0').take(200).collect();
        let mut path: Vec<String> = Vec::new();
        if level > 0 {
            let above = self.sections.iter().rev().scan(level, |below, section| {
                let larger = section.level > 0 && section.level < *below;
                if larger {
                    *below = section.level;
                }
                Some(larger.then(|| section.heading.clone()))
            });
            path = above.flatten().collect();
            path.reverse();
            path.push(heading.clone());
        }
        self.sections.push(Section {
            start: self.chars,
            end: self.chars,
            level,
            heading,
            path,
            fields: Vec::new(),
        });
    }

    /// Begins a page here.
    pub fn page(&mut self, number: u32) {
        self.page_starts.push((number, self.chars));
    }

    /// The characters so far.
    pub fn chars(&self) -> usize {
        self.chars
    }

    /// The document; sections are ended where the next begins, and what stands before the first is one of its own.
    pub fn finish(mut self) -> Document {
        if self.sections.first().is_none_or(|first| first.start > 0) {
            let before = Section {
                start: 0,
                end: 0,
                level: 0,
                heading: String::new(),
                path: Vec::new(),
                fields: Vec::new(),
            };
            self.sections.insert(0, before);
        }
        let ends: Vec<usize> = self.sections[1..]
            .iter()
            .map(|section| section.start)
            .chain([self.chars])
            .collect();
        for (section, end) in self.sections.iter_mut().zip(ends) {
            section.end = end;
        }
        let pages = self.page_starts.last().map(|(number, _)| *number);
        let title = self.title.map(|title| title.replace('\0', "").trim().to_owned());
        Document {
            form: self.form,
            title: title.filter(|title| !title.is_empty()),
            text: self.text,
            pages,
            page_starts: self.page_starts,
            sections: self.sections,
        }
    }
}

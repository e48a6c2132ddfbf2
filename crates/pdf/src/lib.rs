//! Text and Markdown as a PDF: A4 pages with numbers, an outline, fonts of its own, text that can be searched and copied.
//!
//! ```text
//! Document ──▶ markdown, table ──▶ flow (pages) ──▶ lines (fonts) ──▶ page ──▶ file (embed)
//! ```
//!
//! Pure but for fonts of the system (`system.rs`), which are read when a text has characters that the fonts of this crate
//! lack. Called by the server's exports, on threads that may block: a long document takes seconds.
//!
//! Invariant: whatever the text, there is a file, and it is the same for the same text on the same machine. Nothing of a
//! text is markup of the PDF or a link to anywhere but the web.

mod embed;
mod face;
mod file;
mod flow;
mod fonts;
mod inline;
mod lines;
mod markdown;
mod page;
mod system;
mod table;
#[cfg(test)]
mod tests;

use flow::{Band, Flow, SMALL, Set};
use inline::{Ink, Inline, Look};

/// A moment, in UTC.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The year.
    pub year: u16,
    /// The month, from 1.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
    /// The hour.
    pub hour: u8,
    /// The minute.
    pub minute: u8,
    /// The second.
    pub second: u8,
}

/// What a document says of itself.
#[derive(Debug, Clone)]
pub struct Info {
    /// Its title, also in the foot of every page.
    pub title: String,
    /// The language of its text, such as `en`.
    pub language: String,
    /// The program that made it.
    pub creator: String,
    /// From when it is.
    pub created: Moment,
}

/// A document while it is written, from top to bottom.
pub struct Document {
    info: Info,
    flow: Flow,
    level: u8,
}

impl Document {
    /// A document that begins with its title.
    pub fn new(info: Info) -> Self {
        let mut flow = Flow::new();
        let set = Set {
            size: 20.0,
            leading: 25.0,
        };
        let look = Look {
            bold: true,
            ..Look::default()
        };
        flow.text(&Inline::of(&info.title, look), set);
        flow.space(4.0);
        Self { info, flow, level: 0 }
    }

    /// A heading of this document, from level 1 on; those within Markdown go below it in the outline.
    pub fn heading(&mut self, level: u8, text: &str) {
        let part = level <= 1;
        let (size, ink) = if part {
            (14.0, Ink::Text)
        } else {
            (11.8, Ink::Accent)
        };
        let set = Set {
            size,
            leading: 1.35 * size,
        };
        let look = Look {
            bold: true,
            ..Look::of(ink)
        };
        if part {
            self.flow.space(20.0);
            self.flow.need(90.0);
            self.flow.rule();
        }
        self.flow.space(if part { 9.0 } else { 15.0 });
        self.level = level;
        self.flow.heading(level, text, &Inline::of(text, look), set);
        self.flow.space(4.0);
    }

    /// A text in Markdown.
    pub fn markdown(&mut self, text: &str) {
        markdown::draw(&mut self.flow, text, self.level, false);
    }

    /// A text in Markdown on a ground of its own, such as a question. Its line feeds stay.
    pub fn panel(&mut self, text: &str) {
        self.flow.space(5.0);
        self.flow.open(Band::Panel);
        markdown::draw(&mut self.flow, text, self.level, true);
        self.flow.close();
        self.flow.space(8.0);
    }

    /// A line beside the text, small: when, how long, what it cost. As it is, without Markdown.
    pub fn note(&mut self, text: &str) {
        self.flow.space(4.0);
        self.flow.text(&Inline::of(text, Look::of(Ink::Muted)), SMALL);
        self.flow.space(4.0);
    }

    /// The file.
    pub fn finish(self) -> Vec<u8> {
        self.flow.finish(&self.info)
    }
}

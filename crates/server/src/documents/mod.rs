//! Documents: the text of a file of any kind that Stoa reads, where its headings and pages are, and its passages.
//!
//! ```text
//! bytes, media type, name ──▶ Parser (a child process with limits, or a thread) ──▶ read ──▶ Document ──▶ split ──▶ passages
//! ```
//!
//! `read` and `split` are pure. `parser.rs` is how others call `read`: a file that panics the reader, eats memory or never
//! ends fails alone. All offsets are in characters of [`Document::text`]. Called by files (ingest, preview) and by whatever
//! imports a file.

mod build;
mod html;
mod office;
mod parser;
mod pdf;
mod plain;
mod split;
mod tables;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use parser::{Parser, answer_parent};
pub use split::{Passage, split};

/// The largest file that is read.
pub const SOURCE_BYTES_MAX: u64 = 100 << 20;
/// The longest text that is taken from a file, in characters: about ten thousand pages are less.
pub const TEXT_CHARS_MAX: usize = 20_000_000;

/// The kinds of files that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Markdown.
    Markdown,
    /// Plain text.
    Text,
    /// HTML.
    Html,
    /// PDF.
    Pdf,
    /// A document of a word processor (Office Open XML).
    Docx,
    /// Rows with a separator; the first names the columns.
    Csv,
    /// JSON, or one JSON value a line.
    Json,
    /// Source code and configuration.
    Code,
}

/// Endings of source code and configuration; the text is taken as it is.
const CODE: &[&str] = &[
    "bash",
    "bat",
    "c",
    "cc",
    "clj",
    "cmake",
    "conf",
    "cpp",
    "cs",
    "css",
    "dart",
    "diff",
    "dockerfile",
    "env",
    "erl",
    "ex",
    "exs",
    "fish",
    "go",
    "gradle",
    "graphql",
    "h",
    "hpp",
    "hs",
    "ini",
    "java",
    "jl",
    "js",
    "jsx",
    "kt",
    "kts",
    "less",
    "lua",
    "m",
    "makefile",
    "ml",
    "mjs",
    "nix",
    "patch",
    "php",
    "pl",
    "proto",
    "ps1",
    "py",
    "r",
    "rb",
    "rs",
    "sass",
    "scala",
    "scss",
    "sh",
    "sql",
    "svelte",
    "swift",
    "tex",
    "tf",
    "toml",
    "ts",
    "tsx",
    "vue",
    "xml",
    "yaml",
    "yml",
    "zig",
    "zsh",
];

impl Format {
    /// The format of a file, by the ending of its name and else by its media type; nothing when it is none of ours.
    pub fn of(media_type: &str, name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let ending = name.rsplit(['.', '/']).next().unwrap_or_default();
        match ending {
            "md" | "markdown" | "mdx" => return Some(Self::Markdown),
            "txt" | "text" | "log" | "rst" | "adoc" | "org" | "readme" | "license" | "srt" | "vtt" => {
                return Some(Self::Text);
            }
            "html" | "htm" | "xhtml" => return Some(Self::Html),
            "pdf" => return Some(Self::Pdf),
            "docx" | "docm" | "dotx" => return Some(Self::Docx),
            "csv" | "tsv" | "tab" => return Some(Self::Csv),
            "json" | "jsonl" | "ndjson" | "geojson" | "ipynb" => return Some(Self::Json),
            _ if CODE.contains(&ending) => return Some(Self::Code),
            _ => {}
        }
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        match media_type.to_ascii_lowercase().as_str() {
            "text/markdown" => Some(Self::Markdown),
            "text/html" | "application/xhtml+xml" => Some(Self::Html),
            "application/pdf" => Some(Self::Pdf),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => Some(Self::Docx),
            "text/csv" | "text/tab-separated-values" => Some(Self::Csv),
            "application/json" | "application/x-ndjson" => Some(Self::Json),
            other if other.starts_with("text/") => Some(Self::Text),
            _ => None,
        }
    }
}

/// What was read of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// How it is read.
    pub form: Form,
    /// The title it gives itself.
    pub title: Option<String>,
    /// All of its text.
    pub text: String,
    /// Its pages, for what has pages.
    pub pages: Option<u32>,
    /// Where pages begin in the text: number from 1, offset.
    pub page_starts: Vec<(u32, usize)>,
    /// The text in sections: from one heading to the next; a row, or an item of a list, is a section too. They follow each
    /// other and cover the text.
    pub sections: Vec<Section>,
}

/// What a document is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Paragraphs.
    Prose,
    /// Lines that belong together as they stand.
    Lines,
    /// Rows, or items; each a section.
    Rows,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Where it begins, its heading included.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// 1 for the largest heading; 0 for what stands before any.
    pub level: u8,
    /// Its heading; empty for none.
    pub heading: String,
    /// The headings above it and its own, the largest first.
    pub path: Vec<String>,
    /// Of a row or an item: the values whose names say what they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// What the value of a row is, by the name of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// What tells it from others.
    Id,
    /// What it is called.
    Title,
    /// What it says.
    Content,
    /// Words it is found by.
    Tags,
}

impl Column {
    /// The column of this name; nothing for one that only a person understands.
    fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "id" => Some(Self::Id),
            "title" | "name" | "subject" => Some(Self::Title),
            "content" | "text" | "body" | "note" | "memory" => Some(Self::Content),
            "tags" | "labels" | "keywords" => Some(Self::Tags),
            _ => None,
        }
    }
}

/// Where a value of a row stands, in characters of the document's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// What it is.
    pub column: Column,
    /// Where its line begins: with its name.
    pub line: usize,
    /// Where the value begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl Document {
    /// The sections with their texts, in order.
    pub fn section_texts(&self) -> impl Iterator<Item = (&Section, &str)> {
        let mut rest = self.text.as_str();
        self.sections.iter().map(move |section| {
            let (text, behind) = rest.split_at(byte_at(rest, section.end - section.start));
            rest = behind;
            (section, text)
        })
    }

    /// The text between two offsets.
    pub fn slice(&self, start: usize, end: usize) -> &str {
        let from = byte_at(&self.text, start);
        let to = from + byte_at(&self.text[from..], end.saturating_sub(start));
        &self.text[from..to]
    }

    /// The page on which this offset lies.
    pub fn page_at(&self, offset: usize) -> Option<u32> {
        let behind = self.page_starts.partition_point(|(_, start)| *start <= offset);
        self.page_starts[..behind].last().map(|(number, _)| *number)
    }
}

/// Where the character of this number begins.
fn byte_at(text: &str, offset: usize) -> usize {
    text.char_indices()
        .nth(offset)
        .map_or(text.len(), |(byte, _)| byte)
}

/// Why a file is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No format that is read.
    Unsupported,
    /// More bytes than are read.
    TooLarge,
    /// More text than is taken.
    TooLong,
    /// Not what its name says, or broken.
    Damaged,
    /// It needs a password.
    Encrypted,
    /// There is no text in it: pages that were scanned.
    NoText,
    /// Reading took too long.
    Timeout,
    /// Reading took too much memory.
    Memory,
    /// The reader died of it.
    Crashed,
    /// The content could not be had.
    Storage,
    /// It is at an address that may not be asked.
    Refused,
    /// Its address does not answer with it.
    Unreachable,
    /// More of it than one import may make.
    TooMany,
}

impl Reason {
    /// As it is shown and stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsupported => "unsupported",
            Self::TooLarge => "too_large",
            Self::TooLong => "too_long",
            Self::Damaged => "damaged",
            Self::Encrypted => "encrypted",
            Self::NoText => "no_text",
            Self::Timeout => "timeout",
            Self::Memory => "memory",
            Self::Crashed => "crashed",
            Self::Storage => "storage",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::TooMany => "too_many",
        }
    }
}

/// A file that is not read, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {detail}", reason.as_str())]
pub struct Unreadable {
    /// The kind of reason.
    pub reason: Reason,
    /// For people: what is wrong with it, and what would help.
    pub detail: String,
}

impl Unreadable {
    /// For this reason.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }

    fn damaged(detail: impl Into<String>) -> Self {
        Self::new(Reason::Damaged, detail)
    }

    /// None of the formats that are read.
    pub fn unsupported() -> Self {
        Self::new(
            Reason::Unsupported,
            "Text is taken from Markdown, plain text, HTML, PDF, DOCX, CSV, JSON and source code.",
        )
    }

    fn too_large() -> Self {
        Self::new(
            Reason::TooLarge,
            format!("Files of up to {} MiB are read.", SOURCE_BYTES_MAX >> 20),
        )
    }
}

/// The text of the beginning of a file that is text; what is no text shows as signs that stand for it.
pub fn decoded(bytes: &[u8]) -> String {
    plain::decode(bytes, None).unwrap_or_else(|_| String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}"))
}

/// The first rows of a table with the first of their columns, and whether there are more.
pub fn rows(text: &str, rows: usize, columns: usize) -> (Vec<Vec<String>>, bool) {
    tables::rows(text, rows, columns)
}

/// The document in these bytes. For what comes from outside, [`Parser::parse`] puts limits around it.
pub fn read(bytes: &[u8], media_type: &str, name: &str) -> Result<Document, Unreadable> {
    let format = Format::of(media_type, name).ok_or_else(Unreadable::unsupported)?;
    if bytes.len() as u64 > SOURCE_BYTES_MAX {
        return Err(Unreadable::too_large());
    }
    let document = match format {
        Format::Markdown => plain::markdown(&plain::decode(bytes, None)?)?,
        Format::Text => plain::text(&plain::decode(bytes, None)?)?,
        Format::Code => plain::code(&plain::decode(bytes, None)?)?,
        Format::Html => html::read(&plain::decode(bytes, html::charset(bytes))?)?,
        Format::Pdf => pdf::read(bytes)?,
        Format::Docx => office::read(bytes)?,
        Format::Csv => tables::csv(&plain::decode(bytes, None)?)?,
        Format::Json => tables::json(&plain::decode(bytes, None)?)?,
    };
    if document.text.trim().is_empty() {
        let detail = if format == Format::Pdf {
            "There is no text in this PDF; its pages are probably pictures."
        } else {
            "There is no text in this file."
        };
        return Err(Unreadable::new(Reason::NoText, detail));
    }
    Ok(document)
}

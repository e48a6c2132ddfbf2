//! What callers say of a memory, checked: all faults at once, each with its field.

use schemars::JsonSchema;
use serde::Deserialize;
use sql::Time;

use crate::http::json::{Check, present};
use crate::http::problem::Rule;
use crate::memories::{
    CONTENT_CHARS_MAX, MemoryEntry, NewMemory, SOURCES_MAX, Source, SourceKind, Status, TAG_CHARS_MAX,
    TAGS_MAX, TITLE_CHARS_MAX, one_line, snippet,
};

/// The longest name of a series, or of a source.
const NAME_CHARS_MAX: usize = 200;
/// The longest address of a source.
const URL_CHARS_MAX: usize = 2_000;

/// The body that makes or changes a memory. When it changes one, what is absent stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemoryBody {
    /// What it is called; the first line of the text when absent.
    pub title: Option<String>,
    /// The text, Markdown. A new memory needs one.
    pub content: Option<String>,
    /// Words it is found by; kept in lower case.
    pub tags: Option<Vec<String>>,
    /// `active`, or `proposed` to put it into the inbox. Only when it is made.
    pub status: Option<Status>,
    /// Where it comes from.
    pub sources: Option<Vec<Source>>,
    /// The series it is part of; null takes it out.
    #[serde(default, deserialize_with = "present")]
    pub series: Option<Option<String>>,
    /// Its place in the series.
    #[serde(default, deserialize_with = "present")]
    pub position: Option<Option<i64>>,
    /// Since when it holds; null for always.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    pub valid_from: Option<Option<Time>>,
    /// Until when it holds; null for ever.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    pub valid_until: Option<Option<Time>>,
}

/// What changes of a memory.
#[expect(clippy::option_option, reason = "absent, null and a value are three things")]
#[derive(Debug, Default, Clone)]
pub struct Change {
    title: Option<String>,
    pub content: Option<String>,
    tags: Option<Vec<String>>,
    sources: Option<Vec<Source>>,
    series: Option<Option<String>>,
    position: Option<Option<i64>>,
    valid_from: Option<Option<Time>>,
    valid_until: Option<Option<Time>>,
}

impl Change {
    /// Back to what was said before.
    pub fn back_to(title: String, content: String, tags: Vec<String>, valid: [Option<Time>; 2]) -> Self {
        Self {
            title: Some(title),
            content: Some(content),
            tags: Some(tags),
            valid_from: Some(valid[0]),
            valid_until: Some(valid[1]),
            ..Self::default()
        }
    }

    /// The entry as it is afterwards, with its next version.
    pub fn of(&self, entry: &MemoryEntry, now: Time) -> MemoryEntry {
        MemoryEntry {
            title: self.title.clone().unwrap_or_else(|| entry.title.clone()),
            snippet: self
                .content
                .as_deref()
                .map_or_else(|| entry.snippet.clone(), snippet),
            tags: self.tags.clone().unwrap_or_else(|| entry.tags.clone()),
            sources: self.sources.clone().unwrap_or_else(|| entry.sources.clone()),
            series: self.series.clone().unwrap_or_else(|| entry.series.clone()),
            position: self.position.unwrap_or(entry.position),
            valid_from: self.valid_from.unwrap_or(entry.valid_from),
            valid_until: self.valid_until.unwrap_or(entry.valid_until),
            version: entry.version + 1,
            updated_at: now,
            ..entry.clone()
        }
    }
}

/// Checks the values of one memory; fields are named with what stands before them (`items[3].`).
pub struct Fields<'a> {
    check: &'a mut Check,
    before: &'a str,
}

impl<'a> Fields<'a> {
    pub fn new(check: &'a mut Check, before: &'a str) -> Self {
        Self { check, before }
    }

    fn name(&self, field: &str) -> String {
        format!("{}{field}", self.before)
    }

    /// A new memory.
    pub fn new_memory(mut self, body: MemoryBody) -> NewMemory {
        let content = self.content(body.content.as_deref().unwrap_or_default());
        let (valid_from, valid_until) = (body.valid_from.flatten(), body.valid_until.flatten());
        self.validity(valid_from, valid_until);
        if body.status == Some(Status::Rejected) {
            let name = self.name("status");
            self.check
                .fail(&name, "is `active` or `proposed` when a memory is made");
        }
        NewMemory {
            title: body.title.map(|title| self.title(&title, 0)).unwrap_or_default(),
            content,
            tags: self.tags(body.tags.unwrap_or_default()),
            status: body.status.unwrap_or(Status::Active),
            sources: self.sources(body.sources.unwrap_or_default()),
            series: self.series(body.series.flatten()),
            position: body.position.flatten(),
            valid_from,
            valid_until,
            times: None,
        }
    }

    /// A change of what is there.
    pub fn change(mut self, body: MemoryBody, entry: &MemoryEntry) -> Change {
        if body.status.is_some() {
            let name = self.name("status");
            self.check
                .fail(&name, "is changed by accepting or rejecting the memory");
        }
        self.validity(
            body.valid_from.unwrap_or(entry.valid_from),
            body.valid_until.unwrap_or(entry.valid_until),
        );
        Change {
            title: body.title.map(|title| self.title(&title, 1)),
            content: body.content.map(|content| self.content(&content)),
            tags: body.tags.map(|tags| self.tags(tags)),
            sources: body.sources.map(|sources| self.sources(sources)),
            series: body.series.map(|series| self.series(series)),
            position: body.position,
            valid_from: body.valid_from,
            valid_until: body.valid_until,
        }
    }

    fn title(&mut self, title: &str, min: usize) -> String {
        // A title is one line.
        let line = one_line(title);
        let name = self.name("title");
        self.check.text(&name, &line, min, TITLE_CHARS_MAX)
    }

    fn content(&mut self, content: &str) -> String {
        let name = self.name("content");
        self.check.text(&name, content, 1, CONTENT_CHARS_MAX)
    }

    fn tags(&mut self, tags: Vec<String>) -> Vec<String> {
        let name = self.name("tags");
        let mut kept: Vec<String> = Vec::with_capacity(tags.len());
        for tag in tags {
            let tag = tag_of(&tag);
            self.check.text(&name, &tag, 1, TAG_CHARS_MAX);
            if !kept.contains(&tag) {
                kept.push(tag);
            }
        }
        if kept.len() > TAGS_MAX {
            let message = format!("holds {} tags; at most {TAGS_MAX} are possible", kept.len());
            self.check.fail(&name, message);
        }
        kept
    }

    fn series(&mut self, series: Option<String>) -> Option<String> {
        let name = self.name("series");
        let series = self.check.optional_text(&name, series.as_deref(), NAME_CHARS_MAX);
        series.filter(|series| !series.is_empty())
    }

    fn validity(&mut self, from: Option<Time>, until: Option<Time>) {
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            let name = self.name("valid_until");
            self.check.fail(&name, "must be after `valid_from`");
        }
    }

    fn sources(&mut self, sources: Vec<Source>) -> Vec<Source> {
        let name = self.name("sources");
        if sources.len() > SOURCES_MAX {
            let message = format!(
                "holds {} sources; at most {SOURCES_MAX} are possible",
                sources.len()
            );
            self.check.fail(&name, message);
        }
        for (n, source) in sources.iter().enumerate() {
            let place = format!("{name}[{n}]");
            for (field, value, max) in [
                ("id", &source.id, NAME_CHARS_MAX),
                ("conversation_id", &source.conversation_id, NAME_CHARS_MAX),
                ("url", &source.url, URL_CHARS_MAX),
                ("name", &source.name, NAME_CHARS_MAX),
            ] {
                if let Some(value) = value {
                    self.check.text(&format!("{place}.{field}"), value, 0, max);
                }
            }
            // A page links to it: nothing but the web.
            let web = |url: &String| url.starts_with("https://") || url.starts_with("http://");
            match source.kind {
                SourceKind::Url if source.url.is_none() => {
                    self.check
                        .breaks(&format!("{place}.url"), Rule::Required, "is needed for a page");
                }
                SourceKind::Message if source.id.is_none() => {
                    self.check
                        .breaks(&format!("{place}.id"), Rule::Required, "is needed for a message");
                }
                // One that was imported is kept nowhere, and has a name only.
                SourceKind::File if source.id.is_none() && source.name.is_none() => {
                    let field = format!("{place}.id");
                    self.check
                        .breaks(&field, Rule::Required, "or a name is needed for a file");
                }
                _ => {}
            }
            if source.url.as_ref().is_some_and(|url| !web(url)) {
                self.check
                    .fail(&format!("{place}.url"), "begins with https:// or http://");
            }
        }
        sources
    }
}

/// A tag as it is kept. What is kept already stays as it is.
pub fn tag_of(text: &str) -> String {
    let is_before = |letter: char| letter == '#' || letter.is_whitespace();
    text.trim_start_matches(is_before).trim_end().to_lowercase()
}

//! Exports as PDF: a feature adds part after part, and a thread that may block sets the whole (the crate `pdf`).
//!
//! Called by the exports of conversations, comparisons and batches. A document holds its place from before its text is read
//! until it is made.
//!
//! Invariant: at most `AT_ONCE` documents are in memory, none with more than `TEXT_BYTES_MAX` of text.

use jiff::tz::TimeZone;
use sql::Time;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::http::problem::Problem;

/// Documents that are made at once.
const AT_ONCE: usize = 2;
/// The longest text of a document: about five thousand pages.
const TEXT_BYTES_MAX: usize = 16 << 20;
/// What a part takes beside its text.
const PART_BYTES: usize = 64;
/// The language of what Stoa itself writes into exports.
const LANGUAGE: &str = "en";

static PLACES: Semaphore = Semaphore::const_new(AT_ONCE);

/// A part of a document.
#[derive(Debug)]
pub enum Part {
    /// A heading, from level 1 on.
    Heading(u8, String),
    /// Markdown that was asked, on a ground of its own.
    Question(String),
    /// Markdown.
    Markdown(String),
    /// A line beside the text, without Markdown.
    Note(String),
}

impl Part {
    fn text(&self) -> &str {
        match self {
            Self::Heading(_, text) | Self::Question(text) | Self::Markdown(text) | Self::Note(text) => text,
        }
    }
}

/// A document while it is put together.
#[derive(Debug)]
pub struct Print {
    info: pdf::Info,
    parts: Vec<Part>,
    size_bytes: usize,
    _place: SemaphorePermit<'static>,
}

impl Print {
    /// A document with its title and the time from which it is, as soon as there is a place.
    pub async fn begin(title: &str, created_at: Time) -> Result<Self, Problem> {
        let place = PLACES.acquire().await.map_err(Problem::internal)?;
        let moment = moment(created_at);
        let pdf::Moment {
            year,
            month,
            day,
            hour,
            minute,
            ..
        } = moment;
        let date = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC");
        Ok(Self {
            info: pdf::Info {
                title: title.to_owned(),
                language: LANGUAGE.to_owned(),
                creator: "Stoa".to_owned(),
                created: moment,
            },
            parts: vec![Part::Note(date)],
            size_bytes: 0,
            _place: place,
        })
    }

    /// Adds a part, unless the document becomes too long.
    pub fn add(&mut self, part: Part) -> Result<(), Problem> {
        self.size_bytes += part.text().len() + PART_BYTES;
        if self.size_bytes > TEXT_BYTES_MAX {
            return Err(Problem::invalid(
                "format",
                format!(
                    "can not be `pdf` for more than {} MiB of text; export it in another format",
                    TEXT_BYTES_MAX >> 20
                ),
            ));
        }
        self.parts.push(part);
        Ok(())
    }

    /// The file. The same document is the same file.
    pub async fn finish(self) -> Result<Vec<u8>, Problem> {
        tokio::task::spawn_blocking(move || self.set())
            .await
            .map_err(Problem::internal)
    }

    fn set(self) -> Vec<u8> {
        let mut document = pdf::Document::new(self.info);
        for part in self.parts {
            match part {
                Part::Heading(level, text) => document.heading(level, &text),
                Part::Question(text) => document.panel(&text),
                Part::Markdown(text) => document.markdown(&text),
                Part::Note(text) => document.note(&text),
            }
        }
        document.finish()
    }
}

fn moment(time: Time) -> pdf::Moment {
    let time = jiff::Timestamp::from_microsecond(time.micros())
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_zoned(TimeZone::UTC);
    let small = |number: i8| u8::try_from(number).unwrap_or_default();
    pdf::Moment {
        year: u16::try_from(time.year()).unwrap_or_default(),
        month: small(time.month()),
        day: small(time.day()),
        hour: small(time.hour()),
        minute: small(time.minute()),
        second: small(time.second()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_text_that_is_too_long_is_refused_with_what_to_do() {
        let mut print = Print::begin("Long", Time::EPOCH).await.expect("a place");
        let quarter = "x".repeat(TEXT_BYTES_MAX / 4);
        for _ in 0..3 {
            print.add(Part::Markdown(quarter.clone())).expect("it fits");
        }
        let problem = print.add(Part::Markdown(quarter)).expect_err("too long");
        assert!(problem.detail.contains("16 MiB"), "{}", problem.detail);
    }

    #[tokio::test]
    async fn the_date_is_that_of_the_document_and_the_file_always_the_same() {
        let made = async || {
            let mut print = Print::begin("Twice", Time::from_secs(86_399))
                .await
                .expect("a place");
            print.add(Part::Markdown("*once*".to_owned())).expect("it fits");
            print.finish().await.expect("a file")
        };
        let file = made().await;
        assert!(file == made().await);
        assert!(String::from_utf8_lossy(&file).contains("D:19700101235959"));
    }
}

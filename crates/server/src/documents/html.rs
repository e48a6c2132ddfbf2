//! HTML: its words in the order they stand, paragraph by paragraph, without scripts and what is only for navigation.
//!
//! Read token by token: no tree is built, so a page of any depth takes no more memory than its text.

use std::cell::{Cell, RefCell};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::build::Builder;
use super::{Document, Form, Unreadable};

/// What is never text for a reader.
const SKIPPED: &[&str] = &[
    "script", "style", "noscript", "template", "svg", "nav", "iframe", "select", "button", "head",
];
/// What ends a paragraph.
const BLOCKS: &[&str] = &[
    "p",
    "div",
    "section",
    "article",
    "main",
    "header",
    "footer",
    "aside",
    "ul",
    "ol",
    "dl",
    "table",
    "blockquote",
    "pre",
    "form",
    "figure",
    "figcaption",
    "hr",
    "details",
    "summary",
    "body",
];
/// What ends a line.
const LINES: &[&str] = &["br", "li", "tr", "dt", "dd", "option", "caption"];

/// The encoding that the page says it has, in its first bytes.
pub fn charset(bytes: &[u8]) -> Option<&str> {
    let start = &bytes[..bytes.len().min(2_048)];
    let at = start
        .windows(8)
        .position(|window| window.eq_ignore_ascii_case(b"charset="))?
        + 8;
    let rest = &start[at..];
    let rest = rest
        .strip_prefix(b"\"")
        .or_else(|| rest.strip_prefix(b"'"))
        .unwrap_or(rest);
    let end = rest
        .iter()
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'.')))?;
    std::str::from_utf8(&rest[..end]).ok()
}

struct Sink {
    state: RefCell<State>,
    failed: Cell<Option<Unreadable>>,
}

struct State {
    builder: Builder,
    /// The words of the block under way.
    block: String,
    /// What is skipped, and how deep in itself.
    skipped: Option<(String, usize)>,
    heading: Option<u8>,
    in_title: bool,
    title: String,
    pre: bool,
}

impl State {
    /// Writes the block that has ended.
    fn end_block(&mut self, paragraph: bool) -> Result<(), Unreadable> {
        let block = std::mem::take(&mut self.block);
        let block = block.trim_matches(|c: char| c.is_whitespace());
        if !block.is_empty() {
            self.builder.line(block)?;
        }
        if paragraph {
            self.builder.paragraph()
        } else {
            Ok(())
        }
    }

    fn words(&mut self, text: &str) {
        if self.in_title {
            self.title.push_str(text);
        } else if self.skipped.is_none() && self.pre {
            self.block.push_str(text);
        } else if self.skipped.is_none() {
            for c in text.chars() {
                let c = if c.is_whitespace() { ' ' } else { c };
                if c != ' ' || !self.block.ends_with([' ', '\n']) {
                    self.block.push(c);
                }
            }
        }
    }

    fn tag(&mut self, name: &str, begins: bool, closed: bool) -> Result<(), Unreadable> {
        if name == "title" && (self.title.is_empty() || !begins) {
            self.in_title = begins;
            return Ok(());
        }
        if let Some((skipped, depth)) = &mut self.skipped {
            // A page that forgets to end its head goes on with its body.
            if name == "body" && begins {
                self.skipped = None;
            } else if name == skipped.as_str() && !closed {
                *depth = if begins { *depth + 1 } else { *depth - 1 };
                if *depth == 0 {
                    self.skipped = None;
                }
            }
            return Ok(());
        }
        if SKIPPED.contains(&name) && begins && !closed {
            self.skipped = Some((name.to_owned(), 1));
            return Ok(());
        }
        let level = name
            .strip_prefix('h')
            .and_then(|level| level.parse().ok())
            .filter(|level| (1..=6).contains(level));
        if let Some(level) = level {
            return self.heading(level, begins);
        }
        match name {
            "td" | "th" if !begins => self.block.push_str(" | "),
            "pre" => {
                self.end_block(true)?;
                self.pre = begins;
            }
            name if BLOCKS.contains(&name) => self.end_block(true)?,
            name if LINES.contains(&name) => {
                if name == "tr" {
                    let kept = self.block.trim_end().trim_end_matches('|').trim_end().len();
                    self.block.truncate(kept);
                }
                self.end_block(false)?;
                if name == "li" && begins {
                    self.block.push_str("- ");
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn heading(&mut self, level: u8, begins: bool) -> Result<(), Unreadable> {
        if begins || self.heading.is_none() {
            self.heading = begins.then_some(level);
            return self.end_block(true);
        }
        self.heading = None;
        let words = self.block.trim().to_owned();
        if !words.is_empty() {
            self.builder.section(level, &words);
        }
        self.end_block(true)
    }
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        let done = match token {
            Token::CharacterTokens(text) => {
                state.words(&text);
                Ok(())
            }
            Token::TagToken(tag) => {
                let name: &str = &tag.name;
                let begins = tag.kind == TagKind::StartTag;
                // HTML closes nothing with a slash but what is not HTML.
                let done = state.tag(name, begins, tag.self_closing && name == "svg");
                let raw = match name {
                    "script" => Some(RawKind::ScriptData),
                    "style" | "iframe" | "noscript" => Some(RawKind::Rawtext),
                    "title" | "textarea" => Some(RawKind::Rcdata),
                    _ => None,
                };
                if begins
                    && done.is_ok()
                    && let Some(raw) = raw
                {
                    return TokenSinkResult::RawData(raw);
                }
                done
            }
            _ => Ok(()),
        };
        if let Err(unreadable) = done {
            self.failed.set(Some(unreadable));
        }
        TokenSinkResult::Continue
    }
}

/// The text of a page.
pub fn read(text: &str) -> Result<Document, Unreadable> {
    let sink = Sink {
        state: RefCell::new(State {
            builder: Builder::new(Form::Prose),
            block: String::new(),
            skipped: None,
            heading: None,
            in_title: false,
            title: String::new(),
            pre: false,
        }),
        failed: Cell::new(None),
    };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(text));
    // The end of a script is a stop where a browser would run it.
    while let html5ever::TokenizerResult::Script(()) = tokenizer.feed(&input) {}
    tokenizer.end();
    if let Some(unreadable) = tokenizer.sink.failed.take() {
        return Err(unreadable);
    }
    let mut state = tokenizer.sink.state.into_inner();
    state.end_block(false)?;
    let title = state.title.split_whitespace().collect::<Vec<_>>().join(" ");
    state.builder.title = Some(title);
    Ok(state.builder.finish())
}

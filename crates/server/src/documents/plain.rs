//! What is text already: plain text, source code, Markdown. The text stays as it is; only headings are looked for.

use super::build::Builder;
use super::{Document, Form, Unreadable};

/// The text of these bytes: UTF-8, UTF-16 with its mark, what the file says of itself, else the old encoding of the West.
pub fn decode(bytes: &[u8], said: Option<&str>) -> Result<String, Unreadable> {
    let marked = encoding_rs::Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    if marked.is_none() && bytes.iter().take(8_192).any(|byte| *byte == 0) {
        return Err(Unreadable::damaged(
            "This is not a text file: it has binary content.",
        ));
    }
    if marked.is_none()
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Ok(text.to_owned());
    }
    let said = said.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
    let encoding = marked.or(said).unwrap_or(encoding_rs::WINDOWS_1252);
    Ok(encoding.decode(bytes).0.into_owned())
}

/// Plain text.
pub fn text(text: &str) -> Result<Document, Unreadable> {
    let mut builder = Builder::new(Form::Prose);
    builder.push(text)?;
    Ok(builder.finish())
}

/// Source code.
pub fn code(text: &str) -> Result<Document, Unreadable> {
    let mut builder = Builder::new(Form::Lines);
    builder.push(text)?;
    Ok(builder.finish())
}

/// A heading with `#`s: its level and text.
fn heading(line: &str) -> Option<(u8, &str)> {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let line = line.trim();
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let rest = &line[level..];
    if indent > 3 || !(1..=6).contains(&level) || !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let text = rest.trim().trim_end_matches('#').trim_end();
    Some((level as u8, text))
}

/// Whether the line makes a heading of the one before it, and which.
fn underline(line: &str) -> Option<u8> {
    let line = line.trim_end();
    let all = |c: char| line.len() >= 2 && line.chars().all(|each| each == c);
    if all('=') {
        Some(1)
    } else if all('-') && line.len() >= 3 {
        Some(2)
    } else {
        None
    }
}

/// Markdown, with its headings.
pub fn markdown(text: &str) -> Result<Document, Unreadable> {
    let mut builder = Builder::new(Form::Prose);
    let mut fence: Option<&str> = None;
    let mut matter = text.starts_with("---\n") || text.starts_with("---\r\n");
    let mut lines = text.split_inclusive('\n').peekable();
    let mut first = true;
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if matter {
            // What stands before the text: only its title says something.
            if let Some(title) = trimmed.strip_prefix("title:") {
                builder.title = Some(title.trim().trim_matches(['"', '\'']).to_owned());
            }
            matter = first || !matches!(trimmed, "---" | "...");
        } else if let Some(open) = fence {
            if trimmed.starts_with(open) {
                fence = None;
            }
        } else if let Some(open) = ["```", "~~~"].into_iter().find(|open| trimmed.starts_with(open)) {
            fence = Some(open);
        } else {
            let under = lines.peek().and_then(|next| underline(next));
            let plain = !trimmed.is_empty() && !trimmed.starts_with(['-', '*', '>', '|', '+']);
            let found = heading(line).or_else(|| under.filter(|_| plain).map(|level| (level, trimmed)));
            if let Some((level, text)) = found {
                if level == 1 && builder.title.is_none() {
                    builder.title = Some(text.to_owned());
                }
                builder.section(level, text);
            }
        }
        builder.push(line)?;
        first = false;
    }
    Ok(builder.finish())
}

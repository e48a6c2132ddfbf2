//! DOCX: the paragraphs of the body with their headings, tables row by row, and pages where the file says they break.

use std::collections::HashMap;
use std::io::{Cursor, Read as _};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::build::Builder;
use super::{Document, Form, Reason, Unreadable};

/// The largest part of the archive that is unpacked: a small file can hold endless zeros.
const PART_BYTES_MAX: u64 = 256 << 20;

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

fn broken() -> Unreadable {
    Unreadable::damaged("This is not a DOCX file, or it is broken.")
}

fn part(archive: &mut Archive<'_>, name: &str) -> Result<Option<String>, Unreadable> {
    let file = match archive.by_name(name) {
        Ok(file) => file,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(_) => return Err(broken()),
    };
    let mut text = String::new();
    let read = file.take(PART_BYTES_MAX + 1).read_to_string(&mut text);
    read.map_err(|_| broken())?;
    if text.len() as u64 > PART_BYTES_MAX {
        return Err(Unreadable::new(
            Reason::TooLarge,
            "Unpacked, this file is larger than can be read.",
        ));
    }
    Ok(Some(text))
}

fn attribute(tag: &BytesStart<'_>, name: &[u8]) -> Option<String> {
    let found = tag
        .attributes()
        .flatten()
        .find(|found| found.key.as_ref() == name)?;
    Some(String::from_utf8_lossy(&found.value).into_owned())
}

/// The levels of the styles that are headings, by their ids. Ids are translated by some programs, names are not.
fn heading_styles(xml: &str) -> HashMap<String, u8> {
    let mut levels = HashMap::new();
    let mut reader = Reader::from_str(xml);
    let mut style: Option<String> = None;
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Eof => break,
            Event::Start(tag) if tag.name().as_ref() == b"w:style" => style = attribute(&tag, b"w:styleId"),
            Event::Start(tag) | Event::Empty(tag) => {
                let value = || attribute(&tag, b"w:val");
                let level = match tag.name().as_ref() {
                    b"w:name" => value().as_deref().and_then(level_of_name),
                    b"w:outlineLvl" => value()
                        .and_then(|level| level.parse::<u8>().ok())
                        .map(|level| level + 1),
                    _ => None,
                };
                if let Some((style, level)) = style.clone().zip(level.filter(|level| *level <= 9)) {
                    levels.insert(style, level);
                }
            }
            _ => {}
        }
    }
    levels
}

fn level_of_name(name: &str) -> Option<u8> {
    let name = name.to_ascii_lowercase();
    if name == "title" {
        return Some(1);
    }
    name.strip_prefix("heading ")?.trim().parse().ok()
}

struct Body {
    builder: Builder,
    levels: HashMap<String, u8>,
    words: String,
    level: Option<u8>,
    page: u32,
    /// A page that breaks inside a paragraph begins with the next one.
    breaks: u32,
    cells: usize,
    in_text: bool,
    deleted: bool,
}

impl Body {
    fn tag(&mut self, tag: &BytesStart<'_>) {
        match tag.name().as_ref() {
            b"w:t" => self.in_text = true,
            b"w:tab" => self.words.push('\t'),
            b"w:br" if attribute(tag, b"w:type").as_deref() == Some("page") => self.breaks += 1,
            b"w:br" | b"w:cr" => self.words.push('\n'),
            b"w:lastRenderedPageBreak" => self.breaks += 1,
            b"w:pStyle" => {
                let style = attribute(tag, b"w:val").unwrap_or_default();
                self.level = self
                    .levels
                    .get(&style)
                    .copied()
                    .or_else(|| level_of_name(&style.replace("Heading", "heading ")));
            }
            b"w:tbl" => self.cells += 1,
            _ => {}
        }
    }

    fn end(&mut self, name: &[u8]) -> Result<(), Unreadable> {
        match name {
            b"w:t" => self.in_text = false,
            b"w:p" if self.cells > 0 => self.words.push(' '),
            b"w:tc" => {
                let kept = self.words.trim_end().len();
                self.words.truncate(kept);
                self.words.push_str(" | ");
            }
            b"w:tr" => {
                let row = std::mem::take(&mut self.words);
                self.builder.line(row.trim().trim_end_matches('|').trim_end())?;
            }
            b"w:tbl" => {
                self.cells = self.cells.saturating_sub(1);
                self.builder.paragraph()?;
            }
            b"w:p" => self.end_paragraph()?,
            _ => {}
        }
        Ok(())
    }

    fn end_paragraph(&mut self) -> Result<(), Unreadable> {
        let words = std::mem::take(&mut self.words);
        let words = words.trim();
        let level = self.level.take();
        if !words.is_empty() {
            if let Some(level) = level {
                if self.builder.title.is_none() {
                    self.builder.title = Some(words.to_owned());
                }
                self.builder.section(level, words);
            }
            self.builder.line(words)?;
            self.builder.paragraph()?;
        }
        if self.breaks > 0 {
            // The mark that a program left and the break it stands for come together.
            self.breaks = 0;
            self.page += 1;
            self.builder.page(self.page);
        }
        Ok(())
    }
}

/// The text of a DOCX file.
pub fn read(bytes: &[u8]) -> Result<Document, Unreadable> {
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(Unreadable::new(
            Reason::Encrypted,
            "This document needs a password, or is of an old format; save it as DOCX without one.",
        ));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    let styles = part(&mut archive, "word/styles.xml")?.unwrap_or_default();
    let core = part(&mut archive, "docProps/core.xml")?.unwrap_or_default();
    let xml = part(&mut archive, "word/document.xml")?.ok_or_else(broken)?;
    let mut body = Body {
        builder: Builder::new(Form::Prose),
        levels: heading_styles(&styles),
        words: String::new(),
        level: None,
        page: 1,
        breaks: 0,
        cells: 0,
        in_text: false,
        deleted: false,
    };
    body.builder.title = core_title(&core);
    body.builder.page(1);
    let mut reader = Reader::from_str(&xml);
    loop {
        match reader.read_event().map_err(|_| broken())? {
            Event::Eof => break,
            Event::Start(tag) if tag.name().as_ref() == b"w:del" => body.deleted = true,
            Event::End(tag) if tag.name().as_ref() == b"w:del" => body.deleted = false,
            Event::Start(tag) => body.tag(&tag),
            Event::Empty(tag) => {
                body.tag(&tag);
                body.in_text = false;
            }
            Event::End(tag) => body.end(tag.name().as_ref())?,
            Event::Text(text) if body.in_text && !body.deleted => {
                body.words.push_str(&text.decode().map_err(|_| broken())?);
            }
            Event::GeneralRef(reference) if body.in_text && !body.deleted => {
                body.words.push_str(&entity(&reference));
            }
            _ => {}
        }
    }
    body.end_paragraph()?;
    Ok(body.builder.finish())
}

/// The character that a reference names; nothing for what XML does not know.
fn entity(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        return c.to_string();
    }
    let name = reference.decode().unwrap_or_default();
    quick_xml::escape::resolve_predefined_entity(&name)
        .unwrap_or_default()
        .to_owned()
}

fn core_title(xml: &str) -> Option<String> {
    let start = xml.find("<dc:title>")? + "<dc:title>".len();
    let end = start + xml[start..].find('<')?;
    let title = quick_xml::escape::unescape(&xml[start..end]).ok()?;
    Some(title.trim().to_owned()).filter(|title| !title.is_empty())
}

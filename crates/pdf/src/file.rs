//! The file: its objects, the tree of pages, the outline, and what it says of itself.
//!
//! A page is written when it is full, so what grows with a document is the compressed file alone. Fonts, outline and feet
//! follow at the end. The same document gives the same bytes.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{ActionType, AnnotationType, PageMode};
use pdf_writer::{Date, Filter, Finish as _, Name, Pdf, Rect, Ref, Settings, Str, TextStr};

use crate::Info;
use crate::embed::embed;
use crate::fonts::Fonts;
use crate::page::{HEIGHT, Link, Page, WIDTH};

/// What pages call a font.
pub fn font_name(face: u8) -> String {
    format!("F{face}")
}

/// Bytes, compressed.
pub fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::default());
    // Writing to memory does not fail.
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    packed.unwrap_or_default()
}

/// An entry of the outline.
struct Entry {
    level: u8,
    title: String,
    page: usize,
    /// How far below the upper edge of the page.
    top: f32,
}

/// A page that was written but for its foot.
struct Written {
    id: Ref,
    content: Ref,
    links: Vec<Ref>,
}

/// A file while it grows.
pub struct File {
    pdf: Pdf,
    next: i32,
    tree: Ref,
    pages: Vec<Written>,
    outline: Vec<Entry>,
}

impl File {
    /// An empty file.
    pub fn new() -> Self {
        Self {
            pdf: Pdf::with_settings(Settings { pretty: false }),
            next: 2,
            tree: Ref::new(1),
            pages: Vec::new(),
            outline: Vec::new(),
        }
    }

    /// Adds a full page.
    pub fn page(&mut self, mut page: Page) {
        let (id, content) = (self.new_ref(), self.new_ref());
        let links = std::mem::take(&mut page.links);
        let links = links.into_iter().map(|link| self.link(&link)).collect();
        self.stream(content, &page.finish());
        self.pages.push(Written { id, content, links });
    }

    /// Adds a line to the outline, which leads to a place of the page that is being filled.
    pub fn outline(&mut self, level: u8, title: &str, top: f32) {
        self.outline.push(Entry {
            level,
            title: title.chars().take(160).collect(),
            page: self.pages.len(),
            top,
        });
    }

    /// The bytes. The feet are made by a function of a page's number, from 0, when all pages are known.
    pub fn finish(
        mut self,
        info: &Info,
        fonts: &mut Fonts,
        foot: impl Fn(&mut Fonts, usize, usize) -> Page,
    ) -> Vec<u8> {
        let count = self.pages.len();
        let pages = std::mem::take(&mut self.pages);
        for (number, page) in pages.iter().enumerate() {
            let below = self.new_ref();
            let written = foot(fonts, number, count).finish();
            self.stream(below, &written);
            let mut object = self.pdf.page(page.id);
            object.parent(self.tree).contents_array([page.content, below]);
            if !page.links.is_empty() {
                object.annotations(page.links.iter().copied());
            }
        }
        let faces: Vec<(String, Ref)> = fonts
            .used()
            .filter(|(_, face)| !face.used.is_empty())
            .map(|(at, face)| {
                (
                    font_name(at as u8),
                    embed(&mut self.pdf, &mut self.next, at, face),
                )
            })
            .collect();
        let mut tree = self.pdf.pages(self.tree);
        tree.kids(pages.iter().map(|page| page.id)).count(count as i32);
        tree.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT));
        let mut resources = tree.resources();
        let mut names = resources.fonts();
        for (name, id) in &faces {
            names.pair(Name(name.as_bytes()), *id);
        }
        names.finish();
        resources.finish();
        tree.finish();
        let outline = self.write_outline(&pages);
        self.write_catalog(info, outline);
        self.pdf.finish()
    }

    fn new_ref(&mut self) -> Ref {
        let id = Ref::new(self.next);
        self.next += 1;
        id
    }

    fn stream(&mut self, id: Ref, bytes: &[u8]) {
        self.pdf.stream(id, &packed(bytes)).filter(Filter::FlateDecode);
    }

    fn link(&mut self, link: &Link) -> Ref {
        let id = self.new_ref();
        let [left, bottom, right, top] = link.place;
        let mut annotation = self.pdf.annotation(id);
        annotation
            .subtype(AnnotationType::Link)
            .rect(Rect::new(left, bottom, right, top))
            .border(0.0, 0.0, 0.0, None);
        annotation
            .action()
            .action_type(ActionType::Uri)
            .uri(Str(link.address.as_bytes()));
        id
    }

    /// Writes the outline, a tree by the levels of its entries.
    fn write_outline(&mut self, pages: &[Written]) -> Option<Ref> {
        if self.outline.is_empty() {
            return None;
        }
        let entries = std::mem::take(&mut self.outline);
        let root = self.new_ref();
        let ids: Vec<Ref> = entries.iter().map(|_| self.new_ref()).collect();
        let parents = parents(&entries);
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); entries.len() + 1];
        for (at, parent) in parents.iter().enumerate() {
            children[parent.map_or(entries.len(), |parent| parent)].push(at);
        }
        let tops = &children[entries.len()];
        let mut object = self.pdf.outline(root);
        object
            .first(ids[tops[0]])
            .last(ids[tops[tops.len() - 1]])
            .count(tops.len() as i32);
        object.finish();
        for family in &children {
            for (place, at) in family.iter().enumerate() {
                let entry = &entries[*at];
                let mut item = self.pdf.outline_item(ids[*at]);
                item.title(TextStr(&entry.title));
                item.parent(parents[*at].map_or(root, |parent| ids[parent]));
                if place > 0 {
                    item.prev(ids[family[place - 1]]);
                }
                if let Some(next) = family.get(place + 1) {
                    item.next(ids[*next]);
                }
                if let (Some(first), Some(last)) = (children[*at].first(), children[*at].last()) {
                    // Below 0: closed until the reader opens it.
                    item.first(ids[*first])
                        .last(ids[*last])
                        .count(-(children[*at].len() as i32));
                }
                if let Some(page) = pages.get(entry.page) {
                    item.dest().page(page.id).xyz(0.0, HEIGHT - entry.top, None);
                }
            }
        }
        Some(root)
    }

    fn write_catalog(&mut self, info: &Info, outline: Option<Ref>) {
        let (catalog_id, info_id) = (self.new_ref(), self.new_ref());
        let mut catalog = self.pdf.catalog(catalog_id);
        catalog.pages(self.tree).lang(TextStr(&info.language));
        catalog.viewer_preferences().display_doc_title(true);
        if let Some(outline) = outline {
            catalog.outlines(outline).page_mode(PageMode::UseOutlines);
        }
        catalog.finish();
        let created = Date::new(info.created.year)
            .month(info.created.month)
            .day(info.created.day)
            .hour(info.created.hour)
            .minute(info.created.minute)
            .second(info.created.second)
            .utc_offset_hour(0)
            .utc_offset_minute(0);
        let mut about = self.pdf.document_info(info_id);
        about
            .title(TextStr(&info.title))
            .creator(TextStr(&info.creator))
            .creation_date(created)
            .modified_date(created);
    }
}

/// The entry above each one: the last before it of a higher rank.
fn parents(entries: &[Entry]) -> Vec<Option<usize>> {
    let mut open: Vec<usize> = Vec::new();
    let mut parents = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        while open
            .last()
            .is_some_and(|last| entries[*last].level >= entry.level)
        {
            open.pop();
        }
        parents.push(open.last().copied());
        open.push(at);
    }
    parents
}

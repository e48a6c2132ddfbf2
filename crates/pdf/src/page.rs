//! One page while it is filled: grounds below, text above, and links. Places are in points from its upper left corner.

use pdf_writer::{Content, Name, Settings, Str, TextStr};

use crate::file::font_name;
use crate::fonts::Fonts;
use crate::inline::Ink;
use crate::lines::{Glyph, Line};

/// The size of a page: A4.
pub const WIDTH: f32 = 595.28;
/// See [`WIDTH`].
pub const HEIGHT: f32 = 841.89;

/// A link and where it is: left, bottom, right, top, from the lower left corner.
pub struct Link {
    /// The place.
    pub place: [f32; 4],
    /// The address.
    pub address: String,
}

/// What is on a page.
pub struct Page {
    under: Content,
    over: Content,
    /// The links on it.
    pub links: Vec<Link>,
}

impl Page {
    /// An empty page.
    pub fn new() -> Self {
        let content = || Content::with_settings(Settings { pretty: false });
        Self {
            under: content(),
            over: content(),
            links: Vec::new(),
        }
    }

    /// Its content.
    pub fn finish(self) -> Vec<u8> {
        let mut content = self.under.finish().into_vec();
        content.push(b'\n');
        content.extend_from_slice(&self.over.finish());
        content
    }

    /// A ground below all text.
    pub fn ground(&mut self, left: f32, top: f32, right: f32, bottom: f32, rgb: [f32; 3]) {
        ink(&mut self.under, rgb);
        self.under.rect(left, HEIGHT - bottom, right - left, bottom - top);
        self.under.fill_nonzero();
    }

    /// A line of text whose base line is here.
    pub fn text(&mut self, fonts: &mut Fonts, line: &Line, x: f32, baseline: f32, links: &[String]) {
        let y = HEIGHT - baseline;
        let mut x = x;
        let alike = |a: &Glyph, b: &Glyph| {
            a.face == b.face
                && a.look == b.look
                && (a.id == 0) == (b.id == 0)
                && (a.size - b.size).abs() < 0.01
        };
        for run in line.glyphs.chunk_by(alike) {
            let width = run.iter().map(|glyph| glyph.width + glyph.kerning).sum::<f32>();
            self.run(fonts, run, x, y);
            self.beside(run[0], x, y, width, links);
            x += width;
        }
    }

    /// Glyphs of one font, size and look.
    fn run(&mut self, fonts: &mut Fonts, run: &[Glyph], x: f32, y: f32) {
        let Some(face) = fonts.face(run[0].face) else {
            return;
        };
        let unknown = run[0].id == 0;
        if unknown {
            let text: String = run.iter().map(|glyph| glyph.char).collect();
            let mut mark = self.over.begin_marked_content_with_properties(Name(b"Span"));
            mark.properties().actual_text(TextStr(&text));
        }
        let size = run[0].size;
        self.over.begin_text();
        ink(&mut self.over, run[0].look.ink.rgb());
        self.over.set_font(Name(font_name(run[0].face).as_bytes()), size);
        self.over.next_line(x, y);
        let mut shown = self.over.show_positioned();
        let mut items = shown.items();
        let mut codes: Vec<u8> = Vec::with_capacity(2 * run.len());
        for glyph in run {
            let code = if unknown {
                0
            } else {
                face.code(glyph.char, glyph.id)
            };
            codes.extend_from_slice(&code.to_be_bytes());
            if glyph.kerning != 0.0 {
                items.show(Str(&codes));
                // Upwards is to the left, in thousandths of the size.
                items.adjust((-1000.0 * glyph.kerning / size).round());
                codes.clear();
            }
        }
        if !codes.is_empty() {
            items.show(Str(&codes));
        }
        drop(items);
        drop(shown);
        self.over.end_text();
        if unknown {
            self.over.end_marked_content();
        }
    }

    /// What belongs to a run beside its glyphs: a ground, a stroke, a link.
    fn beside(&mut self, first: Glyph, x: f32, y: f32, width: f32, links: &[String]) {
        let (size, look) = (first.size, first.look);
        if look.ground {
            ink(&mut self.under, [0.945, 0.945, 0.957]);
            self.under
                .rect(x - 1.2, y - 0.28 * size, width + 2.4, 1.28 * size);
            self.under.fill_nonzero();
        }
        if look.struck {
            ink(&mut self.over, look.ink.rgb());
            self.over.rect(x, y + 0.27 * size, width, 0.06 * size);
            self.over.fill_nonzero();
        }
        let address = look.link.and_then(|link| links.get(link as usize - 1));
        if let Some(address) = address {
            self.links.push(Link {
                place: [x, y - 0.25 * size, x + width, y + 0.85 * size],
                address: address.clone(),
            });
        }
    }

    /// A thin rule.
    pub fn rule(&mut self, left: f32, right: f32, y: f32, ink: Ink) {
        let pale = ink.rgb().map(|part| 1.0 - (1.0 - part) * 0.3);
        self.ground(left, y - 0.25, right, y + 0.25, pale);
    }
}

/// What comes has this colour.
fn ink(content: &mut Content, [red, green, blue]: [f32; 3]) {
    content.set_fill_rgb(red, green, blue);
}

//! One font: which character is which glyph, how wide it is, how pairs of glyphs stand, and what of it a document uses.
//!
//! Called by `fonts.rs`, which chooses the font of a character, and by `embed.rs`, which writes what was used into the file.

use std::collections::HashMap;

use subsetter::GlyphRemapper;
use ttf_parser::gpos::{PairAdjustment, PositioningSubtable};
use ttf_parser::{GlyphId, Tag};

/// A glyph of a font that stands for a character in the document.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    /// The number by which pages name it.
    pub code: u16,
    /// Its number in the embedded font.
    pub embedded: u16,
    /// How wide it is, in ems.
    pub width: f32,
    /// The character.
    pub char: char,
}

/// A font as a document uses it.
pub struct Face {
    /// The font's tables.
    pub ttf: ttf_parser::Face<'static>,
    /// The whole file.
    pub data: &'static [u8],
    /// Which font of the file it is.
    pub index: u32,
    /// What of it is embedded.
    pub glyphs: GlyphRemapper,
    /// What pages show of it, by rising code.
    pub used: Vec<Used>,
    codes: HashMap<(char, u16), u16>,
    pairs: Vec<PairAdjustment<'static>>,
    kerned: HashMap<(u16, u16), f32>,
}

impl Face {
    /// A font of a file, unless it cannot be read.
    pub fn new(data: &'static [u8], index: u32) -> Option<Self> {
        let ttf = ttf_parser::Face::parse(data, index).ok()?;
        let pairs = pairs(&ttf);
        Some(Self {
            ttf,
            data,
            index,
            glyphs: GlyphRemapper::new(),
            used: Vec::new(),
            codes: HashMap::new(),
            pairs,
            kerned: HashMap::new(),
        })
    }

    /// The glyph of a character.
    pub fn glyph(&self, c: char) -> Option<u16> {
        self.ttf.glyph_index(c).map(|id| id.0).filter(|id| *id != 0)
    }

    /// A length of the font in ems.
    pub fn ems(&self, units: impl Into<f32>) -> f32 {
        units.into() / f32::from(self.ttf.units_per_em().max(1))
    }

    /// How wide a glyph is, in ems.
    pub fn width(&self, glyph: u16) -> f32 {
        self.ems(self.ttf.glyph_hor_advance(GlyphId(glyph)).unwrap_or_default())
    }

    /// How much closer (below 0) or wider than their widths two glyphs stand, in ems.
    pub fn kerning(&mut self, left: u16, right: u16) -> f32 {
        if self.pairs.is_empty() {
            return 0.0;
        }
        if let Some(known) = self.kerned.get(&(left, right)) {
            return *known;
        }
        let units = self
            .pairs
            .iter()
            .find_map(|pairs| kerning(pairs, GlyphId(left), GlyphId(right)));
        let kerning = self.ems(units.unwrap_or_default());
        self.kerned.insert((left, right), kerning);
        kerning
    }

    /// Whether its outlines are PostScript's.
    pub fn is_cff(&self) -> bool {
        self.ttf.tables().cff.is_some()
    }

    /// The number by which a page names this glyph for this character. Each character has its own, so that what is copied
    /// out of the file is what was written, also where two characters look the same; fonts with PostScript outlines do not
    /// know that difference.
    pub fn code(&mut self, c: char, glyph: u16) -> u16 {
        if let Some(code) = self.codes.get(&(c, glyph)) {
            return *code;
        }
        // No page names more characters of a font than that; the rest become boxes.
        let Some(next) = self.used.last().map_or(0, |last| last.code).checked_add(1) else {
            return 0;
        };
        let embedded = self.glyphs.remap(glyph);
        let code = if self.is_cff() { embedded } else { next };
        self.codes.insert((c, glyph), code);
        if code >= next {
            let width = self.width(glyph);
            self.used.push(Used {
                code,
                embedded,
                width,
                char: c,
            });
        }
        code
    }
}

/// The tables of a font that say how pairs of glyphs stand.
fn pairs(ttf: &ttf_parser::Face<'static>) -> Vec<PairAdjustment<'static>> {
    let Some(positions) = ttf.tables().gpos else {
        return Vec::new();
    };
    let Some(feature) = positions.features.find(Tag::from_bytes(b"kern")) else {
        return Vec::new();
    };
    let lookups = feature
        .lookup_indices
        .into_iter()
        .filter_map(|index| positions.lookups.get(index));
    let subtables = lookups.flat_map(|lookup| lookup.subtables.into_iter::<PositioningSubtable<'static>>());
    subtables
        .filter_map(|subtable| match subtable {
            PositioningSubtable::Pair(pairs) => Some(pairs),
            _ => None,
        })
        .collect()
}

fn kerning(pairs: &PairAdjustment<'static>, left: GlyphId, right: GlyphId) -> Option<i16> {
    let index = pairs.coverage().get(left)?;
    let (first, _) = match pairs {
        PairAdjustment::Format1 { sets, .. } => sets.get(index)?.get(right)?,
        PairAdjustment::Format2 { classes, matrix, .. } => {
            matrix.get((classes.0.get(left), classes.1.get(right)))?
        }
    };
    Some(first.x_advance)
}

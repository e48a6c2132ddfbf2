//! Fonts in the file: of each its used glyphs, their widths, and which characters they stand for, so that text can be
//! searched and copied.

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish as _, Name, Pdf, Rect, Ref, Str};
use subsetter::subset;
use ttf_parser::{Tag, name_id};

use crate::face::Face;
use crate::file::packed;

const IDENTITY: SystemInfo<'static> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// The objects of a font.
struct Parts {
    font: Ref,
    cid: Ref,
    descriptor: Ref,
    program: Ref,
    characters: Ref,
    places: Ref,
}

/// Writes a font and gives the object that pages name. `at` is its number in the document.
pub fn embed(pdf: &mut Pdf, next: &mut i32, at: usize, face: &Face) -> Ref {
    let mut new_ref = || {
        let id = Ref::new(*next);
        *next += 1;
        id
    };
    let parts = Parts {
        font: new_ref(),
        cid: new_ref(),
        descriptor: new_ref(),
        program: new_ref(),
        characters: new_ref(),
        places: new_ref(),
    };
    let name = name(face, at);
    let name = Name(name.as_bytes());
    pdf.type0_font(parts.font)
        .base_font(name)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(parts.cid)
        .to_unicode(parts.characters);
    write_cid_font(pdf, &parts, name, face);
    let embedded = write_program(pdf, &parts, face);
    write_descriptor(pdf, &parts, name, face, embedded);
    let mut characters = UnicodeCmap::<u16>::new(Name(b"Characters"), IDENTITY);
    for used in &face.used {
        characters.pair(used.code, used.char);
    }
    let characters = packed(&characters.finish());
    pdf.cmap(parts.characters, &characters)
        .filter(Filter::FlateDecode);
    parts.font
}

fn write_cid_font(pdf: &mut Pdf, parts: &Parts, name: Name<'_>, face: &Face) {
    let mut cid = pdf.cid_font(parts.cid);
    let kind = if face.is_cff() {
        CidFontType::Type0
    } else {
        CidFontType::Type2
    };
    cid.subtype(kind)
        .base_font(name)
        .system_info(IDENTITY)
        .font_descriptor(parts.descriptor)
        .default_width(1000.0 * face.width(0));
    let widths = face.used.iter().map(|used| (1000.0 * used.width).round());
    cid.widths().consecutive(1, widths);
    if face.is_cff() {
        return;
    }
    cid.cid_to_gid_map_stream(parts.places);
    cid.finish();
    let mut places = vec![0, 0];
    for used in &face.used {
        places.extend_from_slice(&used.embedded.to_be_bytes());
    }
    pdf.stream(parts.places, &packed(&places))
        .filter(Filter::FlateDecode);
}

/// Writes the outlines. A font that cannot be cut is named only, and the reader's program takes another one for it.
fn write_program(pdf: &mut Pdf, parts: &Parts, face: &Face) -> bool {
    let Ok(cut) = subset(face.data, face.index, &face.glyphs) else {
        return false;
    };
    if !face.is_cff() {
        pdf.stream(parts.program, &packed(&cut))
            .filter(Filter::FlateDecode);
        return true;
    }
    let table = ttf_parser::RawFace::parse(&cut, 0)
        .ok()
        .and_then(|raw| raw.table(Tag::from_bytes(b"CFF ")));
    let program = packed(table.unwrap_or(&cut));
    pdf.stream(parts.program, &program)
        .filter(Filter::FlateDecode)
        .pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
    true
}

fn write_descriptor(pdf: &mut Pdf, parts: &Parts, name: Name<'_>, face: &Face, embedded: bool) {
    let ttf = &face.ttf;
    let units = |units: i16| 1000.0 * face.ems(units);
    let mut flags = FontFlags::SYMBOLIC;
    flags.set(FontFlags::FIXED_PITCH, ttf.is_monospaced());
    flags.set(FontFlags::ITALIC, ttf.is_italic());
    let bounds = ttf.global_bounding_box();
    let mut descriptor = pdf.font_descriptor(parts.descriptor);
    descriptor
        .name(name)
        .flags(flags)
        .bbox(Rect::new(
            units(bounds.x_min),
            units(bounds.y_min),
            units(bounds.x_max),
            units(bounds.y_max),
        ))
        .italic_angle(ttf.italic_angle())
        .ascent(units(ttf.ascender()))
        .descent(units(ttf.descender()))
        .cap_height(units(ttf.capital_height().unwrap_or(ttf.ascender())))
        .stem_v(if ttf.is_bold() { 140.0 } else { 80.0 });
    if embedded && face.is_cff() {
        descriptor.font_file3(parts.program);
    } else if embedded {
        descriptor.font_file2(parts.program);
    }
}

/// The name of a part of a font: six letters that tell it from other parts, and the font's own.
fn name(face: &Face, at: usize) -> String {
    let own = face
        .ttf
        .names()
        .into_iter()
        .find(|name| name.name_id == name_id::POST_SCRIPT_NAME && name.is_unicode());
    let own = own.and_then(|name| name.to_string()).unwrap_or_default();
    let own: String = own
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(60)
        .collect();
    let letter = |at: usize| char::from(b'A' + (at % 26) as u8);
    format!("STOA{}{}+{own}", letter(at / 26), letter(at))
}

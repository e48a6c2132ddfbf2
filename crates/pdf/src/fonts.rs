//! The fonts of a document: which of them shows a character, those of this crate first, then those of the system.
//!
//! Invariant: every character has a glyph; what no font knows is the box of the first one, and never an error.

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::OnceLock;

use flate2::read::GzDecoder;

use crate::face::Face;
use crate::inline::Look;
use crate::system;

/// The fonts in `fonts`, which the README there describes.
const BUILT_IN: [&[u8]; 7] = [
    include_bytes!("../fonts/inter-regular.ttf.gz"),
    include_bytes!("../fonts/inter-bold.ttf.gz"),
    include_bytes!("../fonts/inter-italic.ttf.gz"),
    include_bytes!("../fonts/inter-bold-italic.ttf.gz"),
    include_bytes!("../fonts/jetbrains-mono.ttf.gz"),
    include_bytes!("../fonts/dejavu-signs.ttf.gz"),
    include_bytes!("../fonts/noto-emoji.ttf.gz"),
];
const REGULAR: usize = 0;
const BOLD: usize = 1;
const ITALIC: usize = 2;
const BOLD_ITALIC: usize = 3;
const CODE: usize = 4;
const SIGNS: usize = 5;
const EMOJI: usize = 6;

/// Fonts that one document uses; more than it ever needs.
const FACES_MAX: usize = 64;

/// How a character is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    /// The font, a number for [`Fonts::face`].
    pub face: u8,
    /// The glyph; 0 is the box of what no font knows.
    pub glyph: u16,
    /// How wide it is, in ems.
    pub width: f32,
}

/// The fonts of one document.
pub struct Fonts {
    faces: Vec<Option<Face>>,
    /// Which of the system's fonts is at which place of `faces`, from the end of the built-in ones.
    of_system: Vec<usize>,
    shown: HashMap<(char, u8), Shown>,
}

impl Fonts {
    /// None is read yet.
    pub fn new() -> Self {
        Self {
            faces: BUILT_IN.iter().map(|_| None).collect(),
            of_system: Vec::new(),
            shown: HashMap::new(),
        }
    }

    /// How a character is shown in this look.
    pub fn show(&mut self, c: char, look: Look) -> Shown {
        let key = (
            c,
            u8::from(look.bold) | u8::from(look.italic) << 1 | u8::from(look.code) << 2,
        );
        if let Some(shown) = self.shown.get(&key) {
            return *shown;
        }
        let shown = self.find(c, look);
        self.shown.insert(key, shown);
        shown
    }

    /// A font that [`Self::show`] named.
    pub fn face(&mut self, at: u8) -> Option<&mut Face> {
        let at = usize::from(at);
        if at < BUILT_IN.len() && self.faces[at].is_none() {
            self.faces[at] = built_in(at).and_then(|data| Face::new(data, 0));
        }
        self.faces.get_mut(at)?.as_mut()
    }

    /// The fonts of which the document shows something, with their numbers.
    pub fn used(&self) -> impl Iterator<Item = (usize, &Face)> {
        let faces = self.faces.iter().enumerate();
        faces.filter_map(|(at, face)| Some((at, face.as_ref()?)))
    }

    fn find(&mut self, c: char, look: Look) -> Shown {
        let own = match (look.code, look.bold, look.italic) {
            (true, ..) => CODE,
            (false, false, false) => REGULAR,
            (false, true, false) => BOLD,
            (false, false, true) => ITALIC,
            (false, true, true) => BOLD_ITALIC,
        };
        let order = [own, REGULAR, SIGNS, EMOJI, CODE];
        if let Some(shown) = order.iter().find_map(|at| self.try_face(*at, c)) {
            return shown;
        }
        if let Some(like) = alike(c)
            && let Some(shown) = self.try_face(own, like)
        {
            return shown;
        }
        if let Some(shown) = self.try_system(c) {
            return shown;
        }
        let width = self.face(REGULAR as u8).map_or(0.6, |face| face.width(0));
        Shown {
            face: REGULAR as u8,
            glyph: 0,
            width,
        }
    }

    fn try_face(&mut self, at: usize, c: char) -> Option<Shown> {
        let face = self.face(at as u8)?;
        let glyph = face.glyph(c)?;
        Some(Shown {
            face: at as u8,
            glyph,
            width: face.width(glyph),
        })
    }

    fn try_system(&mut self, c: char) -> Option<Shown> {
        let found = system::find(c)?;
        let known = self.of_system.iter().position(|at| *at == found);
        let at = if let Some(place) = known {
            BUILT_IN.len() + place
        } else {
            if self.faces.len() == FACES_MAX {
                return None;
            }
            let (data, index) = system::load(found)?;
            self.faces.push(Some(Face::new(data, index)?));
            self.of_system.push(found);
            self.faces.len() - 1
        };
        self.try_face(at, c)
    }
}

/// A character that looks the same and is in every font.
fn alike(c: char) -> Option<char> {
    match c {
        '\u{2010}' | '\u{2011}' => Some('-'),
        c if c.is_whitespace() => Some(' '),
        _ => None,
    }
}

/// A font of this crate, unpacked when the first document needs it.
fn built_in(at: usize) -> Option<&'static [u8]> {
    static UNPACKED: [OnceLock<Vec<u8>>; BUILT_IN.len()] = [const { OnceLock::new() }; BUILT_IN.len()];
    let data = UNPACKED.get(at)?.get_or_init(|| {
        let mut data = Vec::new();
        match GzDecoder::new(BUILT_IN[at]).read_to_end(&mut data) {
            Ok(_) => data,
            Err(_) => Vec::new(),
        }
    });
    Some(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_font_can_be_read_and_shows_what_it_is_for() {
        let mut fonts = Fonts::new();
        for at in 0..BUILT_IN.len() {
            assert!(fonts.face(at as u8).is_some(), "{at}");
        }
        let code = Look {
            code: true,
            ..Look::default()
        };
        for (c, look, face) in [
            ('ß', Look::default(), REGULAR),
            ('Ω', Look::default(), REGULAR),
            ('Ж', Look::default(), REGULAR),
            ('Ж', code, CODE),
            ('└', code, CODE),
            ('⟹', Look::default(), SIGNS),
            ('✅', Look::default(), EMOJI),
        ] {
            assert_eq!(usize::from(fonts.show(c, look).face), face, "{c}");
        }
    }

    #[test]
    fn what_no_font_knows_is_a_box() {
        let shown = Fonts::new().show('\u{F_FFFD}', Look::default());
        assert_eq!((shown.face, shown.glyph), (0, 0));
        assert!(shown.width > 0.3);
    }

    #[test]
    fn letters_are_kerned() {
        let mut fonts = Fonts::new();
        let (a, v) = (fonts.show('A', Look::default()), fonts.show('V', Look::default()));
        let face = fonts.face(a.face).expect("a font");
        assert!(face.kerning(a.glyph, v.glyph) < -0.01);
    }
}

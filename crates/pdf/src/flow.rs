//! Blocks down the pages: where the next line stands, when a page is full, and what goes on beside it (bars, grounds).
//!
//! Invariant: whatever is taken is at most a page high, so a page is never turned twice for one line.

use crate::file::File;
use crate::fonts::Fonts;
use crate::inline::{Ink, Inline, Look};
use crate::lines::{Line, lines};
use crate::page::{HEIGHT, Page, WIDTH};

/// The margins at the sides.
pub const SIDE: f32 = 62.0;
const TOP: f32 = 60.0;
/// Where text ends.
const BOTTOM: f32 = HEIGHT - 68.0;
/// Where the foot stands.
const FOOT: f32 = HEIGHT - 38.0;
/// The height of a page's text.
pub const PAGE: f32 = BOTTOM - TOP;
/// What a line needs at least; deeper blocks are not moved further in.
const WIDTH_MIN: f32 = 150.0;
/// Bands within bands that are shown.
const BANDS_MAX: usize = 8;

/// How large text is and how far its lines are apart, in points.
#[derive(Debug, Clone, Copy)]
pub struct Set {
    /// The size.
    pub size: f32,
    /// From line to line.
    pub leading: f32,
}

/// Text.
pub const BODY: Set = Set {
    size: 9.8,
    leading: 14.6,
};
/// Blocks of code.
pub const CODE: Set = Set {
    size: 9.0,
    leading: 12.2,
};
/// What is beside the text, and tables.
pub const SMALL: Set = Set {
    size: 8.6,
    leading: 12.4,
};

/// What marks a block at its side or behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// A bar on the left.
    Quote,
    /// A ground.
    Panel,
}

impl Band {
    const fn padding(self) -> f32 {
        match self {
            Self::Quote => 1.0,
            Self::Panel => 7.0,
        }
    }
}

/// A band on the page, with its edges.
struct Open {
    band: Band,
    left: f32,
    right: f32,
    top: f32,
}

/// A mark before a block's first line, such as that of a list.
struct Mark {
    line: Line,
    x: f32,
}

/// The pages while they are filled.
pub struct Flow {
    /// The fonts.
    pub fonts: Fonts,
    /// Where text begins and ends.
    pub left: f32,
    /// See [`Self::left`].
    pub right: f32,
    file: File,
    page: Page,
    y: f32,
    /// The space before what comes next.
    gap: f32,
    /// A band was begun, within which nothing stands yet.
    fresh: bool,
    /// The bands around what comes; those that lie too deep are not shown.
    open: Vec<Option<Open>>,
    marks: Vec<Mark>,
    indents: Vec<f32>,
}

impl Flow {
    /// An empty first page.
    pub fn new() -> Self {
        Self {
            fonts: Fonts::new(),
            left: SIDE,
            right: WIDTH - SIDE,
            file: File::new(),
            page: Page::new(),
            y: TOP,
            gap: 0.0,
            fresh: false,
            open: Vec::new(),
            marks: Vec::new(),
            indents: Vec::new(),
        }
    }

    /// The file, with a foot on every page.
    pub fn finish(mut self, info: &crate::Info) -> Vec<u8> {
        self.file.page(std::mem::replace(&mut self.page, Page::new()));
        let title = &info.title;
        self.file.finish(info, &mut self.fonts, |fonts, number, count| {
            let mut page = Page::new();
            let look = Look::of(Ink::Muted);
            let right = WIDTH - SIDE;
            let number = first_line(fonts, &format!("{} / {count}", number + 1), look, 200.0);
            page.text(fonts, &number, right - number.width, FOOT, &[]);
            let title = first_line(fonts, title, look, right - SIDE - 80.0);
            page.text(fonts, &title, SIDE, FOOT, &[]);
            page
        })
    }

    /// How wide lines are.
    pub fn width(&self) -> f32 {
        self.right - self.left
    }

    /// Leaves at least this much before what comes next, unless that is the first within its band.
    pub fn space(&mut self, points: f32) {
        if !self.fresh {
            self.gap = self.gap.max(points);
        }
    }

    /// Whether this much fits below what is on the page.
    pub fn fits(&self, height: f32) -> bool {
        self.y + self.gap + height <= BOTTOM
    }

    /// Turns the page unless this much fits. Whether it was turned.
    pub fn need(&mut self, height: f32) -> bool {
        let turned = !self.fits(height) && self.y > TOP;
        if turned {
            self.turn();
        }
        turned
    }

    /// Takes this much of the page and gives its upper edge.
    pub fn take(&mut self, height: f32) -> f32 {
        self.need(height);
        let top = self.y + self.gap;
        self.gap = 0.0;
        self.fresh = false;
        self.y = top + height;
        top
    }

    /// The page that is filled, and the fonts.
    pub fn page(&mut self) -> (&mut Page, &mut Fonts) {
        (&mut self.page, &mut self.fonts)
    }

    fn turn(&mut self) {
        for at in 0..self.open.len() {
            self.band(at, self.y);
        }
        self.file.page(std::mem::replace(&mut self.page, Page::new()));
        self.y = TOP;
        self.gap = 0.0;
        for open in self.open.iter_mut().flatten() {
            open.top = self.y;
            self.y += open.band.padding();
        }
    }

    fn band(&mut self, at: usize, bottom: f32) {
        let Some(Some(open)) = self.open.get(at) else {
            return;
        };
        let bottom = bottom + open.band.padding();
        let (right, rgb) = match open.band {
            Band::Quote => (open.left + 2.2, [0.80, 0.80, 0.84]),
            Band::Panel => (open.right, [0.957, 0.957, 0.967]),
        };
        self.page.ground(open.left, open.top, right, bottom, rgb);
    }

    /// Moves what follows in, until [`Self::outdent`]. Very deep blocks stay where they are.
    pub fn indent(&mut self, points: f32) {
        let points = if self.width() - points < WIDTH_MIN {
            0.0
        } else {
            points
        };
        self.indents.push(points);
        self.left += points;
    }

    /// The end of [`Self::indent`].
    pub fn outdent(&mut self) {
        self.left -= self.indents.pop().unwrap_or_default();
    }

    /// Begins a band.
    pub fn open(&mut self, band: Band) {
        if self.open.len() >= BANDS_MAX {
            self.open.push(None);
            return;
        }
        self.need(2.0 * BODY.leading + band.padding());
        let top = self.take(band.padding());
        self.open.push(Some(Open {
            band,
            left: self.left,
            right: self.right,
            top,
        }));
        self.fresh = true;
        self.indent(10.0);
        if band == Band::Panel {
            self.right -= 10.0;
        }
    }

    /// Ends the band that was begun last.
    pub fn close(&mut self) {
        if let Some(at) = self.open.len().checked_sub(1)
            && self.open[at].is_some()
        {
            self.band(at, self.y);
        }
        if let Some(Some(open)) = self.open.pop() {
            self.outdent();
            self.right = open.right;
            self.gap = 0.0;
            self.fresh = false;
            self.y += open.band.padding();
        }
    }

    /// A mark that stands before the next line, to the left of where text begins.
    pub fn mark(&mut self, text: &str) {
        let line = first_line_of(&mut self.fonts, text, Look::of(Ink::Muted), BODY.size, 60.0);
        let x = (self.left - 5.0 - line.width).max(SIDE - 20.0);
        self.marks.push(Mark { line, x });
    }

    /// Puts another mark in the place of the last one.
    pub fn mark_instead(&mut self, text: &str) {
        self.marks.pop();
        self.mark(text);
    }

    /// Shows a mark that no text came after.
    pub fn end_mark(&mut self) {
        if !self.marks.is_empty() {
            self.place(&[Line::default()], BODY, &[]);
        }
    }

    /// A text over as many lines as it takes.
    pub fn text(&mut self, inline: &Inline, set: Set) {
        let mut from = Some(0);
        while let Some(at) = from {
            let width = self.width();
            let part = lines(&mut self.fonts, inline, at, set.size, width);
            self.place(&part.lines, set, &inline.links);
            from = part.next;
        }
    }

    /// Lines, of which neither the first nor the last stands alone on a page.
    fn place(&mut self, lines: &[Line], set: Set, links: &[String]) {
        for (at, line) in lines.iter().enumerate() {
            let together = match (at, lines.len() - at) {
                (0, 3) => 3,
                (0, 2..) | (_, 2) => 2,
                _ => 1,
            };
            self.need(together as f32 * set.leading);
            let top = self.take(set.leading);
            let baseline = top + baseline(set);
            for mark in self.marks.drain(..) {
                self.page.text(&mut self.fonts, &mark.line, mark.x, baseline, &[]);
            }
            self.page.text(&mut self.fonts, line, self.left, baseline, links);
        }
    }

    /// A heading: with the lines below it on one page, and in the outline.
    pub fn heading(&mut self, level: u8, title: &str, inline: &Inline, set: Set) {
        self.need(set.leading + 3.0 * BODY.leading);
        self.file.outline(level, title, self.y + self.gap);
        self.text(inline, set);
    }

    /// A rule from side to side.
    pub fn rule(&mut self) {
        let top = self.take(1.0);
        let (left, right) = (self.left, self.right);
        self.page.rule(left, right, top + 0.5, Ink::Muted);
    }
}

/// How far below the upper edge of a line its letters stand.
pub fn baseline(set: Set) -> f32 {
    set.leading / 2.0 + 0.36 * set.size
}

fn first_line(fonts: &mut Fonts, text: &str, look: Look, width: f32) -> Line {
    first_line_of(fonts, text, look, 8.0, width)
}

/// As much of a text as one line takes, with an ellipsis where it goes on.
fn first_line_of(fonts: &mut Fonts, text: &str, look: Look, size: f32, width: f32) -> Line {
    let text: String = text.chars().take(400).collect();
    let mut found = lines(fonts, &Inline::of(&text, look), 0, size, width).lines;
    if found.len() > 1 {
        let shown: String = found[0].glyphs.iter().map(|glyph| glyph.char).collect();
        let shortened = Inline::of(&format!("{shown}…"), look);
        found = lines(fonts, &shortened, 0, size, width + 20.0).lines;
    }
    found.into_iter().next().unwrap_or_default()
}

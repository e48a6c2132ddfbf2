//! Tables: columns as wide as their words, rows that wrap, a head that comes again on every page.

use pulldown_cmark::Alignment;

use crate::flow::{Flow, PAGE, SMALL, baseline};
use crate::inline::{Ink, Inline};
use crate::lines::{Line, lines, measure};

/// More columns than that are no table that a page can show: their rows become text.
const COLUMNS_MAX: usize = 14;
/// The space at the sides of a cell.
const SIDE: f32 = 5.0;
/// The space above and below it.
const PAD: f32 = 3.0;

/// A table as it was written.
#[derive(Debug, Default)]
pub struct Table {
    /// Of each column.
    pub alignments: Vec<Alignment>,
    /// The rows; the first is the head.
    pub rows: Vec<Vec<Inline>>,
}

/// A row in lines.
struct Row<'a> {
    cells: Vec<(Vec<Line>, &'a [String])>,
    height: usize,
}

/// Puts a table on the pages.
pub fn draw(flow: &mut Flow, table: &Table) {
    let columns = table.rows.iter().map(Vec::len).max().unwrap_or_default();
    if columns > COLUMNS_MAX {
        return draw_as_text(flow, table);
    }
    let widths = widths(flow, table, columns);
    flow.space(6.0);
    let head = table.rows.first().map(|row| set(flow, row, &widths));
    for (at, cells) in table.rows.iter().enumerate() {
        let row = set(flow, cells, &widths);
        let height = row.height as f32 * SMALL.leading + 2.0 * PAD;
        // A head is not the last on its page; a row stays whole unless it is very high.
        let wanted = if at == 0 {
            height + 2.0 * SMALL.leading
        } else {
            height
        };
        let whole = wanted < PAGE / 2.0;
        let turned = flow.need(if whole { wanted } else { SMALL.leading + PAD });
        if turned
            && at > 0
            && let Some(head) = &head
            && head.height < 6
        {
            draw_row(flow, table, head, &widths, true);
        }
        draw_row(flow, table, &row, &widths, at == 0);
    }
    flow.space(8.0);
}

fn draw_as_text(flow: &mut Flow, table: &Table) {
    for row in &table.rows {
        let mut text = String::new();
        for (at, cell) in row.iter().enumerate() {
            text.push_str(if at == 0 { "" } else { " | " });
            text.push_str(&cell.text);
        }
        flow.space(2.0);
        flow.text(&Inline::of(&text, crate::inline::Look::default()), SMALL);
    }
}

/// How wide the columns are: between what their longest words and their longest lines need, if there is room.
fn widths(flow: &mut Flow, table: &Table, columns: usize) -> Vec<f32> {
    let room = flow.width() - 2.0 * SIDE * columns as f32;
    let mut least = vec![8.0_f32; columns];
    let mut most = vec![8.0_f32; columns];
    for row in &table.rows {
        for (at, cell) in row.iter().enumerate() {
            let (word, line) = measure(&mut flow.fonts, cell, SMALL.size);
            // One very long word does not starve the others: it is broken.
            least[at] = least[at].max(word.min(room / 3.0) + 0.1);
            most[at] = most[at].max(line + 0.1);
        }
    }
    let least_sum: f32 = least.iter().sum();
    if least_sum >= room {
        return least
            .iter()
            .map(|width| (width * room / least_sum).max(1.0))
            .collect();
    }
    fill(&least, &most, room)
}

/// Widths of columns that fit: short ones have what they want, and what is left is shared by the others, of which none gets
/// less than its least.
fn fill(least: &[f32], most: &[f32], room: f32) -> Vec<f32> {
    let mut widths = vec![0.0; most.len()];
    let mut open: Vec<usize> = (0..most.len()).collect();
    let mut left = room;
    while !open.is_empty() {
        let share = left / open.len() as f32;
        let wanted = |at: usize| {
            if most[at] <= share {
                Some(most[at])
            } else {
                (least[at] > share).then_some(least[at])
            }
        };
        let before = open.len();
        open.retain(|at| {
            let Some(width) = wanted(*at) else {
                return true;
            };
            widths[*at] = width;
            left -= width;
            false
        });
        if open.len() == before {
            for at in &open {
                widths[*at] = share;
            }
            break;
        }
    }
    widths
}

fn set<'a>(flow: &mut Flow, row: &'a [Inline], widths: &[f32]) -> Row<'a> {
    let cells: Vec<(Vec<Line>, &[String])> = row
        .iter()
        .zip(widths)
        .map(|(cell, width)| {
            let mut all = Vec::new();
            let mut from = Some(0);
            while let Some(at) = from {
                let part = lines(&mut flow.fonts, cell, at, SMALL.size, *width);
                all.extend(part.lines);
                from = part.next;
            }
            (all, cell.links.as_slice())
        })
        .collect();
    let height = cells
        .iter()
        .map(|(lines, _)| lines.len())
        .max()
        .unwrap_or_default()
        .max(1);
    Row { cells, height }
}

/// Draws a row line by line, so that one higher than a page goes on over the next.
fn draw_row(flow: &mut Flow, table: &Table, row: &Row<'_>, widths: &[f32], head: bool) {
    let right = flow.left + widths.iter().map(|width| width + 2.0 * SIDE).sum::<f32>();
    let left = flow.left;
    for number in 0..row.height {
        let first = number == 0;
        let last = number + 1 == row.height;
        let pads = PAD * (f32::from(u8::from(first)) + f32::from(u8::from(last)));
        let top = flow.take(SMALL.leading + pads);
        let base = top + if first { PAD } else { 0.0 } + baseline(SMALL);
        let bottom = top + SMALL.leading + pads;
        let (page, fonts) = flow.page();
        if head {
            page.ground(left, top, right, bottom, [0.945, 0.945, 0.957]);
        }
        let mut x = left + SIDE;
        for (at, ((lines, links), width)) in row.cells.iter().zip(widths).enumerate() {
            if let Some(line) = lines.get(number) {
                let free = width - line.width;
                let moved = match table.alignments.get(at) {
                    Some(Alignment::Right) => free,
                    Some(Alignment::Center) => free / 2.0,
                    _ => 0.0,
                };
                page.text(fonts, line, x + moved, base, links);
            }
            x += width + 2.0 * SIDE;
        }
        if last {
            page.rule(left, right, bottom, Ink::Muted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_columns_have_what_they_want_and_long_ones_share_the_rest() {
        assert_eq!(fill(&[10.0, 10.0], &[20.0, 30.0], 100.0), [20.0, 30.0]);
        assert_eq!(
            fill(&[10.0, 10.0, 10.0], &[20.0, 300.0, 900.0], 100.0),
            [20.0, 40.0, 40.0]
        );
        assert_eq!(
            fill(&[10.0, 60.0, 10.0], &[20.0, 300.0, 900.0], 100.0),
            [20.0, 60.0, 20.0]
        );
    }
}

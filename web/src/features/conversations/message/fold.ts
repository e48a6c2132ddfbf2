/**
 * How much of a long question is shown at first. It is cut by its text, not by its height: a pasted file of megabytes must
 * not be laid out only to be hidden again.
 */
const LINES_MAX = 12;
/** About what stands in a line of the bubble. */
const LINE_CHARS = 68;
/** A little more than the limit is shown whole: a fold that hides two lines is worth nothing. */
const SPARE_LINES = 3;

/** The beginning of a text that is too long; undefined for one that is shown whole. */
export function foldOf(text: string): string | undefined {
  let lines = 0;
  let cut: number | undefined;
  for (let start = 0; start <= text.length; ) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found;
    const room = LINES_MAX - lines;
    const used = Math.max(1, Math.ceil((end - start) / LINE_CHARS));
    if (cut === undefined && used >= room) cut = Math.min(end, start + room * LINE_CHARS);
    lines += used;
    if (lines > LINES_MAX + SPARE_LINES) return trimmed(text.slice(0, cut));
    start = end + 1;
  }
  return undefined;
}

/** Not in the middle of a character that takes two places. */
function trimmed(text: string): string {
  return text.replace(/[\ud800-\udbff]$/, "").trimEnd();
}

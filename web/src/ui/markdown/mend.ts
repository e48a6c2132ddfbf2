/**
 * The end of a growing text as it will probably look: `**bold` is already bold and `[link](http` already reads as its text,
 * so that nothing jumps when the rest arrives. Called for the last block of a text that is being written, for show only.
 */
import type { Links, Token } from "marked";
import { lex } from "./lex";

export function mend(block: Token, links: Links): Token {
  if (!/^(paragraph|heading|list|blockquote|table)$/.test(block.type)) return block;
  const source = mended(block.raw);
  if (source === block.raw) return block;
  const { tokens } = lex(source, links);
  return tokens.length === 1 ? (tokens[0] as Token) : block;
}

/** Where emphasis begins anew: after a blank line, and after what begins a list's item, a heading, a quotation or a cell. */
const RUN_BEGINS = /\n[ \t]*\n|(?:^|\n)[ \t>]*(?:[-*+]|\d{1,9}[.)]|#{1,6}|>)[ \t]+|\|/g;
const MARK = /\\[\s\S]|(`+)|(\*\*|~~|\*|(?<!\w)_|_(?!\w))/g;

/** Exported for its test. */
export function mended(source: string): string {
  // A fence in a list or a quotation: what is in it is not for us.
  if (/^[ \t>]*(?:[-*+][ \t]+|\d+[.)][ \t]+)?(?:`{3}|~{3})/m.test(source)) return source;
  const start = [...source.matchAll(RUN_BEGINS)].reduce((_, match) => match.index + match[0].length, 0);
  let run = source
    .slice(start)
    .trimEnd()
    // The beginning of a list, not yet the line under a heading.
    .replace(/\n[ \t]*[-=]{1,2}$/, "")
    // A link whose text or address is still being written.
    .replace(/!?\[([^\][\n]*)$/, "$1")
    .replace(/!?\[([^\][\n]+)\]\([^)\s]*$/, "$1");
  const open: string[] = [];
  MARK.lastIndex = 0;
  for (let match = MARK.exec(run); match; match = MARK.exec(run)) {
    const [whole, ticks, mark] = match;
    const end = match.index + whole.length;
    if (ticks) {
      const close = run.slice(end).search(new RegExp(`(?<!\`)${ticks}(?!\`)`));
      if (close < 0) {
        run = end < run.length ? run + ticks : run.slice(0, match.index).trimEnd();
        break;
      }
      MARK.lastIndex = end + close + ticks.length;
    } else if (mark) {
      if (open.includes(mark) && /\S/.test(run[match.index - 1] ?? " ")) open.splice(open.lastIndexOf(mark));
      else if (end >= run.length) run = run.slice(0, match.index).trimEnd();
      else if (/\S/.test(run[end] ?? " ")) open.push(mark);
    }
  }
  const result = source.slice(0, start) + run + open.reverse().join("");
  return result === source.trimEnd() ? source : result;
}

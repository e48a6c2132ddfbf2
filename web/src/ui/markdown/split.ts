/**
 * A growing text in blocks. Called for each text that arrives; only what follows the last settled block is parsed again.
 *
 * A block is settled when nothing that can still arrive changes it: a blank line lies behind it; or, for one that blank lines
 * do not end or that ends without them, the line that follows is whole, because half a line can still turn out to belong to
 * what is before it. Invariant: the blocks are those that parsing the whole text at once gives.
 */
import type { Links, Token, Tokens } from "marked";
import { FORMULA_BEGINS } from "./formula-syntax";
import { lex } from "./lex";

/** Settled text and its blocks; kept with its source, because a definition further down may give its links an address. */
interface Segment {
  source: string;
  tokens: readonly Token[];
}

export interface Split {
  /** The text, with one kind of line end. */
  source: string;
  segments: readonly Segment[];
  /** How much of the source the segments are. */
  settled: number;
  /** Definitions in the segments. */
  settledLinks: Links;
  tail: readonly Token[];
  /** All definitions. The same object for as long as none changes. */
  links: Links;
  /** How many characters this step has parsed; for tests. */
  lexed: number;
}

const EMPTY: Split = { source: "", segments: [], settled: 0, settledLinks: {}, tail: [], links: {}, lexed: 0 };

export function split(before: Split | undefined, text: string): Split {
  const source = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  const from = before && source.startsWith(before.source) ? before : EMPTY;
  if (source === from.source) return from;
  const rest = source.slice(from.settled);
  const fresh = lex(rest, from.settledLinks);
  const changed = changedLabels(from.links, fresh.links);
  const links = changed.length > 0 ? fresh.links : from.links;

  let lexed = rest.length;
  let kept = from.segments;
  if (changed.length > 0) {
    kept = kept.map((segment) => {
      if (!mentions(segment.source, changed)) return segment;
      lexed += segment.source.length;
      return { ...segment, tokens: lex(segment.source, links).tokens };
    });
  }
  const { segments, length, count } = settle(fresh.tokens, rest);
  const found = segments.flatMap((segment) => definitions(segment.tokens));
  return {
    source,
    segments: segments.length > 0 ? [...kept, ...segments] : kept,
    settled: from.settled + length,
    settledLinks:
      found.length > 0 ? { ...Object.fromEntries(found.reverse()), ...from.settledLinks } : from.settledLinks,
    tail: fresh.tokens.slice(count),
    links,
    lexed,
  };
}

/** All blocks in their order. */
export function blocksOf({ segments, tail }: Split): Token[] {
  return [...segments.flatMap((segment) => segment.tokens), ...tail];
}

/** The first line that says something, with its end. */
const WHOLE_LINE = /\s*\S.*\n/y;

/** Cuts off what is settled: its segments, their length, and how many tokens they are. */
function settle(tokens: readonly Token[], source: string): { segments: Segment[]; length: number; count: number } {
  const segments: Segment[] = [];
  let [length, count, offset, openFormula] = [0, 0, 0, false];
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1];
    if (before && token.type !== "space") {
      WHOLE_LINE.lastIndex = offset;
      if (mayGoOn(before, tokens[index - 2]) && !WHOLE_LINE.test(source)) break;
      if (before.type === "space" || (endsByItself(before) && !openFormula)) {
        segments.push({ source: source.slice(length, offset), tokens: tokens.slice(count, index) });
        [length, count, openFormula] = [offset, index, false];
      }
    }
    // Should the parser ever leave something out, nothing behind it can be placed.
    if (!source.startsWith(token.raw, offset)) break;
    openFormula ||= token.type === "paragraph" && FORMULA_BEGINS.test(token.raw);
    offset += token.raw.length;
  }
  return { segments, length, count };
}

/** Whether half a line can still become part of what is before it. A blank line ends all but these. */
function mayGoOn(before: Token, beforeIt: Token | undefined): boolean {
  if (before.type !== "space") return true;
  return beforeIt?.type === "list" || beforeIt?.type === "code" || beforeIt?.type === "html";
}

function endsByItself({ type }: Token): boolean {
  return type === "heading" || type === "hr" || type === "code" || type === "list" || type === "def";
}

/** The definitions in some blocks, also those in lists and quotations, in their order. */
function definitions(tokens: readonly Token[]): [string, Links[string]][] {
  return tokens.flatMap((token): [string, Links[string]][] => {
    if (token.type === "def") return [[token.tag, { href: token.href, title: token.title }]];
    if (token.type === "list") return (token as Tokens.List).items.flatMap((item) => definitions(item.tokens));
    return token.type === "blockquote" ? definitions(token.tokens ?? []) : [];
  });
}

function changedLabels(before: Links, after: Links): string[] {
  const labels = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...labels].filter(
    (label) => before[label]?.href !== after[label]?.href || before[label]?.title !== after[label]?.title,
  );
}

/** Whether a text may refer to one of these labels; a text that only looks like it is parsed once more, and no worse. */
function mentions(source: string, labels: readonly string[]): boolean {
  if (!source.includes("[")) return false;
  const folded = source.replace(/\s+/g, " ").replace(/\[ /g, "[").replace(/ \]/g, "]").toLowerCase().toUpperCase();
  return labels.some((label) => folded.includes(`[${label.toUpperCase()}]`));
}

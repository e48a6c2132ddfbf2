/**
 * Where formulas are: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`. Called by the lexer; it only marks them, `formula.tsx` draws them.
 *
 * Money is no formula: an opening dollar stands at the start of a word and before no space, a closing one after no space and
 * before no digit (so `$5 and $6` is text), and a number that is followed by a word does not count as one.
 * Invariant: no formula contains a blank line.
 */
import type { TokenizerThis, Tokens } from "marked";

export interface FormulaToken extends Tokens.Generic {
  type: "formula";
  /** TeX without its delimiters. */
  text: string;
  /** On a line of its own. */
  display: boolean;
}

const LINE = String.raw`(?:[^\\\n]|\\.|\n(?![ \t]*\n))`;
const BLOCK = new RegExp(String.raw`^ {0,3}(?:\$\$((?:(?!\$\$)${LINE})+?)\$\$|\\\[(${LINE}+?)\\\])[ \t]*(?:\n+|$)`);
const INLINE = new RegExp(
  String.raw`^(?:\$\$((?:(?!\$\$)${LINE})+?)\$\$|\\\[(${LINE}+?)\\\]|\\\((${LINE}+?)\\\)|\$(?![\s$])((?:[^$\\\n\x60]|\\.|\n(?![ \t]*\n))+?)(?<!\s)\$(?![\d$]))`,
);
/** Without this, a text of nothing but opening delimiters would be read to its end from each of them. */
const INLINE_MAX_CHARS = 2_000;
const MONEY = /^\d[\d.,]*\s+\p{L}{2}/u;

/** A paragraph that begins like this may become a formula when its end arrives. */
export const FORMULA_BEGINS = /^ {0,3}(?:\$\$|\\\[)/;

export function blockFormula(this: TokenizerThis, src: string): FormulaToken | undefined {
  if (!FORMULA_BEGINS.test(src)) return;
  return token(BLOCK.exec(paragraph(src)));
}

export function inlineFormula(this: TokenizerThis, src: string, before: { raw: string }[]): FormulaToken | undefined {
  const first = src.charCodeAt(0);
  if (first !== 36 && first !== 92) return; // $ or \
  if (first === 36 && /[\w$\\]$/.test(before.at(-1)?.raw.slice(-1) ?? "")) return;
  const match = INLINE.exec(src.slice(0, INLINE_MAX_CHARS));
  if (match?.[4] && MONEY.test(match[4])) return;
  return token(match);
}

function token(match: RegExpExecArray | null): FormulaToken | undefined {
  if (!match) return;
  const [raw, dollars, brackets, parentheses, dollar] = match;
  const text = (dollars ?? brackets ?? parentheses ?? dollar ?? "").trim();
  if (!text) return;
  return { type: "formula", raw, text, display: (dollars ?? brackets) !== undefined };
}

/** What may be one formula: up to the first blank line. */
function paragraph(src: string): string {
  const end = src.search(/\n[ \t]*\n/);
  return end < 0 ? src : src.slice(0, end + 1);
}

/**
 * The parser: marked's lexer with formulas, and with limits that keep each step's work near the text it is given. Called by
 * `split.ts` and, for the tail of a growing text, by `mend.ts`.
 *
 * Invariant: which blocks a text has is decided by a block and its own lines. What would reach further is left out: a
 * definition is one line, a formula has no blank line, and HTML, which is shown as text, leaves no state behind.
 */
import { Lexer, type Links, type Token, Tokenizer, type Tokens } from "marked";
import { blockFormula, inlineFormula } from "./formula-syntax";

/** Deeper than anybody writes; beyond it a text is shown as it is, so that no input can exhaust the stack. */
const DEPTH_MAX = 24;
const QUOTED_TOO_DEEP = new RegExp(`^(?: {0,3}>){${DEPTH_MAX}}`);

class BoundedLexer extends Lexer {
  #depth = 0;
  /** Looked up once for each run of text: to look for it at each piece would be quadratic. */
  mayHaveFormulas = false;

  override blockTokens(src: string, tokens: Token[] = [], lastParagraphClipped = false): never {
    this.#depth += 1;
    try {
      if (this.#depth <= DEPTH_MAX) super.blockTokens(src, tokens, lastParagraphClipped);
      else tokens.push(plain(src));
    } finally {
      this.#depth -= 1;
      this.state.top = true;
    }
    // Overloads cannot be overridden with their own signatures; the answer is the list that was given.
    return tokens as never;
  }

  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    const outer = this.mayHaveFormulas;
    this.mayHaveFormulas = src.includes("$");
    this.#depth += 1;
    try {
      if (this.#depth <= DEPTH_MAX) return super.inlineTokens(src, tokens);
      tokens.push(plain(src));
      return tokens;
    } finally {
      this.mayHaveFormulas = outer;
      this.#depth -= 1;
    }
  }
}

class LocalTokenizer extends Tokenizer {
  /** The lexer would go through these level by level for each line that continues them. */
  override blockquote(src: string): Tokens.Blockquote | undefined {
    return QUOTED_TOO_DEEP.test(src) ? undefined : super.blockquote(src);
  }

  /** A title that goes on for lines would make text far below part of the definition. */
  override def(src: string): Tokens.Def | undefined {
    const end = src.indexOf("\n");
    return super.def(end < 0 ? src : src.slice(0, end + 1));
  }

  /** An `<a>` that nobody closes must not stop addresses in later blocks from being links. */
  override tag(src: string): Tokens.Tag | undefined {
    const { inLink, inRawBlock } = this.lexer.state;
    const token = super.tag(src);
    Object.assign(this.lexer.state, { inLink, inRawBlock });
    return token;
  }

  /** Plain text ends where a formula may begin. */
  override inlineText(src: string): Tokens.Text | undefined {
    const dollar = (this.lexer as BoundedLexer).mayHaveFormulas ? src.indexOf("$", 1) : -1;
    return super.inlineText(dollar > 0 ? src.slice(0, dollar) : src);
  }
}

export interface Lexed {
  tokens: Token[];
  /** All definitions: those given and those found. */
  links: Links;
}

export function lex(source: string, links: Links): Lexed {
  const lexer = new BoundedLexer({
    gfm: true,
    tokenizer: new LocalTokenizer(),
    extensions: { block: [blockFormula], inline: [inlineFormula], renderers: {}, childTokens: {} },
  });
  Object.assign(lexer.tokens.links, links);
  try {
    const tokens = lexer.lex(source);
    return { tokens: [...tokens], links: tokens.links };
  } catch {
    // What the parser cannot take is still an answer that somebody wants to read.
    return { tokens: [plain(source)], links };
  }
}

function plain(source: string): Token {
  return { type: "plain", raw: source, text: source };
}

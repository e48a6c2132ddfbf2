/** What stands in a line of an answer: emphasis, code, links, formulas. Called by the blocks. */
import type { Token, Tokens } from "marked";
import { Fragment, type ReactNode, use } from "react";
import { Cite, type CiteText } from "./cite";
import { Formula } from "./formula";
import type { FormulaToken } from "./formula-syntax";

export function Inline({ tokens }: { tokens: Token[] | undefined }): ReactNode {
  const cite = use(Cite);
  return tokens?.map((token, index) => <Fragment key={String(index)}>{render(token, cite)}</Fragment>);
}

function render(token: Token, cite: CiteText | undefined): ReactNode {
  const inner = () => <Inline tokens={(token as Tokens.Generic).tokens} />;
  switch (token.type) {
    case "strong":
      return <strong>{inner()}</strong>;
    case "em":
      return <em>{inner()}</em>;
    case "del":
      return <del>{inner()}</del>;
    case "codespan":
      return <code dir="ltr">{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "checkbox":
      return null;
    case "escape":
      return (token as Tokens.Escape).text;
    case "link":
      return <Link href={(token as Tokens.Link).href}>{inner()}</Link>;
    // Never loaded: an address in an answer could tell another server who reads it.
    case "image": {
      const { href, text } = token as Tokens.Image;
      return <Link href={href}>{decodeEntities(text) || href}</Link>;
    }
    case "formula":
      return <Formula token={token as FormulaToken} />;
    case "text":
      return token.tokens ? inner() : cited(decodeEntities((token as Tokens.Text).text), cite);
    // The one element that models use where Markdown has nothing: a new line in a table's cell.
    case "html":
      return /^<br\s*\/?>$/i.test(token.raw) ? <br /> : token.raw;
    default:
      return token.raw;
  }
}

function cited(text: string, cite: CiteText | undefined): ReactNode {
  return cite ? cite(text) : text;
}

function Link({ href, children }: { href: string; children: ReactNode }): ReactNode {
  const address = decodeEntities(href);
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return children;
  return (
    <a href={address} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  );
}

const ENTITIES: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  copy: "©",
  mdash: "—",
  ndash: "–",
  hellip: "…",
  times: "×",
  rarr: "→",
};

/** The lexer leaves character references to whoever writes HTML; these are the ones that models write. */
function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name) return Object.hasOwn(ENTITIES, name) ? (ENTITIES[name] as string) : whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

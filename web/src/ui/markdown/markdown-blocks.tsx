/**
 * The parsed form of an answer: marked's tokens, turned into React elements. There is no HTML string anywhere, so there is
 * nothing to sanitise: HTML in an answer is shown as text, and links go to the web or to mail only.
 *
 * A block is drawn again only when its source has changed; while text arrives that is the last one.
 */
import { lexer, type Token, type Tokens } from "marked";
import { Fragment, memo, type ReactNode, useMemo } from "react";
import { CodeBlock } from "./code-block";

export default function MarkdownBlocks({ text }: { text: string }) {
  const blocks = useMemo(() => lexer(text), [text]);
  // Blocks only ever grow at the end, so their position is their identity.
  return blocks.map((token, index) => <Block key={String(index)} source={token.raw} token={token} />);
}

const Block = memo(
  function Block({ token }: { source: string; token: Token }) {
    return renderBlock(token);
  },
  (before, after) => before.source === after.source,
);

function renderBlock(token: Token): ReactNode {
  switch (token.type) {
    case "heading": {
      // An answer stands below the page's own headings.
      const Level = `h${Math.min((token as Tokens.Heading).depth + 2, 6)}` as "h3";
      return <Level>{inline(token.tokens)}</Level>;
    }
    case "paragraph":
      return <p>{inline(token.tokens)}</p>;
    case "code":
      return <CodeBlock code={(token as Tokens.Code).text} language={(token as Tokens.Code).lang?.split(/\s/)[0]} />;
    case "blockquote":
      return <blockquote>{blocks(token.tokens)}</blockquote>;
    case "list":
      return renderList(token as Tokens.List);
    case "table":
      return renderTable(token as Tokens.Table);
    case "hr":
      return <hr />;
    case "space":
    case "def":
      return null;
    case "text":
      return token.tokens ? inline(token.tokens) : token.raw;
    default:
      return <p className="plain">{token.raw.trimEnd()}</p>;
  }
}

function renderList(list: Tokens.List): ReactNode {
  const items = list.items.map((item, index) => (
    <li key={String(index)}>
      {item.task && (
        <input type="checkbox" checked={item.checked} disabled aria-label={item.checked ? "done" : "open"} />
      )}
      {blocks(item.tokens.filter((token) => token.type !== "checkbox"))}
    </li>
  ));
  return list.ordered ? <ol start={list.start || 1}>{items}</ol> : <ul>{items}</ul>;
}

function renderTable(table: Tokens.Table): ReactNode {
  const aligned = (index: number) => table.align[index] ?? undefined;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls sideways, which must work without a mouse.
    <section className="table" tabIndex={0} aria-label="Table">
      <table>
        <thead>
          <tr>
            {table.header.map((cell, index) => (
              <th key={String(index)} align={aligned(index)}>
                {inline(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, rowIndex) => (
            <tr key={String(rowIndex)}>
              {row.map((cell, index) => (
                <td key={String(index)} align={aligned(index)}>
                  {inline(cell.tokens)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function blocks(tokens: Token[] | undefined): ReactNode {
  return tokens?.map((token, index) => <Fragment key={String(index)}>{renderBlock(token)}</Fragment>);
}

function inline(tokens: Token[] | undefined): ReactNode {
  return tokens?.map((token, index) => <Fragment key={String(index)}>{renderInline(token)}</Fragment>);
}

function renderInline(token: Token): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong>{inline(token.tokens)}</strong>;
    case "em":
      return <em>{inline(token.tokens)}</em>;
    case "del":
      return <del>{inline(token.tokens)}</del>;
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "escape":
      return (token as Tokens.Escape).text;
    case "link":
      return renderLink(token as Tokens.Link);
    // Never loaded: an address in an answer could tell another server who reads it.
    case "image":
      return (token as Tokens.Image).text || (token as Tokens.Image).href;
    case "text":
      return token.tokens ? inline(token.tokens) : decodeEntities((token as Tokens.Text).text);
    default:
      return token.raw;
  }
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

/** The lexer leaves character references to whoever writes HTML; these are the ones that models write. */
function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name) return ENTITIES[name] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function renderLink({ href, tokens }: Tokens.Link): ReactNode {
  if (!/^(https?:|mailto:)/i.test(href)) return inline(tokens);
  return (
    <a href={href} target="_blank" rel="noreferrer noopener">
      {inline(tokens)}
    </a>
  );
}

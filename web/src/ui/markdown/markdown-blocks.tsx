/**
 * The parsed form of an answer: marked's tokens, turned into React elements. There is no HTML string anywhere, so there is
 * nothing to sanitise: HTML in an answer is shown as text, and links go to the web or to mail only.
 *
 * While text arrives only its last block is parsed (`split.ts`) and only what has changed is drawn. Invariant: a block with
 * the same source and the same definitions looks the same, so these decide whether it is drawn again.
 */
import type { Links, Token, Tokens } from "marked";
import { Fragment, memo, useEffect, useMemo, useRef } from "react";
import { useTexts } from "../../i18n/use-texts";
import { CodeBlock, Growing } from "./code-block";
import { Inline } from "./inline";
import { mend } from "./mend";
import { blocksOf, type Split, split } from "./split";
import { texts } from "./texts";

export default function MarkdownBlocks({ text, growing = false }: { text: string; growing?: boolean }) {
  // What was shown last, not what was drawn last: React may draw a text and then throw the result away.
  const shown = useRef<Split>(undefined);
  const state = useMemo(() => split(shown.current, text), [text]);
  useEffect(() => {
    shown.current = state;
  }, [state]);
  const tokens = blocksOf(state);
  const last = tokens.at(-1);
  if (growing && last) tokens[tokens.length - 1] = mend(last, state.links);
  return (
    <Growing value={growing}>
      <Blocks tokens={tokens} links={state.links} />
    </Growing>
  );
}

/** Blocks only ever grow at the end, so their position is their identity. */
function Blocks({ tokens, links }: { tokens: readonly Token[]; links: Links }) {
  return tokens.map((token, index) =>
    token.type === "space" || token.type === "def" || token.type === "checkbox" ? null : (
      <Block key={String(index)} token={token} links={links} />
    ),
  );
}

interface BlockProps {
  token: Token;
  links: Links;
}

/** Exported for its test. */
export function looksTheSame(before: BlockProps, after: BlockProps): boolean {
  const [a, b] = [before.token as Tokens.Generic, after.token as Tokens.Generic];
  return a === b || (before.links === after.links && a.type === b.type && a.raw === b.raw && a.loose === b.loose);
}

const Block = memo(function Block({ token, links }: BlockProps) {
  switch (token.type) {
    case "heading": {
      // An answer stands below the page's own headings.
      const Level = `h${Math.min((token as Tokens.Heading).depth + 2, 6)}` as "h3";
      return (
        <Level dir="auto">
          <Inline tokens={token.tokens} />
        </Level>
      );
    }
    case "paragraph":
      return (
        <p dir="auto">
          <Inline tokens={token.tokens} />
        </p>
      );
    case "code":
      return <CodeBlock token={token as Tokens.Code} />;
    case "blockquote":
      return (
        <blockquote dir="auto">
          <Blocks tokens={token.tokens ?? []} links={links} />
        </blockquote>
      );
    case "list":
      return <List list={token as Tokens.List} links={links} />;
    case "list_item":
      return <Item item={token as Tokens.ListItem} links={links} />;
    case "table":
      return <Table table={token as Tokens.Table} />;
    case "hr":
      return <hr />;
    case "text":
      return token.tokens ? <Inline tokens={token.tokens} /> : token.raw;
    case "formula":
      return (
        <p>
          <Inline tokens={[token]} />
        </p>
      );
    default:
      return (
        <p className="plain" dir="auto">
          {token.raw.trimEnd()}
        </p>
      );
  }
}, looksTheSame);

function List({ list, links }: { list: Tokens.List; links: Links }) {
  const items = <Blocks tokens={list.items} links={links} />;
  return list.ordered ? (
    <ol start={list.start === "" ? undefined : list.start} dir="auto">
      {items}
    </ol>
  ) : (
    <ul dir="auto">{items}</ul>
  );
}

function Item({ item, links }: { item: Tokens.ListItem; links: Links }) {
  const t = useTexts(texts);
  if (!item.task) {
    return (
      <li>
        <Blocks tokens={item.tokens} links={links} />
      </li>
    );
  }
  return (
    <li className="task">
      <input type="checkbox" checked={item.checked} disabled aria-label={item.checked ? t.done : t.open} />
      <div>
        <Blocks tokens={item.tokens} links={links} />
      </div>
    </li>
  );
}

function Table({ table }: { table: Tokens.Table }) {
  const t = useTexts(texts);
  const cells = (row: Tokens.TableCell[], Cell: "th" | "td") => (
    <tr>
      {row.map((cell, index) => (
        <Cell key={String(index)} className={cell.align ? `align-${cell.align}` : undefined} dir="auto">
          <Inline tokens={cell.tokens} />
        </Cell>
      ))}
    </tr>
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls sideways, which must work without a mouse.
    <section className="table" tabIndex={0} aria-label={t.table}>
      <table>
        <thead>{cells(table.header, "th")}</thead>
        <tbody>
          {table.rows.map((row, index) => (
            <Fragment key={String(index)}>{cells(row, "td")}</Fragment>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A block of code with its language and a copy button; in colours when it is complete and the worker has answered. */
import type { Tokens } from "marked";
import { createContext, use, useEffect, useReducer } from "react";
import { useTexts } from "../../i18n/use-texts";
import { CopyButton } from "../copy-button";
import type { Span } from "./spans";
import { texts } from "./texts";

/** Whether the text that a block belongs to is still being written. */
export const Growing = createContext(false);

/** Above this the colours are not worth the elements they take. */
const COLOURED_MAX_CHARS = 100_000;

export function CodeBlock({ token }: { token: Tokens.Code }) {
  const t = useTexts(texts);
  const growing = use(Growing);
  const code = token.text;
  const language = token.lang?.match(/^[^\s{,:]+/)?.[0] ?? "";
  const spans = useSpans(code, language.toLowerCase(), !growing || isClosed(token.raw));
  return (
    <figure className="code" dir="ltr">
      <figcaption>
        <span>{language || t.plainText}</span>
        <CopyButton text={code} label={t.copyCode} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll sideways, which must work without a mouse. */}
      <pre tabIndex={0}>
        <code>
          {spans
            ? spans.map(([kind, text], index) =>
                kind ? (
                  <span key={String(index)} className={`code-${kind}`}>
                    {text}
                  </span>
                ) : (
                  text
                ),
              )
            : code}
        </code>
      </pre>
    </figure>
  );
}

/** Whether a fence has its end, or needs none. Exported for its test. */
export function isClosed(raw: string): boolean {
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(raw)?.[1];
  if (!fence) return true;
  const lines = raw.trimEnd().split("\n");
  const end = lines.at(-1)?.trim() ?? "";
  return lines.length > 1 && end.startsWith(fence) && end === (fence[0] ?? "").repeat(end.length);
}

/** What the worker has answered; a block that scrolls back into view is not plain for a moment. */
const answered = new Map<string, Span[]>();
const ANSWERED_MAX = 100;

function useSpans(code: string, language: string, complete: boolean): Span[] | undefined {
  const key = `${language}\n${code}`;
  const known = complete ? answered.get(key) : undefined;
  const [, drawAgain] = useReducer((count: number) => count + 1, 0);
  const wanted = complete && !known && language !== "" && code.length <= COLOURED_MAX_CHARS;
  useEffect(() => {
    if (!wanted) return;
    let shown = true;
    import("./highlight")
      .then(({ highlight }) => highlight(code, language))
      .then((spans) => {
        if (!spans) return;
        const oldest = answered.size >= ANSWERED_MAX ? answered.keys().next().value : undefined;
        if (oldest !== undefined) answered.delete(oldest);
        answered.set(key, spans);
        if (shown) drawAgain();
      })
      // Colours are a courtesy: without them the code is still there.
      .catch(() => undefined);
    return () => {
      shown = false;
    };
  }, [wanted, code, language, key]);
  return known;
}

/**
 * Markdown as React elements. The parser is loaded with the first answer; until it is there the text is shown as it is.
 */
import { lazy, Suspense } from "react";

const Blocks = lazy(() => import("./markdown-blocks"));

/** `growing` puts a mark at the end of a text that is still being written. */
export function Markdown({ text, growing = false }: { text: string; growing?: boolean }) {
  return (
    <div className="prose" data-growing={growing || undefined}>
      <Suspense fallback={<p className="plain">{text}</p>}>
        <Blocks text={text} growing={growing} />
      </Suspense>
    </div>
  );
}

/**
 * Markdown as React elements. The parser is loaded beside the first messages (`preloadMarkdown`); until it is there the text
 * is shown as it is.
 */
import { lazy, Suspense } from "react";

const load = () => import("./markdown-blocks");
const Blocks = lazy(load);

/** Begins to load the parser, so that messages which are being read are drawn once, and as Markdown. */
export function preloadMarkdown(): void {
  // When it fails the first answer asks again, and says so.
  load().catch(() => {});
}

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

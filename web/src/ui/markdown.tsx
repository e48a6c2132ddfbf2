/**
 * Markdown as React elements. The parser is loaded with the first answer; until it is there the text is shown as it is.
 */
import { lazy, Suspense } from "react";

const Blocks = lazy(() => import("./markdown-blocks"));

export function Markdown({ text }: { text: string }) {
  return (
    <div className="prose">
      <Suspense fallback={<p className="plain">{text}</p>}>
        <Blocks text={text} />
      </Suspense>
    </div>
  );
}

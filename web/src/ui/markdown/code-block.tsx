/** A block of code with its language and a copy button. */
import { CopyButton } from "../copy-button";

export function CodeBlock({ code, language }: { code: string; language: string | undefined }) {
  return (
    <figure className="code">
      <figcaption>
        <span>{language || "text"}</span>
        <CopyButton text={code} label="Copy code" />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll sideways, which must work without a mouse. */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
    </figure>
  );
}

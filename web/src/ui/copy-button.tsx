/** Copies a text and says so for a moment. */
import { useEffect, useState } from "react";
import { Icon } from "./icon";

const SHOWN_MS = 1_500;

export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [result, setResult] = useState<"Copied" | "Not copied">();
  useEffect(() => {
    if (!result) return;
    const timer = setTimeout(() => setResult(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [result]);
  const copy = () => {
    // Browsers have no clipboard for pages from plain http on another host.
    const written = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"));
    written.then(
      () => setResult("Copied"),
      () => setResult("Not copied"),
    );
  };
  return (
    <button type="button" className="button quiet" onClick={copy}>
      <Icon name={result === "Copied" ? "check" : "copy"} />
      <span aria-live="polite">{result ?? label}</span>
    </button>
  );
}

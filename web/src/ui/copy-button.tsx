/** Copies a text and says so for a moment. */
import { useEffect, useState } from "react";
import { useTexts } from "../i18n/use-texts";
import { Icon } from "./icon";
import { texts } from "./texts";

const SHOWN_MS = 1_500;

interface CopyButtonProps {
  /** What to copy; a function when making it is worth putting off. */
  text: string | (() => string);
  label?: string;
  /** Only the icon is seen; the label is its name. */
  bare?: boolean;
}

export function CopyButton({ text, label, bare = false }: CopyButtonProps) {
  const t = useTexts(texts);
  const [result, setResult] = useState<"copied" | "notCopied">();
  useEffect(() => {
    if (!result) return;
    const timer = setTimeout(() => setResult(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [result]);
  const copy = () =>
    copyText(typeof text === "string" ? text : text()).then(
      () => setResult("copied"),
      () => setResult("notCopied"),
    );
  const name = label ?? t.copy;
  return (
    <button
      type="button"
      className={bare ? "button quiet icon-only" : "button quiet"}
      title={bare ? name : undefined}
      onClick={() => void copy()}
    >
      <Icon name={result === "copied" ? "check" : result === "notCopied" ? "close" : "copy"} />
      <span className={bare ? "sr-only" : undefined} aria-live="polite">
        {result ? t[result] : name}
      </span>
    </button>
  );
}

/** Rejects where the browser has no clipboard: for pages from plain http on another host. */
export function copyText(text: string): Promise<void> {
  return navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"));
}

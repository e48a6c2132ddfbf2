/**
 * The text in the composer, kept per conversation in the browser until the server has taken it.
 *
 * A sent text leaves the box at once but stays stored; only when the server has accepted it `forgetDraft` is called. So neither a
 * failed request nor a reload in the wrong moment loses what somebody typed.
 */
import { useState } from "react";
import { keepText, readText } from "../../../ui/storage";

const nameOf = (conversation: string | undefined) => `draft:${conversation ?? "new"}`;

export function useDraft(conversation: string | undefined) {
  const name = nameOf(conversation);
  const [text, setText] = useState(() => readText(name));
  return {
    text,
    change(next: string) {
      setText(next);
      keepText(name, next);
    },
    /** The text is on its way: the box is empty, the store is not. */
    leave() {
      setText("");
    },
    /** It did not arrive. What was typed in the meantime comes after it; nothing is dropped. */
    restore(content: string) {
      setText((typed) => {
        const next = typed ? `${content}\n${typed}` : content;
        keepText(name, next);
        return next;
      });
    },
  };
}

/** The text has arrived. What was typed since then is another draft and stays. */
export function forgetDraft(conversation: string | undefined, content: string): void {
  if (readText(nameOf(conversation)).trim() === content) keepText(nameOf(conversation), "");
}

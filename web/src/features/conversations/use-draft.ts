/**
 * The text in the composer, kept per conversation in the browser until the server has taken it.
 *
 * A sent text leaves the box at once but stays stored; only when the server has accepted it `sent` forgets it. So neither a
 * failed request nor a reload in the wrong moment loses what somebody typed.
 */
import { useState } from "react";
import { keepText, readText } from "../../ui/storage";

export function useDraft(conversation: string | undefined) {
  const key = `draft:${conversation ?? "new"}`;
  const [text, setText] = useState(() => readText(key));
  return {
    text,
    change(next: string) {
      setText(next);
      keepText(key, next);
    },
    /** The text is on its way: the box is empty, the store is not. */
    leave() {
      setText("");
    },
    /** It did not arrive. What was typed in the meantime wins over what comes back, but nothing is dropped. */
    restore(content: string) {
      setText((typed) => {
        const next = typed ? `${content}\n${typed}` : content;
        keepText(key, next);
        return next;
      });
    },
    /** It has arrived. */
    sent() {
      setText((typed) => {
        keepText(key, typed);
        return typed;
      });
    },
  };
}

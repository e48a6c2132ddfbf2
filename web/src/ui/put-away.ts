/**
 * Deleting with a way back: what is put away is gone from the page at once; it is really deleted when the toast that offers
 * the way back has gone, also when the page is left before.
 */
import { useSyncExternalStore } from "react";
import { explain } from "../api/problem";
import { showToast } from "./toast";

let hidden: ReadonlySet<string> = new Set();
const listeners = new Set<() => void>();

function setHidden(next: ReadonlySet<string>): void {
  hidden = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** The ids that are not to be shown: put away here, perhaps still to come back. */
export function usePutAway(): ReadonlySet<string> {
  return useSyncExternalStore(subscribe, () => hidden);
}

interface PutAway {
  ids: readonly string[];
  /** What the toast says, and the word of its way back. */
  text: string;
  undo: string;
  /** Really deletes them. */
  onGone: () => Promise<unknown>;
}

export function putAway({ ids, text, undo, onGone }: PutAway): void {
  const show = () => setHidden(new Set([...hidden].filter((id) => !ids.includes(id))));
  setHidden(new Set([...hidden, ...ids]));
  showToast({
    text,
    action: { label: undo, run: show },
    onGone: () =>
      void onGone()
        .catch((error: unknown) => showToast({ text: explain(error), tone: "danger" }))
        .finally(show),
  });
}

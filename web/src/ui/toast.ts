/**
 * Short words at the edge of the page: what was done, with a way back. One store, shown by `ui/toasts.tsx` in the shell.
 *
 * A toast with an action stays while the pointer or the focus is on it. When it goes without the action, `onGone` is called:
 * a deletion that could be undone is carried out then (also when the page is left).
 */
export interface Toast {
  id: number;
  text: string;
  tone?: "plain" | "danger";
  action?: { label: string; run: () => void };
  onGone?: () => void;
  /** Milliseconds for which it is shown. */
  shownMs: number;
}

const PLAIN_MS = 4_000;
const WITH_ACTION_MS = 7_000;

let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

export function showToast(toast: Omit<Toast, "id" | "shownMs"> & { shownMs?: number }): () => void {
  last += 1;
  const id = last;
  publish([...toasts, { shownMs: toast.action ? WITH_ACTION_MS : PLAIN_MS, ...toast, id }]);
  return () => endToast(id);
}

/** Takes it away; `acted` when its action was used. */
export function endToast(id: number, acted = false): void {
  const toast = toasts.find((each) => each.id === id);
  if (!toast) return;
  publish(toasts.filter((each) => each.id !== id));
  if (acted) toast.action?.run();
  else toast.onGone?.();
}

export function currentToasts(): readonly Toast[] {
  return toasts;
}

export function subscribeToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

function publish(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

// Leaving the page is no way to keep what was deleted.
globalThis.addEventListener?.("pagehide", () => {
  for (const toast of toasts) endToast(toast.id);
});

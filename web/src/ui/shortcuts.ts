/**
 * Keyboard shortcuts: a component says which keys do what while it is on the page (`useShortcut`); one listener on the document
 * finds the one that is meant; the help sheet shows those that are there.
 *
 * Keys are written `mod+k`, `shift+?`, `mod+shift+o`, `j`; `mod` is Command on a Mac and Control elsewhere. A key without `mod`
 * does nothing while somebody is typing.
 */
import { useEffect, useRef } from "react";

export interface Shortcut {
  keys: string;
  /** What it does, for the help sheet. */
  label: string;
  run: () => void;
}

const mac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);
const active = new Set<{ current: Shortcut }>();

/** In force while the component is shown; the one that came last wins when two have the same keys. */
export function useShortcut(keys: string, label: string, run: () => void): void {
  const entry = useRef<Shortcut>({ keys, label, run });
  useEffect(() => {
    entry.current = { keys, label, run };
  });
  useEffect(() => {
    active.add(entry);
    return () => {
      active.delete(entry);
    };
  }, []);
}

/** Those that do something on this page, in the order in which they came. */
export function activeShortcuts(): Shortcut[] {
  return [...active].map((entry) => entry.current);
}

/** How the keys are written on this machine: `⌘K`, `Ctrl+K`. */
export function keyName(keys: string): string {
  const parts = keys.split("+").map((part) => {
    if (part === "mod") return mac ? "⌘" : "Ctrl";
    if (part === "shift") return mac ? "⇧" : "Shift";
    if (part === "enter") return "↵";
    if (part === "escape") return "Esc";
    return part.length === 1 ? part.toUpperCase() : part;
  });
  return parts.join(mac ? "" : "+");
}

/** Whether an event is these keys. */
export function matches(event: KeyboardEvent, keys: string): boolean {
  const parts = keys.split("+");
  const key = parts.at(-1) ?? "";
  const mod = mac ? event.metaKey : event.ctrlKey;
  const other = mac ? event.ctrlKey : event.metaKey;
  // A sign that needs Shift on some keyboards and not on others is known by itself.
  const shifted = /^[a-z]$|^.{2,}$/.test(key) ? event.shiftKey === parts.includes("shift") : true;
  return mod === parts.includes("mod") && !other && !event.altKey && shifted && event.key.toLowerCase() === key;
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
  const found = [...active]
    .map((entry) => entry.current)
    .findLast(({ keys }) => matches(event, keys) && (!typing || keys.includes("mod") || keys === "escape"));
  if (!found) return;
  event.preventDefault();
  found.run();
}

globalThis.document?.addEventListener("keydown", onKeyDown);

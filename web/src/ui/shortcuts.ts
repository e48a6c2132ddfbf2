/**
 * Keyboard shortcuts: a component says which keys do what while it is on the page (`useShortcut`); one listener on the document
 * finds the one that is meant; the help sheet shows those that are there, and the palette offers them as commands.
 *
 * Keys are written `mod+k`, `shift+?`, `mod+shift+o`, `j`; `mod` is Command on a Mac and Control elsewhere. A key without `mod`
 * does nothing while somebody is typing, and nothing of the page happens behind an open dialog.
 */
import { useEffect, useRef } from "react";
import { texts } from "./texts";

interface Options {
  /** Under which heading the help sheet shows it; without one it is of the whole page. */
  group?: string;
  /** Also while a dialog is open. */
  overDialogs?: boolean;
}

export interface Shortcut extends Options {
  keys: string;
  /** What it does, for the help sheet. */
  label: string;
  /** Absent when the control that has the focus sees to it itself. */
  run?: () => void;
}

export type KeyEvent = Pick<KeyboardEvent, "key" | "code" | "metaKey" | "ctrlKey" | "altKey" | "shiftKey"> & {
  getModifierState(name: string): boolean;
};

const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);
const active = new Set<{ current: Shortcut }>();

/** In force while the component is shown; the one that came last wins when two have the same keys. */
export function useShortcut(keys: string, label: string, run: (() => void) | undefined, options: Options = {}): void {
  const entry = useRef<Shortcut>({ keys, label, run, ...options });
  useEffect(() => {
    entry.current = { keys, label, run, ...options };
  });
  useEffect(() => {
    active.add(entry);
    return () => {
      active.delete(entry);
    };
  }, []);
}

/** Tells the help sheet of keys to which a control listens itself while it has the focus. */
export function useShortcutNote(keys: string, label: string, group: string): void {
  useShortcut(keys, label, undefined, { group });
}

/** Those that do something on this page, in the order in which they came; of several with the same keys the one in force. */
export function activeShortcuts(): Shortcut[] {
  const found = new Map<string, Shortcut>();
  for (const { current } of active) found.set(`${current.run ? "" : current.group} ${current.keys}`, current);
  return [...found.values()];
}

/** Does what the keys would do: for a menu that offers the same. */
export function runShortcut(keys: string): void {
  activeShortcuts()
    .find((each) => each.keys === keys && each.run)
    ?.run?.();
}

const SIGNS: Record<string, string> = {
  arrowup: "↑",
  arrowdown: "↓",
  arrowleft: "←",
  arrowright: "→",
  enter: "↵",
  escape: "Esc",
};

/** How the keys are written on this machine: `⌘K`, `Ctrl+K`, `Strg+K`. */
export function keyName(keys: string, mac = isMac): string {
  return keyNames(keys, mac).join(mac ? "" : "+");
}

/** The same, key by key. */
export function keyNames(keys: string, mac = isMac): string[] {
  const t = texts.now().keys;
  const parts = partsOf(keys);
  // Whether a sign that is typed alone needs Shift is the keyboard's business.
  if (parts.length === 2 && parts[0] === "shift" && isSign(parts[1])) parts.shift();
  // A Mac writes Shift before Command.
  if (mac && parts[0] === "mod" && parts[1] === "shift") parts.splice(0, 2, "shift", "mod");
  return parts.map((part) => {
    if (part === "mod") return mac ? "⌘" : t.ctrl;
    if (part === "shift") return mac ? "⇧" : t.shift;
    if (part === "delete") return mac ? "⌫" : t.delete;
    return SIGNS[part] ?? (/^(.|f\d+)$/u.test(part) ? part.toUpperCase() : part);
  });
}

/** Whether an event is these keys. */
export function matches(event: KeyEvent, keys: string, mac = isMac): boolean {
  const parts = partsOf(keys);
  const key = parts.at(-1) ?? "";
  const wantsMod = parts.includes("mod");
  const wantsShift = parts.includes("shift");
  const sign = isSign(key);
  // Where a sign is on the third level (AltGr, on Windows seen as Control with Alt), the sign alone counts; a shortcut with
  // `mod` never does: there those keys type something.
  const third = event.getModifierState("AltGraph") || (!mac && event.ctrlKey && event.altKey);
  if (third) return sign && !wantsMod && event.key === key;
  if (event.altKey && !(mac && sign && !wantsMod)) return false;
  const [mod, other] = mac ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  if (mod !== wantsMod || other) return false;
  // Typed alone, a sign that needs Shift on some keyboards and not on others is known by itself.
  if (sign && !wantsMod) return event.key === key;
  return event.shiftKey === wantsShift && (event.key.toLowerCase() === key || (wantsMod && onKey(event) === key));
}

/** What is on the key in the Latin layout: `mod+k` is the same key for who writes Greek, and `mod+shift+;` types a colon. */
function onKey({ code, key }: KeyEvent): string | undefined {
  if (code.startsWith("Key")) return /^[a-z]$/i.test(key) ? undefined : code.slice(3).toLowerCase();
  if (code.startsWith("Digit")) return code.slice(5);
  return PLACES[code];
}

const PLACES: Record<string, string> = {
  Semicolon: ";",
  Comma: ",",
  Period: ".",
  Slash: "/",
  Backslash: "\\",
  BracketLeft: "[",
  BracketRight: "]",
};

function isSign(key = ""): boolean {
  return /^[^a-z]$/.test(key);
}

function partsOf(keys: string): string[] {
  return keys.split("+");
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const place = event.target instanceof Element ? event.target : undefined;
  const typing = place?.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const inDialog = place?.closest('[role="dialog"], [role="alertdialog"]');
  const found = [...active]
    .map((entry) => entry.current)
    .findLast(
      ({ keys, run, overDialogs }) =>
        run &&
        (!inDialog || overDialogs) &&
        (!typing || keys.includes("mod") || keys === "escape") &&
        matches(event, keys),
    );
  if (!found) return;
  event.preventDefault();
  // Held down, the keys do it once; the browser still must not do its own thing with them.
  if (!event.repeat || !found.keys.includes("mod")) found.run?.();
}

globalThis.document?.addEventListener("keydown", onKeyDown);

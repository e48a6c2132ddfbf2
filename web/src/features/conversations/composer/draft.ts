/**
 * The text in a composer, one store per conversation (and one per workspace for a conversation that does not exist yet).
 *
 * It lives outside React: typing renders neither the thread nor the page, and a text that is on its way to the server outlasts
 * the composer it was written in. It is kept in the browser until the server has taken it.
 *
 * Invariant: what is stored is what was sent and not yet accepted, followed by what has been typed since. So neither a failed
 * request nor a reload in the wrong moment loses what somebody wrote.
 */
import { keepText, readText } from "../../../ui/storage";

/** What the server takes, in characters as people count them. */
export const CHARS_MAX = 400_000;
/** From here on the number of characters is shown. */
const CHARS_NEAR = CHARS_MAX * 0.9;
/** Storing a long text at each key would be felt. */
const STORE_AFTER_MS = 400;

type Listener = (by: "keyboard" | "program") => void;

export type Fill = "blank" | "some" | "near" | "over";

export interface Draft {
  /** What is in the box now. */
  read(): string;
  /** How long that is, in characters. */
  chars(): number;
  /** How full it is: the only thing about the text that buttons depend on. */
  fill(): Fill;
  /** The box says what was typed. */
  type(text: string): void;
  /** Somebody else than the keyboard writes into the box. */
  put(text: string): void;
  /** The text leaves for the server: the box is empty, the store is not. Gives what to send. */
  leave(): string;
  /** The server has it. What was typed since goes along to the conversation that it began, if it did. */
  taken(next?: Draft): void;
  /** It did not arrive. What was typed in the meantime comes after it; nothing is dropped. */
  restore(): void;
  /** Stores what is not stored yet. */
  flush(): void;
  subscribe(listener: Listener): () => void;
}

/** Those that somebody watches or waits for. The others are only in the browser's storage. */
const live = new Map<string, Draft>();

export function draftOf(workspace: string, conversation: string | undefined): Draft {
  const name = conversation ? `draft:${conversation}` : `draft:new:${workspace}`;
  return live.get(name) ?? openDraft(name);
}

function openDraft(name: string): Draft {
  let text = readText(name);
  let count = charsOf(text);
  let onItsWay = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<Listener>();

  const store = () => {
    clearTimeout(timer);
    timer = undefined;
    keepText(name, joined(onItsWay, text));
  };
  const change = (next: string, by: "keyboard" | "program") => {
    text = next;
    // Once for each change, not for each of those who ask.
    count = charsOf(next);
    for (const listener of listeners) listener(by);
  };
  const settle = () => {
    onItsWay = "";
    store();
    if (listeners.size === 0) live.delete(name);
  };

  const draft: Draft = {
    read: () => text,
    chars: () => count,
    fill: () => fillOf(text, count),
    type(next) {
      change(next, "keyboard");
      timer ??= setTimeout(store, STORE_AFTER_MS);
    },
    put(next) {
      change(next, "program");
      store();
    },
    leave() {
      onItsWay = text.trim();
      live.set(name, draft);
      change("", "program");
      store();
      return onItsWay;
    },
    taken(next) {
      if (next && next !== draft && text) {
        next.put(joined(text, next.read()));
        change("", "program");
      }
      settle();
    },
    restore() {
      if (onItsWay) change(joined(onItsWay, text), "program");
      settle();
    },
    flush() {
      if (timer) store();
    },
    subscribe(listener) {
      listeners.add(listener);
      live.set(name, draft);
      return () => {
        listeners.delete(listener);
        draft.flush();
        if (listeners.size === 0 && !onItsWay) live.delete(name);
      };
    },
  };
  return draft;
}

function joined(first: string, second: string): string {
  return first && second ? `${first}\n${second}` : first || second;
}

export function fillOf(text: string, chars: number): Fill {
  if (chars >= CHARS_NEAR) return chars > CHARS_MAX ? "over" : "near";
  return /\S/.test(text) ? "some" : "blank";
}

/** Characters, not the units that JavaScript counts: the server counts characters too. Far from the limit it is all the same. */
export function charsOf(text: string): number {
  let count = text.length;
  if (count < CHARS_NEAR) return count;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= 0xd8_00 && unit < 0xdc_00) count -= 1;
  }
  return count;
}

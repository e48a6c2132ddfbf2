/** How long things are kept, as an administrator types it. Pure. */
import type { Retention } from "../../api/types";
import { readLimit } from "./count";

export const KEPT = ["conversation_days", "usage_days", "audit_days"] as const;
export type Kept = (typeof KEPT)[number];

/** What the server takes at most: a hundred years. */
export const DAYS_MAX = 36_500;

type Typed = Record<Kept, string>;
/** Null is for ever; undefined is not to be understood. */
type Read = Record<Kept, number | null | undefined>;

export function typedRetention(now: Retention): Typed {
  return each((name) => (now[name] == null ? "" : String(now[name])));
}

export function readRetention(typed: Typed): Read {
  return each((name) => readLimit(typed[name], DAYS_MAX));
}

/** What is different from what is in force. */
export function changedRetention(now: Retention, read: Read): Partial<Record<Kept, number | null>> {
  const changed = KEPT.flatMap((name) => {
    const days = read[name];
    return days === undefined || days === (now[name] ?? null) ? [] : [[name, days] as const];
  });
  return Object.fromEntries(changed);
}

/** Of what is changed, what is kept for a shorter time than before: some of it will be deleted. */
export function shortened(now: Retention, change: Partial<Record<Kept, number | null>>): Kept[] {
  const forever = Number.POSITIVE_INFINITY;
  return KEPT.filter((name) => name in change && (change[name] ?? forever) < (now[name] ?? forever));
}

function each<T>(of: (name: Kept) => T): Record<Kept, T> {
  return Object.fromEntries(KEPT.map((name) => [name, of(name)])) as Record<Kept, T>;
}

/** The bounds of the alerts as an administrator types them, with what each may be. */
import type { Thresholds } from "../../api/types";

export const BOUNDS = {
  response_ms: { least: 1, most: 600_000, whole: true },
  error_percent: { least: 0.01, most: 100, whole: false },
  requests_min: { least: 1, most: 1_000_000, whole: true },
  pool_waiting: { least: 0, most: 1_000_000, whole: true },
  memory_percent: { least: 0.01, most: 100, whole: false },
  cpu_percent: { least: 0.01, most: 100, whole: false },
  window_seconds: { least: 1, most: 3_600, whole: true },
} as const satisfies Partial<Record<keyof Thresholds, { least: number; most: number; whole: boolean }>>;

export type Bound = keyof typeof BOUNDS;
export const BOUND_NAMES = Object.keys(BOUNDS) as Bound[];

/** What was typed; a fault when it is no number within its limits. */
export function readBound(name: Bound, typed: string): number | undefined {
  const { least, most, whole } = BOUNDS[name];
  const value = typed.trim() === "" ? Number.NaN : Number(typed.trim().replace(",", "."));
  const fits = value >= least && value <= most && (!whole || Number.isInteger(value));
  return fits ? value : undefined;
}

/** What differs from what holds; only that is sent. */
export function changedBounds(now: Thresholds, typed: Record<Bound, number>): Partial<Record<Bound, number>> {
  return Object.fromEntries(BOUND_NAMES.filter((name) => typed[name] !== now[name]).map((name) => [name, typed[name]]));
}

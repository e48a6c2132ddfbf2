/** The stretches of time one can look at, and their days without a gap. Days are those of UTC, as the server counts them. Pure. */
import type { UsageRow } from "../../api/types";

export const RANGES = ["week", "month", "quarter", "year"] as const;
export type Range = (typeof RANGES)[number];

const DAYS: Record<Range, number> = { week: 7, month: 30, quarter: 90, year: 365 };
const DAY_MS = 86_400_000;

/** The beginnings of the days of a range; today is the last of them. */
export function daysOf(range: Range, now: number): number[] {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  return Array.from({ length: DAYS[range] }, (_, index) => today - (DAYS[range] - 1 - index) * DAY_MS);
}

/** An amount for each of the days; nothing where there was no call. */
export function amountsOf(days: readonly number[], rows: readonly UsageRow[], amount: (row: UsageRow) => number) {
  const known = new Map(rows.map((row) => [Date.parse(row.key), amount(row)]));
  return days.map((day) => known.get(day) ?? 0);
}

import { expect, test } from "vitest";
import type { UsageRow } from "../../api/types";
import { amountsOf, daysOf } from "./range";

const NOW = Date.UTC(2026, 10, 22, 13, 45);
const row = (key: string, calls: number): UsageRow => ({
  key,
  calls,
  failures: 0,
  prompt_tokens: 0,
  completion_tokens: 0,
  cost_micros: 0,
});

test("the days of a range end with today and have no gap", () => {
  const week = daysOf("week", NOW);
  expect(week.map((day) => new Date(day).toISOString().slice(0, 10))).toEqual([
    "2026-11-16",
    "2026-11-17",
    "2026-11-18",
    "2026-11-19",
    "2026-11-20",
    "2026-11-21",
    "2026-11-22",
  ]);
  expect(daysOf("year", NOW)).toHaveLength(365);
});

test("a day of which nothing is told had nothing", () => {
  const rows = [row("2026-11-20T00:00:00.000000Z", 3), row("2026-11-22T00:00:00.000000Z", 1), row("2026-11-01", 9)];
  expect(amountsOf(daysOf("week", NOW), rows, ({ calls }) => calls)).toEqual([0, 0, 0, 0, 3, 0, 1]);
});

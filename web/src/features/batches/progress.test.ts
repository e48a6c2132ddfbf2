import { expect, test } from "vitest";
import type { BatchWithLanes } from "../../api/types";
import { changedRows, percentOf, withProgress } from "./progress";

const BATCH = { cells: 300, done: 10, failed: 1, cost_micros: 50 } as BatchWithLanes;
const event = (type: string, data: Record<string, unknown>) => ({ seq: 1, type, data });

test("numbers go on, and an event that is told again takes nothing back", () => {
  const next = withProgress(BATCH, event("progress", { done: 12, failed: 2, cost_micros: 60 }));
  expect(next).toMatchObject({ done: 12, failed: 2, cost_micros: 60 });
  expect(withProgress(next, event("start", { done: 0, failed: 0, cost_micros: 0 }))).toBe(next);
  expect(withProgress(next, event("progress", { done: 12, failed: 2, cost_micros: 60 }))).toBe(next);
  expect(withProgress(next, event("paused", { reason: {} }))).toBe(next);
  expect(withProgress(next, event("progress", {}))).toBe(next);
});

test("rows that have changed are named, or all have", () => {
  expect(changedRows(event("progress", { rows: [3, 4] }))).toEqual([3, 4]);
  expect(changedRows(event("progress", { rows: null }))).toBeNull();
  expect(changedRows(event("complete", {}))).toBeNull();
  expect(changedRows(event("start", {}))).toEqual([]);
});

test("a hundred says that nothing is left", () => {
  expect(percentOf(BATCH)).toBe(3);
  expect(percentOf({ cells: 300, done: 298, failed: 1 })).toBe(99);
  expect(percentOf({ cells: 300, done: 298, failed: 2 })).toBe(100);
  expect(percentOf({ cells: 0, done: 0, failed: 0 })).toBe(0);
});

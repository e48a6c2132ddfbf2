import { expect, test } from "vitest";
import type { Thresholds } from "../../api/types";
import { BOUND_NAMES, type Bound, changedBounds, readBound } from "./bounds";

test.each([
  ["response_ms", "1500", 1_500],
  ["response_ms", "0", undefined],
  ["response_ms", "1.5", undefined],
  ["response_ms", " ", undefined],
  ["error_percent", "0.5", 0.5],
  ["error_percent", "0,5", 0.5],
  ["error_percent", "101", undefined],
  ["pool_waiting", "0", 0],
  ["window_seconds", "3601", undefined],
  ["memory_percent", "eighty", undefined],
] satisfies [Bound, string, number | undefined][])("%s %j is %j", (name, typed, expected) => {
  expect(readBound(name, typed)).toBe(expected);
});

test("only what differs is sent", () => {
  const now: Thresholds = {
    enabled: true,
    response_ms: 1_000,
    error_percent: 1,
    requests_min: 20,
    pool_waiting: 100,
    memory_percent: 80,
    cpu_percent: 80,
    window_seconds: 60,
    webhook_url: null,
  };
  const same = Object.fromEntries(BOUND_NAMES.map((name) => [name, now[name]])) as Record<Bound, number>;
  expect(changedBounds(now, same)).toEqual({});
  expect(changedBounds(now, { ...same, cpu_percent: 90 })).toEqual({ cpu_percent: 90 });
});

import { expect, test } from "vitest";
import {
  areaPath,
  dayTicks,
  largest,
  linePath,
  lone,
  nearest,
  pieces,
  place,
  sampled,
  timeTicks,
  valueTicks,
} from "./scale";

test("a value stands where it belongs, also on an axis that points up", () => {
  expect(place(5, { from: 0, to: 10 }, { from: 100, to: 200 })).toBe(150);
  expect(place(10, { from: 0, to: 10 }, { from: 80, to: 0 })).toBe(0);
  expect(place(3, { from: 3, to: 3 }, { from: 7, to: 9 })).toBe(7);
});

test.each([
  [0, [0, 0.5, 1]],
  [0.3, [0, 0.1, 0.2, 0.3]],
  [1, [0, 0.5, 1]],
  [7, [0, 5, 10]],
  [60, [0, 20, 40, 60]],
  [61, [0, 50, 100]],
  [1_234, [0, 500, 1_000, 1_500]],
  [Number.NaN, [0, 0.5, 1]],
])("the axis up to %d has round values", (max, ticks) => {
  expect(valueTicks(max)).toEqual(ticks);
});

test("times on the axis are round and few", () => {
  const from = new Date(2026, 10, 21, 13, 7).getTime();
  const label = (time: number) => new Date(time).toTimeString().slice(0, 5);
  const hour = timeTicks({ from, to: from + 3_600_000 }, 6);
  expect(hour.map(label)).toEqual(["13:10", "13:20", "13:30", "13:40", "13:50", "14:00"]);
  const day = timeTicks({ from, to: from + 86_400_000 }, 5);
  expect(day.map(label)).toEqual(["18:00", "00:00", "06:00", "12:00"]);
});

test("what was not measured is a gap, and a lone point is still seen", () => {
  const all = pieces([1, 2, null, null, 3, null], (index, value) => [index * 10, value]);
  expect(all).toEqual([
    [
      [0, 1],
      [10, 2],
    ],
    [[40, 3]],
  ]);
  expect(lone(all)).toEqual([[40, 3]]);
  expect(linePath(all)).toBe("M0 1L10 2M40 3h0");
  expect(areaPath(all, 9)).toBe("M0 9L0 1L10 2L10 9Z");
});

test("nothing measured draws nothing", () => {
  const none = pieces([null, null], () => [0, 0]);
  expect([linePath(none), areaPath(none, 1)]).toEqual(["", ""]);
  expect(largest([[null], []])).toBe(0);
  expect(largest([[1, null], [4]])).toBe(4);
});

test.each([
  [-5, 0],
  [14, 1],
  [16, 2],
  [15, 2],
  [99, 3],
])("the moment nearest to %d", (time, index) => {
  expect(nearest([0, 10, 20, 30], time)).toBe(index);
});

test("there is no moment in an empty row", () => {
  expect(nearest([], 1)).toBe(-1);
});

test("a table shows the newest first and no more than it may", () => {
  expect(sampled(3, 24)).toEqual([2, 1, 0]);
  expect(sampled(100, 4)).toEqual([99, 74, 49, 24]);
  expect(sampled(0, 4)).toEqual([]);
});

test("days on an axis are evenly apart and few", () => {
  const days = (count: number) => Array.from({ length: count }, (_, index) => index);
  expect(dayTicks(days(7), 8)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(dayTicks(days(30), 8)).toEqual([0, 4, 8, 12, 16, 20, 24, 28]);
  expect(dayTicks(days(365), 4)).toEqual([44, 136, 228, 320]);
  expect(dayTicks(days(30), 6)).toEqual([2, 7, 12, 17, 22, 27]);
  expect(dayTicks([], 4)).toEqual([]);
});

import { expect, test } from "vitest";
import { rowOf, sinceStart, toCourses } from "./series";

test("series of the server become rows over milliseconds; a missing one is empty, not wrong", () => {
  const courses = toCourses({
    times: [1_000, 1_010],
    step_seconds: 10,
    series: [{ name: "p50_ms", unit: "ms", values: [1.5, null] }],
  });
  expect(courses.times).toEqual([1_000_000, 1_010_000]);
  expect(rowOf(courses, "p50_ms")).toEqual([1.5, null]);
  expect(rowOf(courses, "of_the_future")).toEqual([null, null]);
});

test("the time before the start is left out, but never nearly all of it", () => {
  const times = Array.from({ length: 12 }, (_, index) => index);
  const courses = (measuredFrom: number) => ({
    times,
    rows: new Map([["a", times.map((time) => (time >= measuredFrom ? time : null))]]),
  });
  expect(sinceStart(courses(0)).times).toHaveLength(12);
  expect(sinceStart(courses(5)).times[0]).toBe(5);
  expect(rowOf(sinceStart(courses(5)), "a")).toEqual([5, 6, 7, 8, 9, 10, 11]);
  expect(sinceStart(courses(11)).times).toEqual([10, 11]);
  expect(sinceStart(courses(99)).times).toHaveLength(12);
});

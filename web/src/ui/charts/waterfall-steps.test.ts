import { expect, test } from "vitest";
import { barOf, inOrder, type Step } from "./waterfall-steps";

const step = (began: number, took: number, waited?: number, after?: number): Step => ({
  name: "",
  kind: "",
  began,
  took,
  waited,
  after,
});

test("a step stands where it began and is as wide as it took", () => {
  expect(barOf(step(250, 500, 125, 50), 1_000)).toEqual({ start: 25, width: 50, waited: 25, after: 10 });
});

test("the shortest step can still be seen, also at the very end", () => {
  expect(barOf(step(0, 0), 1_000_000)).toEqual({ start: 0, width: 0.6, waited: 0, after: 0 });
  expect(barOf(step(1_000, 1), 1_000)).toEqual({ start: 99.4, width: 0.6, waited: 0, after: 0 });
});

test("a step that outlasts the whole, as a stream does, makes the line longer", () => {
  expect(barOf(step(500, 1_500), 1_000)).toEqual({ start: 25, width: 75, waited: 0, after: 0 });
  expect(barOf(step(0, 0), 0)).toEqual({ start: 0, width: 0.6, waited: 0, after: 0 });
});

test("more waiting than there was time is all waiting", () => {
  expect(barOf(step(0, 10, 20), 100).waited).toBe(100);
});

test("in order of their beginning, what holds another first", () => {
  const [inner, outer, early] = [step(5, 1), step(5, 9), step(0, 2)];
  expect(inOrder([inner, outer, early])).toEqual([early, outer, inner]);
});

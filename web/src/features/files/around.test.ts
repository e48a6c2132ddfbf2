import { expect, test } from "vitest";
import { aroundPlace } from "./around";

test("a text is cut at the characters of a place", () => {
  expect(aroundPlace("one two three", 4, 7)).toEqual(["one ", "two", " three"]);
  expect(aroundPlace("one", 1, 99)).toEqual(["o", "ne", ""]);
});

test("a character of two units counts once", () => {
  expect(aroundPlace("🏛🏛 two", 3, 6)).toEqual(["🏛🏛 ", "two", ""]);
});

test("without a place, or with one that is none, nothing is marked", () => {
  for (const [start, end] of [
    [null, null],
    [undefined, 3],
    [3, 3],
    [5, 2],
    [-1, 2],
  ] as const)
    expect(aroundPlace("text", start, end)).toEqual(["text", "", ""]);
});

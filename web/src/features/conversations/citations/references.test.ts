import { expect, test } from "vitest";
import { referencesIn } from "./references";

const KNOWN = new Set([1, 2, 12]);

test.each([
  ["At eleven [1], by Ada [2].", ["At eleven ", 1, ", by Ada ", 2, "."]],
  ["Both [1][2]", ["Both ", 1, 2]],
  ["Both [1, 2] and [1;12]", ["Both ", 1, 2, " and ", 1, 12]],
  ["[12] first", [12, " first"]],
  ["nothing", ["nothing"]],
  ["", []],
])("%s", (text, pieces) => {
  expect(referencesIn(text, KNOWN)).toEqual(pieces);
});

test("a number without a source is the text that it is", () => {
  for (const text of ["see [3]", "a[0] = 1", "[1, 3]", "[x]", "[1234]", "[ ] open", "[1"])
    expect(referencesIn(text, KNOWN)).toEqual([text]);
  expect(referencesIn("[1]", new Set())).toEqual(["[1]"]);
});

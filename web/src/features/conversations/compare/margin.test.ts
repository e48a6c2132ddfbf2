import { expect, test } from "vitest";
import { MARGINS, votesWithin } from "./margin";

test("points between two models are votes of a hundred", () => {
  expect(votesWithin(0)).toBe(50);
  // Odds of ten to one.
  expect(votesWithin(400)).toBe(9);
  expect(MARGINS.map(votesWithin)).toEqual([46, 43, 36]);
});

import { expect, test } from "vitest";
import { errorTone, loadTone } from "./judge";

test("one failure in a hundred is allowed, not more", () => {
  expect([0, 0.01, 0.011].map(errorTone)).toEqual([undefined, undefined, "danger"]);
});

test("load warns beyond four fifths, and again when there is hardly anything left", () => {
  expect([0.8, 0.81, 0.96].map(loadTone)).toEqual([undefined, "warn", "danger"]);
});

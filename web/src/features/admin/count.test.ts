import { expect, test } from "vitest";
import { readCount, readLimit } from "./count";

test("counts are whole and within their bounds", () => {
  expect(["1", " 30 ", "100"].map((text) => readCount(text, 100))).toEqual([1, 30, 100]);
  expect(["", "0", "101", "2.5", "-1", "many"].map((text) => readCount(text, 100))).toEqual(Array(6).fill(undefined));
});

test("where nothing is written, nothing is limited", () => {
  expect(["", "  ", "7", "seven"].map((text) => readLimit(text, 100))).toEqual([null, null, 7, undefined]);
});

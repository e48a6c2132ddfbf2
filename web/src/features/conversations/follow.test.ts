import { expect, test } from "vitest";
import { followsStill } from "./follow";

const END = { top: 1_000, height: 1_600, view: 600 };

test.each([
  ["the text grows", true, END, { ...END, height: 1_900 }, true],
  ["the reader goes up", true, END, { ...END, top: 800 }, false],
  ["the reader goes up a little", true, END, { ...END, top: 980 }, true],
  ["the reader goes up while the text grows", true, END, { ...END, top: 900, height: 1_700 }, false],
  ["a block above was guessed too large", true, END, { ...END, top: 700, height: 1_300 }, true],
  ["a block above was guessed too small", true, END, { ...END, top: 1_300, height: 1_900 }, true],
  ["the composer grows", true, END, { ...END, view: 400 }, true],
  ["the reader is away and the text grows", false, { ...END, top: 10 }, { ...END, top: 10, height: 1_900 }, false],
  ["the reader is away and goes down a little", false, { ...END, top: 10 }, { ...END, top: 300 }, false],
  ["the reader comes back to the end", false, { ...END, top: 10 }, END, true],
])("%s", (_name, followed, before, now, expected) => {
  expect(followsStill(followed, before, now)).toBe(expected);
});

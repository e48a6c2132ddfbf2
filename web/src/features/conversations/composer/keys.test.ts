import { expect, test } from "vitest";
import { intentOf } from "./keys";

const press = (key: string, fields: Partial<KeyboardEvent> = {}) => ({
  key,
  keyCode: 0,
  isComposing: false,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...fields,
});

test.each([
  ["Enter", {}, "send", undefined],
  ["Enter", { shiftKey: true }, undefined, undefined],
  ["Enter", { ctrlKey: true }, "send", "send"],
  ["Enter", { metaKey: true }, "send", "send"],
  ["Enter", { altKey: true }, undefined, undefined],
  ["ArrowUp", {}, "recall", "recall"],
  ["ArrowUp", { shiftKey: true }, undefined, undefined],
  ["a", {}, undefined, undefined],
] as const)("%s with %o", (key, fields, withEnter, withMod) => {
  expect(intentOf(press(key, fields), "enter", false)).toBe(withEnter);
  expect(intentOf(press(key, fields), "mod_enter", false)).toBe(withMod);
});

test("the Enter that ends the composition of a word sends nothing", () => {
  expect(intentOf(press("Enter", { isComposing: true }), "enter", false)).toBeUndefined();
  expect(intentOf(press("Enter", { keyCode: 229 }), "enter", false)).toBeUndefined();
});

test("on glass Enter makes a line; a keyboard that is plugged in still sends with Control", () => {
  expect(intentOf(press("Enter"), "enter", true)).toBeUndefined();
  expect(intentOf(press("Enter", { ctrlKey: true }), "enter", true)).toBe("send");
});

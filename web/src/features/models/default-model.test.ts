import { expect, test } from "vitest";
import type { Model } from "../../api/types";
import { defaultModel } from "./default-model";

const model = (id: string, fields: Partial<Model> = {}) =>
  ({ id, available: true, is_default: false, ...fields }) as Model;

const off = model("off", { available: false });
const plain = model("plain");
const other = model("other");
const favourite = model("favourite");
const standard = model("standard", { is_default: true });
const all = [off, plain, other, favourite, standard];

test.each([
  ["what the conversation says", { conversation: "plain", chosen: "other", preferred: "favourite" }, plain],
  ["what was chosen in this visit", { conversation: null, chosen: "other", preferred: "favourite" }, other],
  ["what the user prefers", { preferred: "favourite" }, favourite],
  ["the installation's default", { preferred: null }, standard],
  [
    "the next wish when one can not be used",
    { conversation: "off", chosen: "gone", preferred: "favourite" },
    favourite,
  ],
  ["the default when no wish can be fulfilled", { conversation: "gone", preferred: "off" }, standard],
] as const)("%s", (_name, wishes, expected) => {
  expect(defaultModel(all, wishes)).toBe(expected);
});

test("without a default the first that can be used; without any, none", () => {
  expect(defaultModel([off, plain, other], {})).toBe(plain);
  expect(defaultModel([model("standard", { is_default: true, available: false }), other], {})).toBe(other);
  expect(defaultModel([off], { conversation: "off" })).toBeUndefined();
  expect(defaultModel([], {})).toBeUndefined();
});

import { expect, test } from "vitest";
import type { Model } from "../../api/types";
import { groupByConnection, preferredModel } from "./queries";

const model = (id: string, fields: Partial<Model> = {}) =>
  ({ id, connection: id.split("/")[0], available: true, is_default: false, ...fields }) as Model;

test("models are grouped by connection in the order in which they came", () => {
  const groups = groupByConnection([model("b/1"), model("a/1"), model("b/2")]);
  expect(groups.map(({ connection, models }) => [connection, models.map(({ id }) => id)])).toEqual([
    ["b", ["b/1", "b/2"]],
    ["a", ["a/1"]],
  ]);
});

test("the wanted model, else the default, else the first: always one that can be used", () => {
  const off = model("a/off", { available: false, is_default: true });
  const plain = model("a/plain");
  const standard = model("a/standard", { is_default: true });
  expect(preferredModel([off, plain, standard], "a/plain")).toBe(plain);
  expect(preferredModel([off, plain, standard], "a/off")).toBe(standard);
  expect(preferredModel([off, plain], undefined)).toBe(plain);
  expect(preferredModel([off], "a/off")).toBeUndefined();
});

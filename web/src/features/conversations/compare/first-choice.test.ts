import { expect, test } from "vitest";
import type { Model } from "../../../api/types";
import { firstChoice } from "./first-choice";

const MODELS = [
  { id: "a/gone", available: false },
  { id: "a/one", available: true },
  { id: "a/two", available: true },
  { id: "a/usual", available: true },
] as Model[];
const ids = (kept: string, usual?: string) => firstChoice(MODELS, kept, usual).map(({ model }) => model);

test("a comparison begins with the models of the last one, with their settings", () => {
  const last = [
    { model: "a/two", settings: { temperature: 1 } },
    { model: "a/two", label: "Cold" },
  ];
  expect(firstChoice(MODELS, JSON.stringify(last), "a/usual")).toEqual(last);
  // One that can not be used now is shown as that; one that there is not any more is left out.
  expect(ids(JSON.stringify([{ model: "a/gone" }, { model: "b/deleted" }]))).toEqual(["a/gone"]);
});

test("the first comparison begins with the model that answers in chats, and another one", () => {
  expect(ids("", "a/usual")).toEqual(["a/usual", "a/one"]);
  expect(ids("", "a/one")).toEqual(["a/one", "a/two"]);
  expect(ids("", "a/gone")).toEqual(["a/one", "a/two"]);
  expect(ids("not what was kept", undefined)).toEqual(["a/one", "a/two"]);
  expect(firstChoice(MODELS.slice(0, 2), "", undefined)).toEqual([{ model: "a/one" }]);
  expect(firstChoice([], "", "a/one")).toEqual([]);
});

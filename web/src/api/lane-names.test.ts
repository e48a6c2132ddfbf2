import { expect, test } from "vitest";
import { namesOfLanes } from "./lane-names";

const known = [
  { id: "a/mini", name: "Mini", connection: "Azure" },
  { id: "b/mini", name: "Mini", connection: "Router" },
  { id: "b/large", name: "Large", connection: "Router" },
];

test("a lane is called by its label, its model, or a letter while it is blind", () => {
  const lanes = [
    { lane: 0, model: "b/large", label: "Warm" },
    { lane: 1, model: "b/large" },
    { lane: 2, model: null, label: null },
    { lane: 3, model: "gone/for ever" },
  ];
  expect(namesOfLanes(lanes, known)).toEqual(["Warm", "Large", "C", "gone/for ever"]);
});

test("models of one name say where they come from, the same model twice does not", () => {
  const of = (...models: string[]) =>
    namesOfLanes(
      models.map((model, lane) => ({ lane, model })),
      known,
    );
  expect(of("a/mini", "b/mini", "b/large")).toEqual(["Mini · Azure", "Mini · Router", "Large"]);
  expect(of("a/mini", "a/mini")).toEqual(["Mini", "Mini"]);
});

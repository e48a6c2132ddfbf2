import { expect, test } from "vitest";
import type { Model } from "../../api/types";
import { arrange, search, step } from "./arrange";

const model = (id: string, fields: Partial<Model> = {}) =>
  ({
    id,
    name: id.split("/")[1],
    connection: id.split("/")[0],
    connection_id: id.split("/")[0],
    available: true,
    ...fields,
  }) as Model;

const ids = (models: readonly Model[]) => models.map(({ id }) => id);
const shown = (...args: Parameters<typeof arrange>) =>
  arrange(...args).map(({ kind, name, models }) => [kind, name, ids(models)]);

const many = ["a/1", "b/1", "a/2", "b/2", "b/3", "b/4", "b/5", "b/6", "c/1"].map((id) => model(id));

test("models stand under their connection, in the order in which they came", () => {
  expect(shown([model("b/1"), model("a/1"), model("b/2")], "", [])).toEqual([
    ["connection", "b", ["b/1", "b/2"]],
    ["connection", "a", ["a/1"]],
  ]);
});

test("routes stand together, though each is its own", () => {
  const route = (name: string) => model(`route/${name}`, { connection_id: `rte_${name}` });
  expect(shown([model("a/1"), route("x"), route("y")], "", [])).toEqual([
    ["connection", "a", ["a/1"]],
    ["routes", "", ["route/x", "route/y"]],
  ]);
});

test("a route that is the rule for a tag stands under the tags, and is found by it", () => {
  const models = [model("a/1"), model("route/x", { route: "rte_x" }), model("route/y", { route: "rte_y" })];
  const rules = new Map([["rte_y", "code"]]);
  expect(shown(models, "", [], rules)).toEqual([
    ["tags", "", ["route/y"]],
    ["connection", "a", ["a/1"]],
    ["routes", "", ["route/x"]],
  ]);
  for (const query of ["#code", "co", "#c"]) expect(ids(search(models, query, rules)), query).toEqual(["route/y"]);
  expect(search(models, "#letters", rules)).toEqual([]);
});

test("in a long list those used last come first, and only there", () => {
  expect(shown(many, "", ["c/1", "gone", "b/3"])).toEqual([
    ["recent", "", ["c/1", "b/3"]],
    ["connection", "a", ["a/1", "a/2"]],
    ["connection", "b", ["b/1", "b/2", "b/4", "b/5", "b/6"]],
  ]);
  expect(shown(many.slice(0, 3), "", ["a/2"])[0]?.[0]).toBe("connection");
});

test("one that can not be used is not offered as used last", () => {
  const off = many.map((each) => (each.id === "c/1" ? { ...each, available: false } : each));
  expect(shown(off, "", ["c/1"])[0]?.[0]).toBe("connection");
});

test("every word has to be found; the name counts most, what can not be used least", () => {
  const models = [
    model("openai/gpt-mini", { name: "GPT Mini" }),
    model("router/x", { name: "Mini GPT", connection: "Router" }),
    model("gpt/other", { name: "Other", connection: "GPT server" }),
    model("openai/gpt", { name: "GPT", available: false }),
  ];
  expect(ids(search(models, "gpt"))).toEqual(["openai/gpt-mini", "router/x", "gpt/other", "openai/gpt"]);
  expect(ids(search(models, "mini ROUTER"))).toEqual(["router/x"]);
  expect(ids(search(models, "nothing"))).toEqual([]);
  expect(arrange(models, "nothing", [])).toEqual([]);
  expect(arrange(models, "  ", [])).toHaveLength(4 - 1);
});

test("arrows go round", () => {
  expect(step(3, 2, 1)).toBe(0);
  expect(step(3, 0, -1)).toBe(2);
  expect(step(3, -1, 1)).toBe(0);
  expect(step(3, -1, -1)).toBe(2);
  expect(step(0, -1, 1)).toBe(-1);
});

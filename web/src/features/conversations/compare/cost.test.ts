import { expect, test } from "vitest";
import { asksOf, sumOf } from "./cost";

test("lanes that read the same and may write as much are asked about together", () => {
  const short = { model: "a/one", settings: { max_tokens: 50 } };
  const told = { model: "a/two", settings: { system_prompt: "Be kind.", temperature: 1 } };
  expect(asksOf("Why?", [{ model: "a/one" }, { model: "a/two" }, short, told, { model: "a/one" }])).toEqual([
    { models: ["a/one", "a/two", "a/one"], texts: ["Why?"], max_tokens: null },
    { models: ["a/one"], texts: ["Why?"], max_tokens: 50 },
    { models: ["a/two"], texts: ["Be kind.", "Why?"], max_tokens: null },
  ]);
  expect(asksOf("Why?", [])).toEqual([]);
});

test("the sum guesses the length of answers, and names the models without a price", () => {
  const lane = {
    model: "a/one",
    prompt_tokens: 10,
    answer_tokens_max: 1_000,
    prompt_cost_micros: 100,
    cost_micros_max: 10_100,
    priced: true,
  };
  expect(sumOf([lane])).toEqual({ expected: 4_100, most: 10_100, unpriced: [] });
  // Never more than the most.
  const short = { ...lane, answer_tokens_max: 50, cost_micros_max: 600 };
  const free = { ...lane, model: "b/free", prompt_cost_micros: 0, cost_micros_max: 0, priced: false };
  expect(sumOf([short, free, free])).toEqual({ expected: 600, most: 600, unpriced: ["b/free"] });
});

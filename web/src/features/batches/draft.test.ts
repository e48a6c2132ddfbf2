import { expect, test } from "vitest";
import type { Model } from "../../api/types";
import { parseCsv } from "./csv";
import { bodyOf, type Draft, EMPTY, hindranceOf, rowsOf } from "./draft";

const MODELS = [
  { id: "mock/echo", available: true },
  { id: "mock/gone", available: false },
] as Model[];
const CSV = "question,expected\nWhy?,So\nHow?,Thus\n";
const draft = (change: Partial<Draft>): Draft => ({
  ...EMPTY,
  prompts: "Why?",
  models: [{ model: "mock/echo" }],
  ...change,
});
const table = { kind: "table", csv: CSV, table: parseCsv(CSV), template: "{{question}}" } as const;

test("lines are prompts, and empty ones are none", () => {
  const lines = draft({ prompts: " Why?\n\n  How? \r\n" });
  expect(rowsOf(lines)).toBe(2);
  expect(bodyOf(lines)).toEqual({ models: [{ model: "mock/echo" }], concurrency: 4, prompts: ["Why?", "How?"] });
});

test("a table is sent as it came, with the prompt that its rows make", () => {
  const rows = draft({
    ...table,
    name: " Two ",
    expected: "expected",
    temperature: "0",
    maxTokens: "50",
    system: "Be short.",
  });
  expect(hindranceOf(rows, MODELS)).toBeUndefined();
  expect(bodyOf(rows)).toEqual({
    name: "Two",
    models: [{ model: "mock/echo" }],
    settings: { temperature: 0, max_tokens: 50, system_prompt: "Be short." },
    concurrency: 4,
    csv: { text: CSV, template: "{{question}}", expected_column: "expected" },
  });
});

test("conversations are the latest, or those that were chosen", () => {
  expect(bodyOf(draft({ kind: "conversations", last: "7" })).conversations).toEqual({ last: 7 });
  expect(bodyOf(draft({ kind: "conversations", ids: ["cnv_1"] })).conversations).toEqual({ ids: ["cnv_1"] });
});

test("the first thing that is missing is named", () => {
  const hindered = (change: Partial<Draft>) => hindranceOf(draft(change), MODELS);
  expect(hindered({})).toBeUndefined();
  expect(hindered({ prompts: " \n" })).toBe("noPrompt");
  expect(hindered({ kind: "table" })).toBe("noTable");
  expect(hindered({ ...table, template: " " })).toBe("noTemplate");
  expect(hindered({ ...table, template: "{{answer}}" })).toBe("unknownColumn");
  expect(hindered({ models: [] })).toBe("noModel");
  expect(hindered({ models: [{ model: "mock/gone" }] })).toBe("unusable");
  for (const wrong of [{ temperature: "3" }, { maxTokens: "1.5" }, { concurrency: "" }, { concurrency: "17" }])
    expect(hindered(wrong)).toBe("wrongNumber");
  expect(hindered({ kind: "conversations", last: "501" })).toBe("wrongNumber");
  const many = { prompts: "a\n".repeat(10_000), models: Array(2).fill({ model: "mock/echo" }) };
  expect(hindered(many)).toBeUndefined();
  expect(hindered({ ...many, models: Array(3).fill({ model: "mock/echo" }) })).toBe("tooMany");
});

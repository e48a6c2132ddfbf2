import { expect, test } from "vitest";
import type { Price } from "../../api/types";
import { amount, readAmount } from "./amount";
import { readCsv } from "./csv";
import { bodyOf, changeOf, draftOf, emptyDraft, faultsOf, localTime, nextOf } from "./draft";
import { byPattern, named } from "./patterns";

const price = (change: Partial<Price> = {}): Price => ({
  id: "prc_1",
  pattern: "openai/gpt-5*",
  valid_from: "2026-11-01T00:00:30.000000Z",
  state: "current",
  input_micros: 1_250_000,
  cached_input_micros: 125_000,
  cache_write_micros: 1_250_000,
  output_micros: 10_000_000,
  note: "From the list of prices",
  created_at: "2026-11-01T00:00:00Z",
  updated_at: "2026-11-01T00:00:00Z",
  ...change,
});

test("amounts keep all their digits, typed with a point or a comma", () => {
  expect(["1.25", " 0,075 ", "0", "1000000"].map(readAmount)).toEqual([1_250_000, 75_000, 0, 1_000_000_000_000]);
  expect(["", "-1", "x", "1000001"].map(readAmount)).toEqual(Array(4).fill(undefined));
  expect([75_000, 1_250_000, 2_000_000].map(amount).map((text) => text.replace(/[^\d.]/g, ""))).toEqual([
    "0.075",
    "1.25",
    "2.00",
  ]);
});

test("a price names what is missing", () => {
  expect(faultsOf(emptyDraft(""))).toEqual(new Set(["pattern", "input", "output"]));
  const draft = { ...emptyDraft("a b"), when: "date" as const, cachedInput: "x", cacheWrite: " " };
  expect(faultsOf({ ...draft, input: "1", output: "2" })).toEqual(new Set(["pattern", "from", "cachedInput"]));
  expect(faultsOf(draftOf(price()))).toEqual(new Set());
});

test("what costs as much as input is left to be the same, and only changes are sent", () => {
  const before = price();
  const draft = draftOf(before);
  expect(draft).toMatchObject({ input: "1.25", cachedInput: "0.125", cacheWrite: "", when: "date" });
  expect(changeOf(draft, before)).toEqual({});
  expect(changeOf({ ...draft, output: "12,5", note: "" }, before)).toEqual({ output_micros: 12_500_000, note: "" });
  expect(changeOf({ ...draft, input: "2" }, before)).toEqual({
    input_micros: 2_000_000,
    cached_input_micros: 125_000,
    cache_write_micros: null,
  });
  const later = localTime(new Date(2027, 0, 2, 9, 30));
  expect(later).toBe("2027-01-02T09:30");
  expect(changeOf({ ...draft, from: later }, before)).toEqual({
    valid_from: new Date(2027, 0, 2, 9, 30).toISOString(),
  });
});

test("the next price begins with the amounts of the one before", () => {
  expect(bodyOf({ ...nextOf(price(), "openai/gpt-5*"), output: "9" })).toEqual({
    pattern: "openai/gpt-5*",
    input_micros: 1_250_000,
    output_micros: 9_000_000,
    cached_input_micros: 125_000,
    cache_write_micros: null,
    note: "",
  });
});

test("prices stand under their pattern, those that are past apart", () => {
  const groups = byPattern([
    price({ id: "a", state: "future" }),
    price({ id: "b" }),
    price({ id: "c", state: "past" }),
    price({ id: "d", pattern: "*" }),
  ]);
  expect(
    groups.map(({ pattern, open, past }) => [pattern, open.map(({ id }) => id), past.map(({ id }) => id)]),
  ).toEqual([
    ["openai/gpt-5*", ["a", "b"], ["c"]],
    ["*", ["d"], []],
  ]);
});

test("a pattern names models, those of this process only when it says so", () => {
  const models = ["openai/gpt-5", "openai/gpt-5-mini", "openai/gpt-4.1", "mock/echo", "local/tiny"].map((id) => ({
    id,
  }));
  const ids = (pattern: string) => named(models, pattern).map(({ id }) => id);
  expect(ids("openai/gpt-5*")).toEqual(["openai/gpt-5", "openai/gpt-5-mini"]);
  expect(ids("openai/gpt-4.1")).toEqual(["openai/gpt-4.1"]);
  expect(ids("openai/gpt-4x1")).toEqual([]);
  expect(ids("*")).toEqual(["openai/gpt-5", "openai/gpt-5-mini", "openai/gpt-4.1"]);
  expect(ids("*mini")).toEqual(["openai/gpt-5-mini"]);
  expect(ids("mock/*")).toEqual(["mock/echo"]);
  expect(ids(" ")).toEqual([]);
});

test("a table out of a spreadsheet is read, whatever divides its columns", () => {
  const { prices, lines, faults } = readCsv(
    '\uFEFFPattern;input;output;valid_from;note\r\n\r\nopenai/*;1,25;10;2026-12-01;"a; ""b"""\r\nx/y;0;0;;\r\n',
  );
  expect(faults).toEqual([]);
  expect(lines).toEqual([3, 4]);
  expect(prices).toEqual([
    {
      pattern: "openai/*",
      valid_from: "2026-12-01T00:00:00.000Z",
      input_micros: 1_250_000,
      output_micros: 10_000_000,
      cached_input_micros: null,
      cache_write_micros: null,
      note: 'a; "b"',
    },
    expect.objectContaining({ pattern: "x/y", input_micros: 0, note: "" }),
  ]);
  expect(prices[1]).not.toHaveProperty("valid_from");
  expect(readCsv("pattern\tinput\toutput\na/b\t1.5\t2").prices[0]).toMatchObject({ input_micros: 1_500_000 });
});

test("what is wrong with a table is said by line", () => {
  expect(readCsv("")).toEqual({ prices: [], lines: [], faults: [] });
  expect(readCsv("pattern,input,price\na,1,2").faults).toEqual([
    { line: 1, wrong: "column", about: "price" },
    { line: 1, wrong: "missing", about: "output" },
  ]);
  const { prices, faults } = readCsv("pattern,input,output,valid_from\na b,1,2,\nc,x,,tomorrow\nd,1,2,");
  expect(faults.map(({ line, wrong, about }) => [line, wrong, about])).toEqual([
    [2, "pattern", "pattern"],
    [3, "valid_from", "valid_from"],
    [3, "amount", "input"],
    [3, "amount", "output"],
  ]);
  expect(prices.map(({ pattern }) => pattern)).toEqual(["d"]);
  const many = `pattern,input,output\n${"a,1,2\n".repeat(501)}`;
  expect(readCsv(many).faults).toEqual([{ line: 502, wrong: "many", about: "501" }]);
});

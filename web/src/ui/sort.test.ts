import { expect, test } from "vitest";
import { sorted, turned } from "./sort";

const rows = [
  { name: "b", p95: 3 },
  { name: "a", p95: null },
  { name: "c", p95: 20 },
];

test("numbers as numbers, names as names, nothing measured always last", () => {
  const names = (by: (row: (typeof rows)[number]) => number | string | null, descending: boolean) =>
    sorted(rows, by, descending).map(({ name }) => name);
  expect(names(({ p95 }) => p95, true)).toEqual(["c", "b", "a"]);
  expect(names(({ p95 }) => p95, false)).toEqual(["b", "c", "a"]);
  expect(names(({ name }) => name, false)).toEqual(["a", "b", "c"]);
});

test("equal rows keep their order, and the rows given are not touched", () => {
  const equal = [{ id: 1 }, { id: 2 }, { id: 3 }];
  expect(sorted(equal, () => 0, true)).toEqual(equal);
  expect(rows.map(({ name }) => name)).toEqual(["b", "a", "c"]);
});

test("a heading turns the order round, a new one begins with the largest number or the first name", () => {
  expect(turned({ column: "p95", descending: true }, "p95", true)).toEqual({ column: "p95", descending: false });
  expect(turned({ column: "p95", descending: true }, "count", true)).toEqual({ column: "count", descending: true });
  expect(turned({ column: "p95", descending: true }, "name", false)).toEqual({ column: "name", descending: false });
});

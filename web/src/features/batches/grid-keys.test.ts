import { expect, test } from "vitest";
import { placeAfter } from "./grid-keys";

const SIZE = { rows: 100, columns: 4, page: 8 };
const from = (row: number, column: number) => ({ row, column });

test("arrows go one on and stop at the edges", () => {
  expect(placeAfter("ArrowDown", from(0, 2), SIZE)).toEqual(from(1, 2));
  expect(placeAfter("ArrowDown", from(99, 2), SIZE)).toEqual(from(99, 2));
  expect(placeAfter("ArrowLeft", from(3, 0), SIZE)).toEqual(from(3, 0));
  expect(placeAfter("ArrowRight", from(3, 3), SIZE)).toEqual(from(3, 3));
  expect(placeAfter("a", from(3, 3), SIZE)).toBeUndefined();
});

test("a page keeps a row in sight, the ends are those of the row or of the grid", () => {
  expect(placeAfter("PageDown", from(0, 1), SIZE)).toEqual(from(7, 1));
  expect(placeAfter("PageUp", from(3, 1), SIZE)).toEqual(from(0, 1));
  expect(placeAfter("PageDown", from(0, 1), { ...SIZE, page: 0 })).toEqual(from(1, 1));
  expect(placeAfter("End", from(3, 1), SIZE)).toEqual(from(3, 3));
  expect(placeAfter("End", from(3, 1), SIZE, true)).toEqual(from(99, 3));
  expect(placeAfter("Home", from(3, 1), SIZE, true)).toEqual(from(0, 0));
});

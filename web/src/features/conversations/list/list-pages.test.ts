import { expect, test } from "vitest";
import type { Conversation } from "../../../api/types";
import { asPage, changeRow, fit, insertRow, type ListPage, type ListPages, removeRow, rowsOf } from "./list-pages";

/** A row whose place in time is its number. */
const row = (at: number, id = `c${at}`) =>
  ({ id, last_message_at: `2026-01-01T00:00:${String(at).padStart(2, "0")}Z`, title: id }) as Conversation;
const page = (rows: Conversation[], next?: string): ListPage => asPage(rows, next, 0);
const pages = (...all: ListPage[]): ListPages => ({
  pages: all,
  pageParams: all.map((_, index) => index || undefined),
});
const ids = (rows: readonly Conversation[]) => rows.map((each) => each.id);

const first = page([row(9), row(8), row(7)], "below 7");
const second = page([row(6), row(5), row(4)], "below 4");
const last = page([row(3), row(2)]);

test("a new message moves a row up, and the pages below stay what they were", () => {
  const fresh = page([row(10, "c5"), row(9), row(8), row(7), row(6)], "below 6");
  const fitted = fit(fresh, first);
  expect(ids(fitted.data)).toEqual(["c5", "c9", "c8", "c7"]);
  expect(fitted.page.next).toBe("below 7");
  expect(ids(rowsOf(pages(fitted, second, last)))).toEqual(["c5", "c9", "c8", "c7", "c6", "c4", "c3", "c2"]);
});

test("a page whose last row has gone still ends where it ended", () => {
  const fitted = fit(page([row(10, "c7"), row(9), row(8), row(6)], "below 6"), first);
  expect(ids(fitted.data)).toEqual(["c7", "c9", "c8"]);
  expect(fitted.page.next).toBe("below 7");
  expect(fit(fitted, first).end).toEqual(first.end);
});

test("when more is new than one page holds, the pages below are read again", () => {
  const fresh = page([row(20), row(19), row(18)], "below 18");
  expect(fit(fresh, first)).toBe(fresh);
});

test("a list that has become short ends", () => {
  const fresh = page([row(9)]);
  expect(fit(fresh, first).data).toEqual([row(9)]);
  expect(fit(page([row(3), row(2)]), last).page.next).toBeUndefined();
});

test("rows change and go without touching other pages", () => {
  const before = pages(first, second);
  const renamed = changeRow(before, "c5", { title: "new" });
  expect(renamed.pages[0]).toBe(first);
  expect(renamed.pages[1]?.data[1]?.title).toBe("new");
  expect(ids(removeRow(before, "c8").pages[0]?.data ?? [])).toEqual(["c9", "c7"]);
});

test("a row comes back where it belongs, or not at all when that has not been read", () => {
  const gone = removeRow(pages(first, second), "c5");
  expect(ids(rowsOf(insertRow(gone, row(5))))).toEqual(["c9", "c8", "c7", "c6", "c5", "c4"]);
  expect(ids(rowsOf(insertRow(gone, row(1))))).toEqual(["c9", "c8", "c7", "c6", "c4"]);
  expect(ids(rowsOf(insertRow(pages(last), row(1))))).toEqual(["c3", "c2", "c1"]);
});

import { expect, test } from "vitest";
import { fromDay, toDay, validityOf } from "./validity";

const NOW = Date.parse("2026-11-21T12:00:00Z");

test("a memory holds between its two times, each of which may be missing", () => {
  expect(validityOf({}, NOW)).toBe("always");
  expect(validityOf({ valid_from: "2026-11-22T00:00:00Z" }, NOW)).toBe("future");
  expect(validityOf({ valid_until: "2026-11-21T11:59:59Z" }, NOW)).toBe("past");
  expect(validityOf({ valid_from: "2026-11-01T00:00:00Z", valid_until: "2026-12-01T00:00:00Z" }, NOW)).toBe("limited");
  expect(validityOf({ valid_from: "2026-11-01T00:00:00Z" }, NOW)).toBe("always");
});

test("a day becomes a time of the reader's own clock, the last one up to its end, and back", () => {
  for (const end of [false, true]) {
    const time = fromDay("2026-05-01", end);
    expect(toDay(time)).toBe("2026-05-01");
    expect(new Date(time ?? "").getHours()).toBe(end ? 23 : 0);
  }
  expect(fromDay("", false)).toBeNull();
  expect(toDay(null)).toBe("");
});

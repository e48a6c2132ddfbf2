import { afterEach, describe, expect, test } from "vitest";
import type { Conversation } from "../../../api/types";
import { grouped, groupOf, nextMidnight } from "./group";

const HERE = process.env.TZ;
afterEach(() => {
  if (HERE === undefined) delete process.env.TZ;
  else process.env.TZ = HERE;
});

function inZone(zone: string, time: string, now: string) {
  process.env.TZ = zone;
  return groupOf(time, new Date(now));
}

describe("the group of a moment", () => {
  test("today begins at midnight of the reader's clock", () => {
    expect(inZone("UTC", "2026-11-21T00:00:00Z", "2026-11-21T23:59:59Z")).toBe("today");
    expect(inZone("UTC", "2026-11-20T23:59:59Z", "2026-11-21T00:00:00Z")).toBe("yesterday");
    expect(inZone("UTC", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z")).toBe("yesterday");
    expect(inZone("UTC", "2026-11-19T23:59:59Z", "2026-11-21T00:00:00Z")).toBe("week");
  });

  test("the same moment belongs to another day elsewhere", () => {
    const [time, now] = ["2026-11-20T20:00:00Z", "2026-11-21T08:00:00Z"];
    expect(inZone("UTC", time, now)).toBe("yesterday");
    expect(inZone("Asia/Tokyo", time, now)).toBe("today");
    expect(inZone("Pacific/Kiritimati", time, now)).toBe("today");
    expect(inZone("America/Los_Angeles", "2026-11-21T07:30:00Z", "2026-11-21T08:30:00Z")).toBe("yesterday");
  });

  test("days of 23 and of 25 hours are days", () => {
    // Berlin: summer time begins on 29 March 2026 and ends on 25 October 2026.
    expect(inZone("Europe/Berlin", "2026-03-28T23:30:00Z", "2026-03-29T21:30:00Z")).toBe("today");
    expect(inZone("Europe/Berlin", "2026-03-28T22:30:00Z", "2026-03-29T21:30:00Z")).toBe("yesterday");
    expect(inZone("Europe/Berlin", "2026-10-24T22:30:00Z", "2026-10-25T22:30:00Z")).toBe("today");
    expect(inZone("Europe/Berlin", "2026-10-24T21:30:00Z", "2026-10-25T22:30:00Z")).toBe("yesterday");
  });

  test("a week, thirty days, then months", () => {
    const now = "2026-03-15T12:00:00Z";
    expect(inZone("UTC", "2026-03-13T12:00:00Z", now)).toBe("week");
    expect(inZone("UTC", "2026-03-08T00:00:00Z", now)).toBe("week");
    expect(inZone("UTC", "2026-03-07T23:59:59Z", now)).toBe("month");
    expect(inZone("UTC", "2026-02-13T00:00:00Z", now)).toBe("month");
    expect(inZone("UTC", "2026-02-12T23:59:59Z", now)).toBe("2026-2");
    expect(inZone("UTC", "2025-12-31T23:59:59Z", now)).toBe("2025-12");
    expect(inZone("Asia/Tokyo", "2025-12-31T23:59:59Z", now)).toBe("2026-1");
  });

  test("what a wrong clock has put into the future is of today", () => {
    expect(inZone("UTC", "2026-11-25T00:00:00Z", "2026-11-21T00:00:00Z")).toBe("today");
  });
});

const row = (id: string, last_message_at: string, pinned = false) => ({ id, last_message_at, pinned }) as Conversation;

test("a heading stands before each group that has rows, and a pinned row is shown once", () => {
  process.env.TZ = "UTC";
  const pinned = row("p", "2026-01-01T00:00:00Z", true);
  const rows = [row("a", "2026-11-21T10:00:00Z"), row("b", "2026-11-21T09:00:00Z"), row("c", "2026-11-20T09:00:00Z")];
  const entries = grouped([pinned], [...rows, pinned], new Date("2026-11-21T12:00:00Z"));
  expect(entries.map((entry) => (entry.kind === "row" ? entry.row.id : entry.group))).toEqual([
    "pinned",
    "p",
    "today",
    "a",
    "b",
    "yesterday",
    "c",
  ]);
  expect(grouped([], [], new Date())).toEqual([]);
});

test("the next midnight, also on the day on which summer time ends", () => {
  process.env.TZ = "Europe/Berlin";
  expect(nextMidnight(new Date("2026-10-25T00:30:00Z")).toISOString()).toBe("2026-10-25T23:00:00.000Z");
  expect(nextMidnight(new Date("2026-12-31T22:59:59Z")).toISOString()).toBe("2026-12-31T23:00:00.000Z");
});

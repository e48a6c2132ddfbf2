/**
 * The list in groups by day: pinned, today, yesterday, the last week, the last month, then by month; days are those of the
 * reader's clock. Pure, so that midnight and the ends of summer time can be tested; `conversation-list.tsx` shows it.
 */
import type { Conversation } from "../../../api/types";

/** A fixed group, or a month as `2026-09`. */
export type Group = "pinned" | "today" | "yesterday" | "week" | "month" | `${number}-${number}`;

export type Entry = { kind: "heading"; group: Group } | { kind: "row"; row: Conversation };

const DAY_MS = 86_400_000;

/** The group of a moment, seen from now. What a wrong clock has put into the future is of today. */
export function groupOf(time: string | Date, now: Date): Exclude<Group, "pinned"> {
  const at = new Date(time);
  const days = dayNumber(now) - dayNumber(at);
  if (days <= 0) return "today";
  if (days === 1) return "yesterday";
  if (days <= 7) return "week";
  if (days <= 30) return "month";
  return `${at.getFullYear()}-${at.getMonth() + 1}`;
}

/** Headings and rows one after the other. The pinned ones are not shown a second time below. */
export function grouped(pinned: readonly Conversation[], rows: readonly Conversation[], now: Date): Entry[] {
  const entries: Entry[] = [];
  if (pinned.length > 0) entries.push({ kind: "heading", group: "pinned" });
  for (const row of pinned) entries.push({ kind: "row", row });
  // The calendar is asked once for each group, not for each of ten thousand rows: they come in the order of time.
  let from = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    if (row.pinned) continue;
    if (Date.parse(row.last_message_at) < from) {
      const group = groupOf(row.last_message_at, now);
      from = beginOf(group, now);
      entries.push({ kind: "heading", group });
    }
    entries.push({ kind: "row", row });
  }
  return entries;
}

/** The first moment of a group. A month that the fixed groups cut short begins with its first day all the same. */
function beginOf(group: Exclude<Group, "pinned">, now: Date): number {
  const back = { today: 0, yesterday: 1, week: 7, month: 30 }[group as string];
  if (back !== undefined) return new Date(now.getFullYear(), now.getMonth(), now.getDate() - back).getTime();
  const [year = 0, month = 1] = group.split("-").map(Number);
  return new Date(year, month - 1).getTime();
}

/** The next midnight of the reader's clock, when every group is another one. */
export function nextMidnight(now: Date): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
}

/** Days are counted by the calendar, not by hours: two of them a year have 23 or 25. */
function dayNumber(time: Date): number {
  return Math.round(Date.UTC(time.getFullYear(), time.getMonth(), time.getDate()) / DAY_MS);
}

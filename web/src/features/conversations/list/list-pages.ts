/**
 * The loaded part of a list as pages, and what happens to them when a row changes or the list is read again.
 *
 * A page is what stands below its cursor, down to its `end`. Rows only ever move up (a new message), so a page that is read
 * again can shrink but nothing comes in between: the pages below it stay valid and are not asked for again. A list of ten
 * thousand is refreshed by a few requests, not by a hundred. `list-queries.ts` uses it.
 *
 * Invariant: the last row of a page as it was first read is its end, and the cursor of the next page stands for that place.
 */
import type { InfiniteData } from "@tanstack/react-query";
import type { Conversation } from "../../../api/types";

export interface ListPage {
  data: Conversation[];
  page: { next?: string | null };
  /** The place where the page ends; absent when it is the last one. */
  end?: Place;
  readAt: number;
}

export type ListPages = InfiniteData<ListPage, unknown>;

interface Place {
  last_message_at: string;
  id: string;
}

/** A page as the server gave it. */
export function asPage(data: Conversation[], next: string | null | undefined, readAt: number): ListPage {
  const last = data.at(-1);
  return {
    data,
    page: { next },
    end: next && last ? { last_message_at: last.last_message_at, id: last.id } : undefined,
    readAt,
  };
}

/**
 * The page read again in the place of the old one: cut where the old one ended, so that the next page goes on from there.
 * When the new one does not reach that far it stays as it is, and the pages below are read again too.
 */
export function fit(fresh: ListPage, old: ListPage): ListPage {
  const { end } = old;
  if (!end) return fresh;
  const inside = fresh.data.filter((row) => !isBelow(row, end));
  const reached = inside.length < fresh.data.length || !fresh.page.next;
  return reached ? { ...fresh, data: inside, page: old.page, end } : fresh;
}

/** All rows once, the newest first. Pages overlap for a moment when a conversation moves up between two reads. */
export function rowsOf(pages: ListPages | undefined): Conversation[] {
  const found = new Map<string, Conversation>();
  for (const page of pages?.pages ?? []) {
    for (const row of page.data) if (!found.has(row.id)) found.set(row.id, row);
  }
  return [...found.values()].sort(byTime);
}

export function changeRow(pages: ListPages, id: string, change: Partial<Conversation>): ListPages {
  return mapRows(pages, (rows) =>
    rows.some((row) => row.id === id) ? rows.map((row) => (row.id === id ? { ...row, ...change } : row)) : rows,
  );
}

export function removeRow(pages: ListPages, id: string): ListPages {
  return mapRows(pages, (rows) => (rows.some((row) => row.id === id) ? rows.filter((row) => row.id !== id) : rows));
}

/** Puts a row where it belongs by time; not at all when that place has not been read yet. */
export function insertRow(pages: ListPages, row: Conversation): ListPages {
  const clean = removeRow(pages, row.id);
  const index = clean.pages.findIndex((page) => !page.end || !isBelow(row, page.end));
  if (index < 0) return clean;
  return {
    ...clean,
    pages: clean.pages.map((page, at) => (at === index ? { ...page, data: [...page.data, row].sort(byTime) } : page)),
  };
}

function mapRows(pages: ListPages, change: (rows: Conversation[]) => Conversation[]): ListPages {
  return {
    ...pages,
    pages: pages.pages.map((page) => {
      const data = change(page.data);
      return data === page.data ? page : { ...page, data };
    }),
  };
}

/** The server's own order: by the last message, then by id, both downwards. */
function byTime(a: Place, b: Place): number {
  if (a.last_message_at !== b.last_message_at) return a.last_message_at < b.last_message_at ? 1 : -1;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

function isBelow(row: Place, end: Place): boolean {
  return byTime(row, end) > 0;
}

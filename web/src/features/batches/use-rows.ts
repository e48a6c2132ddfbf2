/** The rows that are in sight, read page by page from wherever one has scrolled to. */

import { useQueries, useQueryClient } from "@tanstack/react-query";
import type { Batch, BatchRow } from "../../api/types";
import { ROWS_PAGE, type RowFilter, rowsQuery } from "./queries";

interface Rows {
  /** How many there are, as far as is known. */
  total: number;
  at: (index: number) => BatchRow | undefined;
}

export function useRows(
  { id, rows }: Batch,
  filter: RowFilter | undefined,
  view: { first: number; last: number },
): Rows {
  const client = useQueryClient();
  const known = (page: number) => client.getQueryData(rowsQuery(id, filter, page).queryKey);
  const first = Math.floor(view.first / ROWS_PAGE);
  // Nothing is read from behind the end, where that is known.
  const last = Math.floor((filter ? view.last : Math.min(view.last, Math.max(0, rows - 1))) / ROWS_PAGE);
  const pages = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const results = useQueries({ queries: pages.map((page) => rowsQuery(id, filter, page)) });
  const at = (index: number) => {
    const page = Math.floor(index / ROWS_PAGE);
    return (results[page - first]?.data ?? known(page))?.rows[index % ROWS_PAGE];
  };
  return { total: filter ? reached(known) : rows, at };
}

/** Nobody counts what is narrowed down: there is a page more than has been read until one says that it is the last. */
function reached(known: (page: number) => { rows: readonly unknown[]; more: boolean } | undefined): number {
  for (let page = 0; ; page += 1) {
    const here = known(page);
    if (!here) return page * ROWS_PAGE + (page > 0 ? 1 : 0);
    if (!here.more) return page * ROWS_PAGE + here.rows.length;
  }
}

/** Follows the run of a batch: its numbers grow as they are told, and the rows that are shown are read again where something happened. */

import { type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { address } from "../../api/client";
import { followEvents } from "../../api/events";
import type { BatchWithLanes } from "../../api/types";
import { changedRows, withProgress } from "./progress";
import { batchQuery, ROWS_PAGE } from "./queries";

/** Many changes in a moment are read again once. */
const GATHER_MS = 700;

const runQuery = (run: string, id: string) =>
  queryOptions({
    queryKey: ["run", run, "batch"] as const,
    queryFn: async ({ client, signal, queryKey }): Promise<number> => {
      let seq = client.getQueryData<number>(queryKey) ?? 0;
      const rows = gatherRows(client, id);
      try {
        for await (const event of followEvents(address("/api/runs/{run}/events", { run }), { after: seq, signal })) {
          seq = event.seq;
          client.setQueryData<BatchWithLanes>(batchQuery(id).queryKey, (known) => known && withProgress(known, event));
          rows.add(changedRows(event));
          // Whether it waits or goes on, and why, stands in the batch itself.
          if (event.type === "paused" || event.type === "start") void readHead(client, id);
        }
      } finally {
        rows.end();
        if (!signal.aborted) {
          void client.invalidateQueries({ queryKey: ["batch", id] });
          void client.invalidateQueries({ queryKey: ["batches"] });
        } else client.setQueryData(queryKey, seq);
      }
      return seq;
    },
    staleTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

/** As long as the batch may still change. */
export function useProgress({ id, run_id, status }: BatchWithLanes): void {
  useQuery({ ...runQuery(run_id, id), enabled: status === "running" || status === "paused" });
}

function readHead(client: QueryClient, id: string): Promise<void> {
  return client.invalidateQueries({ queryKey: batchQuery(id).queryKey, exact: true });
}

/** Gathers rows for a moment, then has the pages read again that show one of them. */
function gatherRows(client: QueryClient, id: string) {
  let pages = new Set<number>();
  let all = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const read = () => {
    timer = undefined;
    const [touched, every] = [pages, all];
    pages = new Set();
    all = false;
    void client.invalidateQueries({
      queryKey: ["batch", id],
      // What is narrowed down moves from page to page.
      predicate: ({ queryKey: [, , part, filter, page] }) =>
        part !== "rows" || every || filter !== "all" || touched.has(page as number),
    });
  };
  return {
    add(rows: readonly number[] | null) {
      if (rows?.length === 0) return;
      all ||= rows === null;
      for (const row of rows ?? []) pages.add(Math.floor(row / ROWS_PAGE));
      timer ??= setTimeout(read, GATHER_MS);
    },
    end: () => clearTimeout(timer),
  };
}

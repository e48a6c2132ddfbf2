/** Batches: keys, queries and mutations. Everything of one batch has a key that begins with `["batch", id]`. */

import {
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { call } from "../../api/client";
import { explain } from "../../api/problem";
import type { Batch, BatchEstimate, BatchRow, BatchWithLanes, NewBatch } from "../../api/types";
import { showToast } from "../../ui/toast";

const LIST_PAGE = 50;
/** Rows that are read at once. */
export const ROWS_PAGE = 50;

/** Those that have at least one cell in this state. */
export type RowFilter = "pending" | "done" | "failed";

export const batchesQuery = (workspace: string, q: string) =>
  infiniteQueryOptions({
    queryKey: ["batches", workspace, q],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/workspaces/{workspace}/batches", {
        path: { workspace },
        query: { limit: LIST_PAGE, q: q || undefined, after: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.page.next ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });

export const batchQuery = (id: string) =>
  queryOptions({
    queryKey: ["batch", id],
    queryFn: async ({ signal }): Promise<BatchWithLanes> =>
      (await call("get", "/api/batches/{batch}", { path: { batch: id }, signal })).data,
    staleTime: 0,
  });

export interface RowsPage {
  rows: BatchRow[];
  more: boolean;
}

export const rowsQuery = (id: string, filter: RowFilter | undefined, page: number) =>
  queryOptions({
    queryKey: ["batch", id, "rows", filter ?? "all", page],
    queryFn: async ({ signal }): Promise<RowsPage> => {
      const { data, page: info } = await call("get", "/api/batches/{batch}/rows", {
        path: { batch: id },
        query: { limit: ROWS_PAGE, offset: page * ROWS_PAGE, status: filter },
        signal,
      });
      return { rows: data, more: info.has_more };
    },
    staleTime: 0,
  });

/** One row with whole texts. */
export const rowQuery = (id: string, position: number) =>
  queryOptions({
    queryKey: ["batch", id, "row", position],
    queryFn: async ({ signal }): Promise<BatchRow> =>
      (
        await call("get", "/api/batches/{batch}/rows/{position}", {
          path: { batch: id, position: String(position) },
          signal,
        })
      ).data,
    staleTime: 0,
  });

const numbers = new WeakMap<NewBatch, number>();
let last = 0;

/** What stands in a key in the place of a body, which may be megabytes long. */
function numberOf(body: NewBatch): number {
  const known = numbers.get(body);
  if (known !== undefined) return known;
  last += 1;
  numbers.set(body, last);
  return last;
}

/** How much there is to do and what it may cost. A body is one object for as long as it is the same. */
export const estimateQuery = (workspace: string, body: NewBatch | undefined) =>
  queryOptions({
    queryKey: ["estimate", workspace, body && numberOf(body)],
    queryFn: async ({ signal }): Promise<BatchEstimate> => {
      if (!body) throw new Error("nothing to reckon");
      return (await call("post", "/api/workspaces/{workspace}/batches/estimate", { path: { workspace }, body, signal }))
        .data;
    },
    enabled: body !== undefined,
    gcTime: 0,
    retry: false,
    placeholderData: keepPreviousData,
  });

export function useBegin(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: NewBatch): Promise<Batch> =>
      (
        await call("post", "/api/workspaces/{workspace}/batches", {
          path: { workspace },
          body,
          headers: { "Idempotency-Key": newKey() },
        })
      ).data,
    onSuccess: () => void client.invalidateQueries({ queryKey: ["batches", workspace] }),
    gcTime: 0,
  });
}

export type Steering = "pause" | "resume" | "cancel" | "retry";

export function useSteer(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (what: Steering): Promise<Batch> =>
      (await call("post", `/api/batches/{batch}/${what}`, { path: { batch: id } })).data,
    onSuccess: (batch) => take(client, batch),
    onError: complain,
  });
}

export function useRename(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (name: string): Promise<Batch> =>
      (await call("patch", "/api/batches/{batch}", { path: { batch: id }, body: { name } })).data,
    onSuccess: (batch) => take(client, batch),
  });
}

/** What the server says of it now; what it says of its models is read again. */
function take(client: QueryClient, batch: Batch): void {
  client.setQueryData<BatchWithLanes>(["batch", batch.id], (known) => known && { ...known, ...batch });
  void client.invalidateQueries({ queryKey: ["batch", batch.id] });
  void client.invalidateQueries({ queryKey: ["batches", batch.workspace_id] });
}

export async function deleteBatch(client: QueryClient, { id, workspace_id: workspace }: Batch): Promise<void> {
  await call("delete", "/api/batches/{batch}", { path: { batch: id } });
  void client.invalidateQueries({ queryKey: ["batches", workspace] });
}

function complain(error: unknown): void {
  showToast({ text: explain(error), tone: "danger" });
}

/** Not `randomUUID`, which a page from plain http on another host does not have. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

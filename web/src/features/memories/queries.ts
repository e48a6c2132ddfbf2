/**
 * Memories: keys, queries and mutations. Every list of a workspace has a key that begins with `["memories", workspace]`; one
 * memory with its text is `["memory", id]`.
 */
import {
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { call, callTagged } from "../../api/client";
import { explain } from "../../api/problem";
import type { Memory, MemoryBody, MemoryChanges, MemoryRow } from "../../api/types";
import { showToast } from "../../ui/toast";
import { texts } from "./texts";

const PAGE = 50;

export const ORDERS = ["-updated_at", "-created_at", "created_at", "title", "-last_used_at"] as const;
export type MemoryOrder = (typeof ORDERS)[number];

export interface Listing {
  status: MemoryRow["status"];
  q: string;
  tag: string;
  sort: MemoryOrder;
}

export const memoriesQuery = (workspace: string, { status, q, tag, sort }: Listing) =>
  infiniteQueryOptions({
    queryKey: ["memories", workspace, { status, q, tag, sort }],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/workspaces/{workspace}/memories", {
        path: { workspace },
        query: {
          status,
          q: q || undefined,
          tag: tag || undefined,
          sort,
          limit: PAGE,
          after: pageParam,
          // Once: the count of the first page is that of the list.
          count: pageParam ? undefined : true,
        },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

/** How many wait in the inbox. */
export const inboxQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["memories", workspace, "inbox"],
    queryFn: async ({ signal }) => {
      const { page } = await call("get", "/api/workspaces/{workspace}/memories", {
        path: { workspace },
        query: { status: "proposed", limit: 1, count: true },
        signal,
      });
      return page.total ?? 0;
    },
  });

export const tagsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["memories", workspace, "tags"],
    queryFn: async ({ signal }) =>
      (await call("get", "/api/workspaces/{workspace}/memories/tags", { path: { workspace }, signal })).data,
  });

/** What is changed of a memory; what is absent stays, although the document of the API wants these four named. */
type Draft = Partial<MemoryBody>;

interface Tagged {
  memory: Memory;
  etag: string | null;
}

export const memoryQuery = (id: string) =>
  queryOptions({
    queryKey: ["memory", id],
    queryFn: async ({ signal }): Promise<Tagged> => {
      const { body, etag } = await callTagged("get", "/api/memories/{memory}", { path: { memory: id }, signal });
      return { memory: body.data, etag };
    },
  });

export const versionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["memory", id, "versions"],
    queryFn: async ({ signal }) =>
      (await call("get", "/api/memories/{memory}/versions", { path: { memory: id }, query: { limit: 100 }, signal }))
        .data,
  });

export const versionQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: ["memory", id, "versions", version],
    queryFn: async ({ signal }) =>
      (
        await call("get", "/api/memories/{memory}/versions/{version}", {
          path: { memory: id, version: String(version) },
          signal,
        })
      ).data,
  });

/** Writes a new memory, or changes one: with the ETag of what was read, so as not to undo somebody else's change. */
export function useSaveMemory(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, etag, draft }: { id?: string; etag?: string | null; draft: Draft }) => {
      if (id === undefined)
        return (
          await call("post", "/api/workspaces/{workspace}/memories", { path: { workspace }, body: draft as MemoryBody })
        ).data;
      const headers: Record<string, string> = etag ? { "If-Match": etag } : {};
      return (
        await call("patch", "/api/memories/{memory}", { path: { memory: id }, body: draft as MemoryBody, headers })
      ).data;
    },
    onSuccess: (memory) => readAgain(client, workspace, memory.id),
  });
}

export function useRestoreVersion(workspace: string, id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (version: number) =>
      call("post", "/api/memories/{memory}/restore", { path: { memory: id }, body: { version } }),
    onSuccess: (_answer, version) => {
      showToast({ text: texts.now().restored(version) });
      return readAgain(client, workspace, id);
    },
    onError: complain,
  });
}

/** Takes a proposed memory out of the inbox. */
export function useDecide(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, accepted }: { id: string; accepted: boolean }) =>
      call("post", accepted ? "/api/memories/{memory}/accept" : "/api/memories/{memory}/reject", {
        path: { memory: id },
      }),
    onSuccess: ({ data }, { id, accepted }) => {
      const t = texts.now();
      showToast({ text: accepted ? t.accepted(data.title) : t.rejected(data.title) });
      return readAgain(client, workspace, id);
    },
    onError: complain,
  });
}

/** Deletes many in one call. */
export async function deleteMemories(client: QueryClient, workspace: string, ids: readonly string[]): Promise<void> {
  await bulk(
    workspace,
    ids.map((id) => ({ op: "delete" as const, id })),
    true,
  );
  for (const id of ids) client.removeQueries({ queryKey: ["memory", id] });
  await client.invalidateQueries({ queryKey: ["memories", workspace] });
}

/** Puts a tag on many in one call. */
export function useTagMemories(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ rows, tag }: { rows: readonly MemoryRow[]; tag: string }) =>
      bulk(
        workspace,
        rows
          .filter(({ tags }) => !tags.includes(tag))
          .map(({ id, tags }) => ({ op: "update" as const, id, tags: [...tags, tag] })),
      ),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["memory"] });
      return client.invalidateQueries({ queryKey: ["memories", workspace] });
    },
    onError: complain,
  });
}

/** The most that one call takes. */
const BULK_MAX = 1_000;

type BulkItem = { op: "update" | "delete"; id: string; tags?: string[] };

async function bulk(workspace: string, items: readonly BulkItem[], keepalive = false): Promise<void> {
  for (let from = 0; from < items.length; from += BULK_MAX)
    await call("post", "/api/workspaces/{workspace}/memories/bulk", {
      path: { workspace },
      body: { items: items.slice(from, from + BULK_MAX) as MemoryChanges["items"] },
      keepalive,
    });
}

export function readAgain(client: QueryClient, workspace: string, id?: string): Promise<unknown> {
  return Promise.all([
    client.invalidateQueries({ queryKey: ["memories", workspace] }),
    ...(id ? [client.invalidateQueries({ queryKey: ["memory", id] })] : []),
  ]);
}

function complain(error: unknown): void {
  showToast({ text: explain(error), tone: "danger" });
}

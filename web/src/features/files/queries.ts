/** Files and folders: keys, queries and mutations. Every list of a workspace has a key that begins with `["files", workspace]`. */
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
import type { FileChange, StoredFile } from "../../api/types";
import { showToast } from "../../ui/toast";
import { texts } from "./texts";

const PAGE = 100;
/** While something is being read, the list is looked at again so often. */
const WATCHING_MS = 2_000;
/** Deeper than anybody puts folders into folders. */
const DEPTH_MAX = 64;

export type Order = "name" | "-name" | "size" | "-size" | "updated_at" | "-updated_at";

export interface Listing {
  /** A folder; without one the top. */
  parent: string | undefined;
  /** Part of a name: then the whole workspace is searched. */
  q: string;
  sort: Order;
  hidden: boolean;
  deleted: boolean;
}

export const filesQuery = (workspace: string, { parent, q, sort, hidden, deleted }: Listing) =>
  infiniteQueryOptions({
    queryKey: ["files", workspace, { parent, q, sort, hidden, deleted }],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/workspaces/{workspace}/files", {
        path: { workspace },
        query: {
          parent: q || deleted ? undefined : (parent ?? "root"),
          q: q || undefined,
          sort,
          hidden: hidden || undefined,
          deleted: deleted || undefined,
          limit: PAGE,
          after: pageParam,
        },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.page.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.data.some(isBeingRead)) ? WATCHING_MS : false,
  });

function isBeingRead({ ingest }: StoredFile): boolean {
  return ingest.status === "queued" || ingest.status === "running";
}

export const fileQuery = (id: string) =>
  queryOptions({
    queryKey: ["file", id],
    queryFn: async ({ signal }) => (await call("get", "/api/files/{file}", { path: { file: id }, signal })).data,
    refetchInterval: ({ state }) => (state.data && isBeingRead(state.data) ? WATCHING_MS : false),
  });

/** The folders from the top down to this one. */
export const wayQuery = (workspace: string, folder: string) =>
  queryOptions({
    queryKey: ["files", workspace, "way", folder],
    queryFn: async ({ client }) => {
      const way: StoredFile[] = [];
      for (let id: string | null | undefined = folder; id && way.length < DEPTH_MAX; ) {
        const found: StoredFile = await client.ensureQueryData(fileQuery(id));
        way.unshift(found);
        id = found.parent_id;
      }
      return way;
    },
  });

/** The folders in a folder, for choosing one. */
export const foldersQuery = (workspace: string, parent: string | undefined) =>
  queryOptions({
    queryKey: ["files", workspace, "folders", parent],
    queryFn: async ({ signal }) => {
      const { data } = await call("get", "/api/workspaces/{workspace}/files", {
        path: { workspace },
        query: { parent: parent ?? "root", sort: "name", limit: PAGE },
        signal,
      });
      return data;
    },
  });

export const previewQuery = (file: StoredFile) =>
  queryOptions({
    // By its content: the preview of what has not changed is kept.
    queryKey: ["file", file.id, "preview", file.hash],
    queryFn: async ({ signal }) =>
      (await call("get", "/api/files/{file}/preview", { path: { file: file.id }, signal })).data,
  });

export const passageQuery = (passage: number) =>
  queryOptions({
    queryKey: ["passage", passage],
    queryFn: async ({ signal }) =>
      (await call("get", "/api/passages/{passage}", { path: { passage: String(passage) }, signal })).data,
  });

export function useMakeFolder(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, parent }: { name: string; parent: string | undefined }) =>
      call("post", "/api/workspaces/{workspace}/folders", {
        path: { workspace },
        body: { name, parent_id: parent ?? null },
      }),
    onSuccess: () => readAgain(client, workspace),
  });
}

/** What is absent stays as it is. */
type Change = Partial<FileChange> & { id: string };

export function useChangeFile(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...change }: Change) =>
      call("patch", "/api/files/{file}", { path: { file: id }, body: change as FileChange }),
    onSuccess: () => readAgain(client, workspace),
  });
}

export function useCopyFile(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, parent_id }: { id: string; parent_id: string | null }) =>
      call("post", "/api/files/{file}/copy", { path: { file: id }, body: { parent_id } }),
    onSuccess: () => readAgain(client, workspace),
  });
}

/** Puts it away at once; the server keeps it, so that the toast can bring it back. */
export function useDeleteFile(workspace: string) {
  const client = useQueryClient();
  const restore = useRestoreFile(workspace);
  return useMutation({
    mutationFn: (file: StoredFile) => call("delete", "/api/files/{file}", { path: { file: file.id } }),
    onSuccess: (_answer, file) => {
      const t = texts.now();
      showToast({ text: t.deleted(file.name), action: { label: t.undo, run: () => restore.mutate(file) } });
      return readAgain(client, workspace);
    },
    onError: complain,
  });
}

export function useRestoreFile(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (file: StoredFile) => call("post", "/api/files/{file}/restore", { path: { file: file.id } }),
    onSuccess: (_answer, file) => {
      showToast({ text: texts.now().restored(file.name) });
      return readAgain(client, workspace);
    },
    onError: complain,
  });
}

export async function deleteForEver(client: QueryClient, workspace: string, id: string): Promise<void> {
  await call("delete", "/api/files/{file}", { path: { file: id }, query: { forever: true } });
  await readAgain(client, workspace);
}

export function useReadFile(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call("post", "/api/files/{file}/ingest", { path: { file: id } }),
    onSuccess: () => readAgain(client, workspace),
    onError: complain,
  });
}

export function readAgain(client: QueryClient, workspace: string): Promise<unknown> {
  return Promise.all([
    client.invalidateQueries({ queryKey: ["files", workspace] }),
    client.invalidateQueries({ queryKey: ["file"] }),
  ]);
}

export function complain(error: unknown): void {
  showToast({ text: explain(error), tone: "danger" });
}

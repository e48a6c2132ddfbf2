/**
 * The lists of conversations: keys, queries and the mutations that change a row. Used by the list at the side, by the header
 * of a conversation and by the palette. What is inside a conversation is in `../queries.ts`.
 *
 * Every list of a workspace has a key that begins with `["conversations", workspace]`, so that one invalidation reaches all.
 */
import {
  infiniteQueryOptions,
  MutationObserver,
  mutationOptions,
  type QueryClient,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { call } from "../../../api/client";
import { explain } from "../../../api/problem";
import { announce } from "../../../api/tabs";
import type { Conversation } from "../../../api/types";
import { showToast } from "../../../ui/toast";
import { asPage, changeRow, fit, insertRow, type ListPages, removeRow } from "./list-pages";

const FIRST_PAGE = 50;
const NEXT_PAGE = 100;
/** Pages below the first that one refresh reads again, those first that were read longest ago. */
const AGAIN_MAX = 3;
const FRESH_MS = 60_000;

interface Listing {
  /** Part of the title. */
  q?: string;
  archived?: boolean;
  pinned?: boolean;
}

export const conversationsQuery = (workspace: string, listing?: Listing) =>
  infiniteQueryOptions({
    queryKey: listing ? ["conversations", workspace, listing] : ["conversations", workspace],
    queryFn: async ({ pageParam, signal, client, queryKey }) => {
      const known = client.getQueryData<ListPages>(queryKey);
      const old = known?.pages[known.pageParams.indexOf(pageParam)];
      if (old && pageParam && !readAgain(known, old)) return old;
      const { data, page } = await call("get", "/api/workspaces/{workspace}/conversations", {
        path: { workspace },
        query: { ...listing, limit: pageParam || old ? NEXT_PAGE : FIRST_PAGE, after: pageParam },
        signal,
      });
      const fresh = asPage(data, page.next, Date.now());
      return old ? fit(fresh, old) : fresh;
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.page.next ?? undefined,
    refetchOnWindowFocus: "always",
    // Pages that stay are the same objects already; comparing ten thousand rows with themselves would cost frames.
    structuralSharing: false,
  });

/** Whether a page below the first is due: changes far down the list come from elsewhere and are rare. */
function readAgain(known: ListPages, page: ListPages["pages"][number]): boolean {
  const now = Date.now();
  const due = known.pages
    .slice(1)
    .filter((each) => now - each.readAt > FRESH_MS)
    .sort((a, b) => a.readAt - b.readAt);
  return due.slice(0, AGAIN_MAX).includes(page);
}

type Change = { title?: string; model?: string; pinned?: boolean; archived?: boolean };
export type ConversationChange = { id: string } & Change;

/** Changes a conversation at once, in every list and on its page; undone, with a word, when the server refuses. */
function changeOptions(client: QueryClient, workspace: string) {
  return mutationOptions({
    mutationFn: ({ id, ...change }: ConversationChange) =>
      call("patch", "/api/conversations/{conversation}", { path: { conversation: id }, body: change }),
    onMutate: async ({ id, ...change }) => {
      await client.cancelQueries({ queryKey: ["conversations", workspace] });
      return optimistically(client, workspace, id, change);
    },
    onSuccess: ({ data }) => {
      for (const [key, pages] of listsOf(client, workspace)) client.setQueryData(key, changeRow(pages, data.id, data));
    },
    onError: (error, _change, undo) => {
      undo?.();
      showToast({ text: explain(error), tone: "danger" });
    },
    onSettled: (_data, _error, { id }) => changed(client, workspace, id),
  });
}

export function useUpdateConversation(workspace: string) {
  return useMutation(changeOptions(useQueryClient(), workspace));
}

/** The same for who is no component of the lists. */
export function changeConversation(client: QueryClient, workspace: string, change: ConversationChange): void {
  // What the server refuses has been said by then.
  new MutationObserver(client, changeOptions(client, workspace)).mutate(change).catch(() => {});
}

/** What is known of a conversation from any list that has been read. */
export function knownConversation(client: QueryClient, workspace: string, id: string): Conversation | undefined {
  for (const [, pages] of listsOf(client, workspace)) {
    for (const page of pages.pages) {
      const found = page.data.find((row) => row.id === id);
      if (found) return found;
    }
  }
  return undefined;
}

/** Changes the caches before the server has answered; gives the function that undoes it. */
function optimistically(client: QueryClient, workspace: string, id: string, change: Change): () => void {
  const row = knownConversation(client, workspace, id);
  const lists = listsOf(client, workspace);
  for (const [key, pages] of lists) {
    const listing = (key[2] ?? {}) as Listing;
    const next = row && { ...row, ...change };
    const leaves =
      (change.archived !== undefined && change.archived !== (listing.archived ?? false)) ||
      (listing.pinned && change.pinned === false);
    const enters =
      next &&
      !leaves &&
      listing.q === undefined &&
      next.archived === (listing.archived ?? false) &&
      (!listing.pinned || next.pinned);
    if (leaves) client.setQueryData(key, removeRow(pages, id));
    else if (enters) client.setQueryData(key, insertRow(pages, next));
    else client.setQueryData(key, changeRow(pages, id, change));
  }
  const open = client.getQueriesData<object>({ queryKey: ["conversation", id] });
  for (const [key, cached] of open) if (cached) client.setQueryData(key, inOpen(cached, change));
  return () => {
    for (const [key, cached] of [...lists, ...open]) client.setQueryData(key, cached);
  };
}

function listsOf(client: QueryClient, workspace: string): [readonly unknown[], ListPages][] {
  return client
    .getQueriesData<ListPages>({ queryKey: ["conversations", workspace] })
    .flatMap(([key, pages]) => (pages ? [[key, pages]] : []));
}

/** The open conversation, in pages or whole: its own fields change, its messages stay. */
function inOpen(cached: object, change: Change): object {
  if ("pages" in cached && Array.isArray(cached.pages))
    return { ...cached, pages: cached.pages.map((page: object) => inOpen(page, change)) };
  if ("data" in cached && typeof cached.data === "object") return { ...cached, data: { ...cached.data, ...change } };
  return cached;
}

/** Reads lists and conversation again, here and in the other tabs. */
function changed(client: QueryClient, workspace: string, id: string): void {
  announce({ kind: "conversation", id });
  void client.invalidateQueries({ queryKey: ["conversations", workspace] });
  void client.invalidateQueries({ queryKey: ["conversation", id] });
}

export { useDeleteWithUndo } from "./deletion";

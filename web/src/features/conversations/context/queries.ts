/** What the answers of a conversation know: key, query and mutations. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../../api/client";
import { explain } from "../../../api/problem";
import type { Collection, ContextItem, ConversationContext } from "../../../api/types";
import { showToast } from "../../../ui/toast";
import { conversationQuery } from "../queries";

const keyOf = (conversation: string) => ["context", conversation] as const;

export const contextQuery = (conversation: string) =>
  queryOptions({
    queryKey: keyOf(conversation),
    queryFn: async ({ signal }) =>
      (await call("get", "/api/conversations/{conversation}/context", { path: { conversation }, signal })).data,
  });

/** Memories by their titles, for adding one. */
export const findQuery = (workspace: string, q: string) =>
  queryOptions({
    queryKey: ["memories", workspace, "find", q],
    queryFn: async ({ signal }) =>
      (
        await call("get", "/api/workspaces/{workspace}/memories", {
          path: { workspace },
          query: { q, limit: 8 },
          signal,
        })
      ).data,
  });

/** The name of a file or folder that is drawn on. */
export const nameQuery = (file: string) =>
  queryOptions({
    queryKey: ["file", file],
    queryFn: async ({ signal }) => (await call("get", "/api/files/{file}", { path: { file }, signal })).data,
  });

/** What the conversation draws on from now on. Shown at once. */
export function useSetCollection(conversation: string) {
  const client = useQueryClient();
  const { queryKey } = conversationQuery(conversation);
  const show = (collection: Collection | null | undefined) =>
    client.setQueryData(queryKey, (thread) => thread && { ...thread, data: { ...thread.data, collection } });
  return useMutation({
    mutationFn: (collection: Collection | null) =>
      call("put", "/api/conversations/{conversation}/collection", { path: { conversation }, body: collection }),
    onMutate: async (collection) => {
      await client.cancelQueries({ queryKey });
      const before = client.getQueryData(queryKey)?.data.collection;
      show(collection);
      return before;
    },
    onError: (error, _collection, before) => {
      show(before);
      showToast({ text: explain(error), tone: "danger" });
    },
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
}

/** Adds a memory, pauses it, goes on with it; without a state it is removed. Shown at once. */
export function useSetState(conversation: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ memory, state }: { memory: ContextItem["memory"]; state?: ContextItem["state"] }) => {
      const path = { conversation, memory: memory.id };
      return state
        ? call("put", "/api/conversations/{conversation}/context/{memory}", { path, body: { state } })
        : call("delete", "/api/conversations/{conversation}/context/{memory}", { path });
    },
    onMutate: async ({ memory, state }) => {
      await client.cancelQueries({ queryKey: keyOf(conversation) });
      const before = client.getQueryData<ConversationContext>(keyOf(conversation));
      if (before) client.setQueryData(keyOf(conversation), withState(before, memory, state));
      return before;
    },
    onError: (error, _change, before) => {
      client.setQueryData(keyOf(conversation), before);
      showToast({ text: explain(error), tone: "danger" });
    },
    onSettled: () => client.invalidateQueries({ queryKey: keyOf(conversation) }),
  });
}

function withState(
  known: ConversationContext,
  memory: ContextItem["memory"],
  state: ContextItem["state"] | undefined,
): ConversationContext {
  const there = known.items.some((item) => item.memory.id === memory.id);
  const items = state
    ? there
      ? known.items.map((item) => (item.memory.id === memory.id ? { ...item, state } : item))
      : [...known.items, { memory, state, added_at: new Date().toISOString() }]
    : known.items.filter((item) => item.memory.id !== memory.id);
  return { ...known, items, suggested: known.suggested.filter((each) => each.memory.id !== memory.id) };
}

/** Begins the run that proposes a memory; gives the run. */
export function useClose(conversation: string) {
  return useMutation({
    mutationFn: async () =>
      (await call("post", "/api/conversations/{conversation}/close", { path: { conversation }, body: {} })).data.run.id,
  });
}

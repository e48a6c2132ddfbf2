/**
 * A conversation and its messages: key, query and mutations. The lists of conversations have their own (`list/list-queries.ts`).
 *
 * The cache holds the loaded part of the shown branch (`thread.ts`). Reading it again reads the newest page only, however much
 * is loaded; older pages come by `useOlder` and stay. Mutations write what the server answered into it; `use-reply.ts` reads
 * the conversation again when a reply has ended.
 */
import { type QueryClient, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { call } from "../../api/client";
import { explain, Unreachable } from "../../api/problem";
import { announce } from "../../api/tabs";
import type { Asked, Collection, Message } from "../../api/types";
import { showToast } from "../../ui/toast";
import { type Ask, mergeNewest, prependOlder, type Thread, takeAsked } from "./thread";

const NEWEST_PAGE = 50;
const OLDER_PAGE = 100;

const keyOf = (id: string) => ["conversation", id] as const;

export const conversationQuery = (id: string) =>
  queryOptions({
    queryKey: keyOf(id),
    queryFn: async ({ client, signal }): Promise<Thread> => {
      const { data } = await call("get", "/api/conversations/{conversation}", {
        path: { conversation: id },
        query: { limit: NEWEST_PAGE },
        signal,
      });
      return mergeNewest(client.getQueryData<Thread>(keyOf(id)), data);
    },
    // `mergeNewest` keeps what is equal; comparing by place would copy every message when older ones came in before it.
    structuralSharing: false,
    refetchOnWindowFocus: "always",
  });

/** Loads the messages before those that are there. */
async function loadOlder(client: QueryClient, id: string): Promise<void> {
  const known = client.getQueryData<Thread>(keyOf(id));
  const first = known?.messages[0]?.id;
  if (!known?.more || !first) return;
  const { data } = await call("get", "/api/conversations/{conversation}", {
    path: { conversation: id },
    query: { limit: OLDER_PAGE, before: first },
  });
  // The newest page has not been read: it is as old as before.
  const updatedAt = client.getQueryState(keyOf(id))?.dataUpdatedAt;
  client.setQueryData<Thread>(keyOf(id), (now) => now && prependOlder(now, first, data), { updatedAt });
}

export function useOlder(id: string) {
  const client = useQueryClient();
  return useMutation({ mutationFn: () => loadOlder(client, id) });
}

interface Begun extends Asked {
  conversation: string;
}

/** Begins an answer: to a new message, to another version of one, once more, or the rest. Makes the conversation if need be. */
export function useAsk(workspace: string, conversation: string | undefined, collection: Collection | null) {
  const client = useQueryClient();
  // Kept for the next attempt when the conversation was made but the message was not taken.
  const made = useRef(conversation);
  const unsure = useRef<{ what: string; key: string }>(undefined);
  return useMutation({
    mutationFn: async (ask: Ask): Promise<Begun> => {
      made.current ??= await createConversation(client, workspace, {
        model: "model" in ask ? ask.model : undefined,
        collection,
      });
      // Without an answer the last attempt may have been taken all the same: by the same key the server knows it again.
      const what = fingerprint(ask);
      const key = unsure.current?.what === what ? unsure.current.key : newKey();
      unsure.current = { what, key };
      const { data } = await begin(made.current, ask, { "Idempotency-Key": key });
      return { ...data, conversation: made.current };
    },
    // Here and not at the call, so that it also happens when the user has left the page meanwhile.
    onSuccess: (begun, ask) => {
      unsure.current = undefined;
      setMessages(client, begun.conversation, (messages) => takeAsked(messages, ask, begun));
      void changed(client, workspace, begun.conversation);
    },
    onError: (error) => {
      if (!(error instanceof Unreachable)) unsure.current = undefined;
      if (made.current) void client.invalidateQueries({ queryKey: keyOf(made.current) });
    },
  });
}

function begin(conversation: string, ask: Ask, headers: Record<string, string>) {
  if (ask.way === "send")
    return call("post", "/api/conversations/{conversation}/messages", {
      path: { conversation },
      body: { content: ask.content, model: ask.model, collection: ask.collection },
      headers,
    });
  const path = { message: ask.message.id };
  if (ask.way === "edit")
    return call("post", "/api/messages/{message}/edit", {
      path,
      body: { content: ask.content, model: ask.model },
      headers,
    });
  if (ask.way === "regenerate")
    return call("post", "/api/messages/{message}/regenerate", { path, body: { model: ask.model }, headers });
  return call("post", "/api/messages/{message}/continue", { path, body: {}, headers });
}

/** Not where it stands: the message of a lost answer is there already when it is sent again. */
function fingerprint(ask: Ask): string {
  return JSON.stringify([
    ask.way,
    "message" in ask ? ask.message.id : "",
    "content" in ask ? ask.content : "",
    "model" in ask ? ask.model : "",
    "collection" in ask ? ask.collection : "",
  ]);
}

/** Not `randomUUID`, which a page from plain http on another host does not have. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function createConversation(
  client: QueryClient,
  workspace: string,
  body: { model: string | undefined; collection: Collection | null },
): Promise<string> {
  const { data } = await call("post", "/api/workspaces/{workspace}/conversations", {
    path: { workspace },
    body,
  });
  client.setQueryData<Thread>(keyOf(data.id), {
    data: { ...data, role: "member", lanes: [] },
    messages: [],
    more: false,
  });
  return data.id;
}

/** Stops a run, from whichever tab. The end comes through the run's events. */
export function useStop() {
  return useMutation({ mutationFn: (run: string) => call("post", "/api/runs/{run}/cancel", { path: { run } }) });
}

/** Shows another version of a turn: the branch of this message, down to its newest end. */
export function useShowBranch(workspace: string, conversation: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (message: string) => showBranch(conversation, message),
    // Pending until the other branch is on the page.
    onSuccess: () => changed(client, workspace, conversation),
  });
}

function showBranch(conversation: string, message: string) {
  return call("patch", "/api/conversations/{conversation}", { path: { conversation }, body: { head_id: message } });
}

/** Pins a message or takes the pin out, at once; undone, with a word, when the server refuses. */
export function usePinMessage(conversation: string) {
  const client = useQueryClient();
  const set = (id: string, pinned: boolean) =>
    setMessages(client, conversation, (messages) =>
      messages.map((message) => (message.id === id ? { ...message, pinned } : message)),
    );
  return useMutation({
    mutationFn: ({ id, pinned }: { id: string; pinned: boolean }) =>
      call("patch", "/api/messages/{message}", { path: { message: id }, body: { pinned } }),
    onMutate: ({ id, pinned }) => set(id, pinned),
    onSuccess: () => announce({ kind: "conversation", id: conversation }),
    onError: (error, { id, pinned }) => {
      set(id, !pinned);
      showToast({ text: explain(error), tone: "danger" });
    },
  });
}

/** Deletes a message and all below it. Where there was another version of the turn, that one is shown then. */
export function useDeleteMessage(workspace: string, conversation: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (message: Message) => {
      await call("delete", "/api/messages/{message}", { path: { message: message.id } });
      const other = message.siblings?.ids.findLast((id) => id !== message.id);
      // What is gone is gone: that the other version is not shown is no failure of deleting.
      if (other) await showBranch(conversation, other).catch(() => undefined);
    },
    onSuccess: () => changed(client, workspace, conversation),
  });
}

/** A new conversation with the branch up to this message; gives its id. */
export function useFork(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (message: string) =>
      (await call("post", "/api/messages/{message}/fork", { path: { message }, body: {} })).data.id,
    onSuccess: (id) => void changed(client, workspace, id),
    onError: (error) => showToast({ text: explain(error), tone: "danger" }),
  });
}

/** Reads the list and this conversation again, here and in the other tabs; done when the conversation is there. */
function changed(client: QueryClient, workspace: string, id: string): Promise<void> {
  announce({ kind: "conversation", id });
  void client.invalidateQueries({ queryKey: ["conversations", workspace] });
  return client.invalidateQueries({ queryKey: keyOf(id) });
}

function setMessages(
  client: QueryClient,
  id: string,
  change: (messages: readonly Message[]) => readonly Message[],
): void {
  client.setQueryData<Thread>(keyOf(id), (thread) => thread && { ...thread, messages: change(thread.messages) });
}

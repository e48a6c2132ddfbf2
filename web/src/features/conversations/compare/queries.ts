/** Comparisons, votes, presets and standings: keys, queries and mutations. */
import { keepPreviousData, type QueryClient, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../../api/client";
import { explain } from "../../../api/problem";
import { announce } from "../../../api/tabs";
import type {
  CastVote,
  ConversationPage,
  CostEstimate,
  EstimateCost,
  Message,
  ModelChoice,
  NewComparison,
  Preset,
  Prompt,
  Vote,
} from "../../../api/types";
import { showToast } from "../../../ui/toast";
import type { Margin } from "./margin";

/** As many messages as the server gives at once. */
const PAGE = 100;
const MESSAGES_MAX = 1_000;

export type Comparison = Omit<ConversationPage, "messages" | "page">;

export interface Compared {
  readonly data: Comparison;
  readonly messages: readonly Message[];
}

// Under the key of the conversation, so that whatever says that it has changed reaches this, too.
const keyOf = (id: string) => ["conversation", id, "comparison"] as const;
const votesOf = (id: string) => ["vote", id] as const;

export const comparisonQuery = (id: string) =>
  queryOptions({
    queryKey: keyOf(id),
    queryFn: async ({ client, signal }): Promise<Compared> => {
      let messages: Message[] = [];
      for (let before: string | undefined; ; ) {
        const { data } = await call("get", "/api/conversations/{conversation}", {
          path: { conversation: id },
          query: { limit: PAGE, before },
          signal,
        });
        const { messages: read, page, ...comparison } = data;
        messages = [...read, ...messages];
        before = page.next;
        if (!before || messages.length >= MESSAGES_MAX)
          return { data: comparison, messages: withPending(client, id, messages) };
      }
    },
    refetchOnWindowFocus: "always",
  });

/** Begins a comparison; gives its id. */
export function useCompare(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: NewComparison) =>
      (
        await call("post", "/api/workspaces/{workspace}/comparisons", {
          path: { workspace },
          body,
          headers: { "Idempotency-Key": newKey() },
        })
      ).data,
    onSuccess: ({ conversation, message, replies, run }) => {
      client.setQueryData<Compared>(keyOf(conversation.id), {
        data: { ...conversation, role: "member", active_run_id: run.id },
        messages: [message, ...replies],
      });
      void client.invalidateQueries({ queryKey: ["conversations", workspace] });
    },
    gcTime: 0,
  });
}

/** A further question, to all lanes or to some. */
export function usePrompt(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: Prompt) =>
      (
        await call("post", "/api/conversations/{conversation}/prompts", {
          path: { conversation: id },
          body,
          headers: { "Idempotency-Key": newKey() },
        })
      ).data,
    onSuccess: ({ message, replies, run }) => take(client, id, [message, ...replies], run.id),
    gcTime: 0,
  });
}

/** A lane's answer is written anew. */
export function useAgain(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (message: Message) =>
      (await call("post", "/api/messages/{message}/regenerate", { path: { message: message.id }, body: {} })).data,
    onSuccess: ({ reply, run }) => take(client, id, [reply], run.id),
    onError: complain,
  });
}

/** What has begun is shown. A read that was faster knows it already, and maybe how it ended. */
function take(client: QueryClient, id: string, added: readonly Message[], run: string): void {
  client.setQueryData<Compared>(keyOf(id), (known) => {
    if (!known || added.some((each) => known.messages.some((same) => same.id === each.id))) return known;
    return { data: { ...known.data, active_run_id: run }, messages: [...known.messages, ...added] };
  });
  announce({ kind: "conversation", id });
}

/** Stops everything of a run: the comparison's for all lanes, a lane's own for that one. */
export function useStopRun() {
  return useMutation({
    mutationFn: (run: string) => call("post", "/api/runs/{run}/cancel", { path: { run } }),
    onError: complain,
  });
}

/** Goes on with one lane as a chat; gives the new conversation's id. */
export function useBreakOut(workspace: string, id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (lane: number) =>
      (
        await call("post", "/api/conversations/{conversation}/lanes/{lane}/breakout", {
          path: { conversation: id, lane: String(lane) },
        })
      ).data.id,
    onSuccess: () => void client.invalidateQueries({ queryKey: ["conversations", workspace] }),
    onError: complain,
  });
}

interface Cast {
  message: string;
  /** Null takes it back. */
  vote: CastVote | null;
}

/** Votes, changes the vote, or takes it back. Shown at once; undone, with a word, when the server refuses. */
export function useVote(id: string) {
  const client = useQueryClient();
  const show = (message: string, vote: Vote | null | undefined) =>
    client.setQueryData<Compared>(
      keyOf(id),
      (known) => known && { ...known, messages: withVote(known.messages, message, vote) },
    );
  return useMutation({
    mutationKey: votesOf(id),
    mutationFn: async ({ message, vote }: Cast): Promise<Vote | null> => {
      const path = { message };
      if (vote) return (await call("put", "/api/messages/{message}/vote", { path, body: vote })).data;
      await call("delete", "/api/messages/{message}/vote", { path });
      return null;
    },
    onMutate: ({ message, vote }) => {
      const before = client.getQueryData<Compared>(keyOf(id))?.messages.find((each) => each.id === message)?.vote;
      show(message, asCast(vote));
      return before;
    },
    onSuccess: (vote, { message }) => {
      // As the server has it, unless another one is on its way.
      if (pendingOf(client, id).filter((each) => each.message === message).length < 2) show(message, vote);
    },
    onError: (error, { message }, before) => {
      show(message, before);
      complain(error);
    },
    scope: { id: `vote ${id}` },
  });
}

const asCast = (vote: CastVote | null): Vote | null => vote && { ...vote, updated_at: "" };

function pendingOf(client: QueryClient, id: string): Cast[] {
  const mutations = client.getMutationCache().findAll({ mutationKey: votesOf(id), status: "pending" });
  return mutations.map(({ state }) => state.variables as Cast);
}

/** What was read may be older than a vote that is on its way. */
function withPending(client: QueryClient, id: string, messages: readonly Message[]): readonly Message[] {
  return pendingOf(client, id).reduce((now, { message, vote }) => withVote(now, message, asCast(vote)), messages);
}

function withVote(messages: readonly Message[], id: string, vote: Vote | null | undefined): readonly Message[] {
  return messages.map((each) => (each.id === id ? { ...each, vote } : each));
}

/** Names the models of a blind comparison. Its votes can not be changed afterwards. */
export function useReveal(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call("post", "/api/conversations/{conversation}/reveal", { path: { conversation: id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: keyOf(id) }),
    onError: complain,
  });
}

/** What a question will cost, lane by lane. */
export const costQuery = (workspace: string, asks: readonly EstimateCost[]) =>
  queryOptions({
    queryKey: ["estimate", workspace, asks],
    queryFn: async ({ signal }): Promise<CostEstimate[]> => {
      const estimate = (body: EstimateCost) =>
        call("post", "/api/models/estimate", { query: { workspace }, body, signal });
      return (await Promise.all(asks.map(estimate))).flatMap(({ data }) => data);
    },
    gcTime: 0,
    retry: false,
    placeholderData: keepPreviousData,
  });

export const presetsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["presets", workspace],
    queryFn: async ({ signal }) =>
      (await call("get", "/api/workspaces/{workspace}/presets", { path: { workspace }, signal })).data.map(choices),
  });

/** A named set of models. */
export interface ModelPreset {
  id: string;
  name: string;
  models: ModelChoice[];
}

/** A program may have stored mere names. */
function choices({ id, name, models }: Preset): ModelPreset {
  return { id, name, models: models.map((each) => (typeof each === "string" ? { model: each } : each)) };
}

export function useSavePreset(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; models: ModelChoice[] }) =>
      call("post", "/api/workspaces/{workspace}/presets", { path: { workspace }, body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["presets", workspace] }),
  });
}

interface PresetChange {
  id: string;
  change: { name?: string; models?: ModelChoice[] };
}

export function useChangePreset(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, change }: PresetChange) =>
      call("patch", "/api/presets/{preset}", { path: { preset: id }, body: change }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["presets", workspace] }),
  });
}

export function useDeletePreset(workspace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (preset: string) => call("delete", "/api/presets/{preset}", { path: { preset } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["presets", workspace] }),
  });
}

export const standingsQuery = (workspace: string, tag: string) =>
  queryOptions({
    queryKey: ["leaderboard", workspace, tag],
    queryFn: async ({ signal }) =>
      (
        await call("get", "/api/workspaces/{workspace}/leaderboard", {
          path: { workspace },
          query: { tag: tag || undefined },
          signal,
        })
      ).data.rows,
    staleTime: 0,
  });

/** The same, with the cheapest model that is not worse than another. */
export const cheapestQuery = (workspace: string, tag: string, than: string, margin: Margin) =>
  queryOptions({
    queryKey: ["leaderboard", workspace, tag, than, margin],
    queryFn: async ({ signal }) => {
      const { data } = await call("get", "/api/workspaces/{workspace}/leaderboard", {
        path: { workspace },
        query: { tag: tag || undefined, not_worse_than: than, margin },
        signal,
      });
      return { than, margin, cheapest: data.cheapest ?? undefined, rows: data.rows };
    },
    staleTime: 0,
  });

export const tagsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["leaderboard", workspace, "tags of votes"],
    queryFn: async ({ signal }) =>
      (await call("get", "/api/workspaces/{workspace}/leaderboard/tags", { path: { workspace }, signal })).data.map(
        ({ tag }) => tag,
      ),
    staleTime: 0,
  });

/** Whether visitors may try the mock models, and which there are. */
export const visitorsQuery = queryOptions({
  queryKey: ["status", "visitors"],
  queryFn: async ({ signal }) => (await call("get", "/api/anonymous-mock-mode-status", { signal })).data,
});

function complain(error: unknown): void {
  showToast({ text: explain(error), tone: "danger" });
}

/** Not `randomUUID`, which a page from plain http on another host does not have. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

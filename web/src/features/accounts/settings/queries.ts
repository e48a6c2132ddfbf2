/** What a user's own settings read and change: name, password, sessions, keys, and the models one can prefer. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  type QueryKey,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { call } from "../../../api/client";
import type { ApiKey, KeyScope, Session } from "../../../api/types";
import { meQuery } from "../queries";
import type { KeyLimits } from "./key-limits";

export const sessionsQuery = queryOptions({
  queryKey: ["account", "sessions"],
  queryFn: async ({ signal }) => (await call("get", "/api/auth/sessions", { signal })).data,
  // Somebody who looks here wants to know how it is now.
  staleTime: 0,
});

/** Whose keys: one's own, or those of a workspace, by its id. */
export type KeyOwner = "me" | (string & {});

export const keysQuery = (owner: KeyOwner) =>
  queryOptions({
    queryKey: ["account", "keys", owner],
    queryFn: async ({ signal }) => {
      if (owner === "me") return (await call("get", "/api/auth/keys", { signal })).data;
      return (await call("get", "/api/workspaces/{workspace}/keys", { path: { workspace: owner }, signal })).data;
    },
    staleTime: 0,
  });

/** Calls of the last minute pass out of it by the second. */
const STANDING_EVERY_MS = 5_000;

/** How one's own limits stand, read again while the page is in sight. What limits a single key is told only to that key. */
export const ownLimitsQuery = queryOptions({
  queryKey: ["account", "limits"],
  queryFn: async ({ signal }) => (await call("get", "/api/rate-limit-status", { signal })).data,
  // Who has no limits is not asked about again and again.
  refetchInterval: ({ state }) => (state.data?.length ? STANDING_EVERY_MS : false),
  staleTime: 0,
});

const ALL_KEYS = ["admin", "keys"];
const PAGE = 30;

/** Everybody's, oldest first, for administrators. */
export const allKeysQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: [...ALL_KEYS, q],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/admin/keys", { query: { limit: PAGE, after: pageParam, q: q || undefined }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.page.next ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });

/** The same entry of the cache as the model picker's. */
export const modelChoicesQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["models", workspace],
    queryFn: async ({ signal }) => (await call("get", "/api/models", { query: { workspace }, signal })).data,
    select: (models) => models.filter((model) => model.capabilities.chat),
  });

export function useRename() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => call("patch", "/api/auth/me", { body: { name } }),
    onSuccess: ({ data }) => client.setQueryData(meQuery.queryKey, (me) => me && { ...me, user: data }),
  });
}

export function useChangePassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { current: string; new: string }) => call("post", "/api/auth/password", { body }),
    onSuccess: () => client.invalidateQueries(sessionsQuery),
  });
}

/** Ends sessions; they leave the list at once and come back when the server could not end them. */
export function useEndSessions() {
  return useRemoval<Session>(sessionsQuery.queryKey, (session) =>
    call("delete", "/api/auth/sessions/{session}", { path: { session } }),
  );
}

export function useRevokeKeys(owner: KeyOwner) {
  return useRemoval<ApiKey>(keysQuery(owner).queryKey, (key) =>
    owner === "me"
      ? call("delete", "/api/auth/keys/{key}", { path: { key } })
      : call("delete", "/api/workspaces/{workspace}/keys/{key}", { path: { workspace: owner, key } }),
  );
}

/** Ends anybody's key, for administrators. */
export function useRevokeAnyKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (key: string) => call("delete", "/api/admin/keys/{key}", { path: { key } }),
    onSettled: () => client.invalidateQueries({ queryKey: ALL_KEYS }),
  });
}

interface KeyChange {
  id: string;
  change: { name: string } & KeyLimits;
}

/** Changes what a key is called and what limits it. */
export function useUpdateKey(owner: KeyOwner) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, change }: KeyChange) => {
      if (owner === "me") return call("patch", "/api/auth/keys/{key}", { path: { key: id }, body: change });
      const path = { workspace: owner, key: id };
      return call("patch", "/api/workspaces/{workspace}/keys/{key}", { path, body: change });
    },
    onSettled: () => client.invalidateQueries(keysQuery(owner)),
  });
}

function useRemoval<Row extends { id: string }>(queryKey: QueryKey, remove: (id: string) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (ids: readonly string[]) => {
      for (const id of ids) await remove(id);
    },
    onMutate: async (ids) => {
      await client.cancelQueries({ queryKey });
      client.setQueryData<Row[]>(queryKey, (rows) => rows?.filter((row) => !ids.includes(row.id)));
    },
    // Some may be gone and some not: only the server knows.
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
}

interface NewKey extends KeyLimits {
  name: string;
  scopes: KeyScope[];
  expires_at: string | null;
}

/** A key of a workspace calls models and does nothing else: it has no scopes to choose. */
export function useCreateKey(owner: KeyOwner) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ scopes, ...body }: NewKey) => {
      if (owner === "me") return call("post", "/api/auth/keys", { body: { ...body, scopes } });
      return call("post", "/api/workspaces/{workspace}/keys", { path: { workspace: owner }, body });
    },
    onSuccess: () => client.invalidateQueries(keysQuery(owner)),
    // The key itself must not stay in memory when the page that shows it once has gone.
    gcTime: 0,
  });
}

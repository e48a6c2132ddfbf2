/** What a user's own settings read and change: name, password, sessions, keys, and the models one can prefer. */
import { type QueryKey, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../../api/client";
import type { ApiKey, KeyScope, Session } from "../../../api/types";
import { meQuery } from "../queries";

export const sessionsQuery = queryOptions({
  queryKey: ["account", "sessions"],
  queryFn: async ({ signal }) => (await call("get", "/api/auth/sessions", { signal })).data,
  // Somebody who looks here wants to know how it is now.
  staleTime: 0,
});

export const keysQuery = queryOptions({
  queryKey: ["account", "keys"],
  queryFn: async ({ signal }) => (await call("get", "/api/auth/keys", { signal })).data,
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

export function useRevokeKeys() {
  return useRemoval<ApiKey>(keysQuery.queryKey, (key) => call("delete", "/api/auth/keys/{key}", { path: { key } }));
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

interface NewKey {
  name: string;
  scopes: KeyScope[];
  expires_at: string | null;
}

export function useCreateKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewKey) => call("post", "/api/auth/keys", { body }),
    onSuccess: () => client.invalidateQueries(keysQuery),
    // The key itself must not stay in memory when the page that shows it once has gone.
    gcTime: 0,
  });
}

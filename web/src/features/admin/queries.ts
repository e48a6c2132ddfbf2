/** What administrators read and change: users, the settings of the installation, and the models these can name. */
import {
  type InfiniteData,
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { call, callTagged } from "../../api/client";
import { ApiError } from "../../api/problem";
import type {
  AdminUser,
  Anonymous,
  Retention,
  Settings,
  Thresholds,
  UpdateSettings,
  UploadLimits,
  User,
} from "../../api/types";

import type { Rate } from "./user-limits";

const PAGE = 30;
const USERS = ["admin", "users"];

export const USER_ORDERS = ["created_at", "-created_at", "-conversations", "conversations", "-cost", "cost"] as const;
export type UserOrder = (typeof USER_ORDERS)[number];

export const usersQuery = (q: string, sort: UserOrder) =>
  infiniteQueryOptions({
    queryKey: [...USERS, q, sort],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/admin/users", { query: { limit: PAGE, ...pageParam, q: q || undefined, sort }, signal }),
    initialPageParam: {} as { after?: string; offset?: number },
    // By time a page goes on behind the last user; counts change meanwhile, so there it goes on by their number.
    getNextPageParam: ({ page: { next, has_more } }, all) =>
      next ? { after: next } : has_more ? { offset: all.length * PAGE } : undefined,
    // The list of the search before, until the next one is there: no flicker while one types.
    placeholderData: keepPreviousData,
    staleTime: 0,
  });

type UserPages = InfiniteData<{ data: AdminUser[] }>;

export type UserChange = Partial<
  { name: string; is_admin: boolean; disabled: boolean; password: string } & Record<Rate, number | null>
>;

/** Changes a user; the row shows it at once and goes back when the server refuses. */
export function useUpdateUser() {
  const client = useQueryClient();
  const patch = (id: string, with_: Partial<User>) =>
    client.setQueriesData<UserPages>({ queryKey: USERS }, (all) =>
      all
        ? {
            ...all,
            pages: all.pages.map((page) => ({
              ...page,
              data: page.data.map((user) => (user.id === id ? { ...user, ...with_ } : user)),
            })),
          }
        : all,
    );
  return useMutation({
    mutationFn: ({ id, change }: { id: string; change: UserChange }) =>
      call("patch", "/api/admin/users/{user}", { path: { user: id }, body: change }),
    onMutate: async ({ id, change: { password: _, ...seen } }) => {
      await client.cancelQueries({ queryKey: USERS });
      patch(id, seen);
    },
    onSuccess: ({ data }) => patch(data.id, data),
    onError: () => client.invalidateQueries({ queryKey: USERS }),
    gcTime: 0,
  });
}

const CONVERSATIONS = ["admin", "conversations"];

/** Conversations of everybody, newest first; of one person alone by their id. */
export const conversationsQuery = (q: string, user: string | undefined) =>
  infiniteQueryOptions({
    queryKey: [...CONVERSATIONS, q, user],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/admin/conversations", {
        query: { limit: PAGE, after: pageParam, q: q || undefined, user },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.page.next ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });

/** What administrators did, newest first; `kind` is the kind of thing they did it to. */
export const auditQuery = (kind: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["admin", "audit", kind],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/admin/audit", { query: { limit: PAGE, after: pageParam, action: kind }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.page.next ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });

interface NewUser {
  email: string;
  name: string | null;
  password: string;
  is_admin: boolean;
}

export function useCreateUser() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewUser) => call("post", "/api/admin/users", { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: USERS }),
    gcTime: 0,
  });
}

interface TaggedSettings {
  settings: Settings;
  etag: string | null;
}

export const settingsQuery = queryOptions({
  queryKey: ["admin", "settings"],
  queryFn: async ({ signal }): Promise<TaggedSettings> => {
    const { body, etag } = await callTagged("get", "/api/settings", { signal });
    return { settings: body.data, etag };
  },
  staleTime: 0,
});

/** What has several fields is changed on its own, each by its form. */
type Group = "alerts" | "uploads" | "anonymous" | "retention";
type SettingsChange = Partial<Omit<Settings, Group>>;

export function useUpdateSettings() {
  const client = useQueryClient();
  return useMutation({
    scope: { id: "settings" },
    mutationFn: (change: SettingsChange) => {
      const etag = client.getQueryData(settingsQuery.queryKey)?.etag;
      const headers = etag ? { "If-Match": etag } : undefined;
      return call("patch", "/api/settings", { body: change as UpdateSettings, headers });
    },
    onMutate: async (change) => {
      await client.cancelQueries(settingsQuery);
      const before = client.getQueryData(settingsQuery.queryKey);
      if (before)
        client.setQueryData(settingsQuery.queryKey, { ...before, settings: { ...before.settings, ...change } });
      return before;
    },
    onError: (error, _change, before) => {
      // Somebody was quicker: what is shown next is theirs.
      if (isStale(error)) return;
      client.setQueryData(settingsQuery.queryKey, before);
    },
    // Also for the new ETag, without which the next change would be refused; waited for, so that it is not sent before.
    onSettled: () =>
      Promise.all([
        client.invalidateQueries(settingsQuery),
        client.invalidateQueries({ queryKey: ["status"] }),
        client.invalidateQueries({ queryKey: ["models"] }),
      ]),
  });
}

/** Changes fields of a group; they are shown as the server has understood them. */
function useUpdateGroup<C>(group: Group) {
  const client = useQueryClient();
  return useMutation({
    scope: { id: "settings" },
    mutationFn: (change: C) => {
      const etag = client.getQueryData(settingsQuery.queryKey)?.etag;
      const headers = etag ? { "If-Match": etag } : undefined;
      return call("patch", "/api/settings", { body: { [group]: change } as unknown as UpdateSettings, headers });
    },
    // Waited for: the next change needs the new ETag.
    onSettled: () => client.invalidateQueries(settingsQuery),
  });
}

export const useUpdateThresholds = () => useUpdateGroup<Partial<Thresholds>>("alerts");
export const useUpdateUploads = () => useUpdateGroup<Partial<UploadLimits>>("uploads");
export const useUpdateAnonymous = () => useUpdateGroup<Partial<Anonymous>>("anonymous");
export const useUpdateRetention = () => useUpdateGroup<Partial<Retention>>("retention");

/** Posts a test to the webhook of the alerts. */
export function useTestWebhook() {
  return useMutation({ mutationFn: () => call("post", "/api/alerts/test", {}), gcTime: 0 });
}

export function isStale(error: unknown): boolean {
  return error instanceof ApiError && error.status === 412;
}

/** The same entry of the cache as the model picker's. */
export const modelChoicesQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["models", workspace],
    queryFn: async ({ signal }) => (await call("get", "/api/models", { query: { workspace }, signal })).data,
    select: (models) => models.filter((model) => model.capabilities.chat),
  });

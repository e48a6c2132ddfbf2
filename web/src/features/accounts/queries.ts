/** Who is logged in, and how one gets in and out. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/client";
import { ApiError } from "../../api/problem";
import { announce } from "../../api/tabs";
import { forgetTexts } from "../../ui/storage";
import { currentToasts, endToast } from "../../ui/toast";

/** What an anonymous visitor may know: whether this is the first start and whether one may register. */
export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: async ({ signal }) => (await call("get", "/api/auth/status", { signal })).data,
});

/** Whether visitors may try the mock models. */
export const visitorsQuery = queryOptions({
  queryKey: ["status", "visitors"],
  queryFn: async ({ signal }) => (await call("get", "/api/anonymous-mock-mode-status", { signal })).data,
});

/** The user and their workspaces, or null for a visitor. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async ({ signal }) => {
    try {
      return (await call("get", "/api/auth/me", { signal })).data;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
});

export interface Credentials {
  email: string;
  password: string;
  name: string;
  /** The token of an invitation, where one registers by invitation. */
  invitation?: string;
}

/** Logs in, or registers and is then logged in; afterwards the cache knows nothing of the visitor before. */
export function useEnter(way: "login" | "register") {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ email, password, name, invitation }: Credentials) =>
      way === "login"
        ? call("post", "/api/auth/login", { body: { email, password } })
        : call("post", "/api/auth/register", { body: { email, password, name, invitation } }),
    onSuccess: async () => {
      client.clear();
      announce({ kind: "session" });
      await client.ensureQueryData(meQuery);
    },
  });
}

/** Ends the session on the server; only then the page forgets it. */
export function useLogout() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => {
      // What was done and could still be undone is done now, while there is a session to do it with.
      for (const toast of currentToasts()) endToast(toast.id);
      return call("post", "/api/auth/logout", {});
    },
    onSuccess: () => {
      client.clear();
      client.setQueryData(meQuery.queryKey, null);
      forgetTexts();
      announce({ kind: "session" });
    },
  });
}

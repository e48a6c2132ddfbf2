/** What calls of models add up to. */
import { queryOptions } from "@tanstack/react-query";
import { call } from "../../api/client";

/** Whose calls: one's own, everybody's in a workspace, everybody's. */
export type Scope = "me" | "workspace" | "installation";
export type By = "model" | "purpose" | "workspace" | "user";

/** `from` is the beginning of a day: the same all day long, so that it can stand in the key. */
export const summaryQuery = (scope: Scope, by: By | "day", from: number, workspace: string | undefined) =>
  queryOptions({
    queryKey: ["usage", scope, by, from, workspace],
    queryFn: async ({ signal }) => {
      const query = { scope, by, from: new Date(from).toISOString(), workspace };
      return (await call("get", "/api/usage/summary", { query, signal })).data;
    },
    // While another time is being read; what is divided in another way would be called by the wrong names.
    placeholderData: (data, before) => (before?.queryKey[2] === by ? data : undefined),
    staleTime: 0,
  });

/** What the page before the page asks for. Apart from `queries.ts`, which every page carries. */
import { queryOptions } from "@tanstack/react-query";
import { call } from "../../api/client";
import { ApiError } from "../../api/problem";

/** What an invitation is about, or null when it is not (or no longer) one. */
export const invitationPreviewQuery = (token: string) =>
  queryOptions({
    queryKey: ["invitation", token, "preview"],
    queryFn: async ({ signal }) => {
      try {
        return (await call("get", "/api/invitations/{invitation}", { path: { invitation: token }, signal })).data;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
  });

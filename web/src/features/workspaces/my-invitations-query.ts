/** The invitations addressed to the user. Apart from the rest of `queries.ts`, because the shell shows them and loads with little. */
import { queryOptions } from "@tanstack/react-query";
import { call } from "../../api/client";

/** They are seldom and not urgent, and the shell asks for them on every page; the server tells of new ones. */
const STALE_MS = 10 * 60_000;

export const myInvitationsQuery = queryOptions({
  queryKey: ["invitations"],
  queryFn: async ({ signal }) => (await call("get", "/api/invitations", { signal })).data,
  staleTime: STALE_MS,
});

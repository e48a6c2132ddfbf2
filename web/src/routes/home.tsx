/** Addresses without a workspace: the front door, and links to a conversation that name nothing else. */
import { createRoute, redirect } from "@tanstack/react-router";
import { call } from "../api/client";
import { meQuery, statusQuery } from "../features/accounts/queries";
import { rootRoute } from "./root";
import { homeOf } from "./session";

export const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: async ({ context: { queryClient } }) => {
    const me = await queryClient.ensureQueryData(meQuery);
    if (!me) {
      const status = await queryClient.ensureQueryData(statusQuery);
      throw redirect({ to: status.first_start ? "/register" : "/login" });
    }
    const workspace = homeOf(me);
    if (!workspace) throw new Error("The account has no workspace.");
    throw redirect({ to: "/w/$workspace", params: { workspace: workspace.slug }, replace: true });
  },
});

export const shortLinkRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/c/$conversationId",
  beforeLoad: async ({ context: { queryClient }, params: { conversationId }, location }) => {
    const me = await queryClient.ensureQueryData(meQuery);
    if (!me) throw redirect({ to: "/login", search: { next: location.href } });
    const { data } = await call("get", "/api/conversations/{conversation}", {
      path: { conversation: conversationId },
      query: { limit: 1 },
    });
    throw redirect({
      to: "/w/$workspace/c/$conversationId",
      params: { workspace: data.workspace_id, conversationId },
      replace: true,
    });
  },
});

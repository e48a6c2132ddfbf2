/**
 * A new conversation, and one that exists. The page is loaded while the server says who is here, and reads what it shows itself:
 * a login carries nothing of it.
 */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { Failed } from "./root";
import { shellRoute } from "./shell";

const view = () => import("./conversation-view");

export const newConversationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  loader: async ({ context: { queryClient, workspace } }) => (await view()).loadNew(queryClient, workspace.id),
  component: lazyRouteComponent(view, "NewConversation"),
  errorComponent: Failed,
});

export const conversationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "c/$conversationId",
  loader: async ({ context: { queryClient, workspace }, params: { conversationId } }) =>
    (await view()).load(queryClient, workspace.id, conversationId),
  component: lazyRouteComponent(view, "Conversation"),
  errorComponent: Failed,
});

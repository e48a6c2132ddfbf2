/** The table of contents of the page: every route in one place. */
import type { QueryClient } from "@tanstack/react-query";
import { createRouter } from "@tanstack/react-router";
import { conversationRoute, newConversationRoute } from "./routes/conversation";
import { loginRoute, registerRoute } from "./routes/enter";
import { homeRoute, shortLinkRoute } from "./routes/home";
import { invitationRoute } from "./routes/invitation";
import { pageRoute } from "./routes/page";
import { rootRoute } from "./routes/root";
import { settingsRoute } from "./routes/settings";
import { shellRoute } from "./routes/shell";
import { tryRoute } from "./routes/try";

const routeTree = rootRoute.addChildren([
  homeRoute,
  shortLinkRoute,
  shellRoute.addChildren([newConversationRoute, conversationRoute, pageRoute]),
  settingsRoute,
  invitationRoute,
  loginRoute,
  registerRoute,
  tryRoute,
]);

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: "intent",
    // The query cache decides what is fresh, not the router.
    defaultPreloadStaleTime: 0,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

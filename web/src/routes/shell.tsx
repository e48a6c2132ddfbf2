/** The route of a workspace. Its frame is loaded while the server says who is here, so that a login carries nothing of it. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { Failed, rootRoute } from "./root";
import { enter } from "./session";

const loadFrame = () => import("./shell-frame");

export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/w/$workspace",
  beforeLoad: ({ context: { queryClient }, params, location }) => {
    loadFrame().catch(() => {});
    return enter(queryClient, params.workspace, location.href);
  },
  component: lazyRouteComponent(loadFrame),
  errorComponent: Failed,
});

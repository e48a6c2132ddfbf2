/** The page for visitors who want to try it before they have an account. Nothing of it is loaded before one goes there. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { Failed, rootRoute } from "./root";

export const tryRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/try",
  component: lazyRouteComponent(() => import("./try-view")),
  errorComponent: Failed,
});

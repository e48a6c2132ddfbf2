/** Logging in and registering; the first visitor of a new installation registers as its administrator. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { Failed, rootRoute } from "./root";

const view = () => import("./enter-view");

export interface EnterSearch {
  /** The address within this site that the visitor wanted. */
  next?: string;
  /** The token of an invitation link. */
  invitation?: string;
}

/** Only addresses of this site: another's in a link must not be where a login leads. */
function readSearch(search: Record<string, unknown>): EnterSearch {
  const { next, invitation } = search;
  return {
    ...(typeof next === "string" && /^\/(?![/\\])/.test(next) ? { next } : {}),
    ...(typeof invitation === "string" && invitation ? { invitation } : {}),
  };
}

export const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  validateSearch: readSearch,
  loaderDeps: ({ search }) => search,
  loader: async ({ context: { queryClient }, deps }) => (await view()).loadLogin(queryClient, deps),
  component: lazyRouteComponent(view, "Login"),
  errorComponent: Failed,
});

export const registerRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/register",
  validateSearch: readSearch,
  loaderDeps: ({ search }) => search,
  loader: async ({ context: { queryClient }, deps }) => (await view()).loadRegister(queryClient, deps),
  component: lazyRouteComponent(view, "Register"),
  errorComponent: Failed,
});

/** Logging in and registering; the first visitor of a new installation registers as its administrator. */
import { createRoute, redirect, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import type { Status } from "../api/types";
import { meQuery, statusQuery } from "../features/accounts/queries";
import { rootRoute } from "./root";

const EnterPage = lazy(() => import("../features/accounts/enter-page"));

interface EnterSearch {
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
  loader: async ({ context: { queryClient }, deps }) => {
    if (await queryClient.ensureQueryData(meQuery)) throw redirect({ href: deps.next ?? "/" });
    const status = await queryClient.ensureQueryData(statusQuery);
    if (status.first_start) throw redirect({ to: "/register" });
    return status;
  },
  component: function Login() {
    return <Enter {...loginRoute.useSearch()} way="login" status={loginRoute.useLoaderData()} />;
  },
});

export const registerRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/register",
  validateSearch: readSearch,
  loaderDeps: ({ search }) => search,
  loader: async ({ context: { queryClient }, deps }) => {
    if (await queryClient.ensureQueryData(meQuery)) throw redirect({ href: deps.next ?? "/" });
    return queryClient.ensureQueryData(statusQuery);
  },
  component: function Register() {
    return <Enter {...registerRoute.useSearch()} way="register" status={registerRoute.useLoaderData()} />;
  },
});

function Enter({ way, status, next, invitation }: EnterSearch & { way: "login" | "register"; status: Status }) {
  const navigate = useNavigate();
  return (
    <Suspense>
      <EnterPage
        key={way}
        way={way}
        status={status}
        invitation={invitation}
        onEntered={() => void navigate({ href: next ?? "/" })}
      />
    </Suspense>
  );
}

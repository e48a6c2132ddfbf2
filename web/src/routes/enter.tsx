/** Logging in and registering; the first visitor of a new installation registers as its administrator. */
import { createRoute, redirect, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { meQuery, statusQuery } from "../features/accounts/queries";
import { rootRoute } from "./root";

const EnterPage = lazy(() => import("../features/accounts/enter-page"));

export const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  loader: async ({ context: { queryClient } }) => {
    if (await queryClient.ensureQueryData(meQuery)) throw redirect({ to: "/" });
    const status = await queryClient.ensureQueryData(statusQuery);
    if (status.first_start) throw redirect({ to: "/register" });
    return status;
  },
  component: function Login() {
    const status = loginRoute.useLoaderData();
    const navigate = useNavigate();
    return (
      <Suspense>
        <EnterPage key="login" way="login" status={status} onEntered={() => void navigate({ to: "/" })} />
      </Suspense>
    );
  },
});

export const registerRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/register",
  loader: async ({ context: { queryClient } }) => {
    if (await queryClient.ensureQueryData(meQuery)) throw redirect({ to: "/" });
    return queryClient.ensureQueryData(statusQuery);
  },
  component: function Register() {
    const status = registerRoute.useLoaderData();
    const navigate = useNavigate();
    return (
      <Suspense>
        <EnterPage key="register" way="register" status={status} onEntered={() => void navigate({ to: "/" })} />
      </Suspense>
    );
  },
});

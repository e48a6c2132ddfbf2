/** The outermost route: what is shown when a page fails or does not exist. */
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, type ErrorComponentProps, Link, Outlet, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { connection } from "../api/connection";
import { ApiError, explain } from "../api/problem";

export const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  errorComponent: Failed,
  notFoundComponent: () => <Missing />,
});

export function Failed({ error }: ErrorComponentProps) {
  const router = useRouter();
  useEffect(() => connection.subscribe((state) => state === "fine" && void router.invalidate()), [router]);
  if (error instanceof ApiError && error.status === 404) return <Missing />;
  return (
    <main className="centred">
      <title>Stoa</title>
      <h1>That did not work</h1>
      <p role="alert">{explain(error)}</p>
      <button type="button" className="button" onClick={() => void router.invalidate()}>
        Try again
      </button>
    </main>
  );
}

function Missing() {
  return (
    <main className="centred">
      <title>Not found · Stoa</title>
      <h1>There is nothing here</h1>
      <p>It was deleted, or it belongs to somebody else.</p>
      <Link to="/" className="button">
        To your conversations
      </Link>
    </main>
  );
}

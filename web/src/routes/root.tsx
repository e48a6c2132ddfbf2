/** The outermost route: what is shown when a page fails or does not exist. */
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, type ErrorComponentProps, Link, Outlet, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { connection } from "../api/connection";
import { ApiError, explain } from "../api/problem";
import { useTexts } from "../i18n/use-texts";
import { ConnectionNotice } from "../ui/connection-notice";
import { Toasts } from "../ui/toasts";
import { texts } from "./texts";

export const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: function Root() {
    return (
      <>
        <Outlet />
        <ConnectionNotice />
        <Toasts />
      </>
    );
  },
  errorComponent: Failed,
  notFoundComponent: () => <Missing />,
});

export function Failed({ error }: ErrorComponentProps) {
  const router = useRouter();
  const t = useTexts(texts);
  useEffect(() => connection.subscribe((state) => state === "fine" && void router.invalidate()), [router]);
  if (error instanceof ApiError && error.status === 404) return <Missing />;
  return (
    <main className="centred">
      <title>Stoa</title>
      <h1>{t.failed}</h1>
      <p role="alert">{explain(error)}</p>
      <button type="button" className="button" onClick={() => void router.invalidate()}>
        {t.tryAgain}
      </button>
    </main>
  );
}

export function Missing() {
  const t = useTexts(texts);
  return (
    <main className="centred">
      <title>{`${t.missingTitle} · Stoa`}</title>
      <h1>{t.missing}</h1>
      <p>{t.missingWhy}</p>
      <Link to="/" className="button">
        {t.home}
      </Link>
    </main>
  );
}

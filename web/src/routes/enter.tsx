/** Logging in and registering; the first visitor of a new installation registers as its administrator. */
import type { QueryClient } from "@tanstack/react-query";
import { createRoute, redirect, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import type { InvitationPreview, Status } from "../api/types";
import { meQuery, statusQuery } from "../features/accounts/queries";
import { Failed, rootRoute } from "./root";

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

/** Where a login leads: where the visitor wanted to go, else to the invitation, which is still to be accepted. */
function goal({ next, invitation }: EnterSearch): string {
  return next ?? (invitation ? `/invitation/${encodeURIComponent(invitation)}` : "/");
}

/** What the page shows; whoever is logged in already is sent on. */
async function load(client: QueryClient, search: EnterSearch) {
  if (await client.ensureQueryData(meQuery)) throw redirect({ href: goal(search) });
  const [status, preview] = await Promise.all([
    client.ensureQueryData(statusQuery),
    search.invitation ? previewOf(client, search.invitation) : null,
  ]);
  return { status, preview };
}

async function previewOf(client: QueryClient, token: string): Promise<InvitationPreview | null> {
  const { invitationPreviewQuery } = await import("../features/accounts/enter-queries");
  return client.ensureQueryData(invitationPreviewQuery(token));
}

export const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  validateSearch: readSearch,
  loaderDeps: ({ search }) => search,
  loader: async ({ context: { queryClient }, deps }) => {
    const loaded = await load(queryClient, deps);
    if (loaded.status.first_start) throw redirect({ to: "/register" });
    return loaded;
  },
  component: function Login() {
    return <Enter {...loginRoute.useSearch()} {...loginRoute.useLoaderData()} way="login" />;
  },
  errorComponent: Failed,
});

export const registerRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/register",
  validateSearch: readSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context: { queryClient }, deps }) => load(queryClient, deps),
  component: function Register() {
    return <Enter {...registerRoute.useSearch()} {...registerRoute.useLoaderData()} way="register" />;
  },
  errorComponent: Failed,
});

interface EnterProps extends EnterSearch {
  way: "login" | "register";
  status: Status;
  preview: InvitationPreview | null;
}

function Enter({ way, status, preview, next, invitation }: EnterProps) {
  const navigate = useNavigate();
  return (
    <Suspense>
      <EnterPage
        key={way}
        way={way}
        status={status}
        next={next}
        invitation={invitation}
        preview={preview}
        onEntered={() => void navigate({ href: goal({ next, invitation }) })}
      />
    </Suspense>
  );
}

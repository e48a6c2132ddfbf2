/** What a visitor sees before they are somebody, and what has to be known for it. Loaded with the first of the two pages. */
import type { QueryClient } from "@tanstack/react-query";
import { redirect, useLoaderData, useNavigate, useSearch } from "@tanstack/react-router";
import type { InvitationPreview, Status } from "../api/types";
import EnterPage from "../features/accounts/enter-page";
import { meQuery, statusQuery } from "../features/accounts/queries";
import type { EnterSearch } from "./enter";

interface Loaded {
  status: Status;
  preview: InvitationPreview | null;
}

/** Where a login leads: where the visitor wanted to go, else to the invitation, which is still to be accepted. */
function goal({ next, invitation }: EnterSearch): string {
  return next ?? (invitation ? `/invitation/${encodeURIComponent(invitation)}` : "/");
}

/** What the page shows; whoever is logged in already is sent on. */
export async function loadRegister(client: QueryClient, search: EnterSearch): Promise<Loaded> {
  if (await client.ensureQueryData(meQuery)) throw redirect({ href: goal(search) });
  const [status, preview] = await Promise.all([
    client.ensureQueryData(statusQuery),
    search.invitation ? previewOf(client, search.invitation) : null,
  ]);
  return { status, preview };
}

export async function loadLogin(client: QueryClient, search: EnterSearch): Promise<Loaded> {
  const loaded = await loadRegister(client, search);
  if (loaded.status.first_start) throw redirect({ to: "/register" });
  return loaded;
}

async function previewOf(client: QueryClient, token: string): Promise<InvitationPreview | null> {
  const { invitationPreviewQuery } = await import("../features/accounts/enter-queries");
  return client.ensureQueryData(invitationPreviewQuery(token));
}

export function Login() {
  return <Enter {...useSearch({ from: "/login" })} {...useLoaderData({ from: "/login" })} way="login" />;
}

export function Register() {
  return <Enter {...useSearch({ from: "/register" })} {...useLoaderData({ from: "/register" })} way="register" />;
}

interface EnterProps extends EnterSearch, Loaded {
  way: "login" | "register";
}

function Enter({ way, status, preview, next, invitation }: EnterProps) {
  const navigate = useNavigate();
  return (
    <EnterPage
      key={way}
      way={way}
      status={status}
      next={next}
      invitation={invitation}
      preview={preview}
      onEntered={() => void navigate({ href: goal({ next, invitation }) })}
    />
  );
}

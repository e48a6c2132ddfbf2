/** Who is here and where: what every page of a logged-in user has to know before it is shown. */
import type { QueryClient } from "@tanstack/react-query";
import { notFound, redirect } from "@tanstack/react-router";
import type { Me, Workspace } from "../api/types";
import { meQuery, statusQuery } from "../features/accounts/queries";
import { keepText, readText } from "../ui/storage";

const LAST = "workspace";

export interface Place {
  me: Me;
  workspace: Workspace;
}

/** The user and the workspace that the address names, by slug or id; a visitor is sent to log in and comes back here. */
export async function enter(client: QueryClient, name: string | undefined, href: string): Promise<Place> {
  const me = await client.ensureQueryData(meQuery);
  if (!me) {
    const status = await client.ensureQueryData(statusQuery);
    throw redirect(
      status.first_start ? { to: "/register" } : { to: "/login", search: href === "/" ? {} : { next: href } },
    );
  }
  const workspace = me.workspaces.find((each) => each.slug === name || each.id === name);
  if (!workspace) throw notFound();
  keepText(LAST, workspace.slug);
  return { me, workspace };
}

/** Where to go without an address: the workspace that was used last, else the personal one. */
export function homeOf(me: Me): Workspace | undefined {
  const last = readText(LAST);
  return (
    me.workspaces.find((each) => each.slug === last) ?? me.workspaces.find((each) => each.personal) ?? me.workspaces[0]
  );
}

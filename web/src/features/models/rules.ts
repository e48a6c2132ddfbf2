/**
 * Which routes are the rule for a tag. A conversation, a lane or a batch that begins with a tag takes the route that is its rule;
 * so a tag is chosen where models are. Loaded with the list of models.
 */
import { queryOptions } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { ModelRoute } from "../../api/types";

/** Tags by the id of the route that is taken for each. */
export type Rules = ReadonlyMap<string, string>;

export const NO_RULES: Rules = new Map();

/** The same entry of the cache as that of the page of routes. */
export const rulesQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["routes", workspace],
    queryFn: async ({ signal }) =>
      (await call("get", "/api/workspaces/{workspace}/routes", { path: { workspace }, signal })).data,
    select: rulesOf,
  });

/** One route for a tag, as the server decides it: a workspace's own goes before one of the installation, which come behind. */
export function rulesOf(routes: readonly ModelRoute[]): Rules {
  const byTag = new Map<string, string>();
  for (const { id, tag, enabled } of routes) if (tag && enabled && !byTag.has(tag)) byTag.set(tag, id);
  return new Map([...byTag].map(([tag, id]) => [id, tag]));
}

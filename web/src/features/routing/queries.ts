/** Routes to models: read, made, changed, taken away. Each is a model to everybody else, so models are read again with them. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { Connection, CreateRoute, Model, ModelRoute, UpdateRoute } from "../../api/types";

const ROUTES = ["routes"];

/** A workspace's own, and those of the installation. */
export const workspaceRoutesQuery = (workspace: string) =>
  queryOptions({
    queryKey: [...ROUTES, workspace],
    queryFn: async ({ signal }) =>
      (await call("get", "/api/workspaces/{workspace}/routes", { path: { workspace }, signal })).data,
  });

export const systemRoutesQuery = queryOptions({
  queryKey: [...ROUTES, "installation"],
  queryFn: async ({ signal }) => (await call("get", "/api/routes", { signal })).data,
});

/** The same entries of the cache as those of the pickers and the page of connections. */
export const modelsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["models", workspace],
    queryFn: async ({ signal }) => (await call("get", "/api/models", { query: { workspace }, signal })).data,
  });
export const connectionsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["connections", workspace],
    queryFn: async ({ signal }) => (await call("get", "/api/connections", { query: { workspace }, signal })).data,
  });

/** What may be a target: chat models of the owner's connections, which one's own keys and other routes are not. */
export function choicesOf(
  models: readonly Model[],
  connections: readonly Connection[],
  scope: ModelRoute["scope"],
): Model[] {
  const of = new Map(connections.map((connection) => [connection.id, connection.scope]));
  return models.filter(({ capabilities, connection_id: id }) => {
    const owner = of.get(id);
    return capabilities.chat && (owner === "system" || (scope === "workspace" && owner === "workspace"));
  });
}

function useChange<T, R>(mutationFn: (change: T) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () =>
      Promise.all([client.invalidateQueries({ queryKey: ROUTES }), client.invalidateQueries({ queryKey: ["models"] })]),
  });
}

/** `workspace` is absent for one of the installation. */
export const useCreateRoute = (workspace: string | undefined) =>
  useChange((body: CreateRoute) =>
    workspace === undefined
      ? call("post", "/api/routes", { body })
      : call("post", "/api/workspaces/{workspace}/routes", { path: { workspace }, body }),
  );

/** What is absent stays, which the schema does not say of every field. */
export const useUpdateRoute = () =>
  useChange(({ id, change }: { id: string; change: Partial<UpdateRoute> }) =>
    call("patch", "/api/routes/{route}", { path: { route: id }, body: change as UpdateRoute }),
  );

export const useDeleteRoute = () =>
  useChange((id: string) => call("delete", "/api/routes/{route}", { path: { route: id } }));

interface Rule {
  tag: string;
  not_worse_than: string;
  margin: number;
}

/** The cheapest model that is not worse than another, by the votes with a tag, answers from now on where that tag stands. */
export const useSetRule = (workspace: string) =>
  useChange(async ({ tag, ...body }: Rule) => {
    const path = { workspace, tag };
    return (await call("put", "/api/workspaces/{workspace}/routing-rules/{tag}", { path, body })).data;
  });

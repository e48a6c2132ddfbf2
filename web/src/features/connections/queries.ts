/** Connections to providers: what is read, and how it is changed. Whatever changes one changes the models too. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { Connection, ConnectionTest, CreateConnection, Model, UpdateConnection } from "../../api/types";

/** While a provider is being asked for its models for the first time. */
const LOOK_AGAIN_MS = 1_500;
const LOOK_FOR_MS = 60_000;
const CALLED_EVERY_MS = 10_000;

/** Everything that one may use in a workspace: the installation's, the workspace's, one's own, and what comes with Stoa. */
export const connectionsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["connections", workspace],
    queryFn: async ({ signal }) => (await call("get", "/api/connections", { query: { workspace }, signal })).data,
    refetchInterval: ({ state }) => (state.data?.some(isBeingAsked) ? LOOK_AGAIN_MS : false),
  });

function isBeingAsked({ enabled, health, updated_at }: Connection): boolean {
  return enabled && health.state === "unknown" && Date.now() - Date.parse(updated_at) < LOOK_FOR_MS;
}

/** How many models each connection has that can be used now, by its id. */
export const modelCountsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["models", workspace, "by connection"],
    queryFn: async ({ signal }) => (await call("get", "/api/models", { query: { workspace }, signal })).data,
    select: countModels,
  });

function countModels(models: readonly Model[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { connection_id, available, capabilities } of models)
    if (available && capabilities.chat) counts.set(connection_id, (counts.get(connection_id) ?? 0) + 1);
  return counts;
}

/** What calls of models came to since the start: the same entry of the cache as the page of performance. */
export const calledQuery = queryOptions({
  queryKey: ["performance", "now"],
  queryFn: async ({ signal }) => (await call("get", "/performance", { signal })).data,
  refetchInterval: CALLED_EVERY_MS,
  staleTime: 0,
});

/** Whether this installation offers mock models. */
export const mockQuery = queryOptions({
  queryKey: ["status", "mock"],
  queryFn: async ({ signal }) => (await call("get", "/api/auth/status", { signal })).data.mock,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Reads connections and models again, also those of pages that are not shown now: they may not begin with what was. */
export function useRefresh() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["connections"] }),
      client.refetchQueries({ queryKey: ["models"] }),
    ]);
}

export async function testNew(body: CreateConnection): Promise<ConnectionTest> {
  return (await call("post", "/api/connections/test", { body })).data;
}

export function useTestStored() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: async (connection: string) =>
      (await call("post", "/api/connections/{connection}/test", { path: { connection } })).data,
    onSettled: () => void refresh(),
  });
}

export function useCreateConnection() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: async (body: CreateConnection) => (await call("post", "/api/connections", { body })).data,
    onSuccess: () => void refresh(),
  });
}

/** A switch moves at once, and back when the server refuses. */
export function useUpdateConnection(workspace: string) {
  const client = useQueryClient();
  const refresh = useRefresh();
  const { queryKey } = connectionsQuery(workspace);
  return useMutation({
    mutationFn: async ({ id, ...body }: UpdateConnection & { id: string }) =>
      (await call("patch", "/api/connections/{connection}", { path: { connection: id }, body })).data,
    onMutate: async ({ id, enabled }) => {
      if (typeof enabled !== "boolean") return {};
      await client.cancelQueries({ queryKey });
      const before = client.getQueryData(queryKey);
      client.setQueryData(queryKey, (all) => all?.map((each) => (each.id === id ? { ...each, enabled } : each)));
      return { before };
    },
    onError: (_error, _change, context) => {
      if (context?.before) client.setQueryData(queryKey, context.before);
    },
    onSettled: () => void refresh(),
  });
}

export async function deleteConnection(connection: string): Promise<void> {
  await call("delete", "/api/connections/{connection}", { path: { connection } });
}

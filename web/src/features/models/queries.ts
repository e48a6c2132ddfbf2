/** The models this user may see in a workspace, also those that can not be used now, with the reason. */
import { queryOptions } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { Model } from "../../api/types";

export const modelsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["models", workspace],
    queryFn: async ({ signal }) => (await call("get", "/api/models", { query: { workspace }, signal })).data,
    select: (models) => models.filter((model) => model.capabilities.chat),
  });

/** The models under the name of the connection that serves them, in the order in which they came. */
export function groupByConnection(models: readonly Model[]): { connection: string; models: Model[] }[] {
  const groups = new Map<string, Model[]>();
  for (const model of models) {
    const group = groups.get(model.connection);
    if (group) group.push(model);
    else groups.set(model.connection, [model]);
  }
  return [...groups].map(([connection, members]) => ({ connection, models: members }));
}

/** The model to begin with: the wanted one if it can be used, else the default, else the first that can. */
export function preferredModel(models: readonly Model[], wanted: string | null | undefined): Model | undefined {
  const usable = models.filter((model) => model.available);
  return usable.find((model) => model.id === wanted) ?? usable.find((model) => model.is_default) ?? usable[0];
}

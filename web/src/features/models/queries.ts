/** The models this user may see in a workspace, also those that can not be used now, with the reason. */
import { queryOptions } from "@tanstack/react-query";
import { call } from "../../api/client";

export const modelsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["models", workspace],
    queryFn: async ({ signal }) => (await call("get", "/api/models", { query: { workspace }, signal })).data,
    select: (models) => models.filter((model) => model.capabilities.chat),
  });

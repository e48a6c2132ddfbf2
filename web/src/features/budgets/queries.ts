/** What limits the calls of models: read, set, changed, taken away. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { Budget, CreateBudget, UpdateBudget } from "../../api/types";

const BUDGETS = ["budgets"];
/** All that one page shows; few have more than a handful. */
const SHOWN = 100;

/** A workspace's, for its members. */
export const workspaceBudgetsQuery = (workspace: string) =>
  queryOptions({
    queryKey: [...BUDGETS, workspace],
    queryFn: async ({ signal }) => (await call("get", "/api/budgets", { query: { limit: SHOWN }, signal })).data,
    select: (budgets: Budget[]) => budgets.filter((budget) => budget.subject_id === workspace),
    // What is spent changes with every call.
    staleTime: 0,
  });

/** All there are, for administrators. */
export const allBudgetsQuery = queryOptions({
  queryKey: [...BUDGETS, "all"],
  queryFn: async ({ signal }) => (await call("get", "/api/admin/budgets", { query: { limit: SHOWN }, signal })).data,
  staleTime: 0,
});

/** The models that may take over. */
export const chatModelsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["models", workspace],
    queryFn: async ({ signal }) => (await call("get", "/api/models", { query: { workspace }, signal })).data,
    select: (models) => models.filter((model) => model.capabilities.chat && model.available),
  });

function useChange<T>(mutationFn: (change: T) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => client.invalidateQueries({ queryKey: BUDGETS }),
  });
}

export const useCreateBudget = () => useChange((body: CreateBudget) => call("post", "/api/budgets", { body }));

export const useUpdateBudget = () =>
  useChange(({ id, change }: { id: string; change: UpdateBudget }) =>
    call("patch", "/api/budgets/{budget}", { path: { budget: id }, body: change }),
  );

export const useDeleteBudget = () =>
  useChange((id: string) => call("delete", "/api/budgets/{budget}", { path: { budget: id } }));

/** What limits the calls of models: read, set, changed, taken away. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { Budget, CreateBudget, UpdateBudget } from "../../api/types";

const BUDGETS = ["budgets"];
/** As many as the server gives at once. */
const PAGE = 100;
/** More than anybody looks through; most have a handful. */
const SHOWN_MAX = 1_000;

/** All there are of a list, which the server gives in pages. */
async function readAll(path: "/api/budgets" | "/api/admin/budgets", signal: AbortSignal): Promise<Budget[]> {
  const all: Budget[] = [];
  for (let read = PAGE; read === PAGE && all.length < SHOWN_MAX; ) {
    const { data } = await call("get", path, { query: { limit: PAGE, offset: all.length }, signal });
    all.push(...data);
    read = data.length;
  }
  return all;
}

/** What limits one's calls: that of oneself, of one's workspaces, and of the keys of both. */
export const myBudgetsQuery = queryOptions({
  queryKey: [...BUDGETS, "mine"],
  queryFn: ({ signal }) => readAll("/api/budgets", signal),
  // What is spent changes with every call.
  staleTime: 0,
});

/** A workspace's, for its members. */
export const workspaceBudgetsQuery = (workspace: string) =>
  queryOptions({
    ...myBudgetsQuery,
    select: (budgets: Budget[]) => budgets.filter((budget) => budget.subject_id === workspace),
  });

/** All there are, for administrators. */
export const allBudgetsQuery = queryOptions({
  queryKey: [...BUDGETS, "all"],
  queryFn: ({ signal }) => readAll("/api/admin/budgets", signal),
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

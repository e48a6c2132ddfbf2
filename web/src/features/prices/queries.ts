/** What models cost from which day on: read, set, changed, taken away, imported. Whatever changes a price changes the models. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { call } from "../../api/client";
import type { CreatePrice, UpdatePrice } from "../../api/types";

const PRICES = ["prices"];
const PAGE = 100;

export const pricesQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: [...PRICES, q],
    queryFn: ({ pageParam, signal }) =>
      call("get", "/api/prices", { query: { limit: PAGE, offset: pageParam, q: q || undefined }, signal }),
    initialPageParam: 0,
    getNextPageParam: (last, all) => (last.page.has_more ? all.length * PAGE : undefined),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });

/** The same entry of the cache as the model picker's. */
export const modelsQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["models", workspace],
    queryFn: async ({ signal }) => (await call("get", "/api/models", { query: { workspace }, signal })).data,
  });

function useChange<T>(mutationFn: (change: T) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () =>
      Promise.all([client.invalidateQueries({ queryKey: PRICES }), client.invalidateQueries({ queryKey: ["models"] })]),
  });
}

export const useCreatePrice = () => useChange((body: CreatePrice) => call("post", "/api/prices", { body }));

export const useUpdatePrice = () =>
  useChange(({ id, change }: { id: string; change: UpdatePrice }) =>
    call("patch", "/api/prices/{price}", { path: { price: id }, body: change }),
  );

export const useDeletePrice = () =>
  useChange((id: string) => call("delete", "/api/prices/{price}", { path: { price: id } }));

export const useImportPrices = () =>
  useChange((prices: CreatePrice[]) => call("post", "/api/prices/import", { body: { prices } }));

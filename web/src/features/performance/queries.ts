/** What the performance page reads: again and again, but only while it is in sight. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/client";
import { EXTENTS, type Range } from "./ranges";
import { sinceStart, toCourses } from "./series";

/** How often the figures are read again; a page that is not in sight reads nothing (`refetchIntervalInBackground`). */
const EVERY_MS = 10_000;

const PERFORMANCE = ["performance"];

export const nowQuery = queryOptions({
  queryKey: [...PERFORMANCE, "now"],
  queryFn: async ({ signal }) => (await call("get", "/performance", { signal })).data,
  refetchInterval: EVERY_MS,
  staleTime: 0,
});

export const seriesQuery = (range: Range) =>
  queryOptions({
    queryKey: [...PERFORMANCE, "series", range],
    queryFn: async ({ signal }) => {
      return sinceStart(
        toCourses((await call("get", "/api/performance/series", { query: EXTENTS[range], signal })).data),
      );
    },
    refetchInterval: EVERY_MS,
    staleTime: 0,
  });

export const cacheQuery = queryOptions({
  queryKey: [...PERFORMANCE, "cache"],
  queryFn: async ({ signal }) => (await call("get", "/api/performance/cache", { signal })).data,
  refetchInterval: EVERY_MS,
  staleTime: 0,
});

export const statementsQuery = queryOptions({
  queryKey: [...PERFORMANCE, "statements"],
  queryFn: async ({ signal }) => (await call("get", "/api/performance/statements", { signal })).data,
  refetchInterval: EVERY_MS,
  staleTime: 0,
});

export const KINDS = ["slow", "running", "failed", "all"] as const;
export type RequestKind = (typeof KINDS)[number];

export const requestsQuery = (kind: RequestKind) =>
  queryOptions({
    queryKey: [...PERFORMANCE, "requests", kind],
    queryFn: async ({ signal }) =>
      (await call("get", "/api/performance/requests", { query: kind === "all" ? {} : { [kind]: true }, signal })).data,
    refetchInterval: EVERY_MS,
    staleTime: 0,
  });

/** The requests of a route that were kept, for the dialog of the route. */
export const routeRequestsQuery = (route: string, limit: number) =>
  queryOptions({
    queryKey: [...PERFORMANCE, "requests", "of", route],
    queryFn: async ({ signal }) =>
      (await call("get", "/api/performance/requests", { query: { route, limit }, signal })).data,
    staleTime: 0,
  });

export const requestQuery = (request: string) =>
  queryOptions({
    queryKey: [...PERFORMANCE, "request", request],
    queryFn: async ({ signal }) =>
      (await call("get", "/api/performance/requests/{request}", { path: { request }, signal })).data,
  });

export const statementQuery = (name: string) =>
  queryOptions({
    queryKey: [...PERFORMANCE, "statement", name],
    queryFn: async ({ signal }) =>
      (await call("get", "/api/performance/statements/{statement}", { path: { statement: name }, signal })).data,
  });

/** Switches a part of the cache; the switch moves at once and goes back when the server refuses. */
export function useSwitchCache() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ namespace, enabled }: { namespace: string; enabled: boolean }) =>
      call("patch", "/api/performance/cache/{namespace}", { path: { namespace }, body: { enabled } }),
    onMutate: async ({ namespace, enabled }) => {
      await client.cancelQueries(cacheQuery);
      client.setQueryData(
        cacheQuery.queryKey,
        (cache) =>
          cache && {
            ...cache,
            namespaces: cache.namespaces.map((space) => (space.name === namespace ? { ...space, enabled } : space)),
          },
      );
    },
    onSettled: () => client.invalidateQueries(cacheQuery),
  });
}

/** Empties one part of the cache, or all of it. */
export function useEmptyCache() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (namespace: string | undefined) => {
      if (namespace === undefined) await call("delete", "/api/performance/cache", {});
      else await call("delete", "/api/performance/cache/{namespace}", { path: { namespace } });
    },
    onSettled: () => client.invalidateQueries(cacheQuery),
  });
}

/** Alerts: read when the server says that they have changed (`useChanges` invalidates the key), not again and again. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../../api/client";
import type { Alert } from "../../../api/types";

const ALERTS = ["alerts"];
const PAGE = 30;
/** More than there are kinds; of several nodes the newest. */
const OPEN_MAX = 20;

export const openAlertsQuery = queryOptions({
  queryKey: [...ALERTS, "open"],
  queryFn: async ({ signal }) =>
    (await call("get", "/api/alerts", { query: { open: true, limit: OPEN_MAX }, signal })).data,
});

export const alertsQuery = infiniteQueryOptions({
  queryKey: [...ALERTS, "all"],
  queryFn: ({ pageParam, signal }) => call("get", "/api/alerts", { query: { limit: PAGE, after: pageParam }, signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last) => last.page.next ?? undefined,
  staleTime: 0,
});

export function useAcknowledge() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (alert: Alert) => call("post", "/api/alerts/{alert}/acknowledge", { path: { alert: alert.id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ALERTS }),
  });
}

/**
 * The cache of everything that comes from the server. Fresh for two minutes, kept for five, no second try for what a second
 * try would not change, and never paused by the browser's idea of "offline": the server may run on this machine.
 */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { connection } from "./api/connection";
import { ApiError, isFinal } from "./api/problem";

const STALE_MS = 2 * 60_000;
const KEPT_MS = 5 * 60_000;
const RETRIES_MAX = 2;

/** Makes the cache; `onLoggedOut` is called when the server no longer knows the session. */
export function createQueryClient(onLoggedOut: () => void): QueryClient {
  const onError = (error: unknown) => {
    if (error instanceof ApiError && error.code === "unauthenticated") onLoggedOut();
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: STALE_MS,
        gcTime: KEPT_MS,
        retry: (failures, error) => !isFinal(error) && failures < RETRIES_MAX,
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
  connection.subscribe((state) => {
    // Runs keep their own connection and resume by event number; reading them again would start them over.
    if (state === "fine") void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "run" });
  });
  return client;
}

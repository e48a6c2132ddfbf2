/**
 * Follows the run of a comparison, all lanes by one connection, and keeps its state in the query cache, at most once a frame. Each
 * lane reads its own part of it, so that twelve of them growing draw those that are in sight and nothing else.
 */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { address } from "../../../api/client";
import { followEvents } from "../../../api/events";
import { onFrames } from "../use-reply";
import { applyComparisonEvent, type ComparisonState, type LaneState, newComparison } from "./lanes-state";

const lanesQuery = (run: string, conversation: string) =>
  queryOptions({
    queryKey: ["run", run, "lanes"] as const,
    queryFn: async ({ client, signal, queryKey }): Promise<ComparisonState> => {
      let state = client.getQueryData<ComparisonState>(queryKey) ?? newComparison(run);
      if (state.ended) return state;
      const frames = onFrames(() => client.setQueryData(queryKey, state));
      try {
        for await (const event of followEvents(address("/api/runs/{run}/events", { run }), {
          after: state.seq,
          signal,
        })) {
          state = applyComparisonEvent(state, event);
          frames.ask();
        }
      } finally {
        frames.cancel();
        if (!signal.aborted) {
          // The stored answers before the live ones stop being shown.
          client.setQueryData(queryKey, state);
          await client.invalidateQueries({ queryKey: ["conversation", conversation] });
          void client.invalidateQueries({ queryKey: ["conversations"] });
        }
      }
      return state;
    },
    staleTime: ({ state }) => (state.data?.ended ? Number.POSITIVE_INFINITY : 0),
    structuralSharing: false,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

/** Follows it; gives whether something is being searched for all lanes, and why it can not be followed. */
export function useRun(run: string | undefined, conversation: string): { searching: boolean; error: Error | null } {
  const { data = false, error } = useQuery({
    ...lanesQuery(run ?? "", conversation),
    enabled: run !== undefined,
    select: ({ searching }) => searching,
  });
  return run ? { searching: data, error } : { searching: false, error: null };
}

/** Of how long ago what nobody sees may be. */
const SELDOM_MS = 1_000;

/** One lane of the run that goes on, when there is one; out of sight it is as it was up to a second ago. */
export function useLane(
  run: string | undefined,
  conversation: string,
  lane: number,
  inSight: boolean,
): LaneState | undefined {
  const { data } = useQuery({
    ...lanesQuery(run ?? "", conversation),
    enabled: run !== undefined,
    select: ({ lanes }) => lanes[lane],
  });
  const now = performance.now();
  const [kept, keep] = useState({ data, at: now });
  // The end is shown at once: nothing comes behind it that would show it later.
  const fresh = inSight || data?.reply.phase === "ended";
  const other = data?.run !== kept.data?.run;
  if (!fresh && (other || now - kept.at > SELDOM_MS)) keep({ data, at: now });
  return run ? (fresh ? data : kept.data) : undefined;
}

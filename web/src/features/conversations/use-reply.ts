/**
 * Follows a running reply and keeps its state in the query cache, where every component that shows it reads it.
 *
 * The query's function lasts as long as the run: it publishes the state as events come, at most once per frame, and ends with
 * the last one. When nobody shows the reply any more the query is cancelled; the state stays, and the next viewer goes on from
 * its event number.
 */
import { type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { address } from "../../api/client";
import { followEvents } from "../../api/events";
import type { Message } from "../../api/types";
import { conversationQuery } from "./queries";
import { applyRunEvent, newRun, type RunState } from "./turn-state";

const runKey = (run: string) => ["run", run] as const;

const runQuery = (run: string, conversation: string) =>
  queryOptions({
    queryKey: runKey(run),
    queryFn: async ({ client, signal }): Promise<RunState> => {
      const known = client.getQueryData<RunState>(runKey(run)) ?? newRun(run);
      try {
        return known.phase === "ended" ? known : await follow(client, known, signal);
      } finally {
        if (!signal.aborted) await refresh(client, conversation);
      }
    },
    // A run that has not ended is followed again by the next viewer; one that has never changes.
    staleTime: ({ state }) => (state.data?.phase === "ended" ? Number.POSITIVE_INFINITY : 0),
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

/** The live state of a message that is being generated; undefined for every other message. */
export function useReply(message: Message): { state: RunState | undefined; error: Error | null } {
  const live = message.status === "generating" && !!message.run_id;
  // One empty entry for all that are not live, not one for each message that was ever in view.
  const run = (live && message.run_id) || "";
  const query = useQuery({ ...runQuery(run, message.conversation_id), enabled: live });
  return live ? { state: query.data, error: query.error } : { state: undefined, error: null };
}

async function follow(client: QueryClient, known: RunState, signal: AbortSignal): Promise<RunState> {
  const url = address("/api/runs/{run}/events", { run: known.run });
  let state = known;
  const frames = onFrames(() => client.setQueryData(runKey(known.run), state));
  try {
    for await (const event of followEvents(url, { after: known.seq, signal })) {
      state = applyRunEvent(state, event);
      frames.ask();
    }
  } finally {
    frames.cancel();
  }
  // Before the message is read again, so that the last words do not wait for that.
  client.setQueryData(runKey(known.run), state);
  return state;
}

/** Reads the finished message before the live state stops being shown, and the list, in which it is the newest now. */
async function refresh(client: QueryClient, conversation: string): Promise<void> {
  await client.invalidateQueries({ queryKey: conversationQuery(conversation).queryKey });
  void client.invalidateQueries({ queryKey: ["conversations"] });
}

/** Calls `publish` in the next frame after `ask`, however often it was asked. A hidden tab has no frames and renders nothing. */
export function onFrames(publish: () => void) {
  let frame = 0;
  return {
    ask() {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        publish();
      });
    },
    cancel() {
      cancelAnimationFrame(frame);
    },
  };
}

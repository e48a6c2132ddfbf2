/**
 * Hears from the server that something has changed, so that a page that is already open shows what happened on another device.
 *
 * Only names come, never content: the page reads again what it shows. Nothing is resumed: after every new connection the
 * listener is told that anything may have changed. Held only while the page is seen, so that many tabs in the background do
 * not use up the few connections that a browser has for one server.
 */
import { connection } from "./connection";
import { createFrames, defaultPauseMs, parseObject, pause, readStream } from "./events";
import { isFinal } from "./problem";

/** What has changed. `all`: anything may have. */
export interface Change {
  what:
    | "conversation"
    | "conversations"
    | "memories"
    | "files"
    | "workspaces"
    | "models"
    | "alerts"
    | "presets"
    | "batches"
    | "all";
  workspace?: string;
  conversation?: string;
}

interface FollowOptions {
  signal: AbortSignal;
  onChange: (change: Change) => void;
  fetch?: typeof fetch;
  pauseMs?: (attempt: number) => number;
  silenceMaxMs?: number;
}

/** Listens until the signal; ends by itself only when the server says that asking again is of no use (logged out). */
export async function followChanges(options: FollowOptions): Promise<void> {
  const { signal, pauseMs = defaultPauseMs } = options;
  let attempt = 0;
  while (!signal.aborted) {
    try {
      await listenOnce(options, () => {
        // What was missed between two connections is not told again. The first connection has missed nothing.
        if (attempt > 0) options.onChange({ what: "all" });
        attempt = 0;
      });
    } catch (error) {
      if (signal.aborted || isFinal(error)) return;
      connection.report("lost");
    }
    attempt += 1;
    await pause(pauseMs(attempt), signal);
  }
}

async function listenOnce(options: FollowOptions, onOpen: () => void): Promise<void> {
  for await (const frame of readStream("/api/changes", options, { parse: createFrames(), onOpen })) {
    const change = parseObject(frame.data);
    if (change) options.onChange(change as unknown as Change);
  }
}

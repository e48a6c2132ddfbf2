/**
 * The one queue of uploads: it goes on while the user is on other pages, a few files at a time. Leaving the browser's page is
 * asked about while something is on its way.
 */
import { useSyncExternalStore } from "react";
import { applyUpload, isGoingOn, type Upload, type UploadEvent } from "./queue";
import { sendFile } from "./send";

const AT_ONCE = 3;

let list: readonly Upload[] = [];
let last = 0;
const listeners = new Set<() => void>();
const sending = new Map<number, AbortController>();
/** Who wants to hear that a file has arrived in a workspace. */
const arrivals = new Set<(workspace: string) => void>();

function say(event: UploadEvent): void {
  const next = applyUpload(list, event);
  if (next === list) return;
  list = next;
  for (const listener of listeners) listener();
}

export interface Chosen {
  file: File;
  /** Its name, with the folders it stands in. */
  path: string;
}

export function addUploads(workspace: string, parent: string | null, chosen: readonly Chosen[]): void {
  const uploads = chosen.map(({ file, path }): Upload => {
    last += 1;
    return { key: last, workspace, parent, path, file, state: "waiting", sent: 0 };
  });
  say({ type: "added", uploads });
  begin();
}

export function cancelUpload(key: number): void {
  say({ type: "cancelled", key });
  sending.get(key)?.abort(new DOMException("Cancelled", "AbortError"));
  begin();
}

export function uploadAgain(key: number): void {
  say({ type: "again", key });
  begin();
}

/** Takes those that have ended off the list. */
export function clearUploads(): void {
  say({ type: "cleared" });
}

export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(subscribe, () => list);
}

export function onArrival(listener: (workspace: string) => void): () => void {
  arrivals.add(listener);
  return () => {
    arrivals.delete(listener);
  };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

function begin(): void {
  for (const item of list) {
    if (sending.size >= AT_ONCE) break;
    if (item.state === "waiting" && !sending.has(item.key)) void send(item);
  }
  if (list.some(isGoingOn)) globalThis.addEventListener?.("beforeunload", askBefore);
  else globalThis.removeEventListener?.("beforeunload", askBefore);
}

async function send(item: Upload): Promise<void> {
  const { key } = item;
  const abort = new AbortController();
  sending.set(key, abort);
  say({ type: "began", key });
  try {
    await sendFile(item, { signal: abort.signal, onProgress: (sent) => say({ type: "sent", key, sent }) });
    say({ type: "done", key });
    for (const listener of arrivals) listener(item.workspace);
  } catch (error) {
    say({ type: "failed", key, error });
  }
  sending.delete(key);
  begin();
}

function askBefore(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

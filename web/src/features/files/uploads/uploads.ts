/**
 * The one queue of uploads: it goes on while the user is on other pages, a few files at a time. Leaving the browser's page is
 * asked about while something is on its way.
 */
import { useSyncExternalStore } from "react";
import type { StoredFile } from "../../../api/types";
import { applyUpload, isGoingOn, type Upload, type UploadEvent } from "./queue";
import { sendFile } from "./send";

const AT_ONCE = 3;

let list: readonly Upload[] = [];
let last = 0;
const listeners = new Set<() => void>();
const sending = new Map<number, AbortController>();
/** Who wants to hear that a file has arrived in a workspace. */
const arrivals = new Set<(workspace: string) => void>();
/** Who waits for the end of one of them. */
const waiting = new Map<number, { arrived: (file: StoredFile) => void; failed: (error: unknown) => void }>();

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
  say({ type: "added", uploads: chosen.map((each) => newUpload(workspace, parent, each)) });
  begin();
}

function newUpload(workspace: string, parent: string | null, { file, path }: Chosen): Upload {
  last += 1;
  return { key: last, workspace, parent, path, file, state: "waiting", sent: 0 };
}

interface Watching {
  onProgress: (sent: number) => void;
  signal: AbortSignal;
}

/** One file by the same queue, for somebody who waits for it. */
export function uploadOne(workspace: string, chosen: Chosen, { onProgress, signal }: Watching): Promise<StoredFile> {
  const item = newUpload(workspace, null, chosen);
  return new Promise<StoredFile>((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const listen = () => onProgress(list.find(({ key }) => key === item.key)?.sent ?? 0);
    const cancel = () => cancelUpload(item.key);
    const end = () => {
      waiting.delete(item.key);
      listeners.delete(listen);
      signal.removeEventListener("abort", cancel);
    };
    const settle =
      <T>(settled: (what: T) => void) =>
      (what: T) => {
        end();
        settled(what);
      };
    waiting.set(item.key, { arrived: settle(resolve), failed: settle(reject) });
    listeners.add(listen);
    signal.addEventListener("abort", cancel);
    say({ type: "added", uploads: [item] });
    begin();
  });
}

export function cancelUpload(key: number): void {
  say({ type: "cancelled", key });
  const cancelled = new DOMException("Cancelled", "AbortError");
  sending.get(key)?.abort(cancelled);
  waiting.get(key)?.failed(cancelled);
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
    const file = await sendFile(item, { signal: abort.signal, onProgress: (sent) => say({ type: "sent", key, sent }) });
    say({ type: "done", key });
    waiting.get(key)?.arrived(file);
    for (const listener of arrivals) listener(item.workspace);
  } catch (error) {
    say({ type: "failed", key, error });
    waiting.get(key)?.failed(error);
  }
  sending.delete(key);
  begin();
}

function askBefore(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** Asks the worker for colours. One worker for the page, started by the first block of code. Called by the code blocks. */
import type { Request } from "./highlight-worker";
import type { Span } from "./spans";

/** A grammar that has lost its way ends with its worker; the next block starts another. */
const PATIENCE_MS = 5_000;

interface Waiting {
  answer(spans: Span[] | undefined): void;
  timer: ReturnType<typeof setTimeout>;
}

let worker: Worker | undefined;
let failed = typeof Worker === "undefined";
let last = 0;
const waiting = new Map<number, Waiting>();

/** Nothing where there is no worker, for a language that is not known, and when it takes too long. */
export function highlight(code: string, language: string): Promise<Span[] | undefined> {
  if (failed) return Promise.resolve(undefined);
  worker ??= start();
  const request: Request = { id: ++last, code, language };
  worker.postMessage(request);
  return new Promise((answer) => {
    waiting.set(request.id, { answer, timer: setTimeout(stop, PATIENCE_MS) });
  });
}

function start(): Worker {
  const started = new Worker(new URL("./highlight-worker.ts", import.meta.url), { type: "module", name: "highlight" });
  started.addEventListener("message", ({ data: { id, spans } }: MessageEvent<{ id: number; spans?: Span[] }>) => {
    settle(id, spans);
  });
  started.addEventListener("error", () => {
    failed = true;
    stop();
  });
  return started;
}

function stop(): void {
  worker?.terminate();
  worker = undefined;
  for (const id of [...waiting.keys()]) settle(id, undefined);
}

function settle(id: number, spans: Span[] | undefined): void {
  const entry = waiting.get(id);
  if (!entry) return;
  waiting.delete(id);
  clearTimeout(entry.timer);
  entry.answer(spans);
}

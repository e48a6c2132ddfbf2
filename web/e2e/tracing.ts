/**
 * How much processor time the page's own thread takes for a task, from the browser's trace. Unlike the time on the wall it is
 * the page's doing alone: a machine that is busy with something else does not make it longer.
 */
import type { Browser, Page } from "playwright-core";

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds on the wall, and of the processor. */
  dur?: number;
  tdur?: number;
  args: { name?: string };
}

export interface Traced<T> {
  result: T;
  /** Milliseconds of the processor, a task each. */
  tasks: number[];
}

/** Runs something and gives, with what it gave, the tasks of the page's main thread meanwhile. */
export async function traced<T>(browser: Browser, page: Page, run: () => Promise<T>): Promise<Traced<T>> {
  await browser.startTracing(page, { categories: ["toplevel", "__metadata"] });
  let result: T;
  let buffer: Buffer;
  try {
    result = await run();
  } finally {
    buffer = await browser.stopTracing();
  }
  const { traceEvents } = JSON.parse(buffer.toString()) as { traceEvents: TraceEvent[] };
  const threads = new Set(
    traceEvents
      .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid}:${tid}`),
  );
  const tasks = traceEvents
    .filter(({ name, ph, pid, tid }) => ph === "X" && /RunTask$/.test(name) && threads.has(`${pid}:${tid}`))
    .map(({ tdur = 0 }) => tdur / 1_000);
  if (tasks.length === 0) throw new Error("the trace has no tasks of the page");
  return { result, tasks };
}

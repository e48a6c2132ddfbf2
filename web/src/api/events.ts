/**
 * Reads a run's events: Server-Sent Events over fetch, resumed by event number until the run is over.
 *
 * EventSource is not used because it hides the status of a refused request and can not start in the middle. A connection that
 * ends before the terminal event, or is silent for longer than two heartbeats, is opened again after a pause that grows;
 * the server then sends only what comes after the last number. An event whose number was seen already is dropped.
 *
 *   connect -> frames -> terminal event -> end
 *      ^         |
 *      +- pause -+  (cut, silent, 5xx, unreachable)          4xx -> ApiError
 */
import { CLIENT_HEADER } from "./client";
import { connection } from "./connection";
import { isFinal, readProblem } from "./problem";

/** One event of a run. `seq` is its number in the run's log. */
export interface ServerEvent {
  seq: number;
  type: string;
  data: Record<string, unknown>;
}

interface FollowOptions {
  /** The number of the last event that is known already; 0 for none. */
  after: number;
  signal: AbortSignal;
  fetch?: typeof fetch;
  /** Milliseconds before the n-th attempt in a row (n from 1). */
  pauseMs?: (attempt: number) => number;
  silenceMaxMs?: number;
}

/** The server sends a comment every 15 s, so this long a silence means that the connection is dead. */
const SILENCE_MAX_MS = 40_000;
const TERMINAL = "complete";

/** Half a second at first, up to five, with jitter so that many tabs do not come back in the same moment. */
export function defaultPauseMs(attempt: number): number {
  return Math.min(500 * 1.6 ** (attempt - 1), 5_000) * (0.75 + Math.random() / 2);
}

/** Yields the events after `after`, each once and in order, and returns after the terminal one. */
export async function* followEvents(url: string, options: FollowOptions): AsyncGenerator<ServerEvent, void> {
  const { signal, pauseMs = defaultPauseMs } = options;
  let last = options.after;
  let attempt = 0;
  while (!signal.aborted) {
    try {
      for await (const event of readOnce(url, last, options)) {
        attempt = 0;
        if (event.seq <= last) continue;
        last = event.seq;
        yield event;
        if (event.type === TERMINAL) return;
      }
    } catch (error) {
      if (signal.aborted || isFinal(error)) throw error;
      connection.report("lost");
    }
    attempt += 1;
    await pause(pauseMs(attempt), signal);
  }
  throw signal.reason;
}

/** One connection to a run's events. */
function readOnce(url: string, after: number, options: FollowOptions): AsyncGenerator<ServerEvent, void> {
  const headers: Record<string, string> = after > 0 ? { "Last-Event-ID": String(after) } : {};
  return readStream(url, options, { headers, parse: createParser() });
}

interface Reading<T> {
  headers?: Record<string, string>;
  /** What is posted; the stream is the answer to that. */
  body?: unknown;
  parse: (bytes: Uint8Array) => T[];
  /** The server has begun to answer. */
  onOpen?: () => void;
}

/** One connection to an event stream: yields until the server ends it, it breaks, or it is silent for too long. */
export async function* readStream<T>(
  url: string,
  options: Pick<FollowOptions, "signal" | "fetch" | "silenceMaxMs">,
  { headers, body, parse, onOpen }: Reading<T>,
): AsyncGenerator<T, void> {
  const { fetch: get = fetch, silenceMaxMs = SILENCE_MAX_MS } = options;
  const cut = new AbortController();
  const signal = AbortSignal.any([options.signal, cut.signal]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => cut.abort(new Error("The stream is silent.")), silenceMaxMs);
  };
  heard();
  try {
    const posted = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const json: Record<string, string> = body === undefined ? {} : { "Content-Type": "application/json" };
    const response = await get(url, {
      ...posted,
      headers: { ...CLIENT_HEADER, Accept: "text/event-stream", ...json, ...headers },
      signal,
      cache: "no-store",
    });
    if (!response.ok || !response.body) throw await readProblem(response);
    connection.report("fine");
    onOpen?.();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      yield* parse(value);
    }
  } finally {
    clearTimeout(timer);
    // Also when the caller stops reading: otherwise the connection would stay open.
    cut.abort();
  }
}

/** One frame of an event stream as it came: all three may be empty. */
export interface Frame {
  id: string;
  type: string;
  data: string;
}

/**
 * An incremental parser of the event stream format: takes bytes as they come, also cut within a character or a line, and
 * gives the frames that are whole and have data. Comments and unknown fields are skipped.
 */
export function createFrames(): (bytes: Uint8Array) => Frame[] {
  const decoder = new TextDecoder();
  let rest = "";
  let id = "";
  let type = "";
  let data: string[] = [];

  function line(text: string): Frame | undefined {
    if (text === "") {
      const frame = data.length > 0 ? { id, type, data: data.join("\n") } : undefined;
      id = "";
      type = "";
      data = [];
      return frame;
    }
    const colon = text.indexOf(":");
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? "" : text.slice(colon + (text[colon + 1] === " " ? 2 : 1));
    if (field === "id") id = value;
    else if (field === "event") type = value;
    else if (field === "data") data.push(value);
    return undefined;
  }

  return (bytes) => {
    rest += decoder.decode(bytes, { stream: true });
    // A carriage return at the very end may be the first half of CR LF: it stays until the next bytes are here.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    return lines.map(line).filter((frame) => frame !== undefined);
  };
}

/** The frames of a run's stream as events; those without a number are skipped. */
export function createParser(): (bytes: Uint8Array) => ServerEvent[] {
  const frames = createFrames();
  return (bytes) =>
    frames(bytes)
      .map(toEvent)
      .filter((event) => event !== undefined);
}

function toEvent({ id, type, data }: Frame): ServerEvent | undefined {
  const seq = Number(id);
  if (!Number.isSafeInteger(seq) || seq < 1) return undefined;
  const fields = parseObject(data);
  if (!fields) return undefined;
  return { seq, type: type || String(fields.type ?? ""), data: fields };
}

/** What is no JSON object is skipped: asking again would bring it again, and at the end the message itself is read anyway. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Waits, but not longer than until the browser says that the network is back. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      globalThis.removeEventListener?.("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    globalThis.addEventListener?.("online", done);
  });
}

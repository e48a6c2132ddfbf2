/**
 * The one function through which the page talks to the server: typed by the API's own document, cookie for the session,
 * `X-Stoa-Client` on every request, problems as `ApiError`, no answer as `Unreachable`.
 *
 * Every outcome tells `connection.ts` whether the server can be reached.
 */
import { connection } from "./connection";
import { readProblem, Unreachable } from "./problem";
import type { paths } from "./schema";

type Method = "get" | "post" | "put" | "patch" | "delete";

type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: object } ? P : never;
}[keyof paths];

type Operation<M extends Method, P extends keyof paths> = paths[P] extends { [K in M]: infer O } ? O : never;
type Parameters<O, Where extends string> = O extends { parameters: { [K in Where]: infer T } }
  ? { [K in Where]: T }
  : O extends { parameters: { [K in Where]?: infer T } }
    ? { [K in Where]?: T }
    : unknown;
type Body<O> = O extends { requestBody: { content: { "application/json": infer T } } }
  ? { body: T }
  : { body?: undefined };
type Options<O> = Parameters<O, "path"> &
  Parameters<O, "query"> &
  Body<O> & {
    signal?: AbortSignal;
    headers?: Record<string, string>;
    /** The request outlives the page: for what is done while it is being left. */
    keepalive?: boolean;
  };
type JsonOf<R, Status extends number> = R extends { [S in Status]: { content: { "application/json": infer T } } }
  ? T
  : never;
type Success<R> = JsonOf<R, 200> | JsonOf<R, 201> | JsonOf<R, 202>;
/** The JSON of the one answer of success that has some; a route that can also stream is asked for JSON here. */
type Answer<O> = O extends { responses: infer R } ? ([Success<R>] extends [never] ? undefined : Success<R>) : never;

/** Every unsafe request with a cookie must carry this; another site's page can not set it. */
export const CLIENT_HEADER = { "X-Stoa-Client": "web" };

/** Makes one request and gives the answer's body, envelope and all. */
export async function call<M extends Method, P extends PathsWith<M>>(
  method: M,
  path: P,
  options: Options<Operation<M, P>>,
): Promise<Answer<Operation<M, P>>> {
  return (await callTagged(method, path, options)).body;
}

/** The same with the answer's ETag, which a later write sends as `If-Match` so as not to undo somebody else's. */
export async function callTagged<M extends Method, P extends PathsWith<M>>(
  method: M,
  path: P,
  options: Options<Operation<M, P>>,
): Promise<{ body: Answer<Operation<M, P>>; etag: string | null }> {
  const {
    path: places,
    query,
    body,
    signal,
    headers,
    keepalive,
  } = options as {
    path?: Record<string, string>;
    query?: Record<string, unknown>;
    body?: unknown;
    signal?: AbortSignal;
    headers?: Record<string, string>;
    keepalive?: boolean;
  };
  const limit = AbortSignal.timeout(limitMs(method, path));
  const response = await send(address(path, places, query), {
    method: method.toUpperCase(),
    headers: {
      ...CLIENT_HEADER,
      Accept: "application/json",
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
    keepalive,
  });
  if (!response.ok) throw await readProblem(response);
  const answer = response.status === 204 ? undefined : await readJson(response, signal);
  return { body: answer as Answer<Operation<M, P>>, etag: response.headers.get("ETag") };
}

/** An answer that breaks off in the middle is none. */
async function readJson(response: Response, signal: AbortSignal | undefined): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable("The answer broke off.", { cause: error });
  }
}

/** Fills the places of a path template and adds the query. */
export function address(
  path: string,
  places: Record<string, string> = {},
  query: Record<string, unknown> = {},
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(places[name] ?? ""));
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const search = new URLSearchParams(entries.map(([name, value]) => [name, String(value)]));
  return entries.length ? `${filled}?${search}` : filled;
}

/**
 * How long an answer may take, by kind of call; then it is `Unreachable`. Streams have limits of their own (`events.ts`).
 */
const LIMITS_MS = {
  /** Reads come from memory or one or two statements: what takes longer will not come. */
  read: 15_000,
  write: 30_000,
  /** Asks somebody else's server, which has its own limit of 30 s. */
  upstream: 45_000,
};

export function limitMs(method: string, path: string): number {
  if (/\/(test|continue|regenerate|edit)$/.test(path) || path.endsWith("/messages")) return LIMITS_MS.upstream;
  return method === "get" ? LIMITS_MS.read : LIMITS_MS.write;
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    const response = await fetch(url, init);
    connection.report("fine");
    return response;
  } catch (error) {
    // Aborted by whoever asked, which is no failure; the limit's own end is one.
    if (init.signal?.aborted && !isTimeout(init.signal.reason)) throw error;
    connection.report("lost");
    throw new Unreachable("The server did not answer.", { cause: error });
  }
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === "TimeoutError";
}

/**
 * The one function through which the page talks to the server: typed by the API's own document, cookie for the session,
 * `X-Stoa-Client` on every request, problems as `ApiError`, no answer as `Unreachable`.
 *
 * Every outcome tells `connection.ts` whether the server can be reached.
 */
import { connection } from "./connection";
import { readProblem, Unreachable } from "./problem";
import type { paths } from "./schema";

type Method = "get" | "post" | "patch" | "delete";

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
  Body<O> & { signal?: AbortSignal; headers?: Record<string, string> };
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
  const {
    path: places,
    query,
    body,
    signal,
    headers,
  } = options as {
    path?: Record<string, string>;
    query?: Record<string, unknown>;
    body?: unknown;
    signal?: AbortSignal;
    headers?: Record<string, string>;
  };
  const response = await send(address(path, places, query), {
    method: method.toUpperCase(),
    headers: {
      ...CLIENT_HEADER,
      Accept: "application/json",
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
  });
  if (!response.ok) throw await readProblem(response);
  return (response.status === 204 ? undefined : await response.json()) as Answer<Operation<M, P>>;
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

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    const response = await fetch(url, init);
    connection.report("fine");
    return response;
  } catch (error) {
    if (init.signal?.aborted) throw error;
    connection.report("lost");
    throw new Unreachable("The server did not answer.", { cause: error });
  }
}

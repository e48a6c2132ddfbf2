/**
 * What can go wrong with a request, and the one place that turns it into a sentence a person can read.
 *
 * `client.ts` and `events.ts` throw only `ApiError` (the server answered with a problem) or `Unreachable` (there was no
 * answer). Pages show `explain(error)`; forms add `fieldErrors(error)` beside their fields.
 */
import type { Problem } from "./types";

/** The server answered, and the answer is a problem. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: readonly { field: string; message: string }[] = [],
    readonly requestId?: string,
  ) {
    super(`${code}: ${detail}`);
  }
}

/** No answer: the server is down, or the way to it is. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** Reads a failed response. A body that is no problem (a proxy's page, say) still gives an `ApiError`. */
export async function readProblem(response: Response): Promise<ApiError> {
  let body: Partial<Problem> = {};
  try {
    body = (await response.json()) as Partial<Problem>;
  } catch {
    // Not JSON: the status alone has to do.
  }
  const code = body.code ?? (response.status >= 500 ? "unavailable" : "malformed");
  return new ApiError(response.status, code, body.detail ?? body.title ?? "", body.errors ?? [], body.request_id);
}

/** Sentences for codes whose meaning does not depend on the details. The rest of the codes speak through `detail`. */
const SENTENCES: Record<string, string> = {
  unauthenticated: "You are logged out. Log in to go on.",
  wrong_credentials: "Email or password is wrong.",
  forbidden: "You may not do this here.",
  cross_site: "The browser did not prove that the request comes from this page. Reload and try again.",
  budget_exceeded: "The budget is used up.",
  reply_running: "An answer is still being written. Wait for it or stop it first.",
  too_large: "That is too much text for one message.",
  interrupted: "The answer was interrupted. What had arrived is kept.",
  cancelled: "You stopped this answer.",
  upstream_error: "The model's provider answered with an error.",
  upstream_authentication: "The provider refused the key. Check the connection's key.",
  upstream_unreachable: "The model's provider can not be reached.",
  upstream_timeout: "The model took too long to answer.",
  timeout: "The server took too long to answer. Try again.",
  unavailable: "The server is busy or starting. Try again in a moment.",
};

/** Codes whose sentence reads better with the server's detail behind it. */
const WITH_DETAIL = new Set([
  "forbidden",
  "budget_exceeded",
  "upstream_error",
  "upstream_authentication",
  "upstream_unreachable",
]);

/** One readable sentence (or two) for anything that was thrown or stored as an error. */
export function explain(error: unknown): string {
  if (error instanceof Unreachable) return "The server can not be reached.";
  if (error instanceof ApiError && error.code === "internal") {
    const reference = error.requestId ? ` If it goes on, tell your administrator this number: ${error.requestId}.` : "";
    return `Something went wrong in the server.${reference}`;
  }
  if (isCoded(error)) {
    const sentence = SENTENCES[error.code];
    if (sentence === undefined) return error.detail || "Something went wrong.";
    return WITH_DETAIL.has(error.code) && error.detail && error.detail !== sentence
      ? `${sentence} ${error.detail}`
      : sentence;
  }
  return "Something went wrong in this page. Reload it and try again.";
}

/** The messages of single fields, by field name. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(error.errors.map(({ field, message }) => [field, message]));
}

/** True for problems that asking again would not change. */
export function isFinal(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.status >= 400 &&
    error.status < 500 &&
    error.status !== 429 &&
    error.status !== 408
  );
}

function isCoded(error: unknown): error is { code: string; detail: string } {
  return typeof error === "object" && error !== null && "code" in error && "detail" in error;
}

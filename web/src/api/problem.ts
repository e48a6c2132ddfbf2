/**
 * What can go wrong with a request, and the one place that turns it into a sentence a person can read.
 *
 * `client.ts` and `events.ts` throw only `ApiError` (the server answered with a problem) or `Unreachable` (there was no
 * answer). Pages show `explain(error)`; forms add `fieldErrors(error)` beside their fields.
 */
import { dateTime } from "../i18n/format";
import { texts } from "./texts";
import type { Problem } from "./types";

interface FieldFault {
  field: string;
  message: string;
  rule?: string;
  limit?: number;
}

/** The server answered, and the answer is a problem. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: readonly FieldFault[] = [],
    readonly requestId?: string,
    /** How long to wait before trying again, when the server says so. */
    readonly retryAfterMs?: number,
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
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return new ApiError(
    response.status,
    code,
    body.detail ?? body.title ?? "",
    body.errors ?? [],
    body.request_id,
    Number.isFinite(seconds) ? seconds * 1_000 : undefined,
  );
}

/** Codes whose sentence reads better with the server's detail behind it. */
const WITH_DETAIL = new Set([
  "forbidden",
  "budget_exceeded",
  "too_large",
  "context_length_exceeded",
  "content_filter",
  "upstream_error",
  "upstream_authentication",
  "upstream_unreachable",
]);

/** As the server writes times; the reader's language writes them otherwise. */
const TIMES = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;

/** One readable sentence (or two) for anything that was thrown or stored as an error, in the reader's language. */
export function explain(error: unknown): string {
  const t = texts.now();
  if (error instanceof Unreachable) return t.unreachable;
  if (error instanceof ApiError && error.code === "internal")
    return error.requestId ? `${t.ours} ${t.reference(error.requestId)}` : t.ours;
  if (!isCoded(error)) return t.page;
  const sentence = t.codes[error.code];
  if (sentence === undefined) return error.detail || t.unknown;
  return WITH_DETAIL.has(error.code) && error.detail && error.detail !== sentence
    ? `${sentence} ${error.detail.replace(TIMES, (time) => dateTime(time))}`
    : sentence;
}

/** The messages of single fields, by field name, in the reader's language where the rule is a common one. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  const { rules } = texts.now();
  return Object.fromEntries(
    error.errors.map(({ field, message, rule, limit }) => [field, rules[rule ?? ""]?.(limit ?? 0) ?? message]),
  );
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

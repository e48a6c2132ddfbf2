/**
 * What is typed into the form of a connection: how it begins, what is wrong with it, and what is sent. Faults are codes that the
 * catalogue has sentences for; the server checks the same and more.
 */
import type { Connection, ConnectionScope, CreateConnection, UpdateConnection } from "../../api/types";
import type { Preset } from "./providers";

export interface Header {
  name: string;
  value: string;
}

export interface Draft {
  name: string;
  slug: string;
  baseUrl: string;
  key: string;
  /** Null when editing and the stored ones stay as they are. */
  headers: Header[] | null;
  /** Whether the agents of a gateway look into their knowledge. */
  rag: boolean;
  /** Whether it is told the address of whoever asks, in the place of a fixed one. */
  callerEmail: boolean;
  /** How often it may be used in a minute; empty without a limit. */
  requestsPerMinute: string;
  tokensPerMinute: string;
}

export type FieldName =
  | "name"
  | "slug"
  | "baseUrl"
  | "key"
  | "headers"
  | "client"
  | "email"
  | "requestsPerMinute"
  | "tokensPerMinute";
type Fault =
  | "nameMissing"
  | "slugWrong"
  | "slugReserved"
  | "slugTaken"
  | "addressMissing"
  | "addressWrong"
  | "addressSecret"
  | "keyMissing"
  | "keyWrong"
  | "keyAgain"
  | "headersWrong"
  | "headersAgain"
  | "clientMissing"
  | "emailWrong"
  | "rateWrong";
export type Faults = Partial<Record<FieldName, Fault>>;

/** The fields as the API names them. */
export const API_FIELDS: Record<string, FieldName> = {
  name: "name",
  slug: "slug",
  base_url: "baseUrl",
  api_key: "key",
  headers: "headers",
  "settings.requests_per_minute": "requestsPerMinute",
  "settings.tokens_per_minute": "tokensPerMinute",
};

/** Headers that a gateway of agents always wants: they have fields of their own. */
export const AGENT_HEADERS = { client: "x-fabrix-client", email: "x-generative-ai-user-email" } as const;

/** What the server takes at most in a minute. */
const REQUESTS_MAX = 1_000_000;
const TOKENS_MAX = 1_000_000_000;

/** Slugs that stand for models that come with Stoa. */
const RESERVED = new Set(["local", "mock"]);

export function newDraft(preset: Preset, name: string, taken: ReadonlySet<string>): Draft {
  const slug = freeSlug(preset.slug, taken);
  return {
    name,
    slug,
    baseUrl: preset.baseUrl,
    key: "",
    headers: freshHeaders(preset),
    rag: false,
    callerEmail: false,
    requestsPerMinute: "",
    tokensPerMinute: "",
  };
}

/** What headers of a connection begin with. */
export function freshHeaders({ kind }: Pick<Preset, "kind">): Header[] {
  return kind === "fabrix" ? Object.values(AGENT_HEADERS).map((name) => ({ name, value: "" })) : [];
}

export function draftOf(connection: Connection): Draft {
  return {
    name: connection.name,
    slug: connection.slug,
    baseUrl: connection.base_url ?? "",
    key: "",
    headers: connection.headers?.length ? null : freshHeaders(connection),
    rag: settingsOf(connection).rag === true,
    callerEmail: settingsOf(connection).caller_email === true,
    requestsPerMinute: String(settingsOf(connection).requests_per_minute ?? ""),
    tokensPerMinute: String(settingsOf(connection).tokens_per_minute ?? ""),
  };
}

function settingsOf({ settings }: Pick<Connection, "settings">): Record<string, unknown> {
  return typeof settings === "object" && settings !== null ? { ...settings } : {};
}

export function headerOf(headers: readonly Header[], name: string): string {
  return headers.find((header) => header.name === name)?.value ?? "";
}

export function withHeader(headers: readonly Header[], name: string, value: string): Header[] {
  if (!headers.some((header) => header.name === name)) return [...headers, { name, value }];
  return headers.map((header) => (header.name === name ? { name, value } : header));
}

/** The wanted one, or the first of `wanted-2`, `wanted-3`, … that nobody has. */
export function freeSlug(wanted: string, taken: ReadonlySet<string>): string {
  const base = wanted.replace(/-\d+$/, "");
  let slug = wanted;
  for (let count = 2; taken.has(slug); count += 1) slug = `${base}-${count}`;
  return slug;
}

/** `before` is the connection that is being changed. */
export function faultsOf(
  draft: Draft,
  preset: Pick<Preset, "key" | "address" | "kind">,
  taken: ReadonlySet<string>,
  before?: Connection,
): Faults {
  const faults: Faults = {};
  if (!draft.name.trim()) faults.name = "nameMissing";
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/i.test(draft.slug)) faults.slug = "slugWrong";
  else if (RESERVED.has(draft.slug) && !(draft.slug === "mock" && preset.kind === "mock")) faults.slug = "slugReserved";
  else if (taken.has(draft.slug)) faults.slug = "slugTaken";
  const address = addressFault(draft.baseUrl.trim(), preset.address);
  if (address) faults.baseUrl = address;
  const moved = before !== undefined && originOf(draft.baseUrl) !== originOf(before.base_url ?? "");
  const key = draft.key.trim();
  if (key && !/^[!-~]+$/.test(key)) faults.key = "keyWrong";
  else if (!key && !before && preset.key === "required") faults.key = "keyMissing";
  else if (!key && moved && before.key_hint) faults.key = "keyAgain";
  if (draft.headers?.some(({ name, value }) => !/^[\w-]*$/.test(name.trim()) || (!name.trim() && value.trim())))
    faults.headers = "headersWrong";
  else if (moved && draft.headers === null) faults.headers = "headersAgain";
  return { ...faults, ...agentFaults(draft, preset), ...rateFaults(draft) };
}

function agentFaults({ headers, callerEmail }: Draft, { kind }: Pick<Preset, "kind">): Faults {
  if (kind !== "fabrix" || headers === null) return {};
  const email = headerOf(headers, AGENT_HEADERS.email).trim();
  return {
    ...(!headerOf(headers, AGENT_HEADERS.client).trim() && { client: "clientMissing" }),
    ...(!(email === "" && callerEmail) && !/^[^\s@]+@[^\s@]+$/.test(email) && { email: "emailWrong" }),
  };
}

function rateFaults({ requestsPerMinute, tokensPerMinute }: Draft): Faults {
  return {
    ...(readRate(requestsPerMinute, REQUESTS_MAX) === undefined && { requestsPerMinute: "rateWrong" }),
    ...(readRate(tokensPerMinute, TOKENS_MAX) === undefined && { tokensPerMinute: "rateWrong" }),
  };
}

/** Null where nothing is written; undefined where it can not be understood. */
function readRate(text: string, max: number): number | null | undefined {
  if (text.trim() === "") return null;
  const count = Number(text.trim());
  return Number.isInteger(count) && count >= 1 && count <= max ? count : undefined;
}

function addressFault(text: string, needed: boolean): Fault | undefined {
  if (!text) return needed ? "addressMissing" : undefined;
  const url = parsed(text);
  if (!url || !/^https?:$/.test(url.protocol) || !url.hostname || url.search || url.hash) return "addressWrong";
  return url.username || url.password ? "addressSecret" : undefined;
}

/** `URL.parse` is younger than some browsers in use. */
function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** Where a key would be sent to. Empty is the provider's usual address. */
function originOf(text: string): string {
  return parsed(text.trim())?.origin ?? "";
}

export function createBody(
  draft: Draft,
  preset: Preset,
  scope: ConnectionScope,
  workspace: string | undefined,
): CreateConnection {
  const headers = headersOf(draft.headers);
  const settings = settledWith(draft, {});
  return {
    scope,
    ...(scope === "workspace" && { workspace }),
    kind: preset.kind,
    slug: draft.slug,
    name: draft.name.trim(),
    ...(draft.baseUrl.trim() && { base_url: draft.baseUrl.trim() }),
    ...(draft.key.trim() && { api_key: draft.key.trim() }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(Object.keys(settings).length > 0 && { settings }),
  };
}

/** Settings with what the form says of them; what it does not know stays. */
function settledWith(draft: Draft, before: Record<string, unknown>): Record<string, unknown> {
  const rates = {
    requests_per_minute: readRate(draft.requestsPerMinute, REQUESTS_MAX) ?? undefined,
    tokens_per_minute: readRate(draft.tokensPerMinute, TOKENS_MAX) ?? undefined,
  };
  const rag = draft.rag !== (before.rag === true) ? { rag: draft.rag } : {};
  const callers = draft.callerEmail !== (before.caller_email === true) ? { caller_email: draft.callerEmail } : {};
  // Without what is undefined.
  return JSON.parse(JSON.stringify({ ...before, ...rates, ...rag, ...callers })) as Record<string, unknown>;
}

/** Only what was changed: what is absent stays as it is, the key above all. */
export function updateBody(draft: Draft, before: Connection): UpdateConnection {
  const body: UpdateConnection = {};
  if (draft.name.trim() !== before.name) body.name = draft.name.trim();
  if (draft.slug !== before.slug) body.slug = draft.slug;
  if (draft.baseUrl.trim() !== (before.base_url ?? "")) body.base_url = draft.baseUrl.trim();
  if (draft.key.trim()) body.api_key = draft.key.trim();
  const headers = draft.headers && headersOf(draft.headers);
  if (headers && (before.headers?.length || Object.keys(headers).length > 0)) body.headers = headers;
  const stored = settingsOf(before);
  const settings = settledWith(draft, stored);
  const same = ["rag", "caller_email", "requests_per_minute", "tokens_per_minute"].every(
    (name) => settings[name] === stored[name],
  );
  if (!same) body.settings = settings;
  return body;
}

function headersOf(headers: Header[] | null): Record<string, string> {
  // An address that was left out is none, and not an empty one.
  const named = (headers ?? []).filter(
    ({ name, value }) => name.trim() && (name !== AGENT_HEADERS.email || value.trim()),
  );
  return Object.fromEntries(named.map(({ name, value }) => [name.trim(), value.trim()]));
}

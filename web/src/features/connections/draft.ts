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
}

export type FieldName = "name" | "slug" | "baseUrl" | "key" | "headers";
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
  | "headersAgain";
export type Faults = Partial<Record<FieldName, Fault>>;

/** The fields as the API names them. */
export const API_FIELDS: Record<string, FieldName> = {
  name: "name",
  slug: "slug",
  base_url: "baseUrl",
  api_key: "key",
  headers: "headers",
};

/** Slugs that stand for models that come with Stoa. */
const RESERVED = new Set(["local", "mock"]);

export function newDraft(preset: Preset, name: string, taken: ReadonlySet<string>): Draft {
  return { name, slug: freeSlug(preset.slug, taken), baseUrl: preset.baseUrl, key: "", headers: [] };
}

export function draftOf(connection: Connection): Draft {
  return {
    name: connection.name,
    slug: connection.slug,
    baseUrl: connection.base_url ?? "",
    key: "",
    headers: connection.headers?.length ? null : [],
  };
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
  return faults;
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
  return {
    scope,
    ...(scope === "workspace" && { workspace }),
    kind: preset.kind,
    slug: draft.slug,
    name: draft.name.trim(),
    ...(draft.baseUrl.trim() && { base_url: draft.baseUrl.trim() }),
    ...(draft.key.trim() && { api_key: draft.key.trim() }),
    ...(Object.keys(headers).length > 0 && { headers }),
  };
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
  return body;
}

function headersOf(headers: Header[] | null): Record<string, string> {
  const named = (headers ?? []).filter(({ name }) => name.trim());
  return Object.fromEntries(named.map(({ name, value }) => [name.trim(), value.trim()]));
}

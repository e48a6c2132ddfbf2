/** A route as somebody puts it together. Pure. */
import type { CacheScope, CreateRoute, ModelRoute, UpdateRoute } from "../../api/types";

export const TARGETS_MAX = 8;
export const DESCRIPTION_MAX = 500;
export const TAG_MAX = 40;
export const STRATEGIES = ["order", "weighted", "fastest"] as const;
type Strategy = (typeof STRATEGIES)[number];

export interface TargetDraft {
  /** Stays with it wherever it is moved. */
  key: number;
  model: string;
  weight: string;
  /** Seconds; empty for what the route says. */
  firstToken: string;
}

/** Times are in seconds, as they are typed; empty for none. */
export interface Draft {
  name: string;
  description: string;
  tag: string;
  strategy: Strategy;
  targets: TargetDraft[];
  retries: string;
  firstToken: string;
  timeout: string;
  hedge: boolean;
  hedgeAfter: string;
  /** Whether the same request gets the same answer again, for how many minutes, and who does. */
  cache: boolean;
  cacheFor: string;
  cacheScope: CacheScope;
}

/** In seconds, from and to. */
const BOUNDS = {
  firstToken: [0.1, 600],
  timeout: [0.1, 3_600],
  hedgeAfter: [0.05, 60],
  /** A second to a week. */
  cacheFor: [1, 604_800],
} as const;
const MINUTE = 60;
const RETRIES_MAX = 5;
const WEIGHT_MAX = 1_000;

let keys = 0;
export function newTarget(model: string): TargetDraft {
  keys += 1;
  return { key: keys, model, weight: "1", firstToken: "" };
}

export const emptyDraft = (): Draft => ({
  name: "",
  description: "",
  tag: "",
  strategy: "order",
  targets: [newTarget("")],
  retries: "",
  firstToken: "",
  timeout: "",
  hedge: false,
  hedgeAfter: "2",
  cache: false,
  cacheFor: "60",
  cacheScope: "caller",
});

export function draftOf(route: ModelRoute): Draft {
  const first = emptyDraft();
  const { hedge_after_ms: hedgeAfter, cache } = route;
  return {
    name: route.name,
    description: route.description,
    tag: route.tag ?? "",
    strategy: route.strategy,
    targets: route.targets.map(({ model, weight, first_token_timeout_ms }) => ({
      ...newTarget(model),
      weight: String(weight),
      firstToken: typedTime(first_token_timeout_ms),
    })),
    retries: route.retries ? String(route.retries) : "",
    firstToken: typedTime(route.first_token_timeout_ms),
    timeout: typedTime(route.timeout_ms),
    hedge: hedgeAfter != null,
    hedgeAfter: hedgeAfter == null ? first.hedgeAfter : typedTime(hedgeAfter),
    cache: cache != null,
    cacheFor: cache ? String(cache.ttl_seconds / MINUTE) : first.cacheFor,
    cacheScope: cache?.scope ?? first.cacheScope,
  };
}

function typedTime(ms: number | null | undefined): string {
  return ms == null ? "" : String(ms / 1_000);
}

/** A number with a point or a comma; undefined when it is none. */
function readNumber(text: string): number | undefined {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() === "" || Number.isNaN(value) ? undefined : value;
}

/** Whether a time is written as it should be: nothing at all is fine. */
function timeFits(text: string, bounds: keyof typeof BOUNDS): boolean {
  if (text.trim() === "") return true;
  const seconds = readNumber(text) ?? Number.NaN;
  const [least, most] = BOUNDS[bounds];
  return seconds >= least && seconds <= most;
}

/** How long answers are kept, in seconds; undefined when that is none or none that is possible. */
function keptSeconds({ cacheFor }: Draft): number | undefined {
  const seconds = Math.round((readNumber(cacheFor) ?? Number.NaN) * MINUTE);
  const [least, most] = BOUNDS.cacheFor;
  return seconds >= least && seconds <= most ? seconds : undefined;
}

function wholeFits(text: string, most: number): boolean {
  const value = readNumber(text);
  return value !== undefined && Number.isInteger(value) && value >= 0 && value <= most;
}

/** A field, or one of a target: `targets.0.model`. */
export type FieldName =
  | "name"
  | "description"
  | "tag"
  | "strategy"
  | "targets"
  | "retries"
  | "firstToken"
  | "timeout"
  | "hedge"
  | "cacheFor"
  | "cacheScope"
  | `targets.${number}.${"model" | "weight" | "firstToken"}`;

type Fault =
  | "name"
  | "noTarget"
  | "noModel"
  | "twice"
  | "weight"
  | "noWeight"
  | "firstToken"
  | "timeout"
  | "retries"
  | "hedge"
  | "hedgeAlone"
  | "cacheFor";

export type Faults = Partial<Record<FieldName, Fault>>;

/** What can not be sent as it is. */
export function faultsOf(draft: Draft): Faults {
  const faults: Faults = {};
  const { targets, strategy } = draft;
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/i.test(draft.name.trim())) faults.name = "name";
  if (targets.length === 0) faults.targets = "noTarget";
  targets.forEach(({ model, weight, firstToken }, index) => {
    if (model === "") faults[`targets.${index}.model`] = "noModel";
    else if (targets.findIndex((other) => other.model === model) < index) faults[`targets.${index}.model`] = "twice";
    if (strategy === "weighted" && !wholeFits(weight, WEIGHT_MAX)) faults[`targets.${index}.weight`] = "weight";
    if (!timeFits(firstToken, "firstToken")) faults[`targets.${index}.firstToken`] = "firstToken";
  });
  if (strategy === "weighted" && targets.length > 0 && targets.every(({ weight }) => readNumber(weight) === 0))
    faults.targets = "noWeight";
  if (draft.retries.trim() !== "" && !wholeFits(draft.retries, RETRIES_MAX)) faults.retries = "retries";
  if (!timeFits(draft.firstToken, "firstToken")) faults.firstToken = "firstToken";
  if (!timeFits(draft.timeout, "timeout")) faults.timeout = "timeout";
  if (draft.hedge && targets.length < 2) faults.hedge = "hedgeAlone";
  else if (draft.hedge && (draft.hedgeAfter.trim() === "" || !timeFits(draft.hedgeAfter, "hedgeAfter")))
    faults.hedge = "hedge";
  if (draft.cache && keptSeconds(draft) === undefined) faults.cacheFor = "cacheFor";
  return faults;
}

/** What is sent for a draft without faults. */
export function bodyOf(draft: Draft): Required<Omit<CreateRoute, "enabled">> {
  const ms = (text: string) => {
    const seconds = readNumber(text);
    return seconds === undefined ? null : Math.round(seconds * 1_000);
  };
  return {
    name: draft.name.trim(),
    description: draft.description.trim(),
    tag: draft.tag.trim() || null,
    strategy: draft.strategy,
    targets: draft.targets.map(({ model, weight, firstToken }) => ({
      model,
      // A weight that is not asked for now is kept for when it is again.
      weight: wholeFits(weight, WEIGHT_MAX) ? Number(weight) : 1,
      first_token_timeout_ms: ms(firstToken),
    })),
    retries: readNumber(draft.retries) ?? 0,
    first_token_timeout_ms: ms(draft.firstToken),
    timeout_ms: ms(draft.timeout),
    hedge_after_ms: draft.hedge ? ms(draft.hedgeAfter) : null,
    cache: draft.cache ? { ttl_seconds: keptSeconds(draft) ?? MINUTE, scope: draft.cacheScope } : null,
  };
}

/** Only what was changed. */
export function changeOf(draft: Draft, before: ModelRoute): Partial<UpdateRoute> {
  const was = bodyOf(draftOf(before));
  const now = bodyOf(draft);
  const names = (Object.keys(now) as (keyof typeof now)[]).filter(
    (name) => JSON.stringify(now[name]) !== JSON.stringify(was[name]),
  );
  return Object.fromEntries(names.map((name) => [name, now[name]]));
}

/** The same targets with one of them somewhere else. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.filter((_, index) => index !== from);
  return [...rest.slice(0, to), ...list.slice(from, from + 1), ...rest.slice(to)];
}

/** A field as the API names it, `targets[0].model` among them. */
export function fieldOf(name: string): FieldName | undefined {
  const [, index, inner] = /^targets\[(\d+)\]\.?(\w*)$/.exec(name) ?? [];
  if (index !== undefined) {
    const part = { model: "model", weight: "weight", first_token_timeout_ms: "firstToken" } as const;
    return `targets.${Number(index)}.${part[inner as keyof typeof part] ?? "model"}`;
  }
  const known: Record<string, FieldName> = {
    name: "name",
    description: "description",
    tag: "tag",
    strategy: "strategy",
    targets: "targets",
    retries: "retries",
    first_token_timeout_ms: "firstToken",
    timeout_ms: "timeout",
    hedge_after_ms: "hedge",
    "cache.ttl_seconds": "cacheFor",
    "cache.scope": "cacheScope",
  };
  return known[name];
}

/** Whether something is set that most routes do without. */
export function hasMore(draft: Draft): boolean {
  const { retries, firstToken, timeout, hedge, cache, targets } = draft;
  return [retries, firstToken, timeout, hedge, cache, ...targets.map((target) => target.firstToken)].some(Boolean);
}

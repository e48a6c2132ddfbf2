/** What limits an API key, as it is typed and as it is shown. Pure. */
import type { ApiKey } from "../../../api/types";

/** What a key may be limited in; null is no limit. */
export interface KeyLimits {
  models: string[] | null;
  requests_per_minute: number | null;
  tokens_per_minute: number | null;
  concurrent: number | null;
}

export const RATES = ["requests_per_minute", "tokens_per_minute", "concurrent"] as const;
export type Rate = (typeof RATES)[number];

/** What the server takes at most. */
export const RATE_MAX: Record<Rate, number> = {
  requests_per_minute: 1_000_000,
  tokens_per_minute: 1_000_000_000,
  concurrent: 10_000,
};

export type TypedLimits = Record<Rate | "models", string>;

export const NO_LIMITS: TypedLimits = { models: "", requests_per_minute: "", tokens_per_minute: "", concurrent: "" };

export function typedLimits(key: Pick<ApiKey, keyof KeyLimits>): TypedLimits {
  const text = (rate: Rate) => (key[rate] == null ? "" : String(key[rate]));
  return {
    models: key.models?.join(", ") ?? "",
    requests_per_minute: text("requests_per_minute"),
    tokens_per_minute: text("tokens_per_minute"),
    concurrent: text("concurrent"),
  };
}

/** What can not be sent as it is. */
export function faultyRates(typed: TypedLimits): Set<Rate> {
  return new Set(RATES.filter((rate) => readRate(typed[rate], rate) === undefined));
}

/** What is sent for limits without faults. */
export function readLimits(typed: TypedLimits): KeyLimits {
  const patterns = [...new Set(typed.models.split(/[\s,;]+/).filter(Boolean))];
  return {
    models: patterns.length ? patterns : null,
    requests_per_minute: readRate(typed.requests_per_minute, "requests_per_minute") ?? null,
    tokens_per_minute: readRate(typed.tokens_per_minute, "tokens_per_minute") ?? null,
    concurrent: readRate(typed.concurrent, "concurrent") ?? null,
  };
}

/** Null where nothing is written; undefined where it can not be understood. */
function readRate(text: string, rate: Rate): number | null | undefined {
  if (text.trim() === "") return null;
  const count = Number(text.trim());
  return Number.isInteger(count) && count >= 1 && count <= RATE_MAX[rate] ? count : undefined;
}

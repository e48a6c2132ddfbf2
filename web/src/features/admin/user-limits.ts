/** How often, how much and how many at once a user may call models, as it is typed and as it is shown. Pure. */
import type { AdminUser } from "../../api/types";

export const RATES = ["requests_per_minute", "tokens_per_minute", "concurrent"] as const;
export type Rate = (typeof RATES)[number];

/** What the server takes at most. */
export const RATE_MAX: Record<Rate, number> = {
  requests_per_minute: 1_000_000,
  tokens_per_minute: 1_000_000_000,
  concurrent: 10_000,
};

export type UserLimits = Pick<AdminUser, Rate>;
export type TypedLimits = Record<Rate, string>;

export function typedLimits(user: UserLimits): TypedLimits {
  const text = (rate: Rate) => (user[rate] == null ? "" : String(user[rate]));
  return {
    requests_per_minute: text("requests_per_minute"),
    tokens_per_minute: text("tokens_per_minute"),
    concurrent: text("concurrent"),
  };
}

/** What can not be sent as it is. */
export function faultyLimits(typed: TypedLimits): Set<Rate> {
  return new Set(RATES.filter((rate) => readLimit(typed[rate], rate) === undefined));
}

/** Only what was changed; null takes a limit away. */
export function changedLimits(user: UserLimits, typed: TypedLimits): Partial<Record<Rate, number | null>> {
  const changed = RATES.filter((rate) => readLimit(typed[rate], rate) !== (user[rate] ?? null));
  return Object.fromEntries(changed.map((rate) => [rate, readLimit(typed[rate], rate) ?? null]));
}

/** Null where nothing is written; undefined where it can not be understood. */
function readLimit(text: string, rate: Rate): number | null | undefined {
  if (text.trim() === "") return null;
  const count = Number(text.trim());
  return Number.isInteger(count) && count >= 1 && count <= RATE_MAX[rate] ? count : undefined;
}

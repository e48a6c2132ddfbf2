/** Prices by the pattern they are for, and the models that a pattern names. Pure. */
import type { Model, Price } from "../../api/types";

export interface PatternPrices {
  pattern: string;
  /** Begun or to come, the last to begin first. */
  open: Price[];
  /** Those that another one has taken over from. */
  past: Price[];
}

/** In the order in which they come, which is by pattern and the latest first. */
export function byPattern(prices: readonly Price[]): PatternPrices[] {
  const groups = new Map<string, PatternPrices>();
  for (const price of prices) {
    const group = groups.get(price.pattern) ?? { pattern: price.pattern, open: [], past: [] };
    groups.set(price.pattern, group);
    (price.state === "past" ? group.past : group.open).push(price);
  }
  return [...groups.values()];
}

/** Models of this process cost nothing unless a pattern names their connection. */
const OWN = /^(local|mock)\//;

/** The models that a pattern names. What a connection has said of its own prices counts before it. */
export function named<M extends Pick<Model, "id">>(models: readonly M[], pattern: string): M[] {
  const wanted = pattern.trim();
  if (!wanted) return [];
  const start = wanted.split("*", 1)[0] ?? "";
  const shape = new RegExp(`^${wanted.split("*").map(escaped).join(".*")}$`, "s");
  return models.filter(({ id }) => shape.test(id) && (!OWN.test(id) || start.includes("/")));
}

/** `RegExp.escape` is younger than the browsers in use. */
function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

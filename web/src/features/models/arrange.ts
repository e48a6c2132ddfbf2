/**
 * What the list of models shows and in which order: those used last, the tags that have a rule, then by connection; or what a
 * query finds, best first.
 */
import type { Model } from "../../api/types";
import { NO_RULES, type Rules } from "./rules";

/** A list that is seen at a glance needs neither a search nor an order of its own. */
export const MANY = 8;
const RECENT_SHOWN = 3;

export interface Group {
  /** The connection, or one of the lists that are none. */
  kind: "recent" | "found" | "tags" | "routes" | "connection";
  name: string;
  models: Model[];
}

/** Every model is in one group only. */
export function arrange(
  models: readonly Model[],
  query: string,
  recent: readonly string[],
  rules: Rules = NO_RULES,
): Group[] {
  if (query.trim()) {
    const found = search(models, query, rules);
    return found.length > 0 ? [{ kind: "found", name: "", models: found }] : [];
  }
  const last =
    models.length > MANY
      ? recent.flatMap((id) => models.find((model) => model.id === id && model.available) ?? []).slice(0, RECENT_SHOWN)
      : [];
  const tags: Group = { kind: "tags", name: "", models: [] };
  const groups = new Map<string, Group>();
  for (const model of models) {
    if (last.includes(model)) continue;
    if (tagOf(model, rules) !== undefined) {
      tags.models.push(model);
      continue;
    }
    // A route is nobody's connection: they stand together.
    const route = model.id.startsWith("route/");
    const key = route ? "" : model.connection_id;
    const group = groups.get(key);
    if (group) group.models.push(model);
    else if (route) groups.set(key, { kind: "routes", name: "", models: [model] });
    else groups.set(key, { kind: "connection", name: model.connection, models: [model] });
  }
  const first: Group[] = [{ kind: "recent", name: "", models: last }, tags];
  return [...first.filter((group) => group.models.length > 0), ...groups.values()];
}

/** The tag whose rule it is, if it is one. */
export function tagOf({ route }: Model, rules: Rules): string | undefined {
  return route ? rules.get(route) : undefined;
}

/** Models in whose name, id, tag or connection every word is found. */
export function search(models: readonly Model[], query: string, rules: Rules = NO_RULES): Model[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const ranked = models.flatMap((model) => {
    const ranks = words.map((word) => rank(model, word, tagOf(model, rules)));
    return ranks.includes(0) ? [] : [{ model, rank: ranks.reduce((sum, each) => sum + each, 0) }];
  });
  // What can be used comes before what can not; among equals the order in which they came.
  return ranked
    .sort((a, b) => Number(b.model.available) - Number(a.model.available) || b.rank - a.rank)
    .map(({ model }) => model);
}

/** 0 when the word is not there; more, the nearer it is to what one would call the model. */
function rank(model: Model, word: string, tag: string | undefined): number {
  if (tag !== undefined && `#${tag}`.startsWith(word.startsWith("#") ? word : `#${word}`)) return 4;
  const name = model.name.toLowerCase();
  if (name.startsWith(word)) return 4;
  if (name.split(/[\s\-_./:]+/).some((part) => part.startsWith(word))) return 3;
  if (name.includes(word) || model.id.toLowerCase().includes(word)) return 2;
  return model.connection.toLowerCase().includes(word) ? 1 : 0;
}

/** The option after `from` (or before, for -1), around the ends; none when there are none. */
export function step(count: number, from: number, by: 1 | -1): number {
  if (count === 0) return -1;
  if (from < 0) return by > 0 ? 0 : count - 1;
  return (from + by + count) % count;
}

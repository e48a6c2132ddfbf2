/** What the lanes of a comparison and the columns of a batch are called, so that one can tell them apart. Pure. */
import type { Model } from "./types";

interface NamedLane {
  lane: number;
  model?: string | null;
  label?: string | null;
}

/**
 * Its label, its model, or only a letter while nobody may know. Models of one name that come from several connections have
 * that of theirs behind it.
 */
export function namesOfLanes(
  lanes: readonly NamedLane[],
  known: readonly Pick<Model, "id" | "name" | "connection">[],
): string[] {
  const models = new Map(known.map((model) => [model.id, model]));
  const called = new Map<string, Set<string>>();
  for (const { model, label } of lanes) {
    if (label || !model) continue;
    const name = models.get(model)?.name ?? model;
    called.set(name, (called.get(name) ?? new Set()).add(model));
  }
  return lanes.map(({ lane, model, label }) => {
    if (label) return label;
    if (!model) return String.fromCharCode(65 + lane);
    const { name = model, connection } = models.get(model) ?? {};
    return connection && (called.get(name)?.size ?? 0) > 1 ? `${name} · ${connection}` : name;
  });
}

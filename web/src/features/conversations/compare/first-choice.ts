/** The models that a comparison begins with. Pure. */
import type { Model, ModelChoice } from "../../../api/types";

/** Those that were kept of the last one, as far as there still are any; else the one that answers in chats, and another one. */
export function firstChoice(models: readonly Model[], kept: string, usual: string | undefined): ModelChoice[] {
  const last = readKept(kept).filter(({ model }) => models.some(({ id }) => id === model));
  if (last.length > 0) return last;
  const usable = models.filter(({ available }) => available).map(({ id }) => id);
  const first = usable.find((id) => id === usual) ?? usable[0];
  return [first, usable.find((id) => id !== first)].flatMap((id) => (id === undefined ? [] : { model: id }));
}

function readKept(kept: string): ModelChoice[] {
  try {
    const read: unknown = JSON.parse(kept || "[]");
    return Array.isArray(read) ? read.filter((each) => typeof each?.model === "string") : [];
  } catch {
    return [];
  }
}

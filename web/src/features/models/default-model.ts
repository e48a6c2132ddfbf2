/**
 * Which model answers, and what was chosen in this visit. The wishes are asked in their order; one that can not be fulfilled now
 * is passed over, not kept: a conversation whose model is gone goes on with another.
 */
import { useSyncExternalStore } from "react";
import type { Model } from "../../api/types";

interface Wishes {
  /** What the conversation says. */
  conversation?: string | null;
  /** What was chosen in this visit. */
  chosen?: string;
  /** What the user's preferences say. */
  preferred?: string | null;
}

/** The first wish that can be fulfilled, else the installation's default, else the first that can be used. */
export function defaultModel(models: readonly Model[], wishes: Wishes): Model | undefined {
  const usable = models.filter((model) => model.available);
  for (const wish of [wishes.conversation, wishes.chosen, wishes.preferred]) {
    const found = wish && usable.find((model) => model.id === wish);
    if (found) return found;
  }
  return usable.find((model) => model.is_default) ?? usable[0];
}

let chosen: string | undefined;
const listeners = new Set<() => void>();

/** From now on new conversations begin with it, until the page is left. */
export function chooseModel(model: string): void {
  chosen = model;
  for (const listener of listeners) listener();
}

export function useChosenModel(): string | undefined {
  return useSyncExternalStore(subscribe, () => chosen);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

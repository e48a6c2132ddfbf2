/** What a question is reckoned with before it is asked, and what comes of that. Pure. */
import type { CostEstimate, EstimateCost, ModelChoice } from "../../../api/types";

/** How long an answer is guessed to be, as batches guess it. */
const ANSWER_TOKENS = 400;

/** What to ask the server: lanes that read the same and may write as much, together. */
export function asksOf(text: string, chosen: readonly ModelChoice[]): EstimateCost[] {
  const asks = new Map<string, EstimateCost>();
  for (const { model, settings } of chosen) {
    const texts = [...(settings?.system_prompt ? [settings.system_prompt] : []), text];
    const max_tokens = settings?.max_tokens ?? null;
    const name = JSON.stringify([texts, max_tokens]);
    const ask = asks.get(name) ?? { models: [], texts, max_tokens };
    ask.models.push(model);
    asks.set(name, ask);
  }
  return [...asks.values()];
}

export interface Sum {
  expected: number;
  most: number;
  /** The models whose price is not known. */
  unpriced: string[];
}

export function sumOf(lanes: readonly CostEstimate[]): Sum {
  const sum: Sum = { expected: 0, most: 0, unpriced: [] };
  for (const { model, priced, prompt_cost_micros, cost_micros_max, answer_tokens_max } of lanes) {
    const written = Math.min(1, ANSWER_TOKENS / Math.max(1, answer_tokens_max));
    sum.expected += prompt_cost_micros + Math.round((cost_micros_max - prompt_cost_micros) * written);
    sum.most += cost_micros_max;
    if (!priced && !sum.unpriced.includes(model)) sum.unpriced.push(model);
  }
  return sum;
}

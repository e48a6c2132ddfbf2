/** What the server noted of a request, as the steps of a waterfall. */

import type { RequestSpan } from "../../api/types";
import type { Step } from "../../ui/charts/waterfall-steps";

export interface RequestStep extends Step {
  rows?: number;
  failed: boolean;
}

/** `words` names the kinds of parts; a statement has a name of its own. */
export function stepsOf(spans: readonly RequestSpan[], words: Record<string, string>): RequestStep[] {
  return spans.map((span) => {
    const { kind, micros, wait_micros: waited, work_micros: worked } = span;
    const known = typeof waited === "number" && typeof worked === "number";
    return {
      name: span.name ?? words[kind] ?? kind,
      kind,
      began: span.offset_micros,
      took: micros,
      waited: waited ?? undefined,
      after: known ? Math.max(0, micros - waited - worked) : undefined,
      rows: span.rows ?? undefined,
      failed: span.failed,
    };
  });
}

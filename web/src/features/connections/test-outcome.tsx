/** What a test of a connection found, in a sentence, and what to do when it failed. */
import type { ReactNode } from "react";
import { explain } from "../../api/problem";
import type { ConnectionTest } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { texts } from "./texts";

export function TestOutcome({ outcome, actions }: { outcome: ConnectionTest; actions?: ReactNode }) {
  const t = useTexts(texts);
  if (outcome.ok)
    return (
      <Callout tone={outcome.models > 0 ? "good" : "warn"} actions={actions}>
        {t.works(outcome.models, outcome.latency_ms)}
      </Callout>
    );
  const advice = t.advice[outcome.error?.code ?? ""];
  return (
    <Callout tone="danger" actions={actions}>
      {explain(outcome.error)}
      {advice && ` ${advice}`}
    </Callout>
  );
}

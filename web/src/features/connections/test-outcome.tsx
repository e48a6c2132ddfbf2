/** What a test of a connection found, in a sentence, and what to do when it failed. */
import type { ReactNode } from "react";
import { explain } from "../../api/problem";
import type { ConnectionTest } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { texts } from "./texts";

const SAYS_MORE = new Set(["upstream_authentication", "upstream_error"]);

export function TestOutcome({ outcome, actions }: { outcome: ConnectionTest; actions?: ReactNode }) {
  const t = useTexts(texts);
  if (outcome.ok)
    return (
      <Callout tone={outcome.models > 0 ? "good" : "warn"} actions={actions}>
        {t.works(outcome.models, outcome.latency_ms)}
      </Callout>
    );
  const { code = "", detail = "" } = outcome.error ?? {};
  const known = t.outcomes[code];
  return (
    <Callout tone="danger" actions={actions}>
      {known ?? explain(outcome.error)}
      {/* What a provider says itself is often the best hint; of a server that is not there it says nothing. */}
      {known && detail && SAYS_MORE.has(code) && <span className="said">{detail}</span>}
    </Callout>
  );
}

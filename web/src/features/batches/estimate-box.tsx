/** What a batch will be and cost, reckoned by the server while it is being made. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { explain } from "../../api/problem";
import type { NewBatch } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { EstimatedCost } from "../../ui/estimated-cost";
import { bodyOf, type Draft } from "./draft";
import { estimateQuery } from "./queries";
import { texts } from "./start-texts";

/** So long nothing has been changed. */
const SETTLED_MS = 500;

interface EstimateBoxProps {
  workspace: string;
  draft: Draft;
  /** Nothing is missing. */
  ready: boolean;
}

export function EstimateBox({ workspace, draft, ready }: EstimateBoxProps) {
  const t = useTexts(texts);
  const body = useSettledBody(draft, ready);
  const query = useQuery(estimateQuery(workspace, body));
  if (!ready) return null;
  const { data, error, isFetching } = query;
  const unpriced = data?.lanes.filter(({ priced }) => !priced).map(({ model }) => model) ?? [];
  return (
    <section className="estimate" aria-label={t.estimate} aria-busy={isFetching || !body}>
      <h2>{t.estimate}</h2>
      {error && body ? (
        <Callout tone="danger">{explain(error)}</Callout>
      ) : !data ? (
        <p className="hint">{t.estimating}</p>
      ) : (
        <>
          <p className="estimate-calls">{t.calls(data.rows, data.lanes.length, data.cells)}</p>
          {data.cost_micros_max === 0 && unpriced.length === 0 && <p>{t.free}</p>}
          <EstimatedCost
            expected={data.cost_micros_expected}
            most={data.cost_micros_max}
            unpriced={[...new Set(unpriced)]}
          />
        </>
      )}
    </section>
  );
}

/** What would be sent, when nothing has been changed for a moment. */
function useSettledBody(draft: Draft, ready: boolean): NewBatch | undefined {
  const [body, setBody] = useState<NewBatch>();
  useEffect(() => {
    const timer = setTimeout(() => setBody(ready ? bodyOf(draft) : undefined), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [draft, ready]);
  return body;
}

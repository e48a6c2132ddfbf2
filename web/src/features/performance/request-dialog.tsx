/** One request: what it was, and where its time went, step by step. A statement's plan is asked for with a click. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { RequestDetail } from "../../api/types";
import { bytes, dateTime, number } from "../../i18n/format";
import { took } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import { Waterfall } from "../../ui/charts/waterfall";
import { CopyButton } from "../../ui/copy-button";
import { Dialog } from "../../ui/dialog";
import { Failed } from "../../ui/failed";
import { Skeleton } from "../../ui/states";
import { Fact } from "./fact";
import { requestQuery } from "./queries";
import { StatementPlan } from "./statement-plan";
import { stepsOf } from "./steps";
import { texts } from "./texts";

export default function RequestDialog({ request, onClose }: { request: string; onClose: () => void }) {
  const t = useTexts(texts).requests;
  const query = useQuery(requestQuery(request));
  return (
    <Dialog title={query.data ? `${query.data.method} ${query.data.path}` : t.one} kind="wide" onClose={onClose}>
      {query.isPending && <Skeleton lines={6} />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data && <Details request={query.data} />}
    </Dialog>
  );
}

function Details({ request }: { request: RequestDetail }) {
  const t = useTexts(texts).requests;
  const [statement, setStatement] = useState<string>();
  return (
    <div className="dialog-parts">
      <dl className="facts">
        <Fact name={t.status}>{request.status ?? t.running}</Fact>
        <Fact name={t.took}>{took(request.took_ms)}</Fact>
        <Fact name={t.at}>{dateTime(request.at)}</Fact>
        <Fact name={t.statements}>{number(request.statements)}</Fact>
        <Fact name={t.rows}>{number(request.rows)}</Fact>
        <Fact name={t.bytes}>{typeof request.bytes === "number" ? bytes(request.bytes) : t.nothing}</Fact>
        <Fact name={t.cache}>{t.caches[request.cache ?? "none"] ?? t.nothing}</Fact>
        <Fact name={t.id}>
          <span className="request-id">
            <code>{request.id}</code>
            <CopyButton text={request.id} />
          </span>
        </Fact>
      </dl>
      <section>
        <h3>{t.waterfall}</h3>
        <Waterfall
          title={t.waterfall}
          whole={request.took_micros}
          steps={stepsOf(request.spans, t.steps)}
          name={(step) =>
            step.kind === "statement" ? (
              <button
                type="button"
                className="step-open"
                aria-expanded={statement === step.name}
                onClick={() => setStatement(statement === step.name ? undefined : step.name)}
              >
                {step.name}
              </button>
            ) : (
              step.name
            )
          }
          note={({ rows, failed }) =>
            failed ? <span className="bad">{t.failed}</span> : rows !== undefined ? t.rowCount(rows) : undefined
          }
        />
        <p className="waterfall-legend">{t.legend}</p>
      </section>
      {statement !== undefined && (
        <section aria-label={statement} className="dialog-parts">
          <StatementPlan key={statement} name={statement} />
        </section>
      )}
    </div>
  );
}

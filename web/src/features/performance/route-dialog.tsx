/** One route: its times, its budgets, what the cache did for it, and the requests of it that were kept. */
import { useQuery } from "@tanstack/react-query";
import type { RouteFigures } from "../../api/types";
import { ago, bytes, number } from "../../i18n/format";
import { figure, share, took } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import { Meter } from "../../ui/charts/meter";
import { Dialog } from "../../ui/dialog";
import { Failed } from "../../ui/failed";
import { Skeleton } from "../../ui/states";
import { Fact } from "./fact";
import { routeRequestsQuery } from "./queries";
import { type Texts, texts } from "./texts";

interface RouteDialogProps {
  route: RouteFigures;
  onRequest: (id: string) => void;
  onClose: () => void;
}

export default function RouteDialog({ route, onRequest, onClose }: RouteDialogProps) {
  const t = useTexts(texts);
  return (
    <Dialog title={`${route.method} ${route.path}`} kind="wide" onClose={onClose}>
      <div className="dialog-parts">
        <dl className="facts">
          <Fact name={t.routes.count}>{number(route.count)}</Fact>
          <Fact name={t.route.mean}>{took(route.mean_ms)}</Fact>
          <Fact name={t.routes.p50}>{took(route.p50_ms)}</Fact>
          <Fact name={t.routes.p95}>{took(route.p95_ms)}</Fact>
          <Fact name={t.routes.p99}>{took(route.p99_ms)}</Fact>
          <Fact name={t.routes.max}>{took(route.max_ms)}</Fact>
          <Fact name={t.routes.errors}>{number(route.errors)}</Fact>
          <Fact name={t.route.refused}>{number(route.refused)}</Fact>
          <Fact name={t.route.each}>{bytes(Math.round(route.bytes / Math.max(1, route.count)))}</Fact>
        </dl>
        <Costs route={route} t={t} />
        <section>
          <h3>{t.route.cache}</h3>
          {typeof route.hit_rate === "number" ? (
            <dl className="facts">
              <Fact name={t.route.hitRate}>{share(route.hit_rate)}</Fact>
              <Fact name={t.route.hits}>{number(route.hits)}</Fact>
              <Fact name={t.route.notModified}>{number(route.not_modified)}</Fact>
              <Fact name={t.route.misses}>{number(route.misses)}</Fact>
            </dl>
          ) : (
            <p className="hint">{t.route.uncached}</p>
          )}
        </section>
        <Requests route={route.id} t={t} onRequest={onRequest} />
      </div>
    </Dialog>
  );
}

function Costs({ route, t }: { route: RouteFigures; t: Texts }) {
  return (
    <section>
      <h3>{t.route.budgets}</h3>
      <dl className="facts">
        <Fact name={t.route.statements}>
          <Meter label={t.route.statements} value={route.statements_most} budget={route.statements_max}>
            {t.routes.ofBudget(number(route.statements_most), number(route.statements_max))}
          </Meter>
        </Fact>
        <Fact name={t.route.perRequest}>{figure(route.statements_mean)}</Fact>
        <Fact name={t.route.rowsEach}>{t.routes.ofBudget(figure(route.rows_mean), number(route.rows_max))}</Fact>
        <Fact name={t.route.database}>{took(route.database_mean_ms)}</Fact>
        <Fact name={t.route.over}>
          <span className={route.over_budget ? "bad" : undefined}>{number(route.over_budget)}</span>
        </Fact>
      </dl>
    </section>
  );
}

const SHOWN = 8;

function Requests({ route, t, onRequest }: { route: string; t: Texts; onRequest: (id: string) => void }) {
  const query = useQuery(routeRequestsQuery(route, SHOWN));
  return (
    <section>
      <h3>{t.route.requests}</h3>
      {query.isPending && <Skeleton lines={2} />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data?.length === 0 && <p className="hint">{t.route.noRequests}</p>}
      <ul className="kept">
        {query.data?.map((request) => (
          <li key={request.id}>
            <button type="button" className="step-open" onClick={() => onRequest(request.id)}>
              <code className="path">{request.path}</code>
            </button>
            <span>{request.status ?? t.requests.running}</span>
            <span className="figure">{took(request.took_ms)}</span>
            <span className="figure">{ago(request.at)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

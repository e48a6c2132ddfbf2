/** What each route does: how often, how fast, what it costs the database against its budget, and how much the cache helps. */
import { Suspense, useState } from "react";
import type { RouteFigures } from "../../api/types";
import { bytes, number } from "../../i18n/format";
import { share, took } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import { Meter } from "../../ui/charts/meter";
import { type Column, DataTable } from "../../ui/data-table";
import { FilterField } from "../../ui/filter-field";
import { onDemand } from "../../ui/overlays/lazy";
import { Panel } from "../../ui/panel";
import { Empty } from "../../ui/states";
import { RequestLine } from "./method";
import { type Texts, texts } from "./texts";

const details = onDemand(() => import("./route-dialog"));
const single = onDemand(() => import("./request-dialog"));

export function RoutesSection({ routes }: { routes: readonly RouteFigures[] }) {
  const t = useTexts(texts);
  const [typed, setTyped] = useState("");
  const [opened, setOpened] = useState<string>();
  const [request, setRequest] = useState<string>();
  const q = typed.trim().toLowerCase();
  const shown = routes.filter(({ method, path, id }) => `${method} ${path} ${id}`.toLowerCase().includes(q));
  const route = routes.find(({ id }) => id === opened);
  return (
    <Panel
      title={t.routes.title}
      about={t.routes.about}
      rows
      actions={<FilterField label={t.routes.filter} value={typed} onChange={setTyped} />}
    >
      {shown.length === 0 ? (
        <Empty icon="search" title={t.routes.noneTitle}>
          <p>{q ? t.routes.noneFound : t.routes.none}</p>
        </Empty>
      ) : (
        <DataTable
          label={t.routes.title}
          columns={columnsOf(t.routes)}
          rows={shown}
          rowKey={({ id }) => id}
          order={{ column: "count", descending: true }}
          onOpen={({ id }) => setOpened(id)}
          intent={details.intent}
        />
      )}
      {route && request === undefined && (
        <Suspense>
          <details.Component route={route} onRequest={setRequest} onClose={() => setOpened(undefined)} />
        </Suspense>
      )}
      {request !== undefined && (
        <Suspense>
          {/* One at a time: closing it leads back to the route. */}
          <single.Component request={request} onClose={() => setRequest(undefined)} />
        </Suspense>
      )}
    </Panel>
  );
}

function columnsOf(t: Texts["routes"]): Column<RouteFigures>[] {
  const time = (key: "p50_ms" | "p95_ms" | "p99_ms" | "max_ms", label: string): Column<RouteFigures> => ({
    key,
    label,
    numeric: true,
    sort: (route) => (route.count ? route[key] : null),
    cell: (route) => (route.count ? took(route[key]) : t.nothing),
  });
  return [
    {
      key: "route",
      label: t.route,
      sort: ({ path }) => path,
      cell: ({ method, path }) => <RequestLine method={method} path={path} />,
    },
    { key: "count", label: t.count, numeric: true, sort: ({ count }) => count, cell: ({ count }) => number(count) },
    time("p50_ms", t.p50),
    time("p95_ms", t.p95),
    time("p99_ms", t.p99),
    time("max_ms", t.max),
    {
      key: "errors",
      label: t.errors,
      numeric: true,
      sort: ({ errors }) => errors,
      cell: ({ errors }) => (errors ? <span className="bad">{number(errors)}</span> : number(0)),
    },
    { key: "bytes", label: t.bytes, numeric: true, sort: (route) => route.bytes, cell: (route) => bytes(route.bytes) },
    {
      key: "statements",
      label: t.statements,
      sort: (route) => (route.statements_max ? route.statements_most / route.statements_max : null),
      cell: (route) =>
        route.statements_max ? (
          <Meter label={t.statements} value={route.statements_most} budget={route.statements_max}>
            {t.ofBudget(number(route.statements_most), number(route.statements_max))}
          </Meter>
        ) : (
          t.nothing
        ),
    },
    {
      key: "hit_rate",
      label: t.hitRate,
      numeric: true,
      sort: (route) => route.hit_rate,
      cell: (route) => (typeof route.hit_rate === "number" ? share(route.hit_rate) : t.nothing),
    },
  ];
}

/** The statements by name: how often, how fast, how many rows; plan and hint in a dialog. */
import { useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import type { StatementFigures } from "../../api/types";
import { number } from "../../i18n/format";
import { figure, took } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import { type Column, DataTable } from "../../ui/data-table";
import { Failed } from "../../ui/failed";
import { FilterField } from "../../ui/filter-field";
import { onDemand } from "../../ui/overlays/lazy";
import { Panel } from "../../ui/panel";
import { Empty, Skeleton } from "../../ui/states";
import { statementsQuery } from "./queries";
import { type Texts, texts } from "./texts";

const details = onDemand(() => import("./statement-dialog"));

export function StatementsSection() {
  const t = useTexts(texts).statements;
  const query = useQuery(statementsQuery);
  const [typed, setTyped] = useState("");
  const [opened, setOpened] = useState<string>();
  const q = typed.trim().toLowerCase();
  const shown = (query.data ?? []).filter(({ name }) => name.toLowerCase().includes(q));
  const statement = query.data?.find(({ name }) => name === opened);
  return (
    <Panel
      title={t.title}
      about={t.about}
      rows
      actions={<FilterField label={t.filter} value={typed} onChange={setTyped} />}
    >
      {query.isPending && <Skeleton lines={6} />}
      {query.isError && !query.data && (
        <div className="panel-body">
          <Failed error={query.error} onAgain={() => void query.refetch()} />
        </div>
      )}
      {query.data && shown.length === 0 && (
        <Empty icon="search" title={t.noneTitle}>
          <p>{q ? t.noneFound : t.none}</p>
        </Empty>
      )}
      {shown.length > 0 && (
        <DataTable
          label={t.title}
          columns={columnsOf(t)}
          rows={shown}
          rowKey={({ name }) => name}
          order={{ column: "total", descending: true }}
          onOpen={({ name }) => setOpened(name)}
          intent={details.intent}
        />
      )}
      {statement && (
        <Suspense>
          <details.Component statement={statement} onClose={() => setOpened(undefined)} />
        </Suspense>
      )}
    </Panel>
  );
}

function columnsOf(t: Texts["statements"]): Column<StatementFigures>[] {
  const time = (key: "p50_ms" | "p95_ms" | "max_ms" | "total_ms", label: string): Column<StatementFigures> => ({
    key: key === "total_ms" ? "total" : key,
    label,
    numeric: true,
    sort: (statement) => statement[key],
    cell: (statement) => took(statement[key]),
  });
  return [
    { key: "name", label: t.name, sort: ({ name }) => name, cell: ({ name }) => <code>{name}</code> },
    { key: "count", label: t.count, numeric: true, sort: ({ count }) => count, cell: ({ count }) => number(count) },
    time("p50_ms", t.p50),
    time("p95_ms", t.p95),
    time("max_ms", t.max),
    time("total_ms", t.total),
    {
      key: "rows",
      label: t.rowsEach,
      numeric: true,
      sort: ({ rows, count }) => (count ? rows / count : null),
      cell: ({ rows, count }) => figure(count ? rows / count : 0),
    },
  ];
}

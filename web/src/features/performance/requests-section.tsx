/** Single requests: those that run now, and of those that are over the slow, the failed and some of the rest. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import type { RequestEntry } from "../../api/types";
import { dateTime, number } from "../../i18n/format";
import { clock, took } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import { type Column, DataTable } from "../../ui/data-table";
import { Failed } from "../../ui/failed";
import { Icon } from "../../ui/icons";
import { onDemand } from "../../ui/overlays/lazy";
import { Panel } from "../../ui/panel";
import { Segments } from "../../ui/segments";
import { Empty, Skeleton } from "../../ui/states";
import { RequestLine } from "./method";
import { KINDS, type RequestKind, requestsQuery } from "./queries";
import { type Texts, texts } from "./texts";

const details = onDemand(() => import("./request-dialog"));

export function RequestsSection() {
  const t = useTexts(texts).requests;
  const [kind, setKind] = useState<RequestKind>("slow");
  const [opened, setOpened] = useState<string>();
  const query = useQuery({ ...requestsQuery(kind), placeholderData: keepPreviousData });
  return (
    <Panel
      title={t.title}
      about={t.abouts[kind]}
      rows
      actions={<Segments label={t.which} options={KINDS} value={kind} labels={t.kinds} onChoose={setKind} />}
    >
      {query.isPending && <Skeleton lines={5} />}
      {query.isError && !query.data && (
        <div className="panel-body">
          <Failed error={query.error} onAgain={() => void query.refetch()} />
        </div>
      )}
      {query.data?.length === 0 && (
        <Empty icon={<Icon name="clock" />} title={t.noneTitle}>
          <p>{t.none[kind]}</p>
        </Empty>
      )}
      {query.data && query.data.length > 0 && (
        <DataTable
          label={t.title}
          columns={columnsOf(t)}
          rows={query.data}
          rowKey={({ id }) => id}
          order={{ column: "at", descending: true }}
          onOpen={({ id }) => setOpened(id)}
          intent={details.intent}
        />
      )}
      {opened !== undefined && (
        <Suspense>
          <details.Component request={opened} onClose={() => setOpened(undefined)} />
        </Suspense>
      )}
    </Panel>
  );
}

function columnsOf(t: Texts["requests"]): Column<RequestEntry>[] {
  return [
    {
      key: "path",
      label: t.request,
      sort: ({ path }) => path,
      cell: ({ method, path }) => <RequestLine method={method} path={path} />,
    },
    {
      key: "status",
      label: t.status,
      numeric: true,
      sort: ({ status }) => status,
      cell: ({ status }) =>
        status === null || status === undefined ? (
          <span className="badge good">{t.running}</span>
        ) : (
          <span className={status >= 500 ? "bad" : undefined}>{status}</span>
        ),
    },
    { key: "took", label: t.took, numeric: true, sort: ({ took_ms }) => took_ms, cell: ({ took_ms }) => took(took_ms) },
    {
      key: "statements",
      label: t.statements,
      numeric: true,
      sort: ({ statements }) => statements,
      cell: ({ statements }) => number(statements),
    },
    { key: "rows", label: t.rows, numeric: true, sort: ({ rows }) => rows, cell: ({ rows }) => number(rows) },
    {
      key: "cache",
      label: t.cache,
      sort: ({ cache }) => cache,
      cell: ({ cache }) => t.caches[cache ?? "none"] ?? t.nothing,
    },
    {
      key: "at",
      label: t.at,
      numeric: true,
      sort: ({ at }) => Date.parse(at),
      cell: ({ at }) => moment(Date.parse(at)),
    },
  ];
}

const DAY_MS = 86_400_000;

/** To the second: of what is kept, most happened just now. */
function moment(time: number): string {
  return Date.now() - time < DAY_MS ? clock(time, true) : dateTime(time);
}

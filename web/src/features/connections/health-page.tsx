/** How the providers do, for administrators: which connections do not work and why, and what the calls of each came to. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Connection, Workspace } from "../../api/types";
import { ago, money, number } from "../../i18n/format";
import { share, span, took } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { type Column, DataTable } from "../../ui/data-table";
import { Failed } from "../../ui/failed";
import { Page, Panel } from "../../ui/panel";
import { Skeleton } from "../../ui/states";
import { StateBadge } from "./connection-row";
import { type ConnectionHealth, healthOf, inTrouble, troubleOf } from "./health";
import { type Texts, texts } from "./health-texts";
import { calledQuery, connectionsQuery } from "./queries";
import "./connections.css";

export default function HealthPage({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  const connections = useQuery({ ...connectionsQuery(workspace.id), staleTime: 0 });
  const called = useQuery(calledQuery);
  const all = connections.data;
  const broken = connections.isError && !all ? connections : called.isError && !called.data ? called : undefined;
  return (
    <div className="health-wide">
      <Page
        title={t.title}
        about={t.about}
        actions={
          <Link
            to="/w/$workspace/settings/$page"
            params={{ workspace: workspace.slug, page: "system-connections" }}
            className="button"
          >
            {t.manage}
          </Link>
        }
      >
        {broken && <Failed error={broken.error} onAgain={() => void broken.refetch()} />}
        {!broken && !(all && called.data) && <Skeleton lines={6} />}
        {all && called.data && (
          <>
            <Trouble connections={inTrouble(all)} t={t} />
            <Panel title={t.list} about={t.since(span(called.data.process.uptime_seconds))} rows>
              <DataTable
                label={t.list}
                columns={columnsOf(t)}
                rows={healthOf(all, called.data.models)}
                rowKey={({ connection }) => connection.id}
                order={{ column: "calls", descending: true }}
              />
            </Panel>
          </>
        )}
      </Page>
    </div>
  );
}

function Trouble({ connections, t }: { connections: readonly Connection[]; t: Texts }) {
  if (connections.length === 0) return <Callout tone="quiet">{t.none}</Callout>;
  return (
    <Panel title={t.trouble}>
      {connections.map((connection) => (
        <Callout key={connection.id} tone={connection.health.state === "suspended" ? "warn" : "danger"}>
          <strong>{connection.name}</strong>{" "}
          {troubleOf(connection) ? <span lang="en">{troubleOf(connection)}</span> : t.unsaid}{" "}
          {connection.health.last_ok_at ? t.lastWell(ago(connection.health.last_ok_at)) : t.neverWell}
        </Callout>
      ))}
    </Panel>
  );
}

function columnsOf(t: Texts): Column<ConnectionHealth>[] {
  return [
    {
      key: "name",
      label: t.connection,
      sort: ({ connection }) => connection.name,
      cell: ({ connection }) => connection.name,
    },
    {
      key: "state",
      label: t.state,
      sort: ({ connection }) => connection.health.state,
      cell: ({ connection }) => <StateBadge connection={connection} />,
    },
    { key: "calls", label: t.calls, numeric: true, sort: ({ calls }) => calls, cell: ({ calls }) => number(calls) },
    {
      key: "errors",
      label: t.errors,
      numeric: true,
      sort: ({ calls, errors }) => (calls ? errors / calls : null),
      cell: ({ calls, errors }) =>
        errors ? <span className="bad">{t.part(number(errors), share(errors / calls))}</span> : number(0),
    },
    {
      key: "first",
      label: t.firstWord,
      numeric: true,
      sort: ({ firstWordMs }) => firstWordMs,
      cell: ({ firstWordMs }) => (firstWordMs === null ? t.nothing : took(firstWordMs)),
    },
    {
      key: "speed",
      label: t.speed,
      numeric: true,
      sort: ({ tokensPerSecond }) => tokensPerSecond,
      cell: ({ tokensPerSecond }) => (tokensPerSecond === null ? t.nothing : number(Math.round(tokensPerSecond))),
    },
    {
      key: "cost",
      label: t.cost,
      numeric: true,
      sort: ({ costMicros }) => costMicros,
      cell: ({ costMicros }) => money(costMicros),
    },
    {
      key: "read",
      label: t.read,
      sort: ({ connection }) => connection.health.last_ok_at,
      cell: ({ connection: { health } }) => (health.last_ok_at ? ago(health.last_ok_at) : t.nothing),
    },
  ];
}

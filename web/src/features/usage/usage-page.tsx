/** What calls of models cost and how many they were: in all, day by day, and by what they were for. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { UsageRow, UsageSummary } from "../../api/types";
import { compact, money, number } from "../../i18n/format";
import { share, took } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import { DayChart } from "../../ui/charts/day-chart";
import { StatTile } from "../../ui/charts/stat-tile";
import { type Column, DataTable } from "../../ui/data-table";
import { Failed } from "../../ui/failed";
import { Icon } from "../../ui/icons";
import { Page, Panel } from "../../ui/panel";
import { Segments } from "../../ui/segments";
import { Empty, Skeleton } from "../../ui/states";
import { type By, type Scope, summaryQuery } from "./queries";
import { amountsOf, daysOf, RANGES, type Range } from "./range";
import { type Texts, texts } from "./texts";
import "./usage.css";

interface UsagePageProps {
  scope: Scope;
  /** What it can be divided by, the first at once. */
  parts: readonly [By, ...By[]];
  /** The workspace, for that scope. */
  workspace?: string;
}

export function UsagePage({ scope, parts, workspace }: UsagePageProps) {
  const t = useTexts(texts);
  const [range, setRange] = useState<Range>("month");
  // The time at which the page was opened: days do not change under one's hands.
  const [now] = useState(Date.now);
  const days = daysOf(range, now);
  const from = days[0] ?? now;
  const query = useQuery(summaryQuery(scope, "day", from, workspace));
  const { data } = query;
  return (
    <div className="usage-wide">
      <Page
        title={t.title}
        about={t.about[scope]}
        actions={<Segments label={t.range} options={RANGES} labels={t.ranges} value={range} onChoose={setRange} />}
      >
        {query.isPending && <Skeleton lines={8} />}
        {query.isError && !data && <Failed error={query.error} onAgain={() => void query.refetch()} />}
        {data && data.total.calls === 0 && (
          <Panel title={t.daily}>
            <Empty icon={<Icon name="chart" />} title={t.none}>
              <p>{t.noneYet}</p>
            </Empty>
          </Panel>
        )}
        {data && data.total.calls > 0 && (
          <div className="usage" aria-busy={query.isPlaceholderData || undefined}>
            <Tiles total={data.total} t={t} />
            <Panel title={t.daily} about={t.utc}>
              <div className="chart-grid">
                <DayChart
                  title={t.cost}
                  days={days}
                  values={amountsOf(days, data.rows, ({ cost_micros }) => cost_micros)}
                  format={money}
                />
                <DayChart
                  title={t.calls}
                  days={days}
                  values={amountsOf(days, data.rows, ({ calls }) => calls)}
                  format={number}
                  whole
                />
              </div>
            </Panel>
            <Parts scope={scope} parts={parts} workspace={workspace} from={from} t={t} />
          </div>
        )}
      </Page>
    </div>
  );
}

function Tiles({ total, t }: { total: UsageSummary["total"]; t: Texts }) {
  return (
    <dl className="tiles">
      <StatTile
        label={t.cost}
        value={money(total.cost_micros)}
        note={t.perCall(money(total.cost_micros / total.calls))}
      />
      <StatTile
        label={t.calls}
        value={number(total.calls)}
        note={total.failures ? t.failed(number(total.failures), share(total.failures / total.calls)) : t.noneFailed}
      />
      <StatTile label={t.read} value={compact(total.prompt_tokens)} note={t.tokens} />
      <StatTile label={t.written} value={compact(total.completion_tokens)} note={t.tokens} />
    </dl>
  );
}

interface PartsProps extends UsagePageProps {
  from: number;
  t: Texts;
}

function Parts({ scope, parts, workspace, from, t }: PartsProps) {
  const [by, setBy] = useState<By>(parts[0]);
  const query = useQuery(summaryQuery(scope, by, from, workspace));
  return (
    <Panel
      title={t.parts}
      rows
      actions={<Segments label={t.divided} options={parts} labels={t.by} value={by} onChoose={setBy} />}
    >
      {query.isPending && <Skeleton lines={4} />}
      {query.isError && !query.data && (
        <div className="panel-body">
          <Failed error={query.error} onAgain={() => void query.refetch()} />
        </div>
      )}
      {query.data && (
        <div aria-busy={query.isPlaceholderData || undefined}>
          <DataTable
            key={by}
            label={t.byOf[by]}
            columns={columnsOf(by, t)}
            rows={query.data.rows}
            rowKey={({ key }) => key}
            order={{ column: "cost", descending: true }}
          />
        </div>
      )}
    </Panel>
  );
}

/** What a row stands for, as one says it. */
function nameOf(by: By, { key, name }: UsageRow, t: Texts): string {
  if (by === "purpose") return t.purposes[key] ?? key;
  if (by === "model") return key;
  return name ?? (key ? t.gone[by] : t.nobody[by]);
}

function columnsOf(by: By, t: Texts): Column<UsageRow>[] {
  const figure = (key: string, label: string, of: (row: UsageRow) => number, say = number): Column<UsageRow> => ({
    key,
    label,
    numeric: true,
    sort: of,
    cell: (row) => say(of(row)),
  });
  return [
    { key: "name", label: t.by[by], sort: (row) => nameOf(by, row, t), cell: (row) => nameOf(by, row, t) },
    figure("cost", t.cost, ({ cost_micros }) => cost_micros, money),
    figure("calls", t.calls, ({ calls }) => calls),
    {
      key: "failures",
      label: t.failures,
      numeric: true,
      sort: ({ failures }) => failures,
      cell: ({ failures }) => (failures ? <span className="bad">{number(failures)}</span> : number(0)),
    },
    figure("read", t.read, ({ prompt_tokens }) => prompt_tokens, compact),
    figure("written", t.written, ({ completion_tokens }) => completion_tokens, compact),
    ...(by === "model" ? speeds(t) : []),
  ];
}

function speeds(t: Texts): Column<UsageRow>[] {
  return [
    {
      key: "first",
      label: t.firstWord,
      numeric: true,
      sort: ({ first_token_ms }) => first_token_ms,
      cell: ({ first_token_ms }) => (typeof first_token_ms === "number" ? took(first_token_ms) : t.unknown),
    },
    {
      key: "speed",
      label: t.speed,
      numeric: true,
      sort: ({ tokens_per_second }) => tokens_per_second,
      cell: ({ tokens_per_second }) =>
        typeof tokens_per_second === "number" ? number(Math.round(tokens_per_second)) : t.unknown,
    },
  ];
}

/** What is behind the answers: the database, the replies being written, and the models that write them. */
import { useQuery } from "@tanstack/react-query";
import type { Measurements, ModelFigures } from "../../api/types";
import { bytes, money, number } from "../../i18n/format";
import { figure, span, took } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import { Bars } from "../../ui/charts/bars";
import { LineChart } from "../../ui/charts/line-chart";
import { Meter } from "../../ui/charts/meter";
import { type Column, DataTable } from "../../ui/data-table";
import { Panel } from "../../ui/panel";
import { Empty } from "../../ui/states";
import { Fact } from "./fact";
import { seriesQuery } from "./queries";
import { type Courses, rowOf } from "./series";
import { type Texts, texts } from "./texts";

/** An axis of whole things has whole numbers from here on. */
const COUNT_LEAST = 3;

type SystemTexts = Texts["system"];

export function SystemSection({ now }: { now: Measurements }) {
  const t = useTexts(texts).system;
  const courses = useQuery(seriesQuery("hour")).data;
  return (
    <>
      <Database database={now.database} courses={courses} t={t} />
      <Work now={now} courses={courses} t={t} />
      <Panel title={t.models} about={t.modelsAbout} rows>
        {now.models.length === 0 ? (
          <Empty icon="spark" title={t.noModelsTitle}>
            <p>{t.noModels}</p>
          </Empty>
        ) : (
          <DataTable
            label={t.models}
            columns={modelColumns(t)}
            rows={now.models}
            rowKey={({ model }) => model}
            order={{ column: "calls", descending: true }}
          />
        )}
      </Panel>
    </>
  );
}

type DatabaseView = Measurements["database"];

interface DatabaseProps {
  database: DatabaseView;
  courses: Courses | undefined;
  t: SystemTexts;
}

function Database({ database, courses, t }: DatabaseProps) {
  const sqlite = database.kind === "sqlite";
  const { group_commits: commits } = database;
  return (
    <Panel title={t.database} about={t.kinds[database.kind] ?? database.kind}>
      <dl className="facts">
        <Fact name={sqlite ? t.readers : t.connections}>
          <Meter label={sqlite ? t.readers : t.connections} value={database.in_use} budget={database.open_max}>
            {t.ofAll(number(database.in_use), number(database.open_max))}
          </Meter>
        </Fact>
        <Fact name={t.waiting}>{number(database.waiting)}</Fact>
        {sqlite && <Fact name={t.writerQueue}>{number(database.writer_queue)}</Fact>}
        <Fact name={t.refused}>{number(database.refused)}</Fact>
        <Fact name={t.reads}>{number(database.reads)}</Fact>
        <Fact name={t.writes}>{number(database.writes)}</Fact>
        <Fact name={t.failures}>{number(database.failures)}</Fact>
        <Fact name={t.slow}>{number(database.slow)}</Fact>
        {sqlite && <Fact name={t.wal}>{bytes(database.wal_bytes)}</Fact>}
        {typeof database.file_bytes === "number" && <Fact name={t.file}>{bytes(database.file_bytes)}</Fact>}
        {sqlite && <Fact name={t.checkpoints}>{number(database.checkpoints)}</Fact>}
        {sqlite && (
          <Fact name={t.perCommit}>
            {commits.count ? t.commits(figure(commits.jobs / commits.count), number(commits.largest)) : t.nothing}
          </Fact>
        )}
      </dl>
      <div className="chart-grid">
        {courses && (
          <LineChart
            times={courses.times}
            title={t.ways}
            rows={[
              { name: sqlite ? t.readers : t.connections, values: rowOf(courses, "connections_in_use") },
              { name: t.waiting, values: rowOf(courses, "connections_waiting") },
              ...(sqlite ? [{ name: t.writerQueue, values: rowOf(courses, "writer_queue") }] : []),
            ]}
            format={figure}
            least={COUNT_LEAST}
          />
        )}
        {sqlite && commits.count > 0 && (
          <Bars
            title={t.groupCommits}
            format={number}
            bars={commits.histogram.map((value, index) => ({ name: classOf(index), value }))}
          />
        )}
      </div>
    </Panel>
  );
}

/** Commits of 1, 2, 3 to 4, 5 to 8, … writes. */
function classOf(index: number): string {
  const most = 2 ** index;
  return index < 2 ? String(most) : `${most / 2 + 1}–${most}`;
}

interface WorkProps {
  now: Measurements;
  courses: Courses | undefined;
  t: SystemTexts;
}

function Work({ now, courses, t }: WorkProps) {
  const { process, runs, streams } = now;
  const known = (value: number | null | undefined, format: (value: number) => string) =>
    typeof value === "number" ? format(value) : t.nothing;
  return (
    <Panel title={t.work}>
      <dl className="facts">
        <Fact name={t.interactive}>{known(runs?.running_interactive, number)}</Fact>
        <Fact name={t.background}>{known(runs?.running_background, number)}</Fact>
        <Fact name={t.queued}>{known(runs?.queued, number)}</Fact>
        <Fact name={t.readersOfEvents}>{known(runs?.subscribers, number)}</Fact>
        <Fact name={t.unflushed}>{known(runs?.unflushed, number)}</Fact>
        <Fact name={t.streams}>{number(streams)}</Fact>
        <Fact name={t.uptime}>{span(process.uptime_seconds)}</Fact>
        <Fact name={t.cpuTime}>{known(process.cpu_seconds, (seconds) => took(seconds * 1_000))}</Fact>
        <Fact name={t.threads}>{known(process.threads, number)}</Fact>
        <Fact name={t.files}>{known(process.open_files, number)}</Fact>
        <Fact name={t.version}>{now.version}</Fact>
      </dl>
      {courses && (
        <div className="chart-grid">
          <LineChart
            times={courses.times}
            title={t.atWork}
            rows={[
              { name: t.requests, values: rowOf(courses, "requests_running") },
              { name: t.runs, values: rowOf(courses, "runs_running") },
              { name: t.streams, values: rowOf(courses, "streams") },
            ]}
            format={figure}
            least={COUNT_LEAST}
          />
          <LineChart
            times={courses.times}
            title={t.tokens}
            rows={[{ name: t.tokens, values: rowOf(courses, "tokens_per_second") }]}
            format={figure}
          />
        </div>
      )}
    </Panel>
  );
}

function modelColumns(t: SystemTexts): Column<ModelFigures>[] {
  const measured = (value: number | null | undefined, format: (value: number) => string) =>
    typeof value === "number" ? format(value) : t.nothing;
  return [
    {
      key: "model",
      label: t.model,
      sort: ({ model }) => model,
      cell: ({ model }) => <code>{model}</code>,
    },
    { key: "calls", label: t.calls, numeric: true, sort: ({ calls }) => calls, cell: ({ calls }) => number(calls) },
    {
      key: "errors",
      label: t.errors,
      numeric: true,
      sort: ({ errors }) => errors,
      cell: ({ errors }) => <span className={errors ? "bad" : undefined}>{number(errors)}</span>,
    },
    {
      key: "first50",
      label: t.first50,
      numeric: true,
      sort: (model) => model.ttft_p50_ms || null,
      cell: (model) => measured(model.ttft_p50_ms || null, took),
    },
    {
      key: "first95",
      label: t.first95,
      numeric: true,
      sort: (model) => model.ttft_p95_ms || null,
      cell: (model) => measured(model.ttft_p95_ms || null, took),
    },
    {
      key: "speed",
      label: t.speed,
      numeric: true,
      sort: ({ tokens_per_second }) => tokens_per_second,
      cell: ({ tokens_per_second }) => measured(tokens_per_second, figure),
    },
    {
      key: "tokens",
      label: t.tokensWritten,
      numeric: true,
      sort: (model) => model.completion_tokens,
      cell: (model) => number(model.completion_tokens),
    },
    {
      key: "cost",
      label: t.cost,
      numeric: true,
      sort: ({ cost_micros }) => cost_micros,
      cell: ({ cost_micros }) => money(cost_micros),
    },
  ];
}

/** The state of things at a glance: figures with their course, and charts of the same over a chosen stretch of time. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Measurements } from "../../api/types";
import { bytes, number } from "../../i18n/format";
import { figure, share, span, took } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import { LineChart } from "../../ui/charts/line-chart";
import { StatTile } from "../../ui/charts/stat-tile";
import { Failed } from "../../ui/failed";
import { Panel } from "../../ui/panel";
import { Segments } from "../../ui/segments";
import { Skeleton } from "../../ui/states";
import { errorTone, loadTone } from "./judge";
import { seriesQuery } from "./queries";
import { RANGES, type Range } from "./ranges";
import { type Courses, rowOf } from "./series";
import { type Texts, texts } from "./texts";

type OverviewTexts = Texts["overview"];

export function Overview({ now }: { now: Measurements }) {
  const t = useTexts(texts).overview;
  const [range, setRange] = useState<Range>("hour");
  const query = useQuery({ ...seriesQuery(range), placeholderData: keepPreviousData });
  return (
    <>
      <Tiles now={now} courses={query.data} t={t} />
      <Panel
        title={t.charts}
        actions={<Segments label={t.range} options={RANGES} labels={t.ranges} value={range} onChoose={setRange} />}
      >
        {query.isPending && <Skeleton lines={8} />}
        {query.isError && !query.data && <Failed error={query.error} onAgain={() => void query.refetch()} />}
        {query.data && <Charts courses={query.data} t={t} />}
      </Panel>
    </>
  );
}

function Tiles({ now, courses, t }: { now: Measurements; courses: Courses | undefined; t: OverviewTexts }) {
  const { requests, last_minute: minute } = now;
  const course = (name: string) => courses && rowOf(courses, name);
  const errors = minute.count ? minute.errors / minute.count : 0;
  const well = now.health === "ok";
  return (
    <dl className="tiles">
      <StatTile
        label={t.health}
        value={well ? t.well : t.unwell}
        tone={well ? undefined : "danger"}
        note={t.since(span(now.process.uptime_seconds))}
      />
      <StatTile
        label={t.requests}
        value={figure(minute.per_second)}
        note={t.all(number(requests.count))}
        course={course("requests_per_second")}
      />
      <StatTile
        label={t.p95}
        value={minute.count ? took(minute.p95_ms) : t.none}
        note={minute.count ? t.others(took(minute.p50_ms), took(minute.p99_ms)) : t.quiet}
        course={course("p95_ms")}
      />
      <StatTile
        label={t.errors}
        value={share(errors)}
        tone={errorTone(errors)}
        note={t.errorCount(number(requests.errors))}
        course={course("errors_per_second")}
      />
      <StatTile
        label={t.hitRate}
        value={typeof requests.hit_rate === "number" ? share(requests.hit_rate) : t.none}
        note={t.sinceStart}
        course={course("hit_rate")}
      />
      <ProcessTiles now={now} course={course} t={t} />
      <StatTile
        label={t.runs}
        value={now.runs ? number(now.runs.running) : t.none}
        note={t.queued(now.runs ? number(now.runs.queued) : t.none, now.streams)}
        course={course("runs_running")}
      />
    </dl>
  );
}

interface ProcessTilesProps {
  now: Measurements;
  course: (name: string) => readonly (number | null)[] | undefined;
  t: OverviewTexts;
}

/** What the process takes of its machine; not every system says it. */
function ProcessTiles({ now: { process }, course, t }: ProcessTilesProps) {
  const { rss_bytes: memory, memory_bytes_max: most, cpu_percent: cpu } = process;
  return (
    <>
      <StatTile
        label={t.memory}
        value={memory ? bytes(memory) : t.none}
        tone={memory && most ? loadTone(memory / most) : undefined}
        note={most ? t.memoryOf(bytes(most)) : undefined}
        course={course("rss_bytes")}
      />
      <StatTile
        label={t.cpu}
        value={typeof cpu === "number" ? share(cpu / 100) : t.none}
        tone={typeof cpu === "number" ? loadTone(cpu / 100) : undefined}
        note={t.cores(process.cores, process.threads ?? undefined)}
        course={course("cpu_percent")}
      />
    </>
  );
}

function Charts({ courses, t }: { courses: Courses; t: OverviewTexts }) {
  const row = (name: string, title: string) => ({ name: title, values: rowOf(courses, name) });
  const { times } = courses;
  return (
    <div className="chart-grid">
      <LineChart times={times} title={t.requests} rows={[row("requests_per_second", t.requests)]} format={figure} />
      <LineChart
        times={times}
        title={t.times}
        rows={[row("p50_ms", t.p50), row("p95_ms", t.p95short), row("p99_ms", t.p99)]}
        format={took}
      />
      <LineChart times={times} title={t.hitRate} rows={[row("hit_rate", t.hitRate)]} format={share} least={1} />
      <LineChart
        times={times}
        title={t.failures}
        rows={[row("errors_per_second", t.failed), row("refused_per_second", t.refused)]}
        format={figure}
      />
      <LineChart times={times} title={t.memory} rows={[row("rss_bytes", t.memory)]} format={bytes} />
      <LineChart times={times} title={t.cpu} rows={[row("cpu_percent", t.cpu)]} format={percent} least={100} />
    </div>
  );
}

function percent(value: number): string {
  return share(value / 100);
}

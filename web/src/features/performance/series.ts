/** The series of the server, as the rows of charts. */

import type { Series } from "../../api/types";
import type { Values } from "../../ui/charts/scale";

export interface Courses {
  /** Milliseconds since 1970. */
  times: number[];
  rows: Map<string, Values>;
}

export function toCourses({ times, series }: Series): Courses {
  return {
    times: times.map((seconds) => seconds * 1_000),
    rows: new Map(series.map(({ name, values }) => [name, values])),
  };
}

/** Nothing measured, where the server does not have the series. */
export function rowOf({ times, rows }: Courses, name: string): Values {
  return rows.get(name) ?? times.map(() => null);
}

/** The least part of a stretch of time that is shown, however short a server has been running. */
const SHOWN_LEAST = 1 / 6;

/** Without the time before the start, in which nothing could be measured: a young server's charts are not all margin. */
export function sinceStart({ times, rows }: Courses): Courses {
  const all = [...rows.values()];
  const measured = times.findIndex((_, index) => all.some((values) => values[index] !== null));
  const latest = times.length - Math.ceil(times.length * SHOWN_LEAST);
  const from = measured < 0 ? 0 : Math.min(Math.max(0, measured), latest);
  return {
    times: times.slice(from),
    rows: new Map([...rows].map(([name, values]) => [name, values.slice(from)])),
  };
}

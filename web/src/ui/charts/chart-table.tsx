/** What a chart shows, as a table: newest first, thinned out to what one can read. */
import { clock } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import type { Row } from "./line-chart";
import { sampled } from "./scale";
import { texts } from "./texts";

const ROWS_MAX = 24;

interface ChartTableProps {
  title: string;
  times: readonly number[];
  rows: readonly Row[];
  format: (value: number) => string;
  /** How a time is called; the time of day when absent. */
  name?: (time: number) => string;
}

export function ChartTable({ title, times, rows, format, name = clock }: ChartTableProps) {
  const t = useTexts(texts);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className="chart-table" aria-label={title} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.time}</th>
            {rows.map((row) => (
              <th key={row.name} scope="col">
                {row.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sampled(times.length, ROWS_MAX).map((index) => (
            <tr key={index}>
              <th scope="row">{name(times[index] ?? 0)}</th>
              {rows.map((row) => {
                const value = row.values[index];
                return <td key={row.name}>{value === null || value === undefined ? t.noValue : format(value)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

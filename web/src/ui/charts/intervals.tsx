/**
 * Values with how sure they are: a dot on a line for each, all on one scale, the best first as it is given. What is drawn is also a
 * list of sentences for whoever listens.
 */
import "./charts.css";
import "./intervals.css";

interface Interval {
  name: string;
  value: number;
  low: number;
  high: number;
}

interface IntervalsProps {
  title: string;
  note?: string;
  rows: readonly Interval[];
  format: (value: number) => string;
}

export function Intervals({ title, note, rows, format }: IntervalsProps) {
  const least = Math.min(...rows.map(({ low }) => low));
  const most = Math.max(...rows.map(({ high }) => high));
  const at = (value: number) => `${most > least ? ((value - least) / (most - least)) * 100 : 50}%`;
  const wide = ({ low, high }: Interval) => `${most > least ? ((high - low) / (most - least)) * 100 : 0}%`;
  return (
    <figure className="chart">
      <figcaption className="chart-head">
        <span className="chart-title">{title}</span>
        {note && <span className="hint">{note}</span>}
      </figcaption>
      <ul className="intervals">
        {rows.map((row) => (
          <li key={row.name}>
            <span className="interval-name" title={row.name}>
              {row.name}
            </span>
            <span className="interval-track" aria-hidden="true">
              <span className="interval-line" style={{ insetInlineStart: at(row.low), inlineSize: wide(row) }} />
              <span className="interval-dot" style={{ insetInlineStart: at(row.value) }} />
            </span>
            <span className="interval-value">
              {format(row.value)}
              <span className="sr-only">{` (${format(row.low)} – ${format(row.high)})`}</span>
            </span>
          </li>
        ))}
      </ul>
      <div className="interval-scale" aria-hidden="true">
        <span>{format(least)}</span>
        <span>{format(most)}</span>
      </div>
    </figure>
  );
}

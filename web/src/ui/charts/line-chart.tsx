/**
 * Rows of values over time as lines, or as one area: with axes, a read-out for the pointer and the keyboard, and the same as a
 * table. For assistive technology the drawing is a slider over time, whose value is what was measured then.
 */
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { clock } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../icon";
import { ChartTable } from "./chart-table";
import {
  areaPath,
  largest,
  linePath,
  lone,
  nearest,
  pieces,
  place,
  type Span,
  timeTicks,
  type Values,
  valueTicks,
} from "./scale";
import { texts } from "./texts";
import { useWidth } from "./use-width";
import "./charts.css";

export interface Row {
  name: string;
  values: Values;
}

interface LineChartProps {
  title: string;
  /** Milliseconds since 1970, ascending; one for each value of a row. */
  times: readonly number[];
  /** At most four: more lines can not be told apart. */
  rows: readonly Row[];
  format: (value: number) => string;
  /** The axis reaches at least to here: a share to 1. */
  least?: number;
  /** A line that is better not crossed. */
  limit?: { name: string; value: number };
}

const HEIGHT = 176;
const ASSUMED_WIDTH = 480;
const MARGIN = { top: 10, right: 8, bottom: 22 };
/** A label of the time axis needs about so much room. */
const TIME_LABEL = 76;
/** The widest of the figures' characters. */
const LETTER = 7.4;

export function LineChart(props: LineChartProps) {
  const { title, times, rows } = props;
  const t = useTexts(texts);
  const [asTable, setAsTable] = useState(false);
  const empty = rows.every(({ values }) => values.every((value) => value === null));
  return (
    <figure className="chart">
      <figcaption className="chart-head">
        <span className="chart-title">{title}</span>
        {rows.length > 1 && (
          <ul className="chart-legend">
            {rows.map(({ name }, index) => (
              <li key={name}>
                <svg viewBox="0 0 16 4" aria-hidden="true">
                  <path d="M1 2h14" className={`line line-${index}`} />
                </svg>
                {name}
              </li>
            ))}
          </ul>
        )}
        <button
          type="button"
          className="button quiet icon-only chart-switch"
          aria-label={t.asTable(title)}
          title={t.asTable(title)}
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        >
          <Icon name="lines" />
        </button>
      </figcaption>
      {empty ? (
        <p className="chart-empty">{t.noData}</p>
      ) : asTable ? (
        <ChartTable title={title} times={times} rows={rows} format={props.format} />
      ) : (
        <Plot {...props} />
      )}
    </figure>
  );
}

function Plot({ title, times, rows, format, least = 0, limit }: LineChartProps) {
  const t = useTexts(texts);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, ASSUMED_WIDTH);
  const [seen, setSeen] = useState<number>();
  const last = times.length - 1;
  const at = seen === undefined ? undefined : Math.min(seen, last);

  const ticks = valueTicks(Math.max(largest(rows.map(({ values }) => values)), least, limit?.value ?? 0));
  const labels = ticks.map(format);
  const left = Math.ceil(Math.max(...labels.map((label) => label.length)) * LETTER) + 12;
  const domain: Span = { from: times[0] ?? 0, to: times[last] ?? 1 };
  const across: Span = { from: left, to: Math.max(left + 1, width - MARGIN.right) };
  const bottom = HEIGHT - MARGIN.bottom;
  const x = (time: number) => place(time, domain, across);
  const y = (value: number) => place(value, { from: 0, to: ticks.at(-1) ?? 1 }, { from: bottom, to: MARGIN.top });
  const read = (index: number) =>
    t.at(
      clock(times[index] ?? 0),
      rows.map(({ name, values }) => t.named(name, said(values[index], format, t.noValue))).join(", "),
    );

  const point = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setSeen(nearest(times, place(event.clientX - box.left, across, domain)));
  };
  const move = (event: KeyboardEvent) => {
    const next = moved(event.key, at ?? last, last);
    if (next === undefined) return;
    event.preventDefault();
    setSeen(next);
  };

  return (
    <div
      ref={frame}
      className="plot"
      role="slider"
      tabIndex={0}
      aria-label={title}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={at ?? last}
      aria-valuetext={read(at ?? last)}
      onPointerMove={point}
      onPointerDown={point}
      onPointerLeave={() => setSeen(undefined)}
      onKeyDown={move}
      onBlur={() => setSeen(undefined)}
    >
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT} aria-hidden="true">
        {ticks.map((tick, index) => (
          <g key={tick}>
            <path d={`M${across.from} ${y(tick)}H${across.to}`} className={index ? "grid" : "grid base"} />
            <text x={left - 8} y={y(tick)} dy="0.32em" textAnchor="end">
              {labels[index]}
            </text>
          </g>
        ))}
        {timeTicks(domain, Math.max(1, Math.floor((across.to - across.from) / TIME_LABEL))).map((time) => (
          <text key={time} x={x(time)} y={HEIGHT - 5} textAnchor={anchor(x(time), width)}>
            {clock(time)}
          </text>
        ))}
        {limit && <path d={`M${across.from} ${y(limit.value)}H${across.to}`} className="limit" />}
        {rows.map(({ name, values }, index) => {
          const all = pieces(values, (at, value) => [x(times[at] ?? 0), y(value)]);
          return (
            <g key={name}>
              {rows.length === 1 && <path d={areaPath(all, bottom)} className="area" />}
              <path d={linePath(all)} className={`line line-${index}`} />
              {lone(all).map(([cx, cy]) => (
                <circle key={cx} cx={cx} cy={cy} r="2.5" className={`dot dot-${index}`} />
              ))}
            </g>
          );
        })}
        {at !== undefined && times[at] !== undefined && (
          <g>
            <path d={`M${x(times[at])} ${MARGIN.top}V${bottom}`} className="cursor" />
            {rows.map(({ name, values }, index) => {
              const value = values[at];
              return value === null || value === undefined ? null : (
                <circle key={name} cx={x(times[at] ?? 0)} cy={y(value)} r="3.5" className={`dot dot-${index}`} />
              );
            })}
          </g>
        )}
      </svg>
      {at !== undefined && times[at] !== undefined && (
        <div
          className={x(times[at]) > width / 2 ? "readout before" : "readout"}
          style={{ left: x(times[at]) }}
          aria-hidden="true"
        >
          <strong>{clock(times[at])}</strong>
          {rows.map(({ name, values }, index) => (
            <span key={name} className="readout-line">
              <i className={`swatch swatch-${index}`} />
              {rows.length > 1 && <span>{name}</span>}
              <b>{said(values[at], format, t.noValue)}</b>
            </span>
          ))}
        </div>
      )}
    </div>
  );
}

/** A tenth of what is shown at a time: an hour of steps of ten seconds is too long to walk through one by one. */
const LEAP = 10;

/** Where a key leads from `index`; nothing when it is none of ours. */
export function moved(key: string, index: number, last: number): number | undefined {
  const leap = Math.max(1, Math.round(last / LEAP));
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowDown: -1,
    ArrowRight: 1,
    ArrowUp: 1,
    PageDown: -leap,
    PageUp: leap,
    Home: -last,
    End: last,
  };
  const step = steps[key];
  return step === undefined ? undefined : Math.min(last, Math.max(0, index + step));
}

function said(value: number | null | undefined, format: (value: number) => string, none: string): string {
  return value === null || value === undefined ? none : format(value);
}

/** Labels at the ends stay inside. */
function anchor(x: number, width: number): "start" | "middle" | "end" {
  if (x < TIME_LABEL / 4) return "start";
  return width - x < TIME_LABEL / 4 ? "end" : "middle";
}

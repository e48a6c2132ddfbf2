/**
 * An amount for each day as a bar: with axes, a read-out for the pointer and the keyboard, and the same as a table. For
 * assistive technology the drawing is a slider over the days, whose value is the amount of that day.
 */
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { day } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../icon";
import { ChartTable } from "./chart-table";
import { moved } from "./line-chart";
import { dayTicks, largest, nearest, place, type Span, valueTicks } from "./scale";
import { texts } from "./texts";
import { useWidth } from "./use-width";
import "./charts.css";

interface DayChartProps {
  title: string;
  /** Each day without a gap, ascending: its beginning, in milliseconds since 1970. */
  days: readonly number[];
  /** One for each day. */
  values: readonly number[];
  format: (value: number) => string;
  /** There are no parts of one: the axis has none either. */
  whole?: boolean;
}

const DAY_MS = 86_400_000;
const HEIGHT = 176;
const ASSUMED_WIDTH = 480;
const MARGIN = { top: 10, right: 8, bottom: 22 };
/** A date below the axis needs about so much room. */
const DAY_LABEL = 64;
/** The widest of the figures' characters. */
const LETTER = 7.4;
/** How much of the room of a day its bar takes. */
const BAR = 0.72;

export function DayChart(props: DayChartProps) {
  const { title, days, values, format } = props;
  const t = useTexts(texts);
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className="chart">
      <figcaption className="chart-head">
        <span className="chart-title">{title}</span>
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
      {values.every((value) => value === 0) ? (
        <p className="chart-empty">{t.noData}</p>
      ) : asTable ? (
        <ChartTable title={title} times={days} rows={[{ name: title, values }]} format={format} name={day} />
      ) : (
        <Plot {...props} />
      )}
    </figure>
  );
}

function Plot({ title, days, values, format, whole = false }: DayChartProps) {
  const t = useTexts(texts);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, ASSUMED_WIDTH);
  const [seen, setSeen] = useState<number>();
  const last = days.length - 1;
  const at = seen === undefined ? undefined : Math.min(seen, last);

  const ticks = valueTicks(largest([values])).filter((tick) => !whole || Number.isInteger(tick));
  const labels = ticks.map(format);
  const left = Math.ceil(Math.max(...labels.map((label) => label.length)) * LETTER) + 12;
  // A day stands in the middle of its room.
  const domain: Span = { from: (days[0] ?? 0) - DAY_MS / 2, to: (days[last] ?? 0) + DAY_MS / 2 };
  const across: Span = { from: left, to: Math.max(left + 1, width - MARGIN.right) };
  const bottom = HEIGHT - MARGIN.bottom;
  const bar = Math.max(1, ((across.to - across.from) / days.length) * BAR);
  const x = (time: number) => place(time, domain, across);
  const y = (value: number) => place(value, { from: 0, to: ticks.at(-1) ?? 1 }, { from: bottom, to: MARGIN.top });
  const said = (index: number) => format(values[index] ?? 0);

  const point = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setSeen(nearest(days, place(event.clientX - box.left, across, domain)));
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
      aria-valuetext={t.at(day(days[at ?? last] ?? 0), said(at ?? last))}
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
        {days.map((time, index) => {
          const value = values[index] ?? 0;
          return value > 0 ? (
            <rect
              key={time}
              x={x(time) - bar / 2}
              y={Math.min(y(value), bottom - 1)}
              width={bar}
              height={Math.max(1, bottom - y(value))}
              className={index === at ? "day-bar seen" : "day-bar"}
            />
          ) : null;
        })}
        {dayTicks(days, Math.max(1, Math.floor((across.to - across.from) / DAY_LABEL))).map((time) => (
          <text key={time} x={Math.min(x(time), width - DAY_LABEL / 3)} y={HEIGHT - 5} textAnchor="middle">
            {day(time)}
          </text>
        ))}
      </svg>
      {at !== undefined && days[at] !== undefined && (
        <div
          className={x(days[at]) > width / 2 ? "readout before" : "readout"}
          style={{ left: x(days[at]) }}
          aria-hidden="true"
        >
          <strong>{day(days[at])}</strong>
          <b>{said(at)}</b>
        </div>
      )}
    </div>
  );
}

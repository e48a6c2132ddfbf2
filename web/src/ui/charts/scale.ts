/** The arithmetic of charts: where a value stands, which values get a line and a number, and the paths between them. */

/** A number for each point in time; null where nothing was measured. */
export type Values = readonly (number | null)[];

export interface Span {
  from: number;
  to: number;
}

/** Where `value` of `domain` stands on `range`. */
export function place(value: number, domain: Span, range: Span): number {
  const width = domain.to - domain.from;
  if (width === 0) return range.from;
  return range.from + ((value - domain.from) / width) * (range.to - range.from);
}

/** Round values from 0 to at least `max`, about `count` of them: 0, 20, 40, 60. */
export function valueTicks(max: number, count = 3): number[] {
  const top = max > 0 && Number.isFinite(max) ? max : 1;
  const rough = top / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((each) => each * power >= rough * 0.999) ?? 10) * power;
  const steps = Math.ceil(top / step - 0.001);
  // Multiplied, not added up: 0.1 three times is not 0.3.
  return Array.from({ length: steps + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

const MINUTE = 60_000;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440].map((minutes) => minutes * MINUTE);

/** Round times of the reader's own day within a span, at most `most` of them. */
export function timeTicks({ from, to }: Span, most: number): number[] {
  const step = STEPS.find((each) => (to - from) / each <= most) ?? (STEPS.at(-1) as number);
  // Midnight here, not in Greenwich: six-hour steps should stand at 6, 12 and 18 o'clock of the reader.
  const shift = new Date(from).getTimezoneOffset() * MINUTE;
  const first = Math.ceil((from - shift) / step) * step + shift;
  const ticks: number[] = [];
  for (let time = first; time <= to; time += step) ticks.push(time);
  return ticks;
}

/** Days that get a date: at most `most` of them, evenly apart, as far from one end as from the other. */
export function dayTicks(days: readonly number[], most: number): number[] {
  const every = Math.max(1, Math.ceil(days.length / most));
  const first = Math.floor((Math.max(0, days.length - 1) % every) / 2);
  return days.filter((_, index) => index % every === first);
}

/** The largest value of several rows; 0 when there is none. */
export function largest(rows: readonly Values[]): number {
  let max = 0;
  for (const row of rows) for (const value of row) if (value !== null && value > max) max = value;
  return max;
}

type Point = readonly [x: number, y: number];

/** What was measured without a gap, piece by piece. */
export function pieces(values: Values, at: (index: number, value: number) => Point): Point[][] {
  const found: Point[][] = [];
  let piece: Point[] = [];
  values.forEach((value, index) => {
    if (value !== null) piece.push(at(index, value));
    else if (piece.length) {
      found.push(piece);
      piece = [];
    }
  });
  if (piece.length) found.push(piece);
  return found;
}

/** A line through each piece. A single point between gaps is a dot: a line of no length with round ends. */
export function linePath(all: readonly Point[][]): string {
  return all
    .map((points) =>
      points.length === 1 && points[0]
        ? `M${spot(points[0])}h0`
        : points.map((point, index) => `${index ? "L" : "M"}${spot(point)}`).join(""),
    )
    .join("");
}

/** The points that stand alone between two gaps: a line through one of them can hardly be seen. */
export function lone(all: readonly Point[][]): Point[] {
  return all.flatMap((points) => (points.length === 1 && points[0] ? [points[0]] : []));
}

/** The ground between each piece and `base`. */
export function areaPath(all: readonly Point[][], base: number): string {
  return all
    .filter((points) => points.length > 1)
    .map((points) => {
      const [first, last] = [points[0] as Point, points.at(-1) as Point];
      const line = points.map((point) => `L${spot(point)}`).join("");
      return `M${round(first[0])} ${round(base)}${line}L${round(last[0])} ${round(base)}Z`;
    })
    .join("");
}

function spot([x, y]: Point): string {
  return `${round(x)} ${round(y)}`;
}

/** A tenth of a pixel is more than the eye sees. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The index whose time is nearest, of times that ascend; -1 when there is none. */
export function nearest(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  const before = times[low - 1];
  return before !== undefined && time - before < (times[low] as number) - time ? low - 1 : low;
}

/** Every how manieth row a table shows, so that it has at most `most`; the last row is always among them. */
export function sampled(length: number, most: number): number[] {
  const every = Math.max(1, Math.ceil(length / most));
  const rows: number[] = [];
  for (let index = length - 1; index >= 0; index -= every) rows.push(index);
  return rows;
}

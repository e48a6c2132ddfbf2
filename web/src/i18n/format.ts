/** Numbers, amounts, times and sizes as the reader's language and region write them. */
import { localeTag } from "./locale";

type Formatter = { format(value: never): string };
const made = new Map<string, Formatter>();

/** `Intl` objects are slow to make and quick to use: one per language and kind. */
export function kept<F extends Formatter>(kind: string, make: (tag: string) => F): F {
  const tag = localeTag();
  const key = `${tag} ${kind}`;
  const known = made.get(key) as F | undefined;
  if (known) return known;
  const fresh = make(tag);
  made.set(key, fresh);
  return fresh;
}

export function number(value: number): string {
  return kept("number", (tag) => new Intl.NumberFormat(tag)).format(value);
}

/** A short form for what need not be exact: 12.4K. German has none for thousands, and groups them as everywhere: 3.147. */
export function compact(value: number): string {
  const options = { notation: "compact", maximumFractionDigits: 1, useGrouping: "always" } as const;
  return kept("compact", (tag) => new Intl.NumberFormat(tag, options)).format(value);
}

/** Millionths of a US dollar; small amounts keep two digits that say something. */
export function money(micros: number): string {
  const dollars = micros / 1_000_000;
  const digits = dollars !== 0 && Math.abs(dollars) < 0.01 ? { maximumSignificantDigits: 2 } : {};
  return kept(
    `money ${Object.keys(digits).length}`,
    (tag) => new Intl.NumberFormat(tag, { style: "currency", currency: "USD", ...digits }),
  ).format(dollars);
}

/** 640 ms, 3.2 s, 2 min 5 s, 1 h: in its two largest units, without a part that is empty. */
export function duration(ms: number): string {
  const short = Math.round(ms);
  if (short < 1_000) return `${number(short)} ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${number(tenths / 10)} s`;
  const seconds = Math.round(ms / 1_000);
  return seconds < 3_600 ? inTwo(seconds, "min", "s") : inTwo(Math.round(seconds / 60), "h", "min");
}

function inTwo(count: number, large: string, small: string): string {
  const rest = count % 60;
  return `${number(Math.floor(count / 60))} ${large}${rest ? ` ${rest} ${small}` : ""}`;
}

/** 21 Nov 2026, which no line breaks. */
export function date(time: string | number | Date): string {
  const format = kept("date", (tag) => new Intl.DateTimeFormat(tag, { dateStyle: "medium" }));
  return format.format(new Date(time)).replaceAll(" ", "\u00a0");
}

/** 21 Nov 2026, 14:05 */
export function dateTime(time: string | number | Date): string {
  return kept("date time", (tag) => new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "short" })).format(
    new Date(time),
  );
}

/** September, or September 2025 with its year. */
export function month(time: Date, withYear: boolean): string {
  const year = withYear ? ({ year: "numeric" } as const) : {};
  return kept(`month ${withYear}`, (tag) => new Intl.DateTimeFormat(tag, { month: "long", ...year })).format(time);
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** 3 hours ago, yesterday, in 2 days. */
export function ago(time: string | number | Date, now: number = Date.now()): string {
  const seconds = (new Date(time).getTime() - now) / 1_000;
  const format = kept("ago", (tag) => {
    const relative = new Intl.RelativeTimeFormat(tag, { numeric: "auto" });
    return { format: ([value, unit]: [number, Intl.RelativeTimeFormatUnit]) => relative.format(value, unit) };
  });
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format([Math.trunc(seconds / size), unit]);
  }
  return format.format([0, "second"]);
}

/** 1.4 MB */
export function bytes(size: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const step = size < 1 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), units.length - 1);
  return kept(
    `bytes ${step}`,
    (tag) =>
      new Intl.NumberFormat(tag, {
        style: "unit",
        unit: units[step],
        unitDisplay: step === 0 ? "long" : "short",
        maximumFractionDigits: 1,
      }),
  ).format(size / 1_000 ** step);
}

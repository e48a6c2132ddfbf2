/**
 * What is measured, as the reader's language writes it: shares, rates, short times, times of day. Apart from `format.ts`, so
 * that the first page does not carry what only charts and tables of measurements need.
 */
import { duration, kept, number } from "./format";

/** 0.163 → 16.3 %; whole percents from ten upwards, where a tenth says nothing more. */
export function share(ratio: number): string {
  const percent = Math.abs(ratio * 100);
  const digits = percent === 0 || percent >= 99.95 ? 0 : percent < 10 ? 1 : 0;
  return kept(
    `share ${digits}`,
    (tag) => new Intl.NumberFormat(tag, { style: "percent", maximumFractionDigits: digits }),
  ).format(ratio);
}

/** A figure with as many digits as it deserves: 0.42, 3.7, 128. */
export function figure(value: number): string {
  const size = Math.abs(value);
  const digits = size === 0 || size >= 100 ? 0 : size >= 1 ? 1 : 2;
  return kept(`figure ${digits}`, (tag) => new Intl.NumberFormat(tag, { maximumFractionDigits: digits })).format(value);
}

/** 240 µs, 3.4 ms, 128 ms, 2.1 s: from microseconds to minutes. */
export function took(ms: number): string {
  if (ms === 0) return "0 ms";
  if (ms < 0.9995) return `${number(Math.max(1, Math.round(ms * 1_000)))} µs`;
  if (ms < 99.95) return `${figure(ms)} ms`;
  return duration(ms);
}

/** 14:05, or 14:05:20 where seconds matter. */
export function clock(time: number, withSeconds = false): string {
  const second = withSeconds ? ({ second: "2-digit" } as const) : {};
  return kept(
    `clock ${withSeconds}`,
    (tag) => new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...second }),
  ).format(time);
}

/** 21 Nov: a day of UTC, which is what is counted by. */
export function day(time: number): string {
  return kept("day", (tag) => new Intl.DateTimeFormat(tag, { day: "numeric", month: "short", timeZone: "UTC" })).format(
    time,
  );
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** 3 days 4 hr, 2 hr 5 min, 40 sec: the two largest units. */
export function span(seconds: number): string {
  const largest = UNITS.findIndex(([, size]) => seconds >= size);
  const units = UNITS.slice(largest).slice(0, 2);
  let rest = Math.floor(seconds);
  const parts: string[] = [];
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count === 0 && parts.length) continue;
    const format = kept(
      `span ${unit}`,
      (tag) => new Intl.NumberFormat(tag, { style: "unit", unit, unitDisplay: "short" }),
    );
    parts.push(format.format(count));
  }
  return parts.join(" ");
}

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clock, figure, share, span, took } from "./format-measures";
import { setLocale } from "./locale";

beforeEach(() => vi.stubGlobal("navigator", { languages: ["en-US", "de-DE"] }));
afterEach(() => {
  setLocale("en");
  vi.unstubAllGlobals();
});

test("a share keeps a tenth where it says something", () => {
  expect([0, 0.0042, 0.163, 0.994, 1].map(share)).toEqual(["0%", "0.4%", "16%", "99%", "100%"]);
  setLocale("de");
  expect(share(0.0042)).toBe("0,4\u00a0%");
});

test("a figure has as many digits as it deserves", () => {
  expect([0, 0.4242, 3.72, 128.4, 12_345].map(figure)).toEqual(["0", "0.42", "3.7", "128", "12,345"]);
});

test("times from microseconds to minutes", () => {
  expect([0, 0.24, 0.9999, 3.44, 99.96, 128, 2_140, 125_000].map(took)).toEqual([
    "0 ms",
    "240 µs",
    "1 ms",
    "3.4 ms",
    "100 ms",
    "128 ms",
    "2.1 s",
    "2 min 5 s",
  ]);
  setLocale("de");
  expect(took(3.44)).toBe("3,4 ms");
});

test("the time of day, with seconds where they matter", () => {
  const time = new Date(2026, 10, 21, 14, 5, 20).getTime();
  expect(clock(time)).toBe("14:05");
  expect(clock(time, true)).toBe("14:05:20");
});

test("how long something lasts, in its two largest units", () => {
  expect([0, 40, 125, 7_500, 7_200, 273_600].map(span)).toEqual([
    "0 sec",
    "40 sec",
    "2 min 5 sec",
    "2 hr 5 min",
    "2 hr",
    "3 days 4 hr",
  ]);
  setLocale("de");
  expect(span(7_500)).toBe("2 Std. 5 Min.");
});

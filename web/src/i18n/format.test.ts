import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ago, bytes, compact, duration, money, number } from "./format";
import { setLocale } from "./locale";

beforeEach(() => vi.stubGlobal("navigator", { languages: ["en-US", "de-DE"] }));
afterEach(() => {
  setLocale("en");
  vi.unstubAllGlobals();
});

test("numbers as the reader writes them", () => {
  expect(number(1234567.5)).toBe("1,234,567.5");
  expect(compact(12_400)).toBe("12.4K");
  setLocale("de");
  expect(number(1234567.5)).toBe("1.234.567,5");
  expect(compact(3_147)).toBe("3.147");
});

test("money keeps the digits that say something", () => {
  expect(money(12_340_000)).toBe("$12.34");
  expect(money(3_100)).toBe("$0.0031");
  expect(money(0)).toBe("$0.00");
});

test.each([
  [640.4, "640 ms"],
  [999.6, "1 s"],
  [2_000, "2 s"],
  [3_249, "3.2 s"],
  [59_960, "1 min"],
  [60_000, "1 min"],
  [125_000, "2 min 5 s"],
  [3_600_000, "1 h"],
  [7_500_000, "2 h 5 min"],
  [7_199_900, "2 h"],
])("%d milliseconds are %s, without empty parts", (ms, expected) => {
  expect(duration(ms)).toBe(expected);
});

test("a duration has the comma of its reader", () => {
  setLocale("de");
  expect(duration(3_249)).toBe("3,2 s");
});

test("times before and after now", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  expect(ago("2026-11-21T09:00:00Z", now)).toBe("3 hours ago");
  expect(ago("2026-11-20T11:00:00Z", now)).toBe("yesterday");
  expect(ago("2026-11-21T11:59:50Z", now)).toBe("now");
  expect(ago("2026-11-23T12:00:00Z", now)).toBe("in 2 days");
  setLocale("de");
  expect(ago("2026-11-21T09:00:00Z", now)).toBe("vor 3 Stunden");
});

test("sizes", () => {
  expect(bytes(0)).toBe("0 bytes");
  expect(bytes(1_400_000)).toBe("1.4 MB");
});

import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { setLocale } from "../../i18n/locale";
import { ChartTable } from "./chart-table";
import { DayChart } from "./day-chart";
import { LineChart, moved } from "./line-chart";
import { Meter, meterTone } from "./meter";
import { StatTile } from "./stat-tile";
import { Waterfall } from "./waterfall";

beforeEach(() => {
  vi.stubGlobal("navigator", { languages: ["en-GB"] });
  setLocale("en");
});
afterEach(() => vi.unstubAllGlobals());

const NOON = new Date(2026, 10, 21, 12, 0).getTime();
const times = [NOON, NOON + 600_000, NOON + 1_200_000];
const ms = (value: number) => `${value} ms`;

test("a chart says what was measured last, before anybody has moved on it", () => {
  const html = renderToStaticMarkup(
    <LineChart
      title="Response times"
      times={times}
      rows={[
        { name: "p50", values: [1, null, 3] },
        { name: "p99", values: [10, 20, null] },
      ]}
      format={ms}
    />,
  );
  expect(html).toContain('role="slider"');
  expect(html).toContain('aria-label="Response times"');
  expect(html).toContain('aria-valuetext="12:20: p50 3 ms, p99 –"');
  // The gap of the first line leaves two dots, the second line is whole; values are on the axis, times below it.
  expect(html.match(/class="line line-0"/g)).toHaveLength(2);
  expect(html).toContain(">20 ms</text>");
  expect(html).toContain(">12:10</text>");
  expect(html).not.toContain("readout");
});

test("a chart with nothing on it says so instead of showing empty axes", () => {
  const html = renderToStaticMarkup(
    <LineChart title="Errors" times={times} rows={[{ name: "Errors", values: [null, null, null] }]} format={ms} />,
  );
  expect(html).toContain("Nothing measured yet");
  expect(html).not.toContain("slider");
});

test("keys walk along the time, never past its ends", () => {
  expect(moved("ArrowLeft", 0, 100)).toBe(0);
  expect(moved("ArrowRight", 41, 100)).toBe(42);
  expect(moved("PageDown", 41, 100)).toBe(31);
  expect(moved("PageUp", 95, 100)).toBe(100);
  expect(moved("Home", 41, 100)).toBe(0);
  expect(moved("End", 41, 100)).toBe(100);
  expect(moved("Tab", 41, 100)).toBeUndefined();
});

test("the table has a column for each line, newest first", () => {
  const html = renderToStaticMarkup(
    <ChartTable title="Response times" times={times} rows={[{ name: "p50", values: [1, null, 3] }]} format={ms} />,
  );
  const cells = [...html.matchAll(/<t[hd](?: scope="\w+")?>([^<]*)</g)].map((found) => found[1]);
  expect(cells).toEqual(["Time", "p50", "12:20", "3 ms", "12:10", "–", "12:00", "1 ms"]);
});

test("a meter warns near its budget and past it", () => {
  expect([0, 8, 9, 10, 11].map((value) => meterTone(value, 10))).toEqual(["fine", "fine", "near", "near", "over"]);
  const html = renderToStaticMarkup(
    <Meter label="Statements" value={12} budget={10}>
      12 of 10
    </Meter>,
  );
  expect(html).toContain('class="meter-bar" role="meter" aria-label="Statements" aria-valuemin="0" aria-valuemax="10"');
  expect(html).toContain('style="inline-size:100%"');
  expect(html).toContain("12 of 10");
});

test("a figure's course is not read out", () => {
  const html = renderToStaticMarkup(<StatTile label="Memory" value="64 MB" course={[1, 2, 3]} />);
  expect(html).toContain("<dt>Memory</dt>");
  expect(html).toContain('<dd class="tile-course" aria-hidden="true">');
});

test("a waterfall tells the steps in their order, with what was waiting", () => {
  const html = renderToStaticMarkup(
    <Waterfall
      title="GET /api/models"
      whole={4_000}
      steps={[
        { name: "models.list", kind: "statement", began: 1_000, took: 2_000, waited: 500 },
        { name: "Auth", kind: "auth", began: 0, took: 300 },
      ]}
    />,
  );
  expect(html.indexOf("Auth")).toBeLessThan(html.indexOf("models.list"));
  expect(html).toContain('style="inset-inline-start:25%;inline-size:50%"');
  expect(html).toContain('<i class="waited" style="inline-size:25%">');
  expect(html).toContain("500 µs of it waiting");
  expect(html).toContain("kind-statement");
});

test("days are bars with their dates, and said one by one", () => {
  const days = [21, 22, 23].map((date) => Date.UTC(2026, 10, date));
  const html = renderToStaticMarkup(
    <DayChart title="Calls" days={days} values={[1, 0, 2]} format={(value) => `${value} calls`} whole />,
  );
  expect(html).toContain('aria-valuetext="23 Nov: 2 calls"');
  // A day without any has no bar.
  expect(html.match(/day-bar/g)).toHaveLength(2);
  expect(html).toContain(">22 Nov</text>");
  expect(html).not.toContain("0.5 calls");
});

test("days without anything are no chart", () => {
  const html = renderToStaticMarkup(<DayChart title="Calls" days={[0]} values={[0]} format={String} />);
  expect(html).toContain("Nothing measured yet");
});

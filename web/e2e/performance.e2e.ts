/** An administrator sees what the server does while it does it, switches the cache, is told of alerts; nobody else finds the page. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { suite } from "./harness";
import { addPerson, BEN, converse, type Person } from "./people";

const on = suite();
let ben: Person;

beforeAll(async () => {
  ben = await addPerson(on.stoa.url, on.ada, BEN);
  await converse(on.ada, ["What is a lighthouse for?"], { title: "Lighthouses" });
});

const MODELS = "/api/models";

async function open(page: Page, part: string): Promise<void> {
  await page.goto(`/w/${on.ada.workspace.slug}/settings/performance#${part}`);
  await page.getByRole("navigation", { name: "Parts of the page" }).waitFor();
}

/** A cell of the row of a route, by the heading of its column. */
async function cell(page: Page, path: string, heading: string): Promise<string> {
  const table = page.getByRole("table", { name: "Routes" });
  await table.waitFor();
  const headings = await table.getByRole("columnheader").allTextContents();
  const row = table.getByRole("row").filter({ has: page.getByText(path, { exact: true }) });
  const cells = await row.locator("th, td").allTextContents();
  return cells[headings.findIndex((each) => each.startsWith(heading))] ?? "";
}

const count = (text: string) => Number(text.replace(/\D/g, ""));

test("requests are counted by their route, and the cache's hits with them", async () => {
  const page = await on.open(on.ada);
  const models = () => on.ada.api.get(`${MODELS}?workspace=${on.ada.workspace.id}`);
  await models();
  await open(page, "routes");
  const before = count(await cell(page, MODELS, "Requests"));
  expect(before).toBeGreaterThan(0);
  for (let round = 0; round < 5; round += 1) await models();
  await page.reload();
  await page.getByRole("table", { name: "Routes" }).waitFor();
  expect(count(await cell(page, MODELS, "Requests"))).toBeGreaterThanOrEqual(before + 5);
  // Asked five times over within a minute: most came out of the cache.
  expect(count(await cell(page, MODELS, "Cache"))).toBeGreaterThan(50);

  await page.getByRole("searchbox", { name: "Filter by path" }).fill("/api/models");
  await page.getByRole("button", { name: MODELS }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("heading", { name: "What the cache did" }).waitFor();
  await expect.poll(() => dialog.textContent()).toContain("From the cache");
});

test("a request opens as a waterfall, and a statement in it its plan", async () => {
  const page = await on.open(on.ada);
  await on.ada.api.get(`/api/workspaces/${on.ada.workspace.id}/conversations?q=light`);
  await open(page, "requests");
  await page.getByText("All kept", { exact: true }).click();
  const table = page.getByRole("table", { name: "Requests" });
  await table.waitFor();
  await table
    .getByRole("button", { name: /conversations/ })
    .first()
    .click();
  const dialog = page.getByRole("dialog");
  const waterfall = dialog.getByRole("table", { name: "Where the time went" });
  await waterfall.waitFor();
  await expect.poll(() => waterfall.getByRole("row").count()).toBeGreaterThan(1);
  await waterfall.getByRole("button").first().click();
  await dialog.getByRole("heading", { name: "Plan" }).waitFor();
  await expect.poll(() => dialog.locator("pre").first().textContent()).toMatch(/SELECT|INSERT|UPDATE/);
});

test("a part of the cache is switched off, on again and emptied", async () => {
  const page = await on.open(on.ada);
  const state = async () =>
    (await on.ada.api.get("/api/performance/cache")).namespaces.find(({ name }: { name: string }) => name === "models");
  await open(page, "cache");
  const models = page.getByRole("switch", { name: "Cache Models" });
  await expect.poll(() => models.isChecked()).toBe(true);
  await models.click();
  await expect.poll(async () => (await state()).enabled).toBe(false);
  await page.reload();
  await models.waitFor();
  await expect.poll(() => models.isChecked()).toBe(false);
  await models.click();
  await expect.poll(async () => (await state()).enabled).toBe(true);

  await on.ada.api.get(`${MODELS}?workspace=${on.ada.workspace.id}`);
  expect((await state()).entries).toBeGreaterThan(0);
  await page.reload();
  await page.getByRole("button", { name: "Empty Models" }).click();
  await page.getByText("Emptied: Models.").waitFor();
  expect((await state()).entries).toBe(0);
});

test("a chart is walked along with the keyboard and read as a table", async () => {
  const page = await on.open(on.ada);
  await open(page, "overview");
  const chart = page.getByRole("slider", { name: "Memory" });
  // The first point comes with the first sample of the server.
  await chart.waitFor({ timeout: 30_000 });
  await chart.focus();
  await page.keyboard.press("End");
  await expect.poll(() => chart.getAttribute("aria-valuetext")).toMatch(/^\d\d:\d\d: Memory [\d.,]+ MB$/);
  await page.getByRole("button", { name: "Memory as a table" }).click();
  await expect.poll(() => page.getByRole("region", { name: "Memory" }).getByRole("row").count()).toBeGreaterThan(1);
});

test("an alert is told above every page, and is gone when somebody has taken note of it", async () => {
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}`);
  // Whatever memory is in use is too much now, and a busy machine is no matter.
  const settings = (alerts: object) => on.ada.api.patch("/api/settings", { alerts });
  await settings({ memory_percent: 0.01, cpu_percent: 100, window_seconds: 1 });
  const banner = page.getByRole("region", { name: "Open alerts" });
  await banner.getByText("Memory is nearly used up").waitFor({ timeout: 45_000 });
  await banner.getByRole("link", { name: "Look at the alerts" }).click();
  await page.getByRole("button", { name: "Acknowledge: Memory is nearly used up" }).click();
  await page.getByText(/^Acknowledged/).waitFor();
  await page.goto(`/w/${on.ada.workspace.slug}`);
  await page.locator(".composer textarea").waitFor();
  expect(await banner.count()).toBe(0);
  await settings({ memory_percent: 80, cpu_percent: 80, window_seconds: 60 });
});

test("the bounds of the alerts are changed on the page, and what can not be is refused there", async () => {
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/settings/installation#alerts`);
  const slow = page.getByRole("textbox", { name: "Slow answers from (milliseconds)" });
  const save = page.getByRole("button", { name: "Save bounds" });
  await slow.fill("0");
  await save.click();
  await page.getByText("Use a whole number from 1 to 600,000.").waitFor();
  await slow.fill("1500");
  await save.click();
  await expect.poll(async () => (await on.ada.api.get("/api/settings")).alerts.response_ms).toBe(1_500);
});

test("who is no administrator does not find the page", async () => {
  const page = await on.open(ben);
  await page.goto(`/w/${ben.workspace.slug}/settings/performance`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  expect(await page.getByRole("navigation", { name: "Parts of the page" }).count()).toBe(0);
  expect(await page.getByRole("link", { name: "Performance" }).count()).toBe(0);
  const refused = await ben.api.raw("GET", "/performance");
  expect(refused.status).toBe(403);
});

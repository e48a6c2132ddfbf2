/** An administrator is told of alerts and sets their bounds; nobody else finds the page. */
import { beforeAll, expect, test } from "vitest";
import { suite } from "./harness";
import { addPerson, BEN, type Person } from "./people";

const on = suite();
let ben: Person;

beforeAll(async () => {
  ben = await addPerson(on.stoa.url, on.ada, BEN);
});

test("an alert is told above every page, and is gone when somebody has taken note of it", async () => {
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}`);
  // Whatever memory is in use is too much now.
  const settings = (alerts: object) => on.ada.api.patch("/api/settings", { alerts });
  await settings({ memory_percent: 0.01, window_seconds: 1 });
  const banner = page.getByRole("region", { name: "Alerts" });
  await banner.getByText("Memory is nearly used up").waitFor({ timeout: 45_000 });
  await banner.getByRole("link", { name: "Look at the alerts" }).click();
  await page.getByRole("button", { name: "Acknowledge: Memory is nearly used up" }).click();
  await page.getByText(/^Acknowledged/).waitFor();
  await page.goto(`/w/${on.ada.workspace.slug}`);
  await page.locator(".composer textarea").waitFor();
  expect(await banner.count()).toBe(0);
  await settings({ memory_percent: 80, window_seconds: 60 });
});

test("the bounds of the alerts are changed on the page, and what can not be is refused there", async () => {
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/settings/installation#alerts`);
  const slow = page.getByRole("spinbutton", { name: "Slow answers from (milliseconds)" });
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
  expect(await page.getByRole("link", { name: "Performance" }).count()).toBe(0);
  const refused = await ben.api.raw("GET", "/api/alerts");
  expect(refused.status).toBe(403);
});

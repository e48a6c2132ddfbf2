/** How the providers do, for administrators: which connections do not work and why, and what their calls came to. */
import { expect, test } from "vitest";
import { suite } from "./harness";
import { addModels, addPerson, BEN, converse } from "./people";

const on = suite();
/** The page reads its figures again every ten seconds. */
const WAIT = { timeout: 25_000 };

test("what the calls of each connection came to, and which do not work", async () => {
  await addModels(on.ada, "refusing", { status: 400 });
  await converse(on.ada, ["one", "two"]);
  await converse(on.ada, ["three"], { model: "refusing/fail" });
  const away = { kind: "openai", api_key: "sk-not-real-1234", base_url: "http://127.0.0.1:9/v1" };
  const { id } = await on.ada.api.post("/api/connections", { ...away, scope: "system", slug: "away", name: "Away" });
  await on.ada.api.raw("POST", `/api/connections/${id}/test`);
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/settings/health`);
  const row = (name: string) =>
    page
      .getByRole("table", { name: "Connections" })
      .getByRole("row")
      .filter({ has: page.getByRole("rowheader", { name, exact: true }) });
  const cell = (name: string, heading: string) => row(name).locator(`[data-label="${heading}"]`);
  // At least: a title is a call, too.
  await expect.poll(async () => Number(await cell("Mock", "Calls").textContent()), WAIT).toBeGreaterThanOrEqual(2);
  await expect.poll(() => cell("Mock", "Failed").textContent(), WAIT).toBe("0");
  await expect.poll(() => cell("refusing mock models", "Failed").textContent(), WAIT).toMatch(/^1 \(/);
  await page.getByRole("region", { name: "Needs attention" }).getByText("Away").first().waitFor();
  await page.getByRole("link", { name: "Provider connections" }).last().click();
  await page.waitForURL("**/settings/system-connections");
});

test("who is no administrator does not find the page", async () => {
  const ben = await addPerson(on.stoa.url, on.ada, BEN);
  const page = await on.open(ben);
  await page.goto(`/w/${ben.workspace.slug}/settings/health`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  expect(await page.getByRole("link", { name: "Provider health" }).count()).toBe(0);
  expect(await page.getByRole("table").count()).toBe(0);
});

/** What calls of models add up to: one's own, those of a workspace for its admins, everybody's for administrators. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { suite } from "./harness";
import { addModels, addPerson, BEN, converse, type Person } from "./people";

const on = suite();
let ben: Person;
let team: { id: string; slug: string };

/** Calls are added to the hours once a minute. */
const SETTLED_MS = 150_000;

beforeAll(async () => {
  // A word read costs 0.10, a word written 1.00.
  await addModels(on.ada, "paid", { prices: { "*": { input: 100_000, output: 1_000_000 } } });
  await addModels(on.ada, "refusing", { status: 400 });
  ben = await addPerson(on.stoa.url, on.ada, BEN);
  team = await on.ada.api.post("/api/workspaces", { name: "Lighthouse" });
  const { token } = await on.ada.api.post(`/api/workspaces/${team.id}/invitations`, {
    email: ben.email,
    role: "member",
  });
  await ben.api.post(`/api/invitations/${token}/accept`);
  await converse({ ...ben, workspace: team }, ["one two", "three"], { title: "Of Ben", model: "paid/echo" });
  await converse(on.ada, ["one two three"], { title: "Of Ada", model: "mock/echo" });
  await converse(on.ada, ["four"], { title: "Refused", model: "refusing/fail" });
  const wanted = ["paid/echo", "mock/echo", "refusing/fail"];
  for (const until = Date.now() + SETTLED_MS; ; ) {
    const { rows } = await on.ada.api.get("/api/usage/summary?by=model&scope=installation");
    if (wanted.every((model) => rows.some(({ key }: { key: string }) => key === model))) return;
    if (Date.now() > until) throw new Error(`not counted: ${JSON.stringify(rows)}`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}, SETTLED_MS + 30_000);

async function open(who: Person, page: string, place = who.workspace.slug): Promise<Page> {
  const opened = await on.open(who);
  await opened.goto(`/w/${place}/settings/${page}`);
  return opened;
}

/** The names and the calls of the table's rows. */
async function rows(page: Page, table: string): Promise<Record<string, number>> {
  const found = page.getByRole("table", { name: table }).locator("tbody tr");
  await found.first().waitFor();
  const each = await found.evaluateAll((all) =>
    all.map((row) => [row.querySelector("th")?.textContent, row.querySelectorAll("td")[1]?.textContent]),
  );
  return Object.fromEntries(each.map(([name, calls]) => [name, Number(calls)]));
}

test("one's own calls: the sum, the days, and by what they were for", async () => {
  const page = await open(ben, "usage");
  await page.getByRole("slider", { name: "Calls" }).waitFor();
  const { total } = await ben.api.get("/api/usage/summary");
  expect(total.calls).toBeGreaterThanOrEqual(2);
  const chart = page.getByRole("slider", { name: "Calls" });
  // Today is the last of the days.
  await expect.poll(() => chart.getAttribute("aria-valuetext")).toMatch(new RegExp(`: ${total.calls}$`));
  await chart.focus();
  await page.keyboard.press("Home");
  await expect.poll(() => chart.getAttribute("aria-valuetext")).toMatch(/: 0$/);
  // Nothing of what others did.
  expect(Object.keys(await rows(page, "Usage by model"))).toEqual(["paid/echo"]);
  await page.getByText("Workspace", { exact: true }).click();
  expect(await rows(page, "Usage by workspace")).toEqual({ Lighthouse: total.calls });
  await page.getByText("7 days", { exact: true }).click();
  await page.getByRole("button", { name: "Cost as a table" }).click();
  await expect.poll(() => page.getByRole("region", { name: "Cost" }).locator("tbody tr").count()).toBe(7);
  expect(await page.getByRole("link", { name: "Usage" }).count()).toBe(1);
});

test("administrators see everybody's, and what failed", async () => {
  const page = await open(on.ada, "all-usage");
  const models = await rows(page, "Usage by model");
  expect(Object.keys(models).sort()).toEqual(["mock/echo", "paid/echo", "refusing/fail"]);
  await page.getByText(/failed \(/).waitFor();
  await page.getByText("Person", { exact: true }).click();
  expect(Object.keys(await rows(page, "Usage by person"))[0]).toBe(ben.name);
  await page.getByText("Purpose", { exact: true }).click();
  expect((await rows(page, "Usage by purpose")).Answers).toBeGreaterThanOrEqual(4);
});

test("the admins of a workspace see what its members used there, and its members do not", async () => {
  const page = await open(on.ada, "workspace-usage", team.slug);
  expect(Object.keys(await rows(page, "Usage by model"))).toEqual(["paid/echo"]);
  await page.getByText("Person", { exact: true }).click();
  expect(Object.keys(await rows(page, "Usage by person"))).toEqual([ben.name]);
  const members = await open(ben, "workspace-usage", team.slug);
  await members.getByRole("heading", { level: 1 }).waitFor();
  expect(await members.getByRole("table").count()).toBe(0);
});

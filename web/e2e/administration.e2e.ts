/** What administrators look after: people and what they use, everybody's conversations, the audit log, how long things are kept. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { choose, screenshot, suite } from "./harness";
import { addPerson, BEN, converse, type Person } from "./people";

const on = suite();
let ben: Person;

beforeAll(async () => {
  ben = await addPerson(on.stoa.url, on.ada, BEN);
  await converse(ben, ["What is a lighthouse for?"], { title: "Lighthouses and their keepers" });
  await converse(on.ada, [], { title: "Nothing asked yet" });
});

async function open(name: string): Promise<Page> {
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/settings/${name}`);
  return page;
}

test("people with their conversations, which are a click away", async () => {
  const page = await open("users");
  const row = page.getByRole("listitem").filter({ hasText: ben.email });
  await row.getByText(/this month/).waitFor();
  await row.getByRole("link", { name: "1 conversation" }).click();
  const shown = page.getByRole("region", { name: "Of one person" });
  await shown.getByText("Lighthouses and their keepers").waitFor();
  expect(await page.getByText("Nothing asked yet").count()).toBe(0);
  await page.getByRole("link", { name: "Show all" }).click();
  await page.getByText("Nothing asked yet").waitFor();
});

test("people in an order that is chosen, and what limits one of them", async () => {
  const page = await open("users");
  const rows = page.locator("main .user-row");
  const names = () => rows.locator(".row-title").allTextContents();
  await expect.poll(names).toEqual([on.ada.name, ben.name]);
  await page.getByLabel("Order").selectOption("Newest first");
  await expect.poll(names).toEqual([ben.name, on.ada.name]);
  await converse(on.ada, [], { title: "A second one" });
  await page.getByLabel("Order").selectOption("Most conversations");
  await expect.poll(names).toEqual([on.ada.name, ben.name]);
  await page.getByLabel("Order").selectOption("Fewest conversations");
  await expect.poll(names).toEqual([ben.name, on.ada.name]);

  const row = rows.filter({ hasText: ben.email });
  await choose(page, row.getByRole("button", { name: /^Actions for/ }), "Limits…");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Requests at once").fill("0");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("A whole number from 1 to 10,000").waitFor();
  await dialog.getByLabel("Requests at once").fill("4");
  await dialog.getByLabel("Requests a minute").fill("60");
  await screenshot(page, "limits of a user");
  await dialog.getByRole("button", { name: "Save" }).click();
  await row.getByText("60 requests a minute · 4 at once").waitFor();
  const stored = async () => (await on.ada.api.get("/api/admin/users")).find(({ id }: { id: string }) => id === ben.id);
  expect(await stored()).toMatchObject({ requests_per_minute: 60, tokens_per_minute: null, concurrent: 4 });
  await screenshot(page, "users");
  await choose(page, row.getByRole("button", { name: /^Actions for/ }), "Limits…");
  await dialog.getByLabel("Requests a minute").fill("");
  await dialog.getByLabel("Requests at once").fill("");
  await dialog.getByRole("button", { name: "Save" }).click();
  await row.getByText("60 requests a minute").waitFor({ state: "detached" });
  expect(await stored()).toMatchObject({ requests_per_minute: null, concurrent: null });
});

test("the conversations of everybody, by their titles, without a word of what was said", async () => {
  const page = await open("all-conversations");
  const row = page.getByRole("listitem").filter({ hasText: "Lighthouses and their keepers" });
  await row.getByText(/Ben Ito · .* · 2 messages/).waitFor();
  expect(await page.getByText("What is a lighthouse for?").count()).toBe(0);
  await page.getByRole("searchbox", { name: "Search titles" }).fill("keepers");
  await page.getByText("Nothing asked yet").waitFor({ state: "detached" });
  await row.waitFor();
  await page.getByRole("searchbox", { name: "Search titles" }).fill("no such title");
  await page.getByText("No title contains “no such title”.").waitFor();
});

test("what an administrator changes is in the audit log, from what to what", async () => {
  await on.ada.api.patch(`/api/admin/users/${ben.id}`, { name: "Benjamin Ito" });
  await on.ada.api.patch("/api/settings", { retention: { usage_days: 400 } });
  const page = await open("audit");
  const entry = (title: string) => page.getByRole("listitem").filter({ hasText: title });
  const changes = (title: string) => entry(title).first().locator(".audit-changes").textContent();
  await entry("Account: changed").first().waitFor();
  expect(await changes("Account: changed")).toMatch(/name.*Benjamin Ito/);
  expect(await changes("Application settings: changed")).toMatch(/retention\.usage_days\s*nothing →\s*now 400/);
  await entry("Account: created").getByText("ben@example.com").first().waitFor();
  await page.getByLabel("Show").selectOption("user");
  await entry("Application settings: changed").waitFor({ state: "detached" });
  await entry("Account: changed").first().waitFor();
});

test("what is kept for a shorter time is asked about first", async () => {
  const page = await open("installation");
  const panel = page.getByRole("region", { name: "How long things are kept" });
  const days = panel.getByRole("textbox", { name: "Conversations" });
  const kept = async () => (await on.ada.api.get("/api/settings")).retention.conversation_days ?? null;
  await days.fill("soon");
  await panel.getByRole("button", { name: "Save" }).click();
  await panel.getByText(/^A whole number of days/).waitFor();
  await days.fill("365");
  await panel.getByRole("button", { name: "Save" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/nothing has happened for 365 days/).waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect(await kept()).toBeNull();
  await panel.getByRole("button", { name: "Save" }).click();
  await dialog.getByRole("button", { name: "Keep no longer" }).click();
  await expect.poll(kept).toBe(365);
  // For ever again deletes nothing: nobody is asked.
  await days.fill("");
  await panel.getByRole("button", { name: "Save" }).click();
  await expect.poll(kept).toBeNull();
});

test("who is no administrator finds none of it", async () => {
  const page = await on.open(ben);
  for (const name of ["all-conversations", "audit", "all-usage"]) {
    await page.goto(`/w/${ben.workspace.slug}/settings/${name}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await page.getByRole("main").getByRole("listitem").count()).toBe(0);
  }
});

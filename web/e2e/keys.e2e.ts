/** API keys with limits: one's own, those of a workspace for its admins, everybody's for administrators. */
import { expect, test } from "vitest";
import { screenshot, suite } from "./harness";
import { addPerson, BEN } from "./people";

const on = suite();

test("a key is bound to models and rates when it is made, and loosened later", async () => {
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/settings/keys`);
  await page.getByRole("button", { name: "New API key" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("Newsletter");
  await dialog.getByText("Limits", { exact: true }).click();
  await dialog.getByLabel("Models it may use").fill("mock/echo");
  await dialog.getByLabel("Requests a minute").fill("0");
  await dialog.getByRole("button", { name: "Create key" }).click();
  await dialog.getByText(/^A whole number from 1 to/).waitFor();
  await dialog.getByLabel("Requests a minute").fill("2");
  await dialog.getByRole("button", { name: "Create key" }).click();
  const key = (await dialog.locator(".secret code").textContent()) ?? "";
  await dialog.getByRole("button", { name: "I have copied it" }).click();
  const row = page.getByRole("listitem").filter({ hasText: "Newsletter" });
  await row.getByText("only mock/echo · 2 requests a minute").waitFor();
  await screenshot(page, "key-limits");

  const ask = (model: string) =>
    fetch(`${on.stoa.url}/v1/chat/completions`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }] }),
    });
  expect((await ask("mock/lorem")).ok).toBe(false);
  expect((await ask("mock/echo")).status).toBe(200);

  await page.getByRole("button", { name: "Change Newsletter" }).click();
  await expect.poll(() => dialog.getByLabel("Models it may use").inputValue()).toBe("mock/echo");
  await dialog.getByLabel("Models it may use").fill("");
  await dialog.getByLabel("Requests a minute").fill("");
  await dialog.getByRole("button", { name: "Save" }).click();
  await row.getByText("only mock/echo").waitFor({ state: "detached" });
  expect((await ask("mock/lorem")).status).toBe(200);
});

test("a key has a budget, which its row, its form and the page of the installation know", async () => {
  const page = await on.open(on.ada);
  await on.ada.api.post("/api/auth/keys", { name: "Fish market", scopes: ["read", "write"] });
  await page.goto(`/w/${on.ada.workspace.slug}/settings/keys`);
  const row = page.getByRole("listitem").filter({ hasText: "Fish market" });
  const dialog = page.getByRole("dialog", { name: "Budget of Fish market" });
  await row.getByRole("button", { name: "Budget… for Fish market" }).click();
  await dialog.getByLabel("Amount in US dollars").fill("2.50");
  await dialog.getByRole("button", { name: "Set a budget" }).click();
  const meter = row.getByRole("meter", { name: "Spent: Fish market, a month" });
  await expect.poll(() => meter.getAttribute("aria-valuetext")).toMatch(/0\.00 of .*2\.50$/);
  await screenshot(page, "key-budget");

  // The form is that of the budget that there is; another period is another one.
  await row.getByRole("button", { name: "Budget… for Fish market" }).click();
  await expect.poll(() => dialog.getByLabel("Amount in US dollars").inputValue()).toBe("2.5");
  await dialog.getByLabel("Amount in US dollars").fill("4");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect.poll(() => meter.getAttribute("aria-valuetext")).toMatch(/ of .*4\.00$/);
  await row.getByRole("button", { name: "Budget… for Fish market" }).click();
  await dialog.getByLabel("Each").selectOption("day");
  await dialog.getByRole("button", { name: "Set a budget" }).click();
  await row.getByRole("meter", { name: "Spent: Fish market, a day" }).waitFor();

  for (const name of ["all-keys", "all-budgets"]) {
    await page.goto(`/w/${on.ada.workspace.slug}/settings/${name}`);
    await expect.poll(() => row.getByRole("meter").count()).toBe(2);
  }
  await page.goto(`/w/${on.ada.workspace.slug}/settings/keys`);
  await row.getByRole("button", { name: "Remove the budget: Fish market, a day" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect.poll(() => row.getByRole("meter").count()).toBe(1);
});

test("whoever is limited sees how the limits stand, and nobody else is troubled", async () => {
  const una = await addPerson(on.stoa.url, on.ada, {
    name: "Una",
    email: "una@example.com",
    password: "a password of una",
  });
  const { key } = await una.api.post("/api/auth/keys", { name: "Tide tables" });
  const page = await on.open(una);
  await page.goto(`/w/${una.workspace.slug}/settings/keys`);
  await page.getByText("Tide tables").waitFor();
  const standing = page.getByRole("region", { name: "Your limits right now" });
  expect(await standing.count()).toBe(0);

  await on.ada.api.patch(`/api/admin/users/${una.id}`, { requests_per_minute: 20, concurrent: 3 });
  await page.reload();
  const requests = standing.getByRole("meter", { name: "Requests in the last minute" });
  await expect.poll(() => requests.getAttribute("aria-valuetext")).toBe("0 of 20");
  await standing.getByText("0 of 3").waitFor();
  expect(await standing.getByRole("meter").count()).toBe(2);

  // A program calls: the page says so by itself.
  const asked = await fetch(`${on.stoa.url}/v1/chat/completions`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ model: "mock/echo", messages: [{ role: "user", content: "Hi" }] }),
  });
  expect(asked.status).toBe(200);
  await expect.poll(() => requests.getAttribute("aria-valuetext"), { timeout: 15_000 }).toBe("1 of 20");
  await screenshot(page, "key-own-limits");
});

test("a workspace has keys of its own, which administrators see and end", async () => {
  const team = await on.ada.api.post("/api/workspaces", { name: "Lighthouse" });
  const page = await on.open(on.ada);
  await page.goto(`/w/${team.slug}/settings/workspace-keys`);
  await page.getByText("No API keys of the workspace yet").waitFor();
  await page.getByRole("button", { name: "New API key" }).click();
  const dialog = page.getByRole("dialog");
  expect(await dialog.getByRole("checkbox").count()).toBe(0);
  await dialog.getByLabel("Name", { exact: true }).fill("Timetable");
  await dialog.getByRole("button", { name: "Create key" }).click();
  await dialog.getByRole("button", { name: "I have copied it" }).click();
  await page.getByRole("listitem").filter({ hasText: "Timetable" }).waitFor();

  await page.goto(`/w/${team.slug}/settings/all-keys`);
  const row = page.getByRole("listitem").filter({ hasText: "Timetable" });
  await row.getByText(/^Workspace Lighthouse/).waitFor();
  await row.getByRole("button", { name: "Revoke Timetable" }).click();
  await dialog.getByRole("button", { name: "Revoke key" }).click();
  await row.waitFor({ state: "detached" });
});

test("members of a workspace do not find its keys", async () => {
  const ben = await addPerson(on.stoa.url, on.ada, BEN);
  const page = await on.open(ben);
  for (const name of ["workspace-keys", "all-keys"]) {
    await page.goto(`/w/${ben.workspace.slug}/settings/${name}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await page.getByRole("button", { name: "New API key" }).count()).toBe(0);
  }
});

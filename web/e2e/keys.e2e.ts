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

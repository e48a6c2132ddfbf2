/** The settings: what is changed is changed on the server, shown at once, and in force elsewhere. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { answer, box, goTo, screenshot, suite } from "./harness";
import { addPerson, converse, logIn, type Person } from "./people";

const on = suite();
let count = 0;

/** Somebody whose settings no other test changes. */
function newcomer(): Promise<Person> {
  count += 1;
  const name = `User ${count}`;
  return addPerson(on.stoa.url, on.ada, { name, email: `user${count}@example.com`, password: "a password to change" });
}

async function openSettings(who: Person, name: string): Promise<Page> {
  const page = await on.open(who);
  await page.goto(`/w/${who.workspace.slug}/settings/${name}`);
  return page;
}

const theme = (page: Page) => page.evaluate(() => document.documentElement.dataset.theme);

test("the name is changed, and a name that is missing is refused", async () => {
  const who = await newcomer();
  const page = await openSettings(who, "profile");
  const name = page.getByLabel("Name", { exact: true });
  await name.fill("");
  await page.getByRole("button", { name: "Save name" }).click();
  await page.getByText("Write your name.").waitFor();
  await name.fill("Augusta");
  await page.getByRole("button", { name: "Save name" }).click();
  await expect.poll(async () => (await who.api.get("/api/auth/me")).user.name).toBe("Augusta");
  await page.getByRole("link", { name: "Back to the conversations" }).click();
  await page.getByRole("button", { name: "Account of Augusta" }).waitFor();
});

test("preferences take effect at once, survive a reload, and are there on another device", async () => {
  const who = await newcomer();
  const page = await openSettings(who, "preferences");
  await page.getByRole("radio", { name: "Dark" }).check({ force: true });
  await expect.poll(() => theme(page)).toBe("dark");
  await page.getByLabel("Model of new conversations").selectOption("mock/echo");
  await page.getByRole("radio", { name: /^Ctrl/ }).check({ force: true });
  await expect
    .poll(async () => (await who.api.get("/api/auth/me")).preferences)
    .toEqual({ theme: "dark", locale: null, default_model: "mock/echo", send_with: "mod_enter" });
  await page.reload();
  await expect.poll(() => page.getByRole("radio", { name: "Dark" }).isChecked()).toBe(true);
  expect(await theme(page)).toBe("dark");

  const other = await on.open(who);
  await goTo(other, who);
  await expect.poll(() => theme(other)).toBe("dark");
  await other.getByRole("button", { name: /^Model: .*echo/i }).waitFor();
  await box(other).fill("one line");
  await box(other).press("Enter");
  await other.keyboard.type("and another");
  await box(other).press("Control+Enter");
  await answer(other).getByText("and another").waitFor();
  expect(await other.locator(".question .plain").textContent()).toBe("one line\nand another");
});

test("a new password ends the other sessions, and is the only one that opens", async () => {
  const who = await newcomer();
  const other = await logIn(on.stoa.url, who);
  const page = await openSettings(who, "security");
  const change = page.getByRole("button", { name: "Change password" });
  await page.getByLabel("Current password", { exact: true }).fill("not this one");
  await page.getByLabel("New password", { exact: true }).fill("a password that is new");
  await change.click();
  await page.getByText("This is not your current password.").waitFor();
  await page.getByLabel("Current password", { exact: true }).fill(who.password);
  await change.click();
  await page.getByText("Your password is changed. Your other sessions have ended.").waitFor();
  expect((await other.api.raw("GET", "/api/auth/me")).status).toBe(401);
  await expect(logIn(on.stoa.url, who)).rejects.toThrow(/401/);
  await logIn(on.stoa.url, { ...who, password: "a password that is new" });
});

test("sessions are listed and ended", async () => {
  const who = await newcomer();
  const other = await on.open(await logIn(on.stoa.url, who));
  await goTo(other, who);
  await logIn(on.stoa.url, who);
  const page = await openSettings(who, "security");
  await page.getByText("This session").waitFor();
  await screenshot(page, "sessions");
  await page
    .getByRole("button", { name: /^End the session of/ })
    .first()
    .click();
  await page.getByText(/^The session of .* has ended\.$/).waitFor();
  await page.getByRole("button", { name: "End all others" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End sessions" }).click();
  await page.getByText("All other sessions have ended.").waitFor();
  expect((await who.api.get("/api/auth/sessions")).length).toBe(1);
  await other.reload();
  await other.waitForURL(/\/login/);
});

test("an API key is shown once, works, and is refused when it was revoked", async () => {
  const who = await newcomer();
  const page = await openSettings(who, "keys");
  await page.getByText("No API keys yet").waitFor();
  await page.getByRole("button", { name: "New API key" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("An editor");
  await dialog.getByRole("button", { name: "Create key" }).click();
  await dialog.getByText("Copy it now.").waitFor();
  const key = (await dialog.locator(".secret code").textContent()) ?? "";
  await screenshot(page, "key-shown");
  const models = () => fetch(`${on.stoa.url}/v1/models`, { headers: { Authorization: `Bearer ${key}` } });
  const { data } = await (await models()).json();
  expect(data.map(({ id }: { id: string }) => id)).toContain("mock/echo");
  await dialog.getByRole("button", { name: "I have copied it" }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.reload();
  await page.getByText("An editor").waitFor();
  expect(await page.content()).not.toContain(key);
  await page.getByRole("button", { name: "Revoke An editor" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke key" }).click();
  await page.getByText("“An editor” is revoked.").waitFor();
  expect((await models()).status).toBe(401);
});

test("a wrong address says what went wrong; mock models are added, tested and used", async () => {
  const page = await openSettings(on.ada, "system-connections");
  await page.getByRole("button", { name: /Another server/ }).click();
  await page.getByLabel("Address", { exact: true }).fill("https://nowhere.invalid/v1");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByText("The server can not be reached. Check the address").waitFor();
  await screenshot(page, "connection-wrong");
  await page.getByRole("button", { name: "Another provider" }).click();
  await page.getByRole("button", { name: /Mock models/ }).click();
  await page.getByText("More settings").click();
  await page.getByLabel("Name", { exact: true }).fill("Practice");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByText(/^It works: \d+ models/).waitFor();
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByText(/Practice is connected/).waitFor();
  const connection = (await on.ada.api.get("/api/connections")).find(
    ({ name }: { name: string }) => name === "Practice",
  );
  const id = await converse(on.ada, ["Through the new one"], { model: `${connection.slug}/echo` });
  await goTo(page, on.ada, id);
  await answer(page).getByText("Through the new one").waitFor();
});

test("administrators make accounts, disable them, and set passwords", async () => {
  const who = await newcomer();
  const page = await openSettings(on.ada, "users");
  await page.getByRole("button", { name: "Add user" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Email", { exact: true }).fill("made@example.com");
  await dialog.getByRole("button", { name: "Add user" }).click();
  await dialog.getByText("The account is ready").waitFor();
  await screenshot(page, "user-made");
  const password = (await dialog.getByRole("definition").last().textContent()) ?? "";
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByText("made@example.com").waitFor();
  await logIn(on.stoa.url, { name: "", email: "made@example.com", password });

  await page.getByRole("button", { name: `Actions for ${who.name}` }).click();
  await page.getByRole("menuitem", { name: /Disable account/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disable account" }).click();
  await page.getByText(`The account of ${who.name} is disabled.`).waitFor();
  expect((await who.api.raw("GET", "/api/auth/me")).status).toBe(401);
});

test("when registration is closed, the page for it says so", async () => {
  const page = await openSettings(on.ada, "installation");
  await page.getByRole("radio", { name: "Nobody" }).check({ force: true });
  await expect.poll(async () => (await on.ada.api.get("/api/settings")).registration).toBe("closed");
  const visitor = await on.open();
  await visitor.goto("/register");
  await visitor.getByText("Nobody can register here.").waitFor();
  await page.getByRole("radio", { name: "Anybody" }).check({ force: true });
  await expect.poll(async () => (await on.ada.api.get("/api/settings")).registration).toBe("open");
  await visitor.reload();
  await visitor.getByLabel("Name").fill("Eve");
  await visitor.getByLabel("Email").fill("eve@example.com");
  await visitor.getByLabel("Password", { exact: true }).fill("an open door to walk in");
  await visitor.getByRole("button", { name: "Create account" }).click();
  await box(visitor).waitFor();
  await visitor.goto(`/w/${on.ada.workspace.slug}`);
  await visitor.getByText("There is nothing here").waitFor();
});

/** The first minutes: nobody has registered yet. The tests follow each other on the same server, as the first user does. */
import { expect, test } from "vitest";
import { answer, box, chooseModel, list, screenshot, send, settled, suite } from "./harness";
import { ADA } from "./people";

const on = suite({ untouched: true });

test("the first visitor makes the administrator's account and is led to a first answer", async () => {
  const page = await on.open();
  await page.goto("/");
  await page.waitForURL("**/register");
  await page.getByRole("heading", { name: "Make this Stoa yours" }).waitFor();
  await screenshot(page, "first-start");

  // What is wrong is said where it is wrong, and nothing that was typed is lost.
  await page.getByLabel("Name").fill(ADA.name);
  await page.getByLabel("Email").fill("ada");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Create the first account" }).click();
  await page.getByText("This is not an email address.").waitFor();
  await page.getByText("Use at least 8 characters.").waitFor();
  expect(await page.getByLabel("Name").inputValue()).toBe(ADA.name);

  await page.getByLabel("Email").fill(ADA.email);
  await page.getByLabel("Password", { exact: true }).fill(ADA.password);
  await page.getByRole("button", { name: "Create the first account" }).click();
  await box(page).waitFor();
  await page.getByRole("heading", { name: "What shall we think about?" }).waitFor();
  await page.getByText("No conversations yet").waitFor();
  await screenshot(page, "first-page");

  await page.getByRole("button", { name: "Think a decision through" }).click();
  expect(await box(page).inputValue()).toContain("Help me with a decision.");
  await chooseModel(page, "mock/echo");
  await send(page, "The quick brown fox jumps over the lazy dog");
  await settled(page);
  await answer(page).getByText("quick brown fox jumps over the lazy dog").waitFor();

  const link = list(page).getByRole("link");
  await expect.poll(() => link.count()).toBe(1);
  await expect.poll(() => link.textContent()).not.toBe("New conversation");
  const title = (await link.textContent()) ?? "";
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
  await expect.poll(() => page.title()).toBe(`${title} · Stoa`);
  await screenshot(page, "first-answer");
});

test("logging in shows what was asked for; logging out ends the session on the server", async () => {
  const page = await on.open();
  await page.goto("/register");
  await page.getByText("New accounts are made by invitation here.").waitFor();
  await page.goto("/");
  await page.waitForURL("**/login");
  await page.getByLabel("Email").fill(ADA.email);
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Log in", exact: true }).click();
  await page.getByText("Email or password is wrong.").waitFor();
  expect(await page.getByLabel("Email").inputValue()).toBe(ADA.email);
  await screenshot(page, "login-refused");
  await page.getByLabel("Password", { exact: true }).fill(ADA.password);
  await page.getByRole("button", { name: "Log in", exact: true }).click();
  await box(page).waitFor();

  const cookies = await page.context().cookies();
  expect(cookies.find((cookie) => cookie.name === "stoa_session")?.httpOnly).toBe(true);
  await page.getByRole("button", { name: `Account of ${ADA.name}` }).click();
  await page.getByRole("menuitem", { name: "Log out" }).click();
  await page.waitForURL("**/login");
  await page.context().addCookies(cookies);
  expect((await page.request.get("/api/auth/me")).status()).toBe(401);
});

test("whoever is sent to log in comes back to the page that was wanted", async () => {
  const page = await on.open();
  await page.goto("/w/nowhere/settings/keys");
  await page.waitForURL(/\/login\?next=/);
  await page.getByLabel("Email").fill(ADA.email);
  await page.getByLabel("Password", { exact: true }).fill(ADA.password);
  await page.getByRole("button", { name: "Log in", exact: true }).click();
  await page.waitForURL("**/w/nowhere/settings/keys");
  await page.getByText("There is nothing here").waitFor();
});

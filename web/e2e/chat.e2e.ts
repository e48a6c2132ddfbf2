/** The whole path of the page with a real server and a real browser: first start to a recovered answer. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import {
  ADA,
  answer,
  apiMessages,
  chooseModel,
  chooseSlowModel,
  openPage,
  register,
  type Stoa,
  screenshot,
  send,
  settled,
  startBrowser,
  startStoa,
  wordCount,
  words,
} from "./harness";

let browser: Browser;
let stoa: Stoa;
let open: Awaited<ReturnType<typeof openPage>>;

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

beforeEach(async () => {
  stoa = await startStoa();
  open = await openPage(browser, stoa.url);
});
afterEach(async () => {
  await open?.context.close();
  await stoa?.close();
});

/** What the page shows of the last answer, without the marks of Markdown; blanks do not count. */
async function shown() {
  const text = await answer(open.page).locator(".prose").allTextContents();
  return text.join("").replace(/\s+/g, "");
}

async function stored() {
  const message = (await apiMessages(open.page)).at(-1);
  return { ...message, content: message?.content.replace(/\s+/g, "") };
}

test("first start: the first visitor makes the administrator's account and gets a streamed answer", async () => {
  const { page, faults } = open;
  await page.goto("/");
  await page.waitForURL("**/register");
  await page.getByText("The first account is the administrator's").waitFor();
  await screenshot(page, "first-start");
  await register(page);
  await screenshot(page, "empty");
  await chooseModel(page, "mock/echo");
  await send(page, "The quick brown fox jumps over the lazy dog");
  await settled(page);
  expect(await answer(page).locator(".prose").textContent()).toContain("quick brown fox jumps over the lazy dog");
  expect((await stored()).status).toBe("complete");
  await page.getByRole("navigation", { name: "Conversations" }).getByRole("link").first().waitFor();
  await screenshot(page, "answered");
  expect(faults).toEqual([]);
});

test("an answer grows while it is written, and stops when told to", async () => {
  const { page, faults } = open;
  await register(page);
  await chooseSlowModel(page);
  await send(page, "Tell me something long");
  await words(page, 5);
  const early = await wordCount(page);
  await words(page, early + 5);
  await screenshot(page, "writing");
  await page.getByRole("button", { name: "Stop" }).click();
  await settled(page);
  await page.getByText("You stopped this answer.").waitFor();
  expect(await shown()).toBe((await stored()).content);
  expect((await stored()).status).toBe("cancelled");
  await screenshot(page, "stopped");
  expect(faults).toEqual([]);
});

test("a reload in mid-answer and a second tab show the same growing answer", async () => {
  const { page, context } = open;
  await register(page);
  await chooseSlowModel(page);
  await send(page, "Tell me something long");
  await words(page, 5);
  await page.reload();
  await words(page, 8);
  const second = await context.newPage();
  await second.goto(page.url());
  await words(second, 8);
  await settled(page);
  await settled(second);
  const whole = (await stored()).content;
  expect((await stored()).status).toBe("complete");
  expect(await shown()).toBe(whole);
  expect((await answer(second).locator(".prose").textContent())?.replace(/\s+/g, "")).toBe(whole);
});

test("an answer that was left in the middle goes on, and is there when one comes back", async () => {
  const { page } = open;
  await register(page);
  await chooseSlowModel(page);
  await send(page, "Tell me something long");
  await words(page, 5);
  const address = page.url();
  await page.getByRole("link", { name: "New conversation" }).click();
  await page.getByText("What shall we think about?").waitFor();
  await page.getByRole("navigation", { name: "Conversations" }).getByRole("link").first().click();
  await page.waitForURL(address);
  await words(page, 20);
  await settled(page);
  expect(await shown()).toBe((await stored()).content);
  expect((await stored()).status).toBe("complete");
});

test("a page that was opened while the server is away recovers by itself", async () => {
  const { page } = open;
  await register(page);
  await page.route("**/api/**", (route) => route.abort());
  await page.route("**/health", (route) => route.abort());
  await page.reload();
  await page.getByText("The server can not be reached.").waitFor();
  await page.unrouteAll();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
});

test("an open second tab shows the answer that the first tab asked for", async () => {
  const { page, context } = open;
  await register(page);
  await chooseModel(page, "mock/echo");
  await send(page, "one two three");
  await settled(page);
  const second = await context.newPage();
  await second.goto(page.url());
  await settled(second);
  await page.getByRole("textbox", { name: "Message" }).fill("four five six");
  await page.keyboard.press("Enter");
  await second.getByText("four five six").nth(1).waitFor();
});

test("killed in mid-answer and started again: the page recovers, keeps the text, and goes on", async () => {
  const { page } = open;
  await register(page);
  await chooseSlowModel(page);
  await send(page, "Tell me something long");
  await words(page, 12);
  await stoa.kill();
  await page.getByText("Connection lost").waitFor();
  await screenshot(page, "lost");
  await stoa.start();
  await page.getByText("The answer was interrupted").waitFor({ timeout: 30_000 });
  await page.getByText("Connection lost").waitFor({ state: "hidden" });
  const kept = await stored();
  expect(kept.status).toBe("partial");
  expect(await shown()).toBe(kept.content);
  expect(kept.content).not.toBe("");
  await screenshot(page, "interrupted");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Stop" }).waitFor();
  await settled(page);
  const whole = await stored();
  expect(whole.status).toBe("complete");
  expect(whole.content?.startsWith(kept.content ?? "")).toBe(true);
  expect(await shown()).toBe(whole.content);
});

test("a message that can not be sent keeps its text, and is sent once", async () => {
  const { page } = open;
  await register(page);
  await chooseModel(page, "mock/echo");
  await send(page, "before");
  await settled(page);
  await stoa.kill();
  await page.getByRole("textbox", { name: "Message" }).fill("kept in the box");
  await page.keyboard.press("Enter");
  await page.getByText("The server can not be reached. Your text is kept.").waitFor();
  expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("kept in the box");
  await stoa.start();
  await page.getByText("Connection lost").waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Send" }).click();
  await page.locator(".answer").nth(1).waitFor();
  await settled(page);
  const sent = (await apiMessages(page)).filter((message) => message.content === "kept in the box");
  expect(sent).toHaveLength(2);
});

test("a message whose answer was lost on the way is not sent a second time", async () => {
  const { page } = open;
  await register(page);
  await chooseModel(page, "mock/echo");
  await send(page, "before");
  await settled(page);
  await page.route("**/messages", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await page.getByRole("textbox", { name: "Message" }).fill("only once");
  await page.keyboard.press("Enter");
  await page.getByText("The server can not be reached. Your text is kept.").waitFor();
  await page.unrouteAll();
  await page.getByText("Connection lost").waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("The server can not be reached").waitFor({ state: "hidden" });
  await settled(page);
  expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("");
  const sent = (await apiMessages(page)).map((message) => message.content);
  expect(sent).toEqual(["before", "before", "only once", "only once"]);
});

test("an answer that fails says why and can be tried again; every version stays within reach", async () => {
  const { page } = open;
  await register(page);
  await chooseModel(page, "mock/fail");
  await send(page, "Speak");
  await page.getByRole("alert").getByText("The model's provider answered with an error.").waitFor();
  await screenshot(page, "failed");
  await chooseModel(page, "mock/echo");
  await page.getByRole("button", { name: "Try again" }).click();
  await answer(page).locator(".prose").getByText("Speak").waitFor();
  await page.getByText("2 of 2").waitFor();
  await page.getByRole("button", { name: "Earlier version" }).click();
  await page.getByText("1 of 2").waitFor();
  await page.getByRole("alert").getByText("The model's provider answered with an error.").waitFor();
  await page.getByRole("button", { name: "Later version" }).click();
  await page.getByText("2 of 2").waitFor();
  expect(await shown()).toBe("Speak");
  await screenshot(page, "versions");
});

test("logging out ends the session on the server, and logging in starts another", async () => {
  const { page, context } = open;
  await register(page);
  const cookies = await context.cookies();
  expect(cookies.find((cookie) => cookie.name === "stoa_session")?.httpOnly).toBe(true);
  await page.getByRole("button", { name: "Log out" }).click();
  await page.waitForURL("**/login");
  await context.addCookies(cookies);
  expect((await page.request.get("/api/auth/me")).status()).toBe(401);
  await context.clearCookies();
  await page.getByLabel("Email").fill(ADA.email);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("Email or password is wrong.").waitFor();
  await screenshot(page, "login-refused");
  await page.getByLabel("Password").fill(ADA.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
});

test("older conversations and older messages are loaded on demand", async () => {
  const { page } = open;
  await register(page);
  const headers = { "X-Stoa-Client": "web" };
  const { data: me } = await (await page.request.get("/api/auth/me")).json();
  const conversations = `/api/workspaces/${me.workspaces[0].id}/conversations`;
  for (let count = 0; count < 35; count += 1) {
    const created = await page.request.post(conversations, { headers, data: { title: `Number ${count}` } });
    expect(created.status()).toBe(201);
  }
  const { data: last } = await (await page.request.get(`${conversations}?limit=1`)).json();
  for (let count = 0; count < 40; count += 1) {
    const data = { content: `Question ${count}`, model: "mock/echo", stream: true };
    // Answered when the stream has ended, so that the next question finds no reply running.
    expect((await page.request.post(`/api/conversations/${last[0].id}/messages`, { headers, data })).ok()).toBe(true);
  }

  await page.goto(`/c/${last[0].id}`);
  const links = page.getByRole("navigation", { name: "Conversations" }).getByRole("link");
  await expect.poll(() => links.count()).toBe(30);
  await page.getByRole("button", { name: "Load more" }).click();
  await expect.poll(() => links.count()).toBe(35);
  await page.getByRole("button", { name: "Load more" }).waitFor({ state: "hidden" });

  const questions = page.getByLabel("You");
  await expect.poll(() => questions.count()).toBe(25);
  expect(await questions.last().getByText("Question 39").isVisible()).toBe(true);
  await page.getByRole("button", { name: "Earlier messages" }).click();
  await expect.poll(() => questions.count()).toBe(40);
  await page.getByRole("button", { name: "Earlier messages" }).waitFor({ state: "hidden" });
  expect(await questions.first().textContent()).toBe("Question 0");
  // What was read stays where it was; the older messages are above it.
  const { y } = (await questions.nth(15).boundingBox()) ?? { y: -1 };
  expect(y).toBeGreaterThan(0);
  expect(y).toBeLessThan(800);
});

test("conversations are renamed, deleted and opened from the list", async () => {
  const { page } = open;
  await register(page);
  await chooseModel(page, "mock/echo");
  await send(page, "alpha");
  await settled(page);
  await page.getByRole("link", { name: "New conversation" }).click();
  await page.waitForURL((url) => url.pathname === "/");
  await send(page, "beta");
  await settled(page);
  const list = page.getByRole("navigation", { name: "Conversations" });
  await expect.poll(() => list.getByRole("link").count()).toBe(2);

  await list.getByRole("link").nth(1).click();
  await page.getByLabel("You").getByText("alpha").waitFor();
  const row = list.locator(".row[data-selected]");
  await row.getByRole("button", { name: /^More/ }).click();
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByLabel("Title").fill("Renamed by Ada");
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
  await page.getByRole("heading", { level: 1, name: "Renamed by Ada" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Renamed by Ada" }).waitFor();

  await row.getByRole("button", { name: /^More/ }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await screenshot(page, "delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.waitForURL((url) => url.pathname === "/");
  await expect.poll(() => list.getByRole("link").count()).toBe(1);
});

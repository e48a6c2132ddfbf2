/**
 * An answer belongs to the server: it goes on whatever happens to the page, shows the same everywhere it is looked at, and what
 * was written is never lost when the server itself goes away.
 */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { box, conversationOf, goTo, list, screenshot, send, settled, shown, suite, wordCount, words } from "./harness";
import { addModels, converse, messages, prefer, SLOW } from "./people";

const on = suite();

beforeAll(async () => {
  await addModels(on.ada, "slow", SLOW);
  await addModels(on.ada, "long", { ...SLOW, tokens: 1_500 });
  await prefer(on.ada, "mock/echo");
});

/** A conversation in which an answer has just begun to grow. */
async function openGrowing(count = 5): Promise<Page> {
  const id = await converse(on.ada, [], { model: "slow/lorem" });
  const page = await on.open(on.ada);
  await goTo(page, on.ada, id);
  await send(page, "Tell me something long");
  await words(page, count);
  return page;
}

async function stored(page: Page): Promise<{ status: string; content: string }> {
  const message = (await messages(on.ada, conversationOf(page))).at(-1);
  return { status: message.status, content: message.content.replace(/\s+/g, "") };
}

test("a reload in mid-answer and a second tab show the same growing answer", async () => {
  const page = await openGrowing();
  await page.reload();
  await words(page, 8);
  const second = await page.context().newPage();
  await second.goto(page.url());
  await words(second, 8);
  await Promise.all([settled(page), settled(second)]);
  const { status, content } = await stored(page);
  expect(status).toBe("complete");
  await expect.poll(() => shown(page)).toBe(content);
  await expect.poll(() => shown(second)).toBe(content);
});

test("an open second tab shows the question and the answer that the first tab asked for", async () => {
  const id = await converse(on.ada, ["one two three"]);
  const page = await on.open(on.ada);
  await goTo(page, on.ada, id);
  const second = await page.context().newPage();
  await goTo(second, on.ada, id);
  await box(page).fill("four five six");
  await page.keyboard.press("Enter");
  await second.locator(".question", { hasText: "four five six" }).waitFor();
  await second.locator(".answer", { hasText: "four five six" }).waitFor();
});

test("another device, on which the conversation is open, sees the question and the same growing answer", async () => {
  const id = await converse(on.ada, [], { title: "On two devices", model: "long/lorem" });
  const page = await on.open(on.ada);
  const other = await on.open(on.ada);
  await goTo(page, on.ada, id);
  await goTo(other, on.ada, id);
  await send(page, "Seen from elsewhere");
  await other.locator(".question", { hasText: "Seen from elsewhere" }).waitFor();
  await words(other, 5);
  const early = await wordCount(other);
  await words(other, early + 5);
  // It may be stopped from there as well.
  await other.getByRole("button", { name: "Stop", exact: true }).click();
  await Promise.all([settled(page), settled(other)]);
  await expect.poll(async () => (await shown(other)) === (await shown(page))).toBe(true);
});

test("a new conversation, a new title and a deletion reach the list of another device", async () => {
  const page = await on.open(on.ada);
  await goTo(page, on.ada);
  const id = await converse(on.ada, [], { title: "Made elsewhere" });
  await list(page).getByRole("link", { name: "Made elsewhere" }).waitFor();
  await on.ada.api.patch(`/api/conversations/${id}`, { title: "Named elsewhere" });
  await list(page).getByRole("link", { name: "Named elsewhere" }).waitFor();
  await on.ada.api.raw("DELETE", `/api/conversations/${id}`);
  await list(page).getByRole("link", { name: "Named elsewhere" }).waitFor({ state: "hidden" });
});

test("an answer that was left in the middle goes on, and is there when one comes back", async () => {
  const page = await openGrowing();
  const address = page.url();
  await page.locator(".list-new").click();
  await page.getByRole("heading", { name: "What shall we think about?" }).waitFor();
  await page.goBack();
  await page.waitForURL(address);
  await words(page, 20);
  await settled(page);
  const { status, content } = await stored(page);
  expect(status).toBe("complete");
  await expect.poll(() => shown(page)).toBe(content);
});

test("closing the tab in mid-answer keeps the answer", async () => {
  const page = await openGrowing();
  const address = page.url();
  await page.close();
  const later = await on.open(on.ada);
  await later.goto(address);
  await settled(later);
  const { status, content } = await stored(later);
  expect(status).toBe("complete");
  await expect.poll(() => shown(later)).toBe(content);
});

test("a page that was opened while the server is away recovers by itself", async () => {
  const page = await on.open(on.ada);
  await goTo(page, on.ada);
  await page.route("**/api/**", (route) => route.abort());
  await page.route("**/health", (route) => route.abort());
  await page.reload();
  await page.getByRole("alert").getByText("The server can not be reached.").waitFor();
  await page.unrouteAll();
  await box(page).waitFor();
});

test("a part that comes by itself and can not be loaded takes nothing down with it", async () => {
  const page = await on.open(on.ada);
  let refused = 0;
  await page.route("**/assets/alert-banner*.js", (route) => {
    refused += 1;
    return route.abort();
  });
  await goTo(page, on.ada);
  await expect.poll(() => refused, { timeout: 15_000 }).toBeGreaterThan(1);
  await box(page).fill("still here");
});

test("killed in mid-answer and started again: the page recovers, keeps the text, and goes on", async () => {
  // A second of it: what the log has of it by then survives, however slow the disk is at the moment.
  const page = await openGrowing(40);
  const lost = page.getByText("Connection lost");
  await on.stoa.kill();
  await lost.waitFor();
  await screenshot(page, "lost");
  await on.stoa.start();
  await page.getByText("The answer was interrupted").waitFor({ timeout: 30_000 });
  await lost.waitFor({ state: "hidden" });
  const kept = await stored(page);
  expect(kept.status).toBe("partial");
  await expect.poll(() => shown(page)).toBe(kept.content);
  expect(kept.content).not.toBe("");
  await screenshot(page, "interrupted");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Stop", exact: true }).waitFor();
  await settled(page);
  const whole = await stored(page);
  expect(whole.status).toBe("complete");
  expect(whole.content.startsWith(kept.content)).toBe(true);
  await expect.poll(() => shown(page)).toBe(whole.content);
});

test("a message that can not be sent comes back into the box, and is sent once", async () => {
  const id = await converse(on.ada, ["before"]);
  const page = await on.open(on.ada);
  await goTo(page, on.ada, id);
  await on.stoa.kill();
  await box(page).fill("kept in the box");
  await page.keyboard.press("Enter");
  await page.getByText("The server can not be reached. Your text is kept.").waitFor();
  await expect.poll(() => box(page).inputValue()).toBe("kept in the box");
  await on.stoa.start();
  await page.getByText("Connection lost").waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.locator(".answer", { hasText: "kept in the box" }).waitFor();
  await settled(page);
  const sent = (await messages(on.ada, id)).map(({ content }) => content);
  expect(sent).toEqual(["before", "before", "kept in the box", "kept in the box"]);
});

test("a message whose answer was lost on the way is not sent a second time", async () => {
  const id = await converse(on.ada, ["before"]);
  const page = await on.open(on.ada);
  await goTo(page, on.ada, id);
  await page.route("**/messages", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await box(page).fill("only once");
  await page.keyboard.press("Enter");
  await page.getByText("The server can not be reached. Your text is kept.").waitFor();
  await page.unrouteAll();
  await page.getByText("Connection lost").waitFor({ state: "hidden" });
  const again = page.getByRole("button", { name: "Send", exact: true });
  // The page may have found out by itself that the message had arrived.
  if (await again.isEnabled()) await again.click();
  await settled(page);
  await expect.poll(() => box(page).inputValue()).toBe("");
  const sent = (await messages(on.ada, id)).map(({ content }) => content);
  expect(sent).toEqual(["before", "before", "only once", "only once"]);
});

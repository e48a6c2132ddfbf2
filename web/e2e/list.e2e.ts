/** The list of conversations: by day, searched, renamed, pinned, put away, and deleted with a way back. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { box, choose, goTo, list, screenshot, suite } from "./harness";
import { addPerson, converse, messages, type Person, prefer } from "./people";

const on = suite();
let people = 0;

beforeAll(async () => {
  await prefer(on.ada, "mock/echo");
});

/** Somebody new with these conversations and nothing else, on the page of a new one. */
async function openWith(titles: string[]): Promise<{ page: Page; who: Person; ids: string[] }> {
  people += 1;
  const name = `Reader ${people}`;
  const who = await addPerson(on.stoa.url, on.ada, {
    name,
    email: `reader${people}@example.com`,
    password: "a password of a reader",
  });
  const ids: string[] = [];
  for (const title of titles) ids.push(await converse(who, [], { title }));
  const page = await on.open(who);
  await goTo(page, who);
  await expect.poll(() => list(page).getByRole("link").count()).toBe(titles.length);
  return { page, who, ids };
}

const row = (page: Page, title: string) => list(page).getByRole("link", { name: title });
const menu = (page: Page, title: string) => list(page).getByRole("button", { name: `More for ${title}` });
const act = async (page: Page, title: string, entry: string) => {
  await row(page, title).hover();
  await choose(page, menu(page, title), new RegExp(`^${entry}`));
};

test("conversations are grouped; pinned ones come first and stay where they are", async () => {
  const { page } = await openWith(["alpha", "beta", "gamma"]);
  await list(page).getByRole("heading", { name: "Today" }).waitFor();
  await act(page, "alpha", "Pin");
  await list(page).getByRole("heading", { name: "Pinned" }).waitFor();
  await expect.poll(() => list(page).getByRole("link").allTextContents()).toEqual(["alpha", "gamma", "beta"]);
  await page.reload();
  await expect.poll(() => list(page).getByRole("link").allTextContents()).toEqual(["alpha", "gamma", "beta"]);
  await act(page, "alpha", "Unpin");
  await list(page).getByRole("heading", { name: "Pinned" }).waitFor({ state: "hidden" });
});

test("titles are searched as one types", async () => {
  const { page } = await openWith(["The sea at night", "A mountain", "Sea shells"]);
  const field = page.getByRole("textbox", { name: "Search titles" });
  await field.fill("sea");
  await expect.poll(() => list(page).getByRole("link").count()).toBe(2);
  await expect.poll(() => list(page).locator("mark").allTextContents()).toEqual(["Sea", "sea"]);
  await field.fill("volcano");
  await page.getByText("No title contains “volcano”").waitFor();
  await field.press("Escape");
  await expect.poll(() => list(page).getByRole("link").count()).toBe(3);
});

test("a row is renamed in its place, and the rename stays", async () => {
  const { page, who, ids } = await openWith(["before"]);
  await row(page, "before").click();
  await page.waitForURL(/\/c\//);
  await act(page, "before", "Rename");
  const field = page.getByRole("textbox", { name: "New title" });
  await field.fill("thrown away");
  await field.press("Escape");
  await row(page, "before").waitFor();
  await row(page, "before").focus();
  await page.keyboard.press("F2");
  await field.fill("after");
  await field.press("Enter");
  await row(page, "after").waitFor();
  await page.getByRole("heading", { level: 1, name: "after" }).waitFor();
  await expect.poll(async () => (await who.api.get(`/api/conversations/${ids[0]}`)).title).toBe("after");
});

test("what is archived leaves the list, is found in the archive and comes back", async () => {
  const { page } = await openWith(["keep", "put away"]);
  await act(page, "put away", "Archive");
  await expect.poll(() => list(page).getByRole("link").count()).toBe(1);
  await page.getByText("“put away” archived").waitFor();
  await page.getByRole("button", { name: "Archived conversations" }).click();
  await list(page).getByRole("heading", { name: "Archived" }).waitFor();
  await expect.poll(() => list(page).getByRole("link").allTextContents()).toEqual(["put away"]);
  await screenshot(page, "archive");
  await act(page, "put away", "Restore");
  await page.getByText("Nothing in the archive").waitFor();
  await page.getByRole("button", { name: "Back to all conversations" }).click();
  await expect.poll(() => list(page).getByRole("link").count()).toBe(2);
});

const status = async (who: Person, id: string | undefined) =>
  (await who.api.raw("GET", `/api/conversations/${id}`)).status;

test("a deletion can be undone", async () => {
  const { page, who, ids } = await openWith(["gone and back"]);
  await act(page, "gone and back", "Delete");
  await row(page, "gone and back").waitFor({ state: "hidden" });
  await screenshot(page, "undo");
  await page.getByRole("button", { name: "Undo" }).click();
  await row(page, "gone and back").waitFor();
  await page.reload();
  await row(page, "gone and back").waitFor();
  expect(await status(who, ids[0])).toBe(200);
});

test("without undoing it is gone when the words are gone; the open one leads to a new conversation", async () => {
  const { page, who, ids } = await openWith(["open and gone"]);
  await row(page, "open and gone").click();
  await page.waitForURL(/\/c\//);
  await act(page, "open and gone", "Delete");
  await page.waitForURL((url) => !url.pathname.includes("/c/"));
  await page.getByText("“open and gone” deleted").waitFor();
  expect(await status(who, ids[0])).toBe(200);
  await page.getByRole("status").getByRole("button", { name: "Close" }).click();
  await expect.poll(() => status(who, ids[0])).toBe(404);
  expect(await row(page, "open and gone").count()).toBe(0);
});

test("leaving the page carries the deletion out", async () => {
  const { page, who, ids } = await openWith(["one", "two", "three"]);
  await act(page, "one", "Delete");
  await act(page, "two", "Delete");
  await expect.poll(() => list(page).getByRole("link").count()).toBe(1);
  await page.goto("about:blank");
  await expect.poll(() => status(who, ids[0])).toBe(404);
  await expect.poll(() => status(who, ids[1])).toBe(404);
  expect(await status(who, ids[2])).toBe(200);
});

test("the list is used without a mouse", async () => {
  const { page, ids } = await openWith(["lower", "upper"]);
  await page.getByRole("textbox", { name: "Search titles" }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => row(page, "lower").evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/c/${ids[0]}`);
  await page.keyboard.press("Control+Shift+O");
  await page.waitForURL((url) => !url.pathname.includes("/c/"));
  await page.keyboard.press("Control+b");
  await list(page).waitFor({ state: "hidden" });
  await page.keyboard.press("Control+b");
  await list(page).waitFor();
});

test("of many conversations only those in sight are drawn, and all are reached", async () => {
  const { page, who } = await openWith([]);
  for (let count = 0; count < 120; count += 1) await converse(who, [], { title: `Number ${count}` });
  await page.reload();
  await row(page, "Number 119").waitFor();
  await expect.poll(() => list(page).getByRole("link").count()).toBeLessThan(60);
  await row(page, "Number 119").focus();
  await page.keyboard.press("End");
  await row(page, "Number 119").waitFor({ state: "hidden" });
  await list(page).hover();
  await expect
    .poll(async () => {
      await page.mouse.wheel(0, 2_000);
      return row(page, "Number 0").count();
    })
    .toBe(1);
});

test("older messages come while one scrolls up, and the place is kept", async () => {
  const questions = Array.from({ length: 130 }, (_, index) => `Question ${index}`);
  const id = await converse(on.ada, questions);
  const page = await on.open(on.ada);
  await goTo(page, on.ada, id);
  const newest = page.locator(".question", { hasText: "Question 129" });
  await newest.waitFor();
  await expect.poll(() => page.locator(".question").count()).toBeLessThan(60);
  const thread = page.getByRole("region", { name: "Messages" });
  await thread.hover();
  await expect
    .poll(
      async () => {
        await page.mouse.wheel(0, -3_000);
        return page.getByText("The beginning of the conversation").count();
      },
      { timeout: 15_000 },
    )
    .toBe(1);
  await page.getByText("Question 0", { exact: true }).first().waitFor();
  await thread.focus();
  await page.keyboard.press("End");
  await newest.waitFor();
  expect(await box(page).isVisible()).toBe(true);
  expect(await messages(on.ada, id)).toHaveLength(100);
});

/** What one message draws on: files that are attached to it in three ways, and what is chosen for it. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answer, box, choose, conversationOf, goTo, question, screenshot, send, settled, suite } from "./harness";
import { prefer } from "./people";
import { png } from "./samples";
import { connectUpstream, type Upstream } from "./upstream";

const on = suite();
const QUESTION = "Every how many seconds does the foghorn sound in fog?";
const HORN = "# Foghorn\n\nIn fog the foghorn sounds every forty seconds.";
let upstream: Upstream;

beforeAll(async () => {
  upstream = await connectUpstream(on.ada);
  await prefer(on.ada, "said/model");
});
afterAll(() => upstream?.close());

const add = (page: Page) => page.getByRole("button", { name: "Attach files, or choose what to draw on" });
const chips = (page: Page) => page.getByRole("list", { name: "The next answer draws on" });
const chip = (page: Page, name: string) => chips(page).getByRole("listitem").filter({ hasText: name });
const drewOn = (page: Page) => question(page).getByRole("list", { name: "Drawn on for the answer" });

const markdown = (name: string, text: string) => ({ name, mimeType: "text/markdown", buffer: Buffer.from(text) });

async function attach(page: Page, file: { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
  const dialog = page.waitForEvent("filechooser");
  await choose(page, add(page), /^Attach files/);
  await (await dialog).setFiles(file);
}

/** What the last question of the open conversation draws on, as the server has it. */
async function stored(page: Page): Promise<unknown> {
  const { messages } = await on.ada.api.get(`/api/conversations/${conversationOf(page)}`);
  return messages.findLast(({ role }: { role: string }) => role === "user").collection;
}

/** Files come over the page as they do from the desk. */
async function drag(page: Page, type: "dragenter" | "drop", name: string, text: string): Promise<void> {
  const data = await page.evaluateHandle(
    ([called, content]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([content ?? ""], called ?? "", { type: "text/markdown" }));
      return transfer;
    },
    [name, text],
  );
  await page.dispatchEvent("main", type, { dataTransfer: data });
}

test("an attached file is read, and the answer draws on it and on nothing after it", async () => {
  const page = await on.open(on.ada);
  upstream.says("Every **forty** seconds [1].");
  await goTo(page, on.ada);
  await attach(page, markdown("horn.md", HORN));
  await chip(page, "horn.md").and(page.locator('[data-state="done"]')).waitFor();
  await screenshot(page, "attached");
  await send(page, QUESTION);
  await drewOn(page).getByText("horn.md").waitFor();
  await settled(page);
  await answer(page).getByText("forty").first().waitFor();
  await expect.poll(() => chips(page).count()).toBe(0);
  expect(await stored(page)).toMatchObject({ files: [expect.stringMatching(/^fil_/)] });
  await send(page, "And without it?");
  await question(page).getByText("And without it?").waitFor();
  await settled(page);
  await expect.poll(() => stored(page)).toBeFalsy();
  expect(await drewOn(page).count()).toBe(0);
});

test("files are dropped on the page and pasted into the box; what has no text says so and does not go along", async () => {
  const page = await on.open(on.ada);
  await goTo(page, on.ada);
  await drag(page, "dragenter", "dropped.md", HORN);
  await page.getByText("Drop the files here").waitFor();
  await drag(page, "drop", "dropped.md", HORN);
  await page.getByText("Drop the files here").waitFor({ state: "hidden" });
  await chip(page, "dropped.md").and(page.locator('[data-state="done"]')).waitFor();
  await box(page).focus();
  await page.evaluate(
    (bytes) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([new Uint8Array(bytes)], "picture.png", { type: "image/png" }));
      document.activeElement?.dispatchEvent(
        new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }),
      );
    },
    [...png()],
  );
  await page
    .getByRole("alert")
    .getByText(/picture\.png: Answers can not draw on it/)
    .waitFor();
  await screenshot(page, "attached-useless");
  await send(page, QUESTION);
  await drewOn(page).getByText("dropped.md").waitFor();
  expect(await drewOn(page).getByRole("listitem").count()).toBe(1);
});

test("a file is taken off again, and one twice is refused with a word", async () => {
  const page = await on.open(on.ada);
  await goTo(page, on.ada);
  const file = markdown("twice.md", HORN);
  await drag(page, "drop", "empty.md", "");
  await page.getByRole("alert").getByText("empty.md is empty.").waitFor();
  await attach(page, file);
  await chip(page, "twice.md").waitFor();
  await page.getByRole("button", { name: "Remove twice.md" }).click();
  await expect.poll(() => chips(page).count()).toBe(0);
});

test("one message draws on what is chosen for it, whatever its conversation draws on", async () => {
  const page = await on.open(on.ada);
  await goTo(page, on.ada);
  await choose(page, add(page), "Draw on all memories");
  await chip(page, "All memories").waitFor();
  await choose(page, add(page), "Draw on everything");
  await chip(page, "Everything").waitFor();
  expect(await chip(page, "All memories").count()).toBe(0);
  await send(page, QUESTION);
  await drewOn(page).getByText("Everything").waitFor();
  await settled(page);
  expect(await stored(page)).toMatchObject({ everything: true });
  await expect.poll(() => chips(page).count()).toBe(0);
});

test("an administrator says how large a file may be, and whoever attaches a larger one hears of it", async () => {
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/settings/installation`);
  const size = page.getByRole("textbox", { name: "Largest file" });
  await size.fill("1");
  await page.getByRole("combobox", { name: "Unit" }).selectOption("MiB");
  const form = page.locator("form.limits");
  await form.getByRole("button", { name: "Save" }).click();
  await expect.poll(async () => (await on.ada.api.get("/api/settings")).uploads.max_bytes).toBe(2 ** 20);
  await goTo(page, on.ada);
  await attach(page, markdown("large.md", "x".repeat(2 ** 20 + 1)));
  await page
    .getByRole("alert")
    .getByText(/large\.md: That is too large\. A file has at most 1 MiB here/)
    .waitFor();
});

/** Answers with sources: what a conversation draws on is chosen beside it, and what an answer names opens at its place. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answer, chooseModel, conversationOf, goTo, screenshot, send, settled, suite } from "./harness";
import { converse, prefer, putFiles } from "./people";
import { HANDBOOK } from "./samples";
import { connectUpstream, type Upstream } from "./upstream";

const on = suite();
const MODEL = "said/model";
const QUESTION = "Every how many seconds does the foghorn sound in fog?";
let upstream: Upstream;
let papers: string;

beforeAll(async () => {
  upstream = await connectUpstream(on.ada);
  const { id } = on.ada.workspace;
  papers = (await on.ada.api.post(`/api/workspaces/${id}/folders`, { name: "Papers" })).id;
  await putFiles(on.ada, { "handbook.md": HANDBOOK }, papers);
  await putFiles(on.ada, { "other.txt": "The foghorn of another lighthouse sounds every ten seconds." });
  const memory = { title: "Spare foghorn", content: "The spare foghorn of the harbour is in the shed." };
  await on.ada.api.post(`/api/workspaces/${id}/memories`, memory);
  await prefer(on.ada, MODEL);
});
afterAll(() => upstream?.close());

function panel(page: Page) {
  return page.getByRole("complementary", { name: "What answers know" });
}

function draws(page: Page) {
  return panel(page).getByRole("region", { name: "Answers draw on" });
}

async function openPanel(page: Page): Promise<void> {
  await page.getByRole("button", { name: "What answers know" }).click();
  await draws(page).getByRole("switch", { name: "Everything" }).waitFor();
}

/** What the conversation draws on, as the server has it. */
async function drawn(page: Page): Promise<unknown> {
  return (await on.ada.api.get(`/api/conversations/${conversationOf(page)}`)).collection;
}

function sources(page: Page) {
  return answer(page).getByRole("region", { name: "Sources" });
}

test("a folder is chosen before the first question, and its answer opens the passage that it names", async () => {
  const page = await on.open(on.ada);
  await goTo(page, on.ada);
  await chooseModel(page, MODEL);
  await openPanel(page);
  await draws(page).getByRole("button", { name: "Choose…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Papers" }).click();
  await dialog.getByRole("button", { name: "The whole of “Papers”" }).click();
  await draws(page).getByText("Papers", { exact: true }).waitFor();
  await screenshot(page, "sources-chosen");
  upstream.says("It sounds **every ninety seconds** [1], which is not what [9] says.");
  await send(page, QUESTION);
  await settled(page);
  await expect.poll(() => drawn(page)).toEqual({ folder: papers });
  const asked = upstream.asked.map(({ messages }) => messages.at(-1)?.content ?? "");
  const told = asked.find((content) => content.includes(QUESTION));
  expect(told).toContain("every^ninety^seconds");
  expect(told).not.toContain("every^ten^seconds");

  const reference = answer(page).getByRole("button", { name: "Source 1: handbook.md" }).first();
  await reference.waitFor();
  // A number without a source is the text that it is.
  await answer(page).getByText("which is not what [9] says.").waitFor();
  await expect.poll(() => sources(page).getByRole("listitem").count()).toBe(1);
  await screenshot(page, "sources-answer");
  await reference.click();
  const card = page.getByRole("dialog");
  await card.getByText("Its compressor wants twelve minutes").waitFor();
  await screenshot(page, "sources-passage");
  await card.getByRole("link", { name: "Open the file here" }).click();
  await page.waitForURL(/\/files\?.*passage=/);
  await page
    .getByRole("complementary", { name: "Preview" })
    .getByRole("region", { name: "The passage" })
    .getByText("every ninety seconds")
    .waitFor();
  await page.goBack();
  await sources(page).waitFor();
});

test("memories, everything, some files and nothing: each is kept, and what is gone is said", async () => {
  const conversation = await converse(on.ada, ["Hello"], { title: "Drawing", model: MODEL });
  const page = await on.open(on.ada);
  await goTo(page, on.ada, conversation);
  await openPanel(page);
  await draws(page).getByRole("switch", { name: "All memories" }).click();
  await expect.poll(() => drawn(page)).toEqual({ memories: true });
  upstream.says("In the shed [1].");
  await send(page, "Where is the spare foghorn of the harbour?");
  await settled(page);
  await answer(page).getByRole("button", { name: "Source 1: Spare foghorn" }).click();
  await page.getByRole("link", { name: "Open the memory" }).click();
  await page.getByRole("complementary", { name: "Memory" }).getByText("is in the shed").waitFor();
  await page.goBack();
  await sources(page).waitFor();

  await openPanel(page);
  await draws(page).getByRole("button", { name: "Choose…" }).click();
  await page.getByRole("dialog").getByRole("checkbox", { name: "other.txt" }).check();
  await page.getByRole("dialog").getByRole("button", { name: "This file" }).click();
  await draws(page).getByText("other.txt").waitFor();
  await expect.poll(() => drawn(page)).toMatchObject({ memories: true, files: [expect.stringMatching(/^fil_/)] });
  await draws(page).getByRole("switch", { name: "Everything" }).click();
  await draws(page).getByText("other.txt").waitFor({ state: "hidden" });
  await expect.poll(() => drawn(page)).toMatchObject({ everything: true });
  await draws(page).getByRole("switch", { name: "Everything" }).click();
  await draws(page).getByRole("button", { name: "Do not draw on other.txt" }).click();
  await draws(page).getByRole("switch", { name: "All memories" }).click();
  await expect.poll(() => drawn(page)).toBeNull();
  await panel(page).getByRole("button", { name: "Close" }).click();
  upstream.says("Hello again [1].");
  await send(page, "Hello again?");
  await settled(page);
  await answer(page).getByText("Hello again [1].").waitFor();
  expect(await sources(page).count()).toBe(0);
});

test("an answer for which nothing was found says so, also after a reload", async () => {
  const conversation = await converse(on.ada, [], { title: "Nothing", model: MODEL, collection: { memories: true } });
  const page = await on.open(on.ada);
  await goTo(page, on.ada, conversation);
  upstream.says("The memories say nothing about zeppelins.");
  await send(page, "How long was the largest zeppelin?");
  await settled(page);
  const nothing = answer(page).getByText("Nothing that fits was found in what this conversation draws on.");
  await nothing.waitFor();
  await page.reload();
  await nothing.waitFor();
});

test("what was said in another conversation is a source, and leads to the message", async () => {
  const other = await converse(on.ada, ["The lamp of the harbour was polished by Grace on Monday."], {
    title: "Polishing",
    model: "mock/echo",
  });
  const conversation = await converse(on.ada, [], { title: "Who", model: MODEL, collection: { everything: true } });
  const page = await on.open(on.ada);
  await goTo(page, on.ada, conversation);
  upstream.says("Grace did [1].");
  await send(page, "Who polished the lamp of the harbour on Monday?");
  await settled(page);
  await sources(page).getByRole("button", { name: "1 Polishing" }).click();
  await page.getByRole("link", { name: "Go to the message" }).click();
  await page.waitForURL(`**/c/${other}#*`);
  await page.locator(".turn[data-marked]").getByText("polished by Grace").waitFor();
});

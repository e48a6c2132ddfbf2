/** Batches, with the models that are made of rules: from their form to the grid, steered, looked through, and saved. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { findings } from "./axe";
import { choose, DESKTOP, list, PHONE, screenshot, suite, TABLET } from "./harness";
import { addModels, converse, runBatch } from "./people";

const on = suite();

const WAIT = { timeout: 20_000 };
/** A word read costs 0.10, a word written 1.00. */
const PRICES = { prices: { "*": { input: 100_000, output: 1_000_000 } } };
/** So slow that what happens meanwhile happens in the middle, however slow the machine is. */
const SLOW = { tokens: 40, tokens_per_second: 40 };

beforeAll(async () => {
  await addModels(on.ada, "paid", PRICES);
  await addModels(on.ada, "refusing", { status: 400 });
  await addModels(on.ada, "slow", SLOW);
});

/** Nothing for axe to find, nothing wider than the screen; and pictures for whoever wants them. */
async function look(page: Page, name: string): Promise<void> {
  expect(await findings(page)).toEqual([]);
  for (const size of [DESKTOP, TABLET, PHONE]) {
    await page.setViewportSize(size);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(size.width);
    for (const colorScheme of process.env.LOOK ? (["light", "dark"] as const) : []) {
      await page.emulateMedia({ colorScheme });
      await screenshot(page, `${name}-${size.width}-${colorScheme}`);
    }
  }
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: "light" });
}

async function open(batch = ""): Promise<Page> {
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/batches${batch && `?batch=${batch}`}`);
  return page;
}

/** Begins a batch without waiting for its end. */
const begin = async (body: object): Promise<string> =>
  (await on.ada.api.post(`/api/workspaces/${on.ada.workspace.id}/batches`, body)).id;

const lines = (count: number) => Array.from({ length: count }, (_, index) => `Question ${index + 1}`);
/** A cell by its row, from 1, and its column, the prompt being 0. */
const cell = (page: Page, row: number, column: number) =>
  page.locator(`[role=row][aria-rowindex="${row + 1}"] > [aria-colindex="${column + 1}"]`);
const panel = (page: Page) => page.getByRole("complementary", { name: "One row whole" });
const isBatch = (url: URL) => (url.searchParams.get("batch") ?? "new") !== "new";

async function addModel(page: Page, id: string): Promise<void> {
  await page.getByRole("button", { name: "Add a model" }).click();
  await page
    .locator(".model", { has: page.locator(`input[value="${id}"]`) })
    .first()
    .click();
}

test("prompts are written, what they will cost is told, and their answers fill a grid", async () => {
  const page = await open();
  await page.getByText("No batches yet").waitFor();
  await page.getByRole("button", { name: "New batch" }).click();
  await page.getByText("Write a prompt").waitFor();
  await page.getByRole("textbox", { name: "Name" }).fill("Lamps");
  await page
    .getByRole("textbox", { name: "Prompts, one on each line" })
    .fill("How high is it?\n\nHow far does it shine?\n");
  await addModel(page, "paid/echo");
  const estimate = page.getByRole("region", { name: "Before it starts" });
  await estimate.getByText("2 prompts × 2 models = 4 calls").waitFor();
  await estimate.getByText("It will cost about").waitFor();
  await look(page, "batch-new");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.waitForURL(isBatch);
  await page.getByText("Completed", { exact: true }).waitFor();
  await page.getByText("4 of 4 answered").waitFor();
  await cell(page, 2, 2).getByText("How far does it shine?").waitFor();
  await page.getByRole("columnheader", { name: /paid/i }).or(page.getByRole("columnheader").nth(2)).first().waitFor();
  await page.getByRole("button", { name: "All batches" }).click();
  await page.getByRole("button", { name: "Lamps" }).click();
  await cell(page, 1, 1).getByText("How high is it?").waitFor();
});

test("a table makes prompts, and what was expected stands beside", async () => {
  const page = await open("new");
  await page.getByText("A table", { exact: true }).click();
  await page.getByLabel("CSV file").setInputFiles({
    name: "lamps.csv",
    mimeType: "text/csv",
    buffer: Buffer.from('thing;language;expected\n"A lamp; lit";German;Eine Lampe\nFog;French;Brouillard\n'),
  });
  await page.getByText("2 rows, 3 columns").waitFor();
  const prompt = page.getByRole("textbox", { name: "Prompt", exact: true });
  await prompt.fill("Say {{thing}} in {{tongue}}");
  await page.getByText("The table has no column “tongue”").first().waitFor();
  expect(await page.getByRole("button", { name: "Start", exact: true }).isDisabled()).toBe(true);
  await prompt.fill("Say {{thing}} in ");
  await prompt.press("End");
  await page.getByRole("button", { name: "Insert the column language" }).click();
  await page.getByText("Say A lamp; lit in German", { exact: true }).waitFor();
  await page.getByRole("region", { name: "Before it starts" }).getByText("2 prompts × ").waitFor();
  await look(page, "batch-new-table");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.waitForURL(isBatch);
  await page.getByRole("columnheader", { name: "Reference" }).waitFor();
  await cell(page, 1, 1).getByText("Eine Lampe").waitFor();
  await cell(page, 2, 2).getByText("Say Fog in French").waitFor();
});

test("a conversation is asked again from its menu, beside the answer that it had", async () => {
  await converse(on.ada, ["What is fog?", "And a foghorn?"], { title: "Fog", model: "mock/lorem" });
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}`);
  const row = list(page).getByRole("link", { name: "Fog" });
  await row.hover();
  await choose(page, list(page).getByRole("button", { name: "More for Fog" }), /^Ask other models again/);
  await page.getByText("One conversation: its last question is asked again").waitFor();
  await page.getByRole("region", { name: "Before it starts" }).getByText("1 prompt × ").waitFor();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.waitForURL(isBatch);
  await cell(page, 1, 1).getByText("lorem ipsum").waitFor();
  await cell(page, 1, 2).getByText("And a foghorn?").click();
  await panel(page).getByRole("heading", { name: "Original answer of mock/lorem" }).waitFor();
  await panel(page).getByText("2 messages before it").click();
  await panel(page).getByText("What is fog?").waitFor();
  await look(page, "batch-replay");
  await panel(page).getByRole("button", { name: "Open the conversation" }).click();
  await page.waitForURL(/\/c\//);
  // The latest ones, without choosing any.
  const latest = await open("new");
  await latest.getByText("Past conversations", { exact: true }).click();
  await latest.getByRole("region", { name: "Before it starts" }).getByText("1 prompt × ").waitFor();
});

test("the keyboard leads through the grid, opens what it is on, and finds its way back", async () => {
  const id = await runBatch(on.ada, { name: "Many", prompts: lines(120), models: ["mock/echo", "mock/lorem"] });
  const page = await open(id);
  await cell(page, 1, 1).getByText("Question 1", { exact: true }).waitFor();
  // Of a hundred and twenty rows those in sight are there.
  expect(await page.locator(".grid-row").count()).toBeLessThan(30);
  await cell(page, 1, 1).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-colindex") === "3");
  await page.keyboard.press("Control+End");
  await cell(page, 120, 2).getByText("lorem ipsum").waitFor();
  expect(await cell(page, 120, 2).evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press("Enter");
  await panel(page).getByText("Question 120").waitFor();
  await panel(page).getByRole("button", { name: "Previous row" }).click();
  await panel(page).getByText("Question 119").waitFor();
  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "detached" });
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-colindex") === "3");
  await page.keyboard.press("Control+Home");
  await cell(page, 1, 0).getByText("Question 1", { exact: true }).waitFor();
  await look(page, "batch");
});

test("what failed is found, says why, and is tried again", async () => {
  const id = await runBatch(on.ada, { prompts: lines(3), models: ["mock/echo", "refusing/fail"] });
  const page = await open(id);
  await page.getByText("3 failed", { exact: true }).waitFor();
  await page.getByText("Failed", { exact: true }).first().click();
  await page.waitForURL(/tab=failed/);
  await cell(page, 3, 2)
    .getByText(/Failed/)
    .first()
    .waitFor();
  await cell(page, 1, 2).click();
  await panel(page).getByRole("alert").waitFor();
  await page.keyboard.press("Escape");
  await look(page, "batch-failed");
  await page.getByRole("button", { name: "Try 3 failed again" }).click();
  const attempts = async () => (await on.ada.api.get(`/api/batches/${id}/rows/0`)).cells[1].attempts;
  const first = await attempts();
  await expect.poll(attempts, WAIT).toBeGreaterThanOrEqual(Math.max(2, first));
  await page.getByText("3 failed", { exact: true }).waitFor();
  await page.getByText("Waiting", { exact: true }).first().click();
  await page.getByText("Nothing is waiting").waitFor();
});

test("it is watched, held, let go on, and ended; and it survives the server", async () => {
  const id = await begin({ name: "Slow", prompts: lines(40), models: ["slow/lorem"], concurrency: 2 });
  const page = await open(id);
  const answered = async () => Number((await page.getByText(/ of 40 answered/).textContent())?.split(" ")[0]);
  await expect.poll(answered, WAIT).toBeGreaterThan(1);
  await cell(page, 1, 1).getByText("lorem ipsum").waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("It is paused.").waitFor();
  await look(page, "batch-paused");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByText("Running", { exact: true }).waitFor();
  const before = await answered();
  await on.stoa.kill();
  await on.stoa.start();
  await expect.poll(answered, WAIT).toBeGreaterThan(before + 1);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel batch" }).click();
  await page.getByText("Cancelled", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Go on" }).waitFor();
  await choose(page, page.getByRole("button", { name: "More about this batch" }), "Rename…");
  await page.getByRole("textbox", { name: "New name" }).fill("Slow and steady");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "Slow and steady" }).waitFor();
  await choose(page, page.getByRole("button", { name: "More about this batch" }), "Delete…");
  await page.getByRole("dialog").getByRole("button", { name: "Delete batch" }).click();
  await page.getByRole("heading", { name: "Batches" }).waitFor();
  await page.getByText("Many").waitFor();
  expect(await page.getByText("Slow and steady").count()).toBe(0);
});

test("it is saved as a file", async () => {
  const id = await runBatch(on.ada, { name: "Saved", prompts: ["How high?"], models: ["mock/echo"] });
  const page = await open(id);
  await cell(page, 1, 1).getByText("How high?").waitFor();
  for (const [entry, end] of [
    ["Export as CSV", "csv"],
    ["Export as JSON", "json"],
    ["Export as Markdown", "md"],
    ["Export as HTML", "html"],
  ] as const) {
    const loading = page.waitForEvent("download");
    await choose(page, page.getByRole("button", { name: "More about this batch" }), entry);
    const file = await loading;
    expect(file.suggestedFilename()).toMatch(new RegExp(`\\.${end}$`));
    expect(readFileSync(await file.path(), "utf8")).toContain("How high?");
  }
});

test("an observer looks and changes nothing", async () => {
  const id = await runBatch(on.ada, { name: "Read", prompts: ["How high?"], models: ["mock/echo"] });
  const page = await open(id);
  await page.route("**/api/auth/me", async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    for (const workspace of body.data.workspaces) workspace.role = "observer";
    await route.fulfill({ response, json: body });
  });
  await page.reload();
  await cell(page, 1, 1).getByText("How high?").waitFor();
  await page.getByRole("button", { name: "More about this batch" }).click();
  await page.getByRole("menuitem", { name: "Export as CSV" }).waitFor();
  expect(await page.getByRole("menuitem", { name: "Delete…" }).count()).toBe(0);
});

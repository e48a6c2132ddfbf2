/** What a workspace remembers: written, found, changed and brought back, decided in the inbox, put beside a conversation. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { answer, choose, goTo, screenshot, suite } from "./harness";
import { converse } from "./people";
import { WATCHES } from "./samples";

const on = suite();

beforeAll(async () => {
  const remember = (memory: object) => on.ada.api.post(`/api/workspaces/${on.ada.workspace.id}/memories`, memory);
  await remember({ title: "Lamp oil", content: "Harbour & Sons, *three* working days.", tags: ["suppliers"] });
  await remember({ title: "Radio", content: "Channel 16.", tags: ["radio"], valid_until: "2025-06-30T00:00:00Z" });
  for (const title of ["Fog", "Tides"]) await remember({ title, content: `About ${title}.`, tags: ["weather"] });
});

async function open(page: Page): Promise<void> {
  await page.goto(`/w/${on.ada.workspace.slug}/memories`);
  await row(page, "Lamp oil").waitFor();
}

function row(page: Page, title: string) {
  return page.getByRole("list", { name: "Memories" }).getByRole("button", { name: title, exact: true });
}

function panel(page: Page) {
  return page.getByRole("complementary", { name: /^(Memory|New memory)$/ });
}

test("one is written, read as Markdown, changed, and what it said before is brought back", async () => {
  const page = await on.open(on.ada);
  await open(page);
  await page.getByRole("button", { name: "New memory" }).click();
  await panel(page).getByRole("textbox", { name: "Text" }).fill("The **foghorn** sounds at eleven.");
  await panel(page).getByRole("combobox", { name: "Tags" }).fill("Fog");
  await page.keyboard.press("Enter");
  await panel(page).getByText("Preview").click();
  await panel(page).getByText("foghorn", { exact: true }).waitFor();
  await panel(page).getByRole("button", { name: "Save" }).click();
  await panel(page)
    .getByRole("heading", { level: 3, name: /foghorn/ })
    .waitFor();
  expect(await panel(page).locator(".prose strong").textContent()).toBe("foghorn");

  await panel(page).getByRole("button", { name: "Edit" }).click();
  await panel(page).getByRole("textbox", { name: "Title" }).fill("When the foghorn sounds");
  await panel(page).getByRole("textbox", { name: "Text" }).fill("At noon.");
  await page.keyboard.press("Control+Enter");
  await panel(page).getByText("At noon.").waitFor();
  await row(page, "When the foghorn sounds").waitFor();

  await panel(page)
    .getByRole("button", { name: /^Version 1/ })
    .click();
  await panel(page).getByText("You are reading version 1.").waitFor();
  await panel(page).locator(".prose strong").waitFor();
  await panel(page).getByRole("button", { name: "Restore this version" }).click();
  await page.getByText("Version 1 restored").waitFor();
  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "hidden" });
});

test("they are found by title and by tag, and one that holds no longer says so", async () => {
  const page = await on.open(on.ada);
  await open(page);
  await page.getByText("No longer valid").waitFor();
  await page.getByRole("searchbox", { name: "Search titles" }).fill("tid");
  await row(page, "Lamp oil").waitFor({ state: "hidden" });
  await row(page, "Tides").waitFor();
  await page.getByRole("searchbox", { name: "Search titles" }).fill("nothing is called so");
  await page.getByRole("heading", { name: "No memory is like this" }).waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await row(page, "Lamp oil").waitFor();
  await page.getByRole("combobox", { name: "Tag" }).selectOption("weather");
  await row(page, "Lamp oil").waitFor({ state: "hidden" });
  await row(page, "Fog").waitFor();
  expect(page.url()).toContain("tag=weather");
});

test("several are selected and deleted, and a word brings them back", async () => {
  const page = await on.open(on.ada);
  await open(page);
  await page.getByRole("checkbox", { name: /“Fog”/ }).check();
  await page.getByRole("checkbox", { name: /“Tides”/ }).check();
  await page.getByText("2 selected").waitFor();
  await page.getByRole("main").getByRole("button", { name: "Delete" }).click();
  await row(page, "Fog").waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Undo" }).click();
  await row(page, "Fog").waitFor();
  await row(page, "Tides").waitFor();

  await page.getByRole("checkbox", { name: /“Fog”/ }).check();
  await page.getByRole("textbox", { name: "Add a tag" }).fill("sea");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("list", { name: "Memories" }).getByRole("button", { name: "sea" }).waitFor();
});

test("what is proposed waits in the inbox until somebody decides", async () => {
  const proposed = (title: string) => ({ title, content: `${title}, as it was said.`, status: "proposed" });
  for (const title of ["Calls before nine", "No calls on Fridays"])
    await on.ada.api.post(`/api/workspaces/${on.ada.workspace.id}/memories`, proposed(title));
  const page = await on.open(on.ada);
  await open(page);
  expect(await row(page, "Calls before nine").isVisible()).toBe(false);
  await page.getByText("Inbox (2)").click();
  await screenshot(page, "memories-inbox");
  await page.getByRole("button", { name: "Accept “Calls before nine”" }).click();
  await page.getByRole("button", { name: "Reject “No calls on Fridays”" }).click();
  await page.getByRole("heading", { name: "Nothing to decide" }).waitFor();
  await page.getByText("Kept", { exact: true }).click();
  await row(page, "Calls before nine").waitFor();
  await page.getByText("Rejected", { exact: true }).click();
  await row(page, "No calls on Fridays").waitFor();
});

test("one is put beside a conversation, paused and taken out, and all of it is there after a reload", async () => {
  const conversation = await converse(on.ada, ["Hello"], { title: "With memories" });
  const page = await on.open(on.ada);
  await goTo(page, on.ada, conversation);
  await answer(page).getByText("Hello").waitFor();
  const button = page.getByRole("button", { name: "What answers know" });
  const beside = page.getByRole("complementary", { name: "What answers know" });
  await button.click();
  await beside.getByText("None yet.").waitFor();
  await beside.getByRole("searchbox", { name: "Add a memory" }).fill("lamp");
  await beside.getByRole("button", { name: /Lamp oil/ }).click();
  await beside.getByRole("button", { name: "Pause “Lamp oil”" }).click();
  await beside.getByRole("button", { name: "Resume “Lamp oil”" }).waitFor();
  await screenshot(page, "context-panel");
  await page.reload();
  await button.click();
  await beside.getByText("0 on, 1 paused").waitFor();
  await beside.getByRole("button", { name: "Remove “Lamp oil”" }).click();
  await beside.getByText("None yet.").waitFor();
  await page.keyboard.press("Escape");
  await beside.waitFor({ state: "hidden" });
});

test("what fits what was said last is suggested, and one click puts it there", async () => {
  const asked = "Where does the lamp oil of Harbour and Sons come from, and in how many working days?";
  const conversation = await converse(on.ada, [asked], { title: "With suggestions" });
  const page = await on.open(on.ada);
  await goTo(page, on.ada, conversation);
  await page.getByRole("button", { name: "What answers know" }).click();
  const beside = page.getByRole("complementary", { name: "What answers know" });
  const suggested = beside.getByRole("region", { name: "Suggested" });
  await suggested.getByText("Lamp oil").first().waitFor();
  expect(await suggested.getByText("Fog").count()).toBe(0);
  await screenshot(page, "context-suggested");
  await suggested.getByRole("button", { name: "Add “Lamp oil”" }).click();
  await beside.getByRole("button", { name: "Pause “Lamp oil”" }).waitFor();
  await suggested.waitFor({ state: "hidden" });
});

test("files become memories that know where they are from; what can not be read is said, file by file", async () => {
  const page = await on.open(on.ada);
  await open(page);
  await choose(page, page.getByRole("main").getByRole("button", { name: "More", exact: true }), "Import…");
  const dialog = page.getByRole("dialog", { name: "Import memories" });
  const file = (name: string, content: string) => ({ name, mimeType: "", buffer: Buffer.from(content) });
  await dialog
    .getByLabel("Files", { exact: true })
    .last()
    .setInputFiles([file("watches.csv", WATCHES), file("lamp.bin", "\0\0\0")]);
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
  await dialog.getByText("3 memories imported").waitFor();
  await dialog.getByText("lamp.bin").waitFor();
  await screenshot(page, "memories-imported");
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.getByRole("searchbox", { name: "Search titles" }).fill("Monday");
  await page
    .getByRole("list", { name: "Memories" })
    .getByRole("button", { name: /Monday/ })
    .first()
    .click();
  await panel(page).getByText("watches.csv").first().waitFor();
});

test("an address inside the network is not imported", async () => {
  const page = await on.open(on.ada);
  await open(page);
  await choose(page, page.getByRole("main").getByRole("button", { name: "More", exact: true }), "Import…");
  const dialog = page.getByRole("dialog", { name: "Import memories" });
  await dialog.getByText("An address").click();
  await dialog.getByRole("textbox", { name: "Address" }).fill(`${on.stoa.url}/health`);
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
  await expect
    .poll(() => dialog.getByRole("textbox", { name: "Address" }).getAttribute("aria-invalid"), { timeout: 15_000 })
    .toBe("true");
  await screenshot(page, "memories-import-refused");
});

test("an address leads to a message, however far up it stands", async () => {
  const questions = Array.from({ length: 4 }, (_, index) => `Question ${index} ${"word ".repeat(400)}`);
  const conversation = await converse(on.ada, questions, { title: "Long" });
  const { messages } = await on.ada.api.get(`/api/conversations/${conversation}?limit=100`);
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/c/${conversation}#${messages[0].id}`);
  await page.locator(".turn[data-marked]").getByText("Question 0").waitFor();
});

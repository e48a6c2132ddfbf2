/** One search over everything: what is found is shown with its words, narrowed down, and leads to its place. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { goTo, screenshot, suite } from "./harness";
import { converse, prefer, putFiles } from "./people";
import { HANDBOOK, pdf } from "./samples";

const on = suite();
let conversation: string;

beforeAll(async () => {
  await prefer(on.ada, "mock/echo");
  const memories = `/api/workspaces/${on.ada.workspace.id}/memories`;
  await on.ada.api.post(memories, {
    title: "Spare foghorn",
    content: "The spare foghorn is in the shed.",
    tags: ["shed"],
  });
  await on.ada.api.post(memories, { title: "Tides", content: "High water comes fifty minutes later each day." });
  await putFiles(on.ada, { "handbook.md": HANDBOOK, "lens.pdf": pdf(["The lens was cut in 1847 by a glazier."]) });
  const filler = Array.from({ length: 6 }, (_, index) => `Something else, number ${index} ${"word ".repeat(200)}`);
  const questions = ["Who repairs the foghorn when it is hoarse?", ...filler];
  conversation = await converse(on.ada, questions, { title: "The hoarse foghorn" });
});

async function open(page: Page, search = ""): Promise<void> {
  await page.goto(`/w/${on.ada.workspace.slug}/search${search}`);
  await field(page).waitFor();
}

function field(page: Page) {
  return page.getByRole("textbox", { name: "Search everything in this workspace" });
}

function hits(page: Page) {
  return page.getByRole("region", { name: "Results" }).getByRole("listitem");
}

test("everything is searched while one types, and the words are marked", async () => {
  const page = await on.open(on.ada);
  await open(page);
  await page.getByText(/passages can be found here/).waitFor();
  await field(page).fill("foghorn");
  const kinds = async () => (await hits(page).locator(".hit-facts").allTextContents()).join(" ");
  await expect.poll(kinds).toMatch(/Memory/);
  await expect.poll(kinds).toMatch(/File/);
  await expect.poll(kinds).toMatch(/Message/);
  expect((await hits(page).first().locator("mark").first().textContent())?.toLowerCase()).toContain("foghorn");
  await screenshot(page, "search-found");
  // The address says what was asked, so that it can be sent to somebody, and the way back leads here.
  await page.waitForURL(/\?q=foghorn/);
  await page.reload();
  await hits(page).first().waitFor();
  await expect.poll(() => field(page).inputValue()).toBe("foghorn");
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByRole("heading", { name: "What are you looking for?" }).waitFor();
});

test("the kinds narrow it down, and the same can be seen by kind", async () => {
  const page = await on.open(on.ada);
  await open(page, "?q=foghorn");
  await hits(page).first().waitFor();
  await page.getByRole("button", { name: "Memories", exact: true }).click();
  await page.waitForURL(/kinds=memory/);
  await expect
    .poll(() => hits(page).locator(".hit-facts").allTextContents())
    .toEqual([expect.stringMatching(/^Memory/)]);
  await page.getByRole("button", { name: "Memories", exact: true }).click();
  await page.getByText("By kind").click();
  for (const name of ["Memories", "Files", "Messages"])
    await page.getByRole("region", { name }).getByRole("listitem").first().waitFor();

  await field(page).fill("zeppelin");
  await page.getByRole("heading", { name: "Nothing was found for “zeppelin”" }).waitFor();
});

test("a memory opens beside the list, a file at the passage, a message where it was said", async () => {
  const page = await on.open(on.ada);
  await open(page, "?q=spare+foghorn&kinds=memory");
  await hits(page).getByRole("link", { name: "Spare foghorn" }).click();
  const memory = page.getByRole("complementary", { name: "Memory" });
  await memory.getByText("The spare foghorn is in the shed.").waitFor();
  await page.goBack();
  await hits(page).first().waitFor();

  await open(page, "?q=glazier");
  await hits(page).getByRole("link", { name: "lens.pdf" }).click();
  const file = page.getByRole("complementary", { name: "Preview" });
  await file.getByRole("region", { name: "The passage" }).getByText("cut in 1847").waitFor();
  await file.getByRole("heading", { name: /Page 1/ }).waitFor();

  await open(page, "?q=repairs+hoarse&kinds=message");
  await hits(page).getByRole("link", { name: "The hoarse foghorn" }).first().click();
  await page.waitForURL(`**/c/${conversation}#*`);
  await page
    .locator(".turn[data-marked]")
    .getByText(/Who repairs the foghorn/)
    .waitFor();
});

test("the keyboard alone: from the palette to a passage, and to all of them", async () => {
  const page = await on.open(on.ada);
  await goTo(page, on.ada);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.type("compressor");
  const found = page.getByRole("group", { name: "In memories, files and messages" }).getByRole("option");
  await found.filter({ hasText: "handbook.md" }).waitFor();
  await expect.poll(() => found.first().locator(".palette-snippet mark").first().textContent()).toBe("compressor");
  await screenshot(page, "palette-found");
  await page.keyboard.press("Enter");
  await page
    .getByRole("complementary", { name: "Preview" })
    .getByRole("region", { name: "The passage" })
    .getByText("twelve minutes")
    .waitFor();

  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.type("foghorn");
  const all = page.getByRole("option", { name: "Search everything for “foghorn”" });
  await all.waitFor();
  await page.keyboard.press("ArrowUp");
  await expect.poll(() => all.getAttribute("aria-selected")).toBe("true");
  await page.keyboard.press("Enter");
  await hits(page).first().waitFor();
  await expect.poll(() => field(page).inputValue()).toBe("foghorn");

  // What is asked anew on the page itself goes into the field.
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.type("glazier");
  await page.getByRole("option", { name: "Search everything for “glazier”" }).click();
  await expect.poll(() => field(page).inputValue()).toBe("glazier");
  await hits(page).getByRole("link", { name: "lens.pdf" }).waitFor();
});

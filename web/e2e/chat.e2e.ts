/** What one does in a conversation: ask, read, stop, ask again, go another way. */
import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import {
  answer,
  box,
  choose,
  chooseModel,
  goTo,
  list,
  question,
  screenshot,
  send,
  settled,
  shown,
  suite,
  wordCount,
  words,
} from "./harness";
import { MARKDOWN } from "./pages";
import { addModels, converse, messages, prefer, SLOW } from "./people";

const on = suite();

beforeAll(async () => {
  await addModels(on.ada, "slow", SLOW);
  await prefer(on.ada, "mock/echo");
});

/** A conversation with these questions and their echoes, open. */
async function openWith(questions: string[], options?: { title?: string; model?: string }) {
  const id = await converse(on.ada, questions, options);
  const page = await on.open(on.ada);
  await goTo(page, on.ada, id);
  return { page, id };
}

const last = async (id: string) => (await messages(on.ada, id)).at(-1);
/** The buttons below the last message. */
const tools = (page: Awaited<ReturnType<typeof on.open>>) => page.locator(".message-tools").last();

test("an answer is drawn as Markdown: code in colours, tables, formulas; HTML in it is text", async () => {
  const page = await on.open(on.ada);
  await goTo(page, on.ada);
  await send(page, MARKDOWN);
  await settled(page);
  const text = answer(page);
  await text.getByRole("heading", { name: "A heading" }).waitFor();
  await text.getByRole("link", { name: "link" }).waitFor();
  await expect.poll(() => text.getByRole("table").getByRole("row").count()).toBe(3);
  await text.locator("pre [class^=code-]").first().waitFor();
  await text.locator(".katex").first().waitFor();
  expect(await text.locator("script").count()).toBe(0);
  expect(await text.textContent()).toContain("<script>alert(1)</script>");
});

test("an answer and its code can be copied", async () => {
  const { page } = await openWith(["Look:\n\n```js\nlet a = 1;\n```\n\nThat is *all*."]);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await answer(page).getByRole("button", { name: "Copy code" }).click();
  await expect.poll(copied).toBe("let a = 1;");
  await tools(page).getByRole("button", { name: "Copy", exact: true }).click();
  await expect.poll(copied).toBe("Look:\n\n```js\nlet a = 1;\n```\n\nThat is *all*.");
});

test("an answer grows while it is written, and stops when told to", async () => {
  const { page, id } = await openWith([], { model: "slow/lorem" });
  await send(page, "Tell me something long");
  await words(page, 5);
  await words(page, (await wordCount(page)) + 5);
  await list(page).getByRole("img", { name: "An answer is being written" }).waitFor();
  await screenshot(page, "writing");
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await settled(page);
  await page.getByText("You stopped this answer.").waitFor();
  const stored = await last(id);
  expect(stored.status).toBe("cancelled");
  await expect.poll(() => shown(page)).toBe(stored.content.replace(/\s+/g, ""));
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Stop", exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("You stopped this answer.").waitFor();
});

test("an answer that fails says why in its place and can be tried again with another model", async () => {
  const { page } = await openWith([], { model: "mock/fail" });
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
  await expect.poll(() => shown(page)).toBe("Speak");
});

test("an answer is given again, by the same model or by another", async () => {
  const { page, id } = await openWith(["Say this"]);
  await tools(page).getByRole("button", { name: "Regenerate", exact: true }).click();
  await tools(page).getByText("2 of 2").waitFor();
  await settled(page);
  await choose(page, tools(page).getByRole("button", { name: "Regenerate with another model" }), /mock\/lorem/);
  await tools(page).getByText("3 of 3").waitFor();
  await settled(page);
  await answer(page).getByText("lorem ipsum").waitFor();
  expect((await last(id)).model).toBe("mock/lorem");
});

test("a question is asked differently, in a branch of its own; the old one stays within reach", async () => {
  const { page } = await openWith(["first words", "second words"]);
  const edit = page.locator(".turn", { has: page.locator(".question", { hasText: "first words" }) });
  await edit.hover();
  await edit.getByRole("button", { name: "Edit", exact: true }).click();
  const editor = page.getByRole("textbox", { name: "Edit your message" });
  await editor.fill("thrown away");
  await page.keyboard.press("Escape");
  await edit.getByRole("button", { name: "Edit", exact: true }).click();
  await expect.poll(() => editor.inputValue()).toBe("first words");
  await editor.fill("other words");
  await page.getByRole("button", { name: "Save and send" }).click();
  await answer(page).getByText("other words").waitFor();
  await settled(page);
  await expect.poll(() => page.locator(".question").count()).toBe(1);
  await page.getByText("2 of 2").waitFor();
  await page.getByRole("button", { name: "Earlier version" }).click();
  await answer(page).getByText("second words").waitFor();
  await expect.poll(() => page.locator(".question").count()).toBe(2);
});

test("a conversation forks into another, which ends where it forked", async () => {
  const { page, id } = await openWith(["keep this", "not this"], { title: "The trunk" });
  const turn = page.locator(".turn", { has: page.locator(".answer", { hasText: "keep this" }) });
  await turn.hover();
  await choose(page, turn.getByRole("button", { name: "More", exact: true }), /Fork from here/);
  await page.waitForURL((url) => /\/c\//.test(url.pathname) && !url.pathname.endsWith(id));
  await answer(page).getByText("keep this").waitFor();
  await expect.poll(() => page.locator(".question").count()).toBe(1);
});

test("a pinned message is found again from the head; a deleted one is gone with everything below", async () => {
  const { page, id } = await openWith(["remember me", "and forget me"]);
  const pin = page.locator(".turn", { has: page.locator(".answer", { hasText: "remember me" }) });
  await pin.hover();
  await choose(page, pin.getByRole("button", { name: "More", exact: true }), /^Pin/);
  await pin.getByRole("img", { name: "Pinned" }).waitFor();
  await page.getByRole("button", { name: "Pinned messages" }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /remember me/ })
    .click();
  await page.locator("[data-marked]", { hasText: "remember me" }).waitFor();

  const gone = page.locator(".turn", { has: page.locator(".question", { hasText: "and forget me" }) });
  await gone.hover();
  await choose(page, gone.getByRole("button", { name: "More", exact: true }), "Delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete message" }).click();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await expect.poll(() => page.locator(".question").count()).toBe(1);
  expect((await messages(on.ada, id)).map(({ content }) => content)).toEqual(["remember me", "remember me"]);
});

test("an answer says what it took", async () => {
  const { page } = await openWith(["one two three four"]);
  await page.getByRole("button", { name: /4 tokens/ }).click();
  const facts = page.getByRole("dialog");
  await facts.getByText("mock/echo").waitFor();
  await facts.getByText("Tokens written").waitFor();
  await facts.getByText("Finished after").waitFor();
});

test("a draft survives a reload, one for each conversation", async () => {
  const { page, id } = await openWith(["hello"]);
  await box(page).fill("half a thought");
  await page.reload();
  await expect.poll(() => box(page).inputValue()).toBe("half a thought");
  await goTo(page, on.ada);
  await expect.poll(() => box(page).inputValue()).toBe("");
  await box(page).fill("another");
  await goTo(page, on.ada, id);
  await expect.poll(() => box(page).inputValue()).toBe("half a thought");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await answer(page).getByText("half a thought").waitFor();
  await settled(page);
  await page.reload();
  await settled(page);
  await expect.poll(() => box(page).inputValue()).toBe("");
});

test("a long question is folded until it is opened", async () => {
  const { page } = await openWith([Array.from({ length: 60 }, (_, index) => `line ${index}`).join("\n")]);
  const asked = question(page);
  await asked.getByRole("button", { name: "Show all" }).click();
  await asked.getByText("line 59").waitFor();
  await asked.getByRole("button", { name: "Show less" }).click();
  await asked.getByText("line 59").waitFor({ state: "hidden" });
});

test("everything is done by the keyboard", async () => {
  const page = await on.open(on.ada);
  await goTo(page, on.ada);
  await expect.poll(() => box(page).evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press("Control+.");
  await page.getByRole("listbox").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("listbox").waitFor({ state: "hidden" });
  await box(page).focus();
  await page.keyboard.type("first line");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second line");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/c\//);
  await settled(page);
  await expect.poll(() => question(page).locator(".plain").textContent()).toBe("first line\nsecond line");
  // ArrowUp in the empty box brings the question back.
  await expect.poll(() => box(page).inputValue()).toBe("");
  await box(page).press("ArrowUp");
  await expect.poll(() => box(page).inputValue()).toBe("first line\nsecond line");
});

test("the conversation is renamed in its head and exported", async () => {
  const { page, id } = await openWith(["to export"], { title: "Before" });
  await page.getByRole("heading", { level: 1 }).getByRole("button").click();
  await page.getByLabel("Title", { exact: true }).fill("After");
  await page.keyboard.press("Enter");
  await list(page).getByRole("link", { name: "After" }).waitFor();
  const menu = page.getByRole("button", { name: "More about this conversation" });
  const [file] = await Promise.all([page.waitForEvent("download"), choose(page, menu, "Export as Markdown")]);
  expect(file.suggestedFilename()).toMatch(/\.md$/);
  const [pages] = await Promise.all([page.waitForEvent("download"), choose(page, menu, "Export as PDF")]);
  expect(pages.suggestedFilename()).toBe("after.pdf");
  expect(readFileSync(await pages.path(), "latin1")).toMatch(/^%PDF-1\.7/);
  expect((await on.ada.api.get(`/api/conversations/${id}`)).title).toBe("After");
});

/** The palette, the sheet of shortcuts, and the shortcuts themselves: the keyboard alone. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { answer, box, goTo, suite } from "./harness";
import { converse, prefer } from "./people";

const on = suite();
let lighthouse: string;

beforeAll(async () => {
  await prefer(on.ada, "mock/echo");
  lighthouse = await converse(on.ada, ["light"], { title: "Lighthouses and their keepers" });
  await converse(on.ada, [], { title: "Something else" });
});

/** Opens the palette, writes, and chooses what is meant first. */
async function command(page: Page, text: string, option: string | RegExp): Promise<void> {
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox");
  await field.waitFor();
  await page.keyboard.type(text);
  const found = page.getByRole("option", { name: option });
  await found.waitFor();
  for (let count = 0; count < 12 && (await found.getAttribute("aria-selected")) !== "true"; count += 1)
    await page.keyboard.press("ArrowDown");
  const meant = await found.getAttribute("id");
  await expect.poll(() => field.getAttribute("aria-activedescendant")).toBe(meant);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
}

test("it finds conversations, pages and actions", async () => {
  const page = await on.open(on.ada);
  await goTo(page, on.ada);
  await command(page, "keepers", /Lighthouses and their keepers/);
  await page.waitForURL(`**/c/${lighthouse}`);
  await answer(page).getByText("light").waitFor();

  await command(page, "api k", /API keys/);
  await page.waitForURL("**/settings/keys");
  await page.getByRole("heading", { level: 1, name: "API keys" }).waitFor();
  await command(page, "new conv", /New conversation/);
  await box(page).waitFor();
});

test("it changes the theme and the language, here and on the server", async () => {
  const page = await on.open(on.ada);
  await goTo(page, on.ada);
  await command(page, "dark", /dark/i);
  await expect.poll(() => page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
  await command(page, "deutsch", /Deutsch/);
  await page.getByRole("heading", { name: "Worüber denken wir nach?" }).waitFor();
  const preferences = async () => (await on.ada.api.get("/api/auth/me")).preferences;
  await expect.poll(preferences).toMatchObject({ theme: "dark", locale: "de" });
  await on.ada.api.patch("/api/auth/preferences", { theme: "system", locale: null });
});

test("Escape closes it and gives the focus back; nothing found is said", async () => {
  const page = await on.open(on.ada);
  await goTo(page, on.ada);
  await box(page).focus();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.type("xyzzyplugh");
  await page.getByText("Nothing is called “xyzzyplugh”").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await expect.poll(() => box(page).evaluate((element) => element === document.activeElement)).toBe(true);
});

test("the sheet lists the shortcuts that work here", async () => {
  const page = await on.open(on.ada);
  await goTo(page, on.ada, lighthouse);
  await page.getByRole("main").focus();
  await page.keyboard.press("Shift+?");
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await sheet.waitFor();
  for (const words of ["Show or hide the list", "Copy the last answer", "New conversation"])
    await sheet.getByText(words).first().waitFor();
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "hidden" });
  // In the box it is a question mark.
  await box(page).focus();
  await page.keyboard.press("Shift+?");
  await expect.poll(() => box(page).inputValue()).toBe("?");
  await box(page).fill("");
  await page.getByRole("main").focus();
  await page.keyboard.press("/");
  await expect.poll(() => box(page).evaluate((element) => element === document.activeElement)).toBe(true);
  await expect.poll(() => box(page).inputValue()).toBe("");
});

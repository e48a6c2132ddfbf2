/** A browser that asks for German gets German, everywhere; and the language changes under one's hands. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { suite } from "./harness";
import { furnish, PAGES, type Place, walker } from "./pages";

const on = suite({ keep: true });
const walk = walker(on, { locale: "de-DE" });
let place: Place;

beforeAll(async () => {
  place = await furnish(on);
});

/** Words of the interface that no German sentence has. */
const ENGLISH =
  /\b(the|and|your?|with|this|that|save|cancel|delete|rename|search|settings|conversations?|message|send|members?|password|sessions?|log in|log out|sign|keys?|workspace|welcome|loading|create|change|none|nothing|yesterday|today|show|hide|close|copy|edit|add|remove|ago|never|expires|owner|everybody|provider|invitations?)\b/i;
/** What people, workspaces and models are called is in their own language. */
const NAMES = [
  "Lighthouses and their keepers",
  "A conversation with a title that is much too long for the column in which it is shown",
  "Everything that Markdown has",
  "What shines at night",
  "Scripts of the night",
  "Of my own",
  "Unreachable",
  "Lighthouse",
  "Mock: never answers",
  "The lamp is lit half an hour before sunset",
  "By **whoever** has the watch.",
  "By whoever has the watch.",
  "a tag that is longer than most",
  "Calls before nine",
  "Never on Fridays.",
  "With sources",
  "Papers of the harbour",
  // What a request is called on the page of performance.
  "DELETE",
  "The keeper's handbook",
  "a name that is a good deal longer than the column in which it is shown, or a telephone is wide.txt",
];

/** Everything that is read or heard on the page, piece by piece, except what people wrote. */
function wordsOn(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const theirs = ".question, .answer .prose, .hit-text, code, [lang=en], script, style, noscript";
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode;
      if (!parentElement?.closest(theirs)) found.push(textContent ?? "");
    }
    for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
      if (element.closest(theirs)) continue;
      for (const name of ["aria-label", "title", "placeholder", "alt"]) found.push(element.getAttribute(name) ?? "");
    }
    return [...new Set([document.title, ...found].map((text) => text.trim()).filter(Boolean))];
  });
}

const withoutNames = (text: string) => NAMES.reduce((rest, name) => rest.replaceAll(name, ""), text);

// Their `ready` asks for words that are the same in both languages.
test.each(PAGES)("$name", async (entry) => {
  const page = await walk(entry, place);
  expect(await page.locator("html").getAttribute("lang")).toBe("de");
  expect((await wordsOn(page)).filter((text) => ENGLISH.test(withoutNames(text)))).toEqual([]);
});

test("the language changes at once, without a reload, and is remembered", async () => {
  const page = await on.open(place.ben);
  await page.goto(`/w/${place.ben.workspace.slug}/settings/preferences`);
  await page.getByRole("heading", { name: "Preferences" }).waitFor();
  await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
  await page.getByLabel("Language").selectOption("de");
  await page.getByRole("heading", { name: "Vorlieben" }).waitFor();
  await page.getByRole("link", { name: "Zurück zu den Unterhaltungen" }).click();
  await page.getByRole("textbox", { name: "Nachricht" }).waitFor();
  await page.getByRole("navigation", { name: "Unterhaltungen" }).waitFor();
  expect(await page.evaluate(() => (globalThis as { sameDocument?: boolean }).sameDocument)).toBe(true);
  await page.reload();
  await page.getByRole("textbox", { name: "Nachricht" }).waitFor();
  const other = await on.open(place.ben);
  await other.goto("/");
  await other.getByRole("textbox", { name: "Nachricht" }).waitFor();
});

test("a visitor changes the language before logging in", async () => {
  const page = await on.open();
  await page.goto("/login");
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await page.getByRole("button", { name: "Deutsch" }).click();
  await page.getByRole("button", { name: "Anmelden", exact: true }).waitFor();
  expect((await wordsOn(page)).filter((text) => ENGLISH.test(text))).toEqual([]);
});

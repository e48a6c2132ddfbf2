/**
 * Nothing is wider than the screen, on any page in three widths; and with `LOOK=1`, pictures of every page and everything that
 * opens, in both themes, for whoever wants to look: test-results.
 */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { DESKTOP, PHONE, screenshot, suite, TABLET } from "./harness";
import { furnish, OVERLAYS, PAGES, type Place, walker } from "./pages";

const on = suite({ keep: true });
const walk = walker(on);
const pictures = Boolean(process.env.LOOK);
let place: Place;

beforeAll(async () => {
  place = await furnish(on);
});

/** Takes all pictures of what is on the page; nothing may be wider than the screen. */
async function look(page: Page, name: string, sizes = [DESKTOP, TABLET, PHONE]): Promise<void> {
  for (const size of sizes) {
    await page.setViewportSize(size);
    const widest = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(widest, `${name} at ${size.width}`).toBeLessThanOrEqual(size.width);
    for (const colorScheme of pictures ? (["light", "dark"] as const) : []) {
      await page.emulateMedia({ colorScheme });
      await screenshot(page, `${name.replaceAll(" ", "-")}-${size.width}-${colorScheme}`);
    }
  }
}

test.each(PAGES)("$name", async (entry) => {
  const page = await walk(entry, place);
  await look(page, entry.name);
  await page.setViewportSize(DESKTOP);
});

test.each(pictures ? OVERLAYS : [])("$name, open", async ({ name, over, open }) => {
  const page = await walk(over, place);
  await open(page);
  // What is anchored to something in the list is closed when that goes into the drawer.
  await look(page, name, [DESKTOP]);
});

/** A phone: 390 points wide, touched. Nothing is wider than the screen, and everything is within reach of a thumb. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { answer, box, choose, list, PHONE, screenshot, settled, suite } from "./harness";
import { furnish, PAGES, type Place, walker } from "./pages";
import { prefer } from "./people";

const on = suite({ keep: true });
const TOUCH = { viewport: PHONE, hasTouch: true, isMobile: true };
const walk = walker(on, TOUCH);
/** What a thumb hits, as WCAG 2.2 wants it at least. */
const TARGET_MIN_PX = 24;
let place: Place;

beforeAll(async () => {
  place = await furnish(on);
  await prefer(on.ada, "mock/echo");
});

/** What sticks out of the screen, although nothing around it scrolls. */
function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const scrolls = (element: Element | null): boolean =>
      element !== null &&
      (/auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
    return [...document.querySelectorAll("main *")]
      .filter((element) => element.getBoundingClientRect().right > width + 1 && element.getClientRects().length > 0)
      .filter((element) => !scrolls(element.parentElement))
      .map((element) => element.outerHTML.slice(0, 120));
  });
}

function tooSmall(page: Page): Promise<string[]> {
  return page.evaluate((min) => {
    const controls = document.querySelectorAll("button, select, input:not([type=hidden]), textarea, nav a");
    return [...controls]
      .filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
      .filter((element) => {
        // A choice is hit by its words as well.
        const hit = element.closest("label") ?? element;
        const { width, height, right } = hit.getBoundingClientRect();
        return right > 0 && width > 1 && (width < min || height < min);
      })
      .map((element) => element.outerHTML.slice(0, 120));
  }, TARGET_MIN_PX);
}

test.each(PAGES)("$name", async (entry) => {
  const page = await walk(entry, place);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
  expect(await tooWide(page)).toEqual([]);
  expect(await tooSmall(page)).toEqual([]);
});

test("the list is a drawer that closes behind what was chosen", async () => {
  const page = await on.open(place.ada, TOUCH);
  await page.goto(`/w/${place.team}/c/${place.rich}`);
  await answer(page).getByRole("table").waitFor();
  expect(await list(page).isVisible()).toBe(false);
  const open = page.getByRole("button", { name: "Conversations", exact: true });
  await open.tap();
  await list(page).getByRole("link", { name: "Lighthouses" }).waitFor();
  await screenshot(page, "phone-drawer");
  await list(page).getByRole("link", { name: "Lighthouses" }).tap();
  await list(page).waitFor({ state: "hidden" });
  await answer(page).getByText("What is a lighthouse for?").waitFor();
  await open.tap();
  await list(page).waitFor();
  await page.touchscreen.tap(PHONE.width - 10, PHONE.height / 2);
  await list(page).waitFor({ state: "hidden" });
});

test("asking, with the actions of an answer in sight", async () => {
  const page = await on.open(place.ada, TOUCH);
  await page.goto(`/w/${place.ada.workspace.slug}`);
  await box(page).waitFor();
  // The keyboard must not cover the page before one wants to write.
  expect(await box(page).evaluate((element) => element === document.activeElement)).toBe(false);
  await box(page).tap();
  await box(page).fill("From a phone");
  await page.getByRole("button", { name: "Send", exact: true }).tap();
  await answer(page).getByText("From a phone").waitFor();
  await settled(page);
  const tools = page.locator(".message-tools").last();
  await tools.getByRole("button", { name: "Copy", exact: true }).waitFor();
  await choose(page, tools.getByRole("button", { name: "More", exact: true }), /^Pin/);
  await tools.getByRole("img", { name: "Pinned" }).waitFor();
  await screenshot(page, "phone-chat");
});

test("models are chosen, and the list of them fits", async () => {
  const page = await on.open(place.ada, TOUCH);
  await page.goto(`/w/${place.ada.workspace.slug}`);
  await page.getByRole("button", { name: /^Model:/ }).tap();
  const panel = page.locator(".models");
  await panel.locator(".model").first().waitFor();
  const room = await panel.boundingBox();
  expect(room?.x).toBeGreaterThanOrEqual(0);
  expect((room?.x ?? 0) + (room?.width ?? 0)).toBeLessThanOrEqual(PHONE.width);
  expect(room?.y).toBeGreaterThanOrEqual(0);
  await screenshot(page, "phone-models");
  await panel
    .locator(".model", { has: page.locator('input[value="mock/lorem"]') })
    .first()
    .tap();
  await page.getByRole("button", { name: /^Model: .*lorem/i }).waitFor();
});

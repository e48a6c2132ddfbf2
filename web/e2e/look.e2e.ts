/** How the page looks and whom it serves: phone, keyboard, assistive technology, both themes, and what it weighs. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  answer,
  chooseModel,
  openPage,
  register,
  type Stoa,
  screenshot,
  send,
  settled,
  startBrowser,
  startStoa,
} from "./harness";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const MARKDOWN = [
  "# A heading",
  "Some *emphasis*, some `code` and a [link](https://example.com).",
  "1. first\n2. second\n   - nested",
  '```rust\nfn main() {\n    println!("hello");\n}\n```',
  "| a | b |\n|---|--:|\n| one | 1 |\n| two | 2 |",
  "> quoted <script>alert(1)</script>",
].join("\n\n");

let browser: Browser;
let stoa: Stoa;

beforeAll(async () => {
  stoa = await startStoa();
  browser = await startBrowser();
  const { page, context } = await openPage(browser, stoa.url);
  await register(page);
  await chooseModel(page, "mock/echo");
  await send(page, MARKDOWN);
  await settled(page);
  state = await context.storageState();
  conversation = new URL(page.url()).pathname;
  await context.close();
});
afterAll(async () => {
  await browser?.close();
  await stoa?.close();
});

let state: Awaited<ReturnType<Awaited<ReturnType<typeof openPage>>["context"]["storageState"]>>;
let conversation: string;

interface Finding {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

async function seriousFindings(page: Page): Promise<string[]> {
  // Through the debugger, because the page's own policy forbids scripts that it did not bring.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<{ violations: Finding[] }> } }).axe.run(),
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`));
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`no serious accessibility findings, ${colorScheme}`, async () => {
    const { page, context, faults } = await openPage(browser, stoa.url, { colorScheme, storageState: state });
    await page.goto(conversation);
    await answer(page).getByRole("table").waitFor();
    await screenshot(page, `markdown-${colorScheme}`);
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole("button", { name: /^Model:/ }).click();
    await screenshot(page, `models-${colorScheme}`);
    expect(await seriousFindings(page)).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();

    const visitor = await openPage(browser, stoa.url, { colorScheme });
    await visitor.page.goto("/login");
    await visitor.page.getByLabel("Email").waitFor();
    await screenshot(visitor.page, `login-${colorScheme}`);
    expect(await seriousFindings(visitor.page)).toEqual([]);
    await visitor.context.close();
  });
}

test("HTML in an answer is text", async () => {
  const { page, context } = await openPage(browser, stoa.url, { storageState: state });
  await page.goto(conversation);
  await answer(page).getByRole("table").waitFor();
  expect(await answer(page).locator("script").count()).toBe(0);
  expect(await answer(page).textContent()).toContain("<script>alert(1)</script>");
  await context.close();
});

test("on a phone the list is a drawer and nothing is wider than the screen", async () => {
  const viewport = { width: 390, height: 844 };
  const { page, context } = await openPage(browser, stoa.url, {
    viewport,
    storageState: state,
    hasTouch: true,
    isMobile: true,
  });
  await page.goto(conversation);
  await answer(page).getByRole("table").waitFor();
  await screenshot(page, "phone");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
  const list = page.getByRole("navigation", { name: "Conversations" });
  expect(await list.isVisible()).toBe(false);
  await page.getByRole("button", { name: "Conversations" }).click();
  await list.getByRole("link").first().waitFor();
  await screenshot(page, "phone-list");
  expect(await seriousFindings(page)).toEqual([]);
  await list.getByRole("link").first().click();
  await list.waitFor({ state: "hidden" });
  await context.close();
});

test("everything works without a mouse", async () => {
  const { page, context } = await openPage(browser, stoa.url, { storageState: state });
  await page.goto("/");
  const box = page.getByRole("textbox", { name: "Message" });
  await expect.poll(() => box.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator(".models").waitFor({ state: "hidden" });
  await box.focus();
  await page.keyboard.type("first line");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second line");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/c\//);
  expect(await page.getByLabel("You").textContent()).toBe("first line\nsecond line");
  await context.close();
});

test("the conversation's page loads no more JavaScript than its budget", async () => {
  const budgets = JSON.parse(readFileSync(new URL("../size-budgets.json", import.meta.url), "utf8"));
  const { page, context } = await openPage(browser, stoa.url, { storageState: state });
  await page.goto(conversation);
  await answer(page).getByRole("table").waitFor();
  const bytes = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .filter((entry) => new URL(entry.name).pathname.endsWith(".js"))
      .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0),
  );
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(budgets["chat route (JavaScript)"].max);
  await context.close();
});

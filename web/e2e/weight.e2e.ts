/** What the page costs to load, as the browser counts it: the budget, what must not be in it, and what is not sent twice. */
import { readFileSync } from "node:fs";
import { request } from "node:http";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { answer, list, suite } from "./harness";
import { converse } from "./people";

const BUDGETS = JSON.parse(readFileSync(new URL("../size-budgets.json", import.meta.url), "utf8"));
/** What comes only when it is needed. */
const LATER = /highlight|formula|katex|dialog|popup|palette|confirm|settings|ScrollLock|picker|texts\.de|languages/i;

const CALM_MS = 700;

const on = suite();
let conversation: string;

beforeAll(async () => {
  conversation = await converse(on.ada, ["Plain words, *emphasis* and\n\n- a list"], { title: "Plain" });
});

interface Loaded {
  name: string;
  encoded: number;
  sent: number;
}

function loaded(page: Page, path: string): Promise<Loaded[]> {
  return page.evaluate((wanted) => {
    const entries = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
    return entries
      .map(({ name, encodedBodySize, transferSize }) => ({
        name: new URL(name).pathname,
        encoded: encodedBodySize,
        sent: transferSize,
      }))
      .filter(({ name }) => name.includes(wanted));
  }, path);
}

/** Waits until the page has asked for nothing for a while. Its feed of changes stays open, so the network is never idle. */
function quiet(page: Page): Promise<void> {
  return page.evaluate(
    (calmMs) =>
      new Promise<void>((resolve) => {
        let timer = setTimeout(resolve, calmMs);
        new PerformanceObserver(() => {
          clearTimeout(timer);
          timer = setTimeout(resolve, calmMs);
        }).observe({ type: "resource" });
      }),
    CALM_MS,
  );
}

async function openConversation(): Promise<Page> {
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/c/${conversation}`);
  await answer(page).locator(".prose li").waitFor();
  await list(page).getByRole("link", { name: "Plain" }).waitFor();
  await quiet(page);
  return page;
}

test("a conversation loads no more than its budget, and nothing that is needed only later", async () => {
  const page = await openConversation();
  const scripts = await loaded(page, ".js");
  const bytes = scripts.reduce((sum, { encoded }) => sum + encoded, 0);
  process.stdout.write(`  JavaScript of a conversation: ${bytes} bytes in ${scripts.length} files\n`);
  expect(scripts.map(({ name }) => name).filter((name) => LATER.test(name))).toEqual([]);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThanOrEqual(BUDGETS["chat route (JavaScript)"].max);
  const styles = await loaded(page, ".css");
  const styleBytes = styles.reduce((sum, { encoded }) => sum + encoded, 0);
  expect(styleBytes).toBeLessThanOrEqual(BUDGETS["chat route (styles)"].max);
});

test("what comes on demand comes: colours with code, and nothing of formulas with it", async () => {
  const code = await converse(on.ada, ["```rust\nfn main() {}\n```"], { title: "Code" });
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/c/${code}`);
  await answer(page).locator("pre [class^=code-]").first().waitFor();
  await quiet(page);
  expect((await loaded(page, "formula")).map(({ name }) => name)).toEqual([]);
  expect((await loaded(page, "KaTeX")).map(({ name }) => name)).toEqual([]);
});

test("the second visit loads no script, no style and no font again, and of unchanged lists no body", async () => {
  const page = await openConversation();
  const first = await loaded(page, "/conversations");
  expect(first.length).toBeGreaterThan(0);
  expect(first.every(({ sent, encoded }) => sent > encoded)).toBe(true);
  await page.reload();
  await answer(page).locator(".prose li").waitFor();
  await list(page).getByRole("link", { name: "Plain" }).waitFor();
  await quiet(page);
  expect((await loaded(page, "/assets/")).filter(({ sent }) => sent > 0)).toEqual([]);
  // A 304 has headers only; the body comes from the browser's cache.
  const again = await loaded(page, "/conversations");
  expect(again.length).toBeGreaterThan(0);
  expect(again.filter(({ sent, encoded }) => sent === 0 || sent >= Math.max(encoded, 301))).toEqual([]);
});

/** Asks without a browser, because that hides what was really sent. */
function headers(path: string, sent: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: Record<string, string | string[] | undefined> }>((resolve, reject) => {
    request(on.stoa.url + path, { headers: sent }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
    })
      .on("error", reject)
      .end();
  });
}

test("assets are kept for ever and come compressed; the page itself is asked for again", async () => {
  const home = await headers("/", { "Accept-Encoding": "br" });
  expect(home.headers["cache-control"]).toMatch(/no-cache/);
  expect(home.headers["content-encoding"]).toBe("br");
  const html = await (await fetch(`${on.stoa.url}/`)).text();
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? "";
  for (const encoding of ["br", "gzip"]) {
    const asset = await headers(script, { "Accept-Encoding": encoding });
    expect(asset.headers["content-encoding"]).toBe(encoding);
    expect(asset.headers["cache-control"]).toMatch(/immutable/);
    expect(asset.headers.vary).toMatch(/accept-encoding/i);
  }
  expect((await headers(script, { "Accept-Encoding": "identity" })).headers["content-encoding"]).toBeUndefined();
});

test("a read that has not changed is answered without a body", async () => {
  const path = `/api/workspaces/${on.ada.workspace.id}/conversations`;
  const [session] = on.ada.state.cookies;
  const Cookie = `stoa_session=${session?.value}`;
  const first = await headers(path, { Cookie });
  expect(first.status).toBe(200);
  expect(first.headers["cache-control"]).toBe("private, no-cache");
  const second = await headers(path, { Cookie, "If-None-Match": String(first.headers.etag) });
  expect(second.status).toBe(304);
});

/**
 * What the browser tests share: servers of their own in directories of their own, people who use them, and a browser.
 *
 * `STOA_BIN` names the binary (the release build when absent), `CHROMIUM` the browser. A server is ended by its process id.
 * A test file starts with `const on = suite()`: one server for the file, whose first user is Ada, its administrator. Every
 * page that `on.open` gave is closed after its test, which fails when the page threw or its security policy was violated.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { ADA, logIn, type Person, register } from "./people";

const BINARY = process.env.STOA_BIN ?? fileURLToPath(new URL("../../target/release/stoa", import.meta.url));
const RESULTS = fileURLToPath(new URL("../test-results", import.meta.url));
const START_MAX_MS = 20_000;
/** How long a page may take to show what it was asked for. */
const WAIT_MAX_MS = 15_000;

export const DESKTOP = { width: 1440, height: 900 };
export const TABLET = { width: 820, height: 1180 };
export const PHONE = { width: 390, height: 844 };

interface Stoa {
  url: string;
  /** What `stoa demo` said, when it was asked to fill the data directory. */
  demo: string;
  /** Ends the process without a chance to tidy up, as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on the same address and data. */
  start(): Promise<void>;
  /** Ends it in peace and removes its data. */
  close(): Promise<void>;
}

/** Starts `stoa serve --mock` on a free port and waits until it answers; with `demo`, on what `stoa demo …` has made. */
async function startStoa({ demo }: { demo?: string[] } = {}): Promise<Stoa> {
  const data = mkdtempSync(join(tmpdir(), "stoa-e2e-"));
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  // Nothing else: the server reads its configuration from the environment, and must not find the developer's.
  const env = { PATH: process.env.PATH, HOME: data };
  let child: ChildProcess | undefined;

  async function start() {
    child = spawn(BINARY, ["serve", "--mock", "--data", data, "--listen", listen], {
      stdio: ["ignore", "ignore", "pipe"],
      env,
    });
    let said = "";
    child.stderr?.on("data", (chunk) => {
      said = (said + chunk).slice(-4_000);
    });
    const until = Date.now() + START_MAX_MS;
    while (!(await fetch(`${url}/health`).catch(() => undefined))?.ok) {
      if (child.exitCode !== null || Date.now() > until) throw new Error(`${BINARY} did not start:\n${said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function end(signal: NodeJS.Signals) {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child?.once("exit", resolve));
    child.kill(signal);
    await ended;
  }

  async function close() {
    await end("SIGTERM");
    rmSync(data, { recursive: true, force: true });
  }

  try {
    const made = demo ? execFileSync(BINARY, ["demo", "--data", data, ...demo], { env, encoding: "utf8" }) : "";
    await start();
    return { url, demo: made, start, kill: () => end("SIGKILL"), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface Suite {
  stoa: Stoa;
  browser: Browser;
  /** The administrator; with demo data, the demo's first user. */
  ada: Person;
  /** A page with a fresh profile: logged in as somebody, or a visitor's. */
  open(who?: Person, options?: BrowserContextOptions): Promise<Page>;
  /** What went wrong in the pages of this test so far; a test that provokes something empties it. */
  faults: string[];
}

interface SuiteOptions {
  /** Arguments for `stoa demo`, when the file wants its data. */
  demo?: string[];
  /** Nobody has registered yet. */
  untouched?: boolean;
  /** Pages stay open until the end of the file: for tests that walk through a table with the same page. */
  keep?: boolean;
}

/** One server and one browser for the tests of a file, tidied up after each test. */
export function suite({ demo, untouched, keep }: SuiteOptions = {}): Suite {
  const on = { faults: [] as string[] } as Suite;
  on.open = async (who, options = {}) => {
    const context = await on.browser.newContext({
      baseURL: on.stoa.url,
      viewport: DESKTOP,
      locale: "en-GB",
      // Screenshots then never show the middle of a movement.
      reducedMotion: "reduce",
      storageState: who?.state,
      ...options,
    });
    context.setDefaultTimeout(WAIT_MAX_MS);
    context.on("page", (page) => watch(page, on.faults));
    return context.newPage();
  };
  beforeAll(async () => {
    [on.stoa, on.browser] = await Promise.all([startStoa({ demo }), startBrowser()]);
    if (demo) on.ada = await logIn(on.stoa.url, { email: "test@example.com", password: "password123", name: "" });
    else if (!untouched) on.ada = await register(on.stoa.url, ADA);
  });
  afterEach(async () => {
    if (!keep) await Promise.all(on.browser.contexts().map((context) => context.close()));
    expect(on.faults.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await on.browser?.close();
    await on.stoa?.close();
  });
  return on;
}

/** Collects what must not happen: exceptions in the page and violations of the content security policy. */
function watch(page: Page, faults: string[]): void {
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && /content security policy|react|hydrat/i.test(message.text()))
      faults.push(message.text());
  });
}

/** Goes to a conversation of somebody's workspace, or to a new one. */
export async function goTo(page: Page, who: Person, conversation?: string): Promise<void> {
  await page.goto(`/w/${who.workspace.slug}${conversation ? `/c/${conversation}` : ""}`);
  await box(page).waitFor();
}

/** Where one writes. */
export function box(page: Page) {
  return page.getByRole("textbox", { name: "Message", exact: true });
}

export async function chooseModel(page: Page, id: string): Promise<void> {
  await page.getByRole("button", { name: /^Model:/ }).click();
  // A model that was used lately is there twice.
  const option = page.locator(".model", { has: page.locator(`input[value="${id}"]`) }).first();
  await option.click();
  await page.locator(".models").waitFor({ state: "hidden" });
}

export async function send(page: Page, text: string): Promise<void> {
  await box(page).fill(text);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.waitForURL(/\/c\//);
}

/** The last answer on the page. */
export function answer(page: Page) {
  return page.locator(".answer").last();
}

/** The last question on the page. */
export function question(page: Page) {
  return page.locator(".question").last();
}

/** Waits until the last answer is no longer being written. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const last = [...document.querySelectorAll(".answer")].at(-1);
    return last !== undefined && !last.hasAttribute("aria-busy") && !document.querySelector(".question[aria-busy]");
  });
  await page.getByRole("button", { name: "Send", exact: true }).waitFor();
}

/** Waits until the last answer has at least so many words. */
export async function words(page: Page, count: number): Promise<void> {
  await page.waitForFunction((wanted) => {
    const prose = [...document.querySelectorAll(".answer")].at(-1)?.querySelector(".prose");
    return (prose?.textContent ?? "").split(/\s+/).filter(Boolean).length >= wanted;
  }, count);
}

/** Chooses from a menu: the button by its name, then the entry. */
export async function choose(page: Page, button: Locator, entry: string | RegExp): Promise<void> {
  await button.click();
  const menu = page.getByRole("menu");
  const name = { name: entry };
  await menu.getByRole("menuitem", name).or(menu.getByRole("menuitemradio", name)).click();
}

/** The number of words of the last answer as the page shows it. */
export async function wordCount(page: Page): Promise<number> {
  const text = await answer(page).locator(".prose").allTextContents();
  return text.join(" ").split(/\s+/).filter(Boolean).length;
}

/** What the page shows of the last answer, without the marks of Markdown; blanks do not count. */
export async function shown(page: Page): Promise<string> {
  const text = await answer(page).locator(".prose").allTextContents();
  return text.join("").replace(/\s+/g, "");
}

/** The id of the conversation that the page is on. */
export function conversationOf(page: Page): string {
  return new URL(page.url()).pathname.split("/").at(-1) ?? "";
}

/** The navigation that lists the conversations. */
export function list(page: Page) {
  return page.getByRole("navigation", { name: "Conversations" });
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(RESULTS, { recursive: true });
  await page.screenshot({ path: join(RESULTS, `${name}.png`) });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("no free port");
  return address.port;
}

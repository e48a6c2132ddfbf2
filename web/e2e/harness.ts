/**
 * What the browser tests share: a server of their own in a directory of its own, and a browser.
 *
 * `STOA_BIN` names the binary (the release build when absent), `CHROMIUM` the browser. A server is ended by its process id.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const BINARY = process.env.STOA_BIN ?? fileURLToPath(new URL("../../target/release/stoa", import.meta.url));
const RESULTS = fileURLToPath(new URL("../test-results", import.meta.url));
const START_MAX_MS = 20_000;

export const ADA = { name: "Ada Lovelace", email: "ada@example.com", password: "correct horse battery" };

export interface Stoa {
  url: string;
  /** Ends the process without a chance to tidy up, as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on the same address and data. */
  start(): Promise<void>;
  /** Ends it in peace and removes its data. */
  close(): Promise<void>;
}

/** Starts `stoa serve --mock` on a free port with an empty data directory and waits until it answers. */
export async function startStoa(): Promise<Stoa> {
  const data = mkdtempSync(join(tmpdir(), "stoa-e2e-"));
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  let child: ChildProcess | undefined;

  async function start() {
    child = spawn(BINARY, ["serve", "--mock", "--data", data, "--listen", listen], {
      stdio: ["ignore", "ignore", "pipe"],
      // Nothing else: the server reads its configuration from the environment, and must not find the developer's.
      env: { PATH: process.env.PATH, HOME: data },
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
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return { url, start, kill: () => end("SIGKILL"), close };
}

export function startBrowser(): Promise<Browser> {
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

/** A page with a fresh profile whose errors and refused inline code fail the test through `faults`. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    // Screenshots then never show the middle of a movement.
    reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  return { context, page, faults: watch(page) };
}

/** Collects what must not happen: exceptions in the page and violations of the content security policy. */
function watch(page: Page): string[] {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && /content security policy|react|hydrat/i.test(message.text()))
      faults.push(message.text());
  });
  return faults;
}

export async function register(page: Page, who = ADA): Promise<void> {
  await page.goto("/register");
  await page.getByLabel("Name").fill(who.name);
  await page.getByLabel("Email").fill(who.email);
  await page.getByLabel("Password").fill(who.password);
  await page.getByRole("button", { name: /^create/i }).click();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
}

/**
 * Makes a connection whose mock models write slowly enough to be interrupted, and chooses its `lorem`.
 * The built-in mock models answer as fast as they can.
 */
export async function chooseSlowModel(page: Page): Promise<void> {
  const response = await page.request.post("/api/connections", {
    headers: { "X-Stoa-Client": "web" },
    data: {
      scope: "system",
      kind: "mock",
      slug: "slow",
      name: "Slow mock models",
      settings: { tokens: 150, tokens_per_second: 40 },
    },
  });
  if (!response.ok()) throw new Error(`no slow models: ${response.status()} ${await response.text()}`);
  await page.reload();
  await chooseModel(page, "slow/lorem");
}

export async function chooseModel(page: Page, id: string): Promise<void> {
  await page.getByRole("button", { name: /^Model:/ }).click();
  await page.locator(".model", { has: page.locator(`input[value="${id}"]`) }).click();
  await page.locator(".models").waitFor({ state: "hidden" });
}

export async function send(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
  await page.waitForURL(/\/c\//);
}

/** The last answer on the page. */
export function answer(page: Page) {
  return page.locator(".answer").last();
}

/** Waits until the last answer is no longer being written. */
export async function settled(page: Page): Promise<void> {
  await page.locator(".answer:last-of-type:not([aria-busy])").last().waitFor();
  await page.getByRole("button", { name: "Send" }).waitFor();
}

/** The number of words of the last answer as the page shows it. */
export async function wordCount(page: Page): Promise<number> {
  const text = await answer(page).locator(".prose").allTextContents();
  return text.join(" ").split(/\s+/).filter(Boolean).length;
}

/** Waits until the last answer has at least so many words. */
export async function words(page: Page, count: number): Promise<void> {
  await page.waitForFunction((wanted) => {
    const prose = [...document.querySelectorAll(".answer")].at(-1)?.querySelector(".prose");
    return (prose?.textContent ?? "").split(/\s+/).filter(Boolean).length >= wanted;
  }, count);
}

/** The messages of the conversation on the page, as the API gives them. */
export async function apiMessages(page: Page): Promise<{ id: string; content: string; status: string }[]> {
  const id = new URL(page.url()).pathname.split("/").at(-1);
  const response = await page.request.get(`/api/conversations/${id}`);
  return (await response.json()).data.messages;
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

/** What a workspace stores: sent there whatever happens on the way, shown, found, moved, put away and brought back. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { choose, screenshot, suite } from "./harness";
import { putFiles } from "./people";
import { HANDBOOK, pdf, png, WATCHES } from "./samples";

const on = suite();
const MIB = 1024 * 1024;
/** Large enough for five parts. */
const LARGE_BYTES = 36 * MIB;
const PART_BYTES = 8 * MIB;
/** How long a large file may take on its way. */
const UPLOAD = { timeout: 30_000 };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "stoa-e2e-files-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Files on disk, whose time the browser tells, as it does for those that people choose. */
function onDisk(files: Record<string, string | Uint8Array>): string[] {
  return Object.entries(files).map(([name, content]) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  });
}

async function open(page: Page, search = ""): Promise<void> {
  await page.goto(`/w/${on.ada.workspace.slug}/files${search}`);
  await page.getByRole("heading", { level: 1, name: "Files" }).waitFor();
}

function table(page: Page) {
  return page.getByRole("table", { name: "Files and folders" });
}

function row(page: Page, name: string) {
  return table(page).getByRole("row", { name });
}

function file(page: Page, name: string) {
  return table(page).getByRole("button", { name, exact: true });
}

function panel(page: Page) {
  return page.getByRole("complementary", { name: "Preview" });
}

function tray(page: Page) {
  return page.getByRole("region", { name: "Uploads" });
}

/** Does something with a file by its menu. */
function act(page: Page, name: string, entry: string): Promise<void> {
  return choose(page, page.getByRole("main").getByRole("button", { name: `More for ${name}` }), entry);
}

async function send(page: Page, paths: string[]): Promise<void> {
  await page.locator('input[type="file"][aria-label="Upload files…"]').setInputFiles(paths);
}

test("several are sent at once, each with its progress, and say whether answers can quote them", async () => {
  const page = await on.open(on.ada);
  await open(page);
  await page.getByRole("heading", { name: "No files yet" }).waitFor();
  await send(page, onDisk({ "handbook.md": HANDBOOK, "watches.csv": WATCHES, "lamp.png": png() }));
  await tray(page).getByRole("status").getByText("3 files uploaded").waitFor();
  await row(page, "handbook.md").getByText("Ready").waitFor();
  await row(page, "watches.csv").getByText("Ready").waitFor();
  await row(page, "lamp.png").getByText("Not readable").waitFor();
  await screenshot(page, "files-uploaded");
  await tray(page).getByRole("button", { name: "Close" }).click();
  await tray(page).waitFor({ state: "hidden" });
});

test("a folder is made again with everything in it, and what is dropped goes where one is", async () => {
  const page = await on.open(on.ada);
  await open(page);
  // A script has no folder to choose; its files say where they stood in it.
  await page.locator('input[type="file"][aria-label="Upload a folder…"]').evaluate((input: HTMLInputElement) => {
    const files = ["harbour/2026/tides.txt", "harbour/notes.txt"].map((path) => {
      const file = new File([`About ${path}`], path.split("/").at(-1) ?? "");
      return Object.defineProperty(file, "webkitRelativePath", { value: path });
    });
    Object.defineProperty(input, "files", { value: files });
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  await tray(page).getByText("2 files uploaded").waitFor();
  await file(page, "harbour").click();
  await file(page, "notes.txt").waitFor();
  await file(page, "2026").click();
  await file(page, "tides.txt").waitFor();
  const way = page.getByRole("navigation", { name: "Where you are" });
  await way.getByRole("button", { name: "harbour" }).click();
  await file(page, "notes.txt").waitFor();

  const drop = (type: string) =>
    page.evaluate((name) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["Dropped"], "dropped.txt"));
      document.body.dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer }));
    }, type);
  await drop("dragenter");
  await page.getByText("They are put into “harbour”").waitFor();
  await screenshot(page, "files-drop");
  await drop("drop");
  await file(page, "dropped.txt").waitFor();
  await page.getByText("They are put into “harbour”").waitFor({ state: "hidden" });
});

test("a large one goes on where it was after the server has died, and after a reload", async () => {
  const page = await on.open(on.ada);
  const content = randomBytes(LARGE_BYTES);
  const [path = ""] = onDisk({ "survey.bin": content });
  const offsets: number[] = [];
  const went = (count: number) => expect.poll(() => offsets.length, UPLOAD).toBeGreaterThanOrEqual(count);
  let died: Promise<void> | undefined;
  await page.route("**/api/uploads/*?offset=*", async (route) => {
    const offset = Number(new URL(route.request().url()).searchParams.get("offset"));
    if (offset === 2 * PART_BYTES && !died) {
      died = on.stoa.kill();
      await died;
      return route.abort();
    }
    // The last part waits until the page is left.
    if (offset >= 3 * PART_BYTES) return route.abort();
    offsets.push(offset);
    await route.continue();
  });
  await open(page);
  await send(page, [path]);
  await went(2);
  await expect.poll(() => died !== undefined, UPLOAD).toBe(true);
  await died;
  await on.stoa.start();
  // It asks how far the server came, and nothing goes twice.
  await went(3);
  expect(offsets[2]).toBe(2 * PART_BYTES);
  await tray(page).getByText("survey.bin").waitFor();
  // What arrived before the page was left is not sent again.
  await expect.poll(stored, UPLOAD).toBeGreaterThanOrEqual(3 * PART_BYTES);
  // The page is left while its last part is still held back: it would try again, and end what is to go on afterwards.
  await page.reload();
  await page.unrouteAll({ behavior: "ignoreErrors" });
  const later: number[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (request.method() === "PUT" && url.pathname.startsWith("/api/uploads/"))
      later.push(Number(url.searchParams.get("offset")));
  });
  await send(page, [path]);
  await tray(page).getByText("1 file uploaded").waitFor(UPLOAD);
  expect(later[0]).toBeGreaterThanOrEqual(3 * PART_BYTES);
  const [found] = await on.ada.api.get(`/api/workspaces/${on.ada.workspace.id}/files?q=survey`);
  expect(found.hash).toBe(createHash("sha256").update(content).digest("hex"));

  async function stored(): Promise<number> {
    const key = await page.evaluate(() => Object.keys(localStorage).find((each) => each.includes("upload:")));
    const id = key && (await page.evaluate((name) => localStorage.getItem(name), key));
    return id ? (await on.ada.api.get(`/api/uploads/${id}`)).offset : 0;
  }
});

test("what can not be sent says why, and goes when one tries again", async () => {
  const page = await on.open(on.ada);
  await open(page);
  await page.route("**/api/workspaces/*/files*", (route) =>
    route.request().method() === "POST" ? route.abort() : route.continue(),
  );
  await send(page, onDisk({ "late.txt": "Late" }));
  await tray(page).getByText("0 uploaded, 1 not").waitFor();
  await screenshot(page, "files-upload-failed");
  await page.unrouteAll({ behavior: "wait" });
  await tray(page).getByRole("button", { name: "Upload late.txt again" }).click();
  await tray(page).getByText("1 file uploaded").waitFor();
  await file(page, "late.txt").waitFor();
});

test("each kind is shown as what it is, at the passage that was asked for", async () => {
  const [paper] = await putFiles(on.ada, { "paper.pdf": pdf(["The lens was cut in 1847.", "It weighs four tons."]) });
  const page = await on.open(on.ada);
  await open(page);
  await file(page, "handbook.md").click();
  await panel(page).getByRole("heading", { name: "The foghorn" }).waitFor();
  expect(await panel(page).locator(".prose em").first().textContent()).toBe("half an hour");
  await file(page, "watches.csv").click();
  await panel(page).getByRole("columnheader", { name: "keeper" }).waitFor();
  await panel(page).getByRole("cell", { name: "Grace" }).waitFor();
  await file(page, "lamp.png").click();
  const picture = panel(page).getByRole("img", { name: "lamp.png" });
  await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth), UPLOAD).toBe(96);
  await file(page, "paper.pdf").click();
  await panel(page).getByText("1 page", { exact: true }).waitFor();
  expect(await panel(page).getByRole("link", { name: "Open in a tab of its own" }).getAttribute("href")).toContain(
    paper.id,
  );

  const { hits } = await on.ada.api.post("/api/search", { query: "foghorn compressor", kinds: ["file"] });
  await open(page, `?file=${hits[0].owner.id}&passage=${hits[0].passage}`);
  const passage = panel(page).getByRole("region", { name: "The passage" });
  await passage.getByText("twelve minutes").waitFor();
  await passage.getByRole("heading", { name: "The keeper's handbook" }).first().waitFor();
  await screenshot(page, "files-passage");
  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "hidden" });
});

test("one is found by its name, wherever it lies", async () => {
  const page = await on.open(on.ada);
  await open(page);
  await page.getByRole("searchbox", { name: "Search names" }).fill("tides");
  await file(page, "tides.txt").waitFor();
  await row(page, "tides.txt").getByText("in /harbour/2026/").waitFor();
  await file(page, "handbook.md").waitFor({ state: "hidden" });
  await page.getByRole("searchbox", { name: "Search names" }).fill("no such name");
  await page.getByRole("heading", { name: "No name contains “no such name”" }).waitFor();
});

test("a folder is made, things are renamed, moved and copied into it, and it is taken along as a zip", async () => {
  const page = await on.open(on.ada);
  await open(page);
  await page.getByRole("button", { name: "New folder" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name of the folder" }).fill("Papers");
  await page.keyboard.press("Enter");
  await file(page, "Papers").waitFor();

  await act(page, "paper.pdf", "Rename…");
  // The ending stays when one types at once.
  await dialog.getByRole("textbox", { name: "Name" }).waitFor();
  await page.keyboard.type("lens");
  await page.keyboard.press("Enter");
  await file(page, "lens.pdf").waitFor();

  for (const [name, entry, button] of [
    ["lens.pdf", "Move…", "Move into “Papers”"],
    ["handbook.md", "Copy…", "Copy into “Papers”"],
  ] as const) {
    await act(page, name, entry);
    await dialog.getByRole("button", { name: "Papers" }).click();
    await dialog.getByRole("button", { name: button }).click();
    await dialog.waitFor({ state: "hidden" });
  }
  await file(page, "lens.pdf").waitFor({ state: "hidden" });
  await file(page, "handbook.md").waitFor();
  const download = page.waitForEvent("download");
  await act(page, "Papers", "Download as a zip file");
  const zip = await download;
  expect(zip.suggestedFilename()).toBe("Papers.zip");
  const packed = readFileSync(await zip.path()).toString("latin1");
  expect(packed.slice(0, 2)).toBe("PK");
  for (const name of ["lens.pdf", "handbook.md"]) expect(packed).toContain(name);
  await file(page, "Papers").click();
  await file(page, "lens.pdf").waitFor();
  await page.goBack();
  await file(page, "Papers").waitFor();
});

test("what is deleted comes back with a word, or from the bin, until it is gone for ever", async () => {
  await putFiles(on.ada, { "rota.txt": "Old" });
  const page = await on.open(on.ada);
  await open(page);
  await act(page, "rota.txt", "Delete");
  await file(page, "rota.txt").waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Undo" }).click();
  await file(page, "rota.txt").waitFor();

  await act(page, "rota.txt", "Delete");
  await file(page, "rota.txt").waitFor({ state: "hidden" });
  await choose(page, page.getByRole("main").getByRole("button", { name: "More", exact: true }), "Recently deleted");
  await row(page, "rota.txt")
    .getByText(/^Deleted /)
    .waitFor();
  await screenshot(page, "files-bin");
  await act(page, "rota.txt", "Bring back");
  await page.getByRole("heading", { name: "Nothing was deleted lately" }).waitFor();
  await page.getByRole("button", { name: "Back to the files" }).click();
  await act(page, "rota.txt", "Delete");
  await file(page, "rota.txt").waitFor({ state: "hidden" });
  await choose(page, page.getByRole("main").getByRole("button", { name: "More", exact: true }), "Recently deleted");
  await act(page, "rota.txt", "Delete for ever");
  await page.getByRole("dialog").getByRole("button", { name: "Delete for ever" }).click();
  await page.getByRole("heading", { name: "Nothing was deleted lately" }).waitFor();
});

test("what is hidden is out of the way until one wants to see it", async () => {
  const page = await on.open(on.ada);
  await open(page);
  await act(page, "lamp.png", "Hide");
  await file(page, "lamp.png").waitFor({ state: "hidden" });
  await choose(page, page.getByRole("main").getByRole("button", { name: "More", exact: true }), "Show hidden files");
  await row(page, "lamp.png").getByText("Hidden").waitFor();
});

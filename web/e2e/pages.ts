/**
 * Every page and every thing that opens over a page, in one table: how to get there and how to know that one is there. Looked
 * at by the tests of accessibility, of the languages, of the phone and by the screenshots.
 */
import type { BrowserContextOptions, Page } from "playwright-core";
import { answer, list, type Suite } from "./harness";
import { addPerson, BEN, compare, converse, type Person, putFiles, runBatch } from "./people";
import { HANDBOOK, pdf, png, WATCHES } from "./samples";

export const MARKDOWN = [
  "# A heading",
  "Some *emphasis*, some `code` and a [link](https://example.com).",
  "1. first\n2. second\n   - nested",
  '```rust\nfn main() {\n    println!("a line of code that is a good deal longer than any telephone is wide: {}", 12_345);\n}\n```',
  "| a | b |\n|---|--:|\n| one | 1 |\n| two | 2 |",
  "> quoted <script>alert(1)</script>",
  "Euler: $e^{i\\pi} + 1 = 0$ and\n\n$$\\int_0^\\infty e^{-x^2}\\,dx = \\frac{\\sqrt{\\pi}}{2}$$",
].join("\n\n");

/** A place with something on every page: two people, a workspace of several, an invitation, keys, connections, conversations. */
export interface Place {
  /** The administrator and owner. */
  ada: Person;
  ben: Person;
  /** The slug of the workspace of several. */
  team: string;
  /** The id of that workspace. */
  teamId: string;
  /** A conversation with everything that Markdown has. */
  rich: string;
  /** One whose answer names its sources. */
  cited: string;
  /** A comparison of several models, with a vote. */
  compared: string;
  /** A batch of several prompts and models. */
  batch: string;
  /** The token of an invitation into the workspace. */
  token: string;
}

export async function furnish({ stoa, ada }: Suite): Promise<Place> {
  const ben = await addPerson(stoa.url, ada, BEN);
  const team = await ada.api.post("/api/workspaces", { name: "Lighthouse", description: "What shines at night" });
  const here = { ...ada, workspace: { id: team.id, slug: team.slug } };
  await converse(here, ["What is a lighthouse for?"], { title: "Lighthouses and their keepers" });
  await converse(here, [], {
    title: "A conversation with a title that is much too long for the column in which it is shown",
  });
  const rich = await converse(here, [MARKDOWN], { title: "Everything that Markdown has" });
  const invite = (email: string) => ada.api.post(`/api/workspaces/${team.id}/invitations`, { email, role: "member" });
  const { token } = await invite("grace@example.com");
  const { token: his } = await invite(ben.email);
  await ben.api.post(`/api/invitations/${his}/accept`);
  const remember = (memory: object) => ada.api.post(`/api/workspaces/${team.id}/memories`, memory);
  await remember({
    title: "The lamp is lit half an hour before sunset",
    content: "By **whoever** has the watch.",
    tags: ["rota", "a tag that is longer than most"],
    valid_until: "2099-12-31T00:00:00Z",
  });
  await remember({ title: "Calls before nine", content: "Never on Fridays.", status: "proposed" });
  await ada.api.post(`/api/workspaces/${team.id}/folders`, { name: "Papers of the harbour" });
  await putFiles(here, {
    "handbook.md": HANDBOOK,
    "watches.csv": WATCHES,
    "lamp.png": png(),
    "lens.pdf": pdf(["The lens was cut in 1847."]),
    "a name that is a good deal longer than the column in which it is shown, or a telephone is wide.txt": "Long",
  });
  const [gone] = await putFiles(here, { "old rota.txt": "Nobody keeps it." });
  await ada.api.raw("DELETE", `/api/files/${gone.id}`);
  const cited = await converse(here, ["When is the lamp lit before sunset? [1] It is lit [2]"], {
    title: "With sources",
    collection: { everything: true },
  });
  const { id: compared, question } = await compare(here, "Which lamp shines farthest?", [
    "mock/echo",
    { model: "mock/lorem", label: "Zweite", settings: { temperature: 0.4, max_tokens: 90 } },
    { model: "mock/lorem", settings: { max_tokens: 40 } },
  ]);
  await ada.api.raw("PUT", `/api/messages/${question}/vote`, { verdict: "best", lanes: [1], tags: ["lamps"] });
  const batch = await runBatch(here, {
    name: "Lamps",
    prompts: ["Which lamp shines farthest?", { prompt: "When is it lit?", expected: "Before sunset" }],
    models: ["mock/echo", { model: "mock/lorem", label: "Zweite", settings: { temperature: 0.4, max_tokens: 90 } }],
  });
  await ada.api.post("/api/auth/keys", { name: "Scripts of the night" });
  const base_url = "https://nowhere.invalid/v1";
  const open = { kind: "openai", api_key: "sk-not-real-1234", base_url };
  await ada.api.post("/api/connections", { ...open, scope: "system", slug: "unreachable", name: "Unreachable" });
  await ada.api.post("/api/connections", { ...open, scope: "user", slug: "mine", name: "Of my own" });
  const budget = { scope: "workspace", subject: team.id, period: "month", limit_micros: 25_000_000 };
  await ada.api.post("/api/budgets", { ...budget, when_spent: "cheaper", cheaper_model: "mock/echo" });
  await ada.api.post("/api/budgets", { scope: "installation", period: "day", limit_micros: 5_000_000 });
  const price = { input_micros: 2_500_000, output_micros: 10_000_000 };
  await ada.api.post("/api/prices", { ...price, pattern: "unreachable/*", note: "Harbour 2026" });
  await ada.api.post("/api/prices", { ...price, pattern: "unreachable/*", valid_from: "2099-01-01T00:00:00Z" });
  const targets = [{ model: "mock/echo", weight: 3 }, { model: "mock/lorem" }];
  const steady = { name: "steady", description: "Answers though one fails", strategy: "weighted", targets };
  await ada.api.post(`/api/workspaces/${team.id}/routes`, { ...steady, tag: "lamps" });
  await ada.api.post("/api/routes", { ...steady, hedge_after_ms: 2_000 });
  await ada.api.patch("/api/settings", { anonymous: { mock_mode: true } });
  return { ada, ben, team: team.slug, teamId: team.id, rich, cited, compared, batch, token };
}

export interface PageEntry {
  name: string;
  /** Somebody who is not logged in sees it. */
  visitor?: boolean;
  path: (place: Place) => string;
  /** The page is there, with what it has to show. */
  ready: (page: Page) => Promise<unknown>;
}

const settings = (name: string, heading: RegExp, ready?: PageEntry["ready"]): PageEntry => ({
  name: `settings ${name}`,
  path: ({ team }) => `/w/${team}/settings/${name}`,
  ready: async (page) => {
    await page.getByRole("main").getByRole("heading", { name: heading }).first().waitFor();
    await ready?.(page);
  },
});
/** The performance page has parts, each behind its hash; going from one to another loads nothing anew. */
function performance(part: string, ready: PageEntry["ready"]): PageEntry {
  return {
    name: `performance ${part}`,
    path: ({ team }) => `/w/${team}/settings/performance#${part}`,
    ready: async (page) => {
      await page.locator(`main nav [aria-current][href$="#${part}"]`).waitFor();
      await ready(page);
    },
  };
}

const text = (words: string | RegExp) => (page: Page) => page.getByRole("main").getByText(words).first().waitFor();

export const PAGES: PageEntry[] = [
  { name: "login", visitor: true, path: () => "/login", ready: (page) => page.locator("input[type=email]").waitFor() },
  {
    name: "register",
    visitor: true,
    path: ({ token }) => `/register?invitation=${token}`,
    ready: (page) => page.locator("input[type=email]").waitFor(),
  },
  {
    name: "register without invitation",
    visitor: true,
    path: () => "/register",
    ready: (page) => page.getByRole("heading", { level: 1 }).waitFor(),
  },
  { name: "try it", visitor: true, path: () => "/try", ready: (page) => page.getByLabel(/frage|question/i).waitFor() },
  {
    name: "invitation",
    visitor: true,
    path: ({ token }) => `/invitation/${token}`,
    ready: text("Lighthouse"),
  },
  {
    name: "invitation unknown",
    visitor: true,
    path: () => "/invitation/nothing",
    ready: (page) => page.getByRole("heading", { level: 1 }).waitFor(),
  },
  {
    name: "new",
    path: ({ team }) => `/w/${team}`,
    ready: async (page) => {
      // On a phone the list is in the drawer.
      await page.locator(".conversations a").first().waitFor({ state: "attached" });
      await page.locator(".composer textarea").waitFor();
    },
  },
  {
    name: "conversation",
    path: ({ team, rich }) => `/w/${team}/c/${rich}`,
    ready: async (page) => {
      await answer(page).getByRole("table").waitFor();
      await answer(page).locator(".katex").first().waitFor({ state: "attached" });
      await answer(page).locator("pre [class^=code-]").first().waitFor();
    },
  },
  {
    name: "conversation with sources",
    path: ({ team, cited }) => `/w/${team}/c/${cited}`,
    ready: (page) => answer(page).locator(".sources .source").first().waitFor(),
  },
  {
    name: "comparison",
    path: ({ team, compared }) => `/w/${team}/c/${compared}`,
    ready: async (page) => {
      // On a phone one lane is shown.
      await page.locator(".lane.answer .prose").nth(1).waitFor({ state: "attached" });
      await page.locator(".vote-said").waitFor();
    },
  },
  {
    name: "new comparison",
    path: ({ team }) => `/w/${team}/compare`,
    ready: (page) => page.locator(".model-set li").nth(1).waitFor(),
  },
  {
    name: "leaderboard",
    path: ({ team }) => `/w/${team}/leaderboard`,
    ready: (page) => page.locator(".standings tbody tr").first().waitFor(),
  },
  {
    name: "batches",
    path: ({ team }) => `/w/${team}/batches`,
    ready: (page) => page.locator(".batch-item").first().waitFor(),
  },
  {
    name: "new batch",
    path: ({ team }) => `/w/${team}/batches?batch=new`,
    ready: (page) => page.locator(".model-set li").nth(1).waitFor(),
  },
  {
    name: "batch",
    path: ({ team, batch }) => `/w/${team}/batches?batch=${batch}`,
    ready: (page) => page.locator(".grid-row .grid-figures").first().waitFor(),
  },
  {
    name: "memories",
    path: ({ team }) => `/w/${team}/memories`,
    ready: text("half an hour before sunset"),
  },
  {
    name: "memories inbox",
    path: ({ team }) => `/w/${team}/memories?tab=proposed`,
    ready: text("Calls before nine"),
  },
  {
    name: "new memory",
    path: ({ team }) => `/w/${team}/memories?memory=new`,
    ready: (page) => page.getByRole("textbox", { name: /^Te?xt$/ }).waitFor(),
  },
  {
    name: "files",
    path: ({ team }) => `/w/${team}/files`,
    ready: text("handbook.md"),
  },
  {
    name: "files bin",
    path: ({ team }) => `/w/${team}/files?tab=deleted`,
    ready: text("old rota.txt"),
  },
  {
    name: "search",
    path: ({ team }) => `/w/${team}/search`,
    ready: (page) => page.getByRole("main").locator(".empty").waitFor(),
  },
  {
    name: "search found",
    path: ({ team }) => `/w/${team}/search?q=lamp`,
    ready: text("The lamp is lit"),
  },
  {
    name: "missing",
    path: ({ team }) => `/w/${team}/settings/nothing`,
    ready: (page) => page.getByRole("heading", { level: 1 }).waitFor(),
  },
  {
    name: "missing conversation",
    path: ({ team }) => `/w/${team}/c/cnv_nothing`,
    ready: (page) => page.getByRole("heading", { level: 1 }).waitFor(),
  },
  settings("profile", /./, (page) => page.locator("main input").first().waitFor()),
  settings("preferences", /./, (page) => page.locator("main input[type=radio]").first().waitFor({ state: "attached" })),
  settings("security", /./, (page) => page.locator("main input[type=password]").first().waitFor()),
  settings("keys", /./, text("Scripts of the night")),
  settings("my-connections", /./, text("Of my own")),
  settings("usage", /./, (page) => page.locator("main .panel").first().waitFor()),
  settings("general", /./, (page) => page.locator("main input").first().waitFor()),
  settings("members", /./, text("Ben Ito")),
  settings("connections", /./),
  settings("routes", /./, text("Answers though one fails")),
  settings("budgets", /./, (page) => page.locator("main .meter").first().waitFor()),
  settings("workspace-keys", /./, (page) => page.locator("main .panel").first().waitFor()),
  settings("workspace-usage", /./, (page) => page.locator("main .panel").first().waitFor()),
  settings("new-workspace", /./, (page) => page.locator("main input").first().waitFor()),
  settings("users", /./, text("ben@example.com")),
  settings("all-conversations", /./, text("Everything that Markdown has")),
  settings("all-routes", /./, text("Answers though one fails")),
  settings("all-keys", /./, text("Scripts of the night")),
  settings("system-connections", /./, text("Unreachable")),
  settings("health", /./, (page) => page.locator("main .data tbody tr").first().waitFor()),
  settings("all-budgets", /./, (page) => page.locator("main .meter").first().waitFor()),
  settings("prices", /./, (page) => page.locator("main .price.current").waitFor()),
  settings("all-usage", /./, (page) => page.locator("main .panel").first().waitFor()),
  settings("audit", /./, (page) => page.locator("main .audit-entry").first().waitFor()),
  settings("installation", /./, async (page) => {
    await page.locator("main input[type=radio]").first().waitFor({ state: "attached" });
    await page.locator("main input[type=url]").waitFor();
  }),
  performance("overview", (page) => page.locator("main .plot").first().waitFor()),
  performance("routes", (page) => page.locator("main .meter").first().waitFor()),
  performance("requests", async (page) => {
    await page.locator("main .segments label").last().click();
    await page.locator("main .data-open").first().waitFor();
  }),
  performance("statements", (page) => page.locator("main .data-open").first().waitFor()),
  performance("system", (page) => page.locator("main .bars").waitFor()),
  performance("cache", (page) => page.getByRole("switch").first().waitFor()),
  performance("alerts", (page) => page.locator("main .panel").nth(1).waitFor()),
];

function pageNamed(name: string): PageEntry {
  const entry = PAGES.find((each) => each.name === name);
  if (!entry) throw new Error(`no page ${name}`);
  return entry;
}

/** What opens over a page. */
export interface OverlayEntry {
  name: string;
  over: PageEntry;
  open: (page: Page) => Promise<unknown>;
}

export const OVERLAYS: OverlayEntry[] = [
  {
    name: "row of a batch",
    over: pageNamed("batch"),
    open: async (page) => {
      await page.getByRole("rowheader").nth(1).click();
      await page.locator(".row-answer .prose").nth(1).waitFor();
    },
  },
  {
    name: "memory",
    over: pageNamed("memories"),
    open: async (page) => {
      await page.getByText("half an hour before sunset").first().click();
      await page.locator(".side-panel .prose strong").waitFor();
    },
  },
  {
    name: "file",
    over: pageNamed("files"),
    open: async (page) => {
      await page.getByRole("button", { name: "handbook.md", exact: true }).click();
      await page.locator(".side-panel .prose em").waitFor();
    },
  },
  {
    name: "table",
    over: pageNamed("files"),
    open: async (page) => {
      await page.getByRole("button", { name: "watches.csv", exact: true }).click();
      await page.locator(".side-panel table").waitFor();
    },
  },
  {
    name: "file menu",
    over: pageNamed("files"),
    open: async (page) => {
      await page
        .getByRole("button", { name: /handbook\.md/ })
        .last()
        .click();
      await page.getByRole("menu").waitFor();
    },
  },
  {
    name: "moving a file",
    over: pageNamed("files"),
    open: async (page) => {
      await page.getByRole("button", { name: "More for handbook.md" }).click();
      await page.getByRole("menuitem", { name: "Move…" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Papers of the harbour" }).waitFor();
    },
  },
  {
    name: "context",
    over: pageNamed("conversation"),
    open: async (page) => {
      await page.getByRole("button", { name: "What answers know" }).click();
      await page.locator(".context-add input").waitFor();
    },
  },
  {
    name: "citation",
    over: pageNamed("conversation with sources"),
    open: async (page) => {
      await answer(page).locator(".sources .source").first().click();
      await page.locator(".cited blockquote").waitFor();
    },
  },
  {
    name: "what a new conversation draws on",
    over: pageNamed("new"),
    open: async (page) => {
      await page.getByRole("button", { name: "What answers know" }).click();
      await page.getByRole("button", { name: "Choose…" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Papers of the harbour" }).waitFor();
    },
  },
  {
    name: "models",
    over: pageNamed("new"),
    open: async (page) => {
      await page.getByRole("button", { name: /^Model:/ }).click();
      await page.locator(".models .model").first().waitFor();
    },
  },
  {
    name: "palette",
    over: pageNamed("new"),
    open: async (page) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("dialog").getByRole("option").first().waitFor();
    },
  },
  {
    name: "palette found",
    over: pageNamed("new"),
    open: async (page) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox").fill("foghorn");
      await page.locator(".palette-snippet").first().waitFor();
    },
  },
  {
    name: "help",
    over: pageNamed("conversation"),
    open: async (page) => {
      await page.getByRole("main").focus();
      await page.keyboard.press("Shift+?");
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "row menu",
    over: pageNamed("conversation"),
    open: async (page) => {
      await list(page).getByRole("link", { name: "Lighthouses" }).hover();
      await list(page)
        .getByRole("button", { name: /Lighthouses/ })
        .click();
      await page.getByRole("menu").waitFor();
    },
  },
  {
    name: "account menu",
    over: pageNamed("conversation"),
    open: async (page) => {
      await page.getByRole("button", { name: /^Account of/ }).click();
      await page.getByRole("menu").waitFor();
    },
  },
  {
    name: "workspace menu",
    over: pageNamed("conversation"),
    open: async (page) => {
      await page.getByRole("button", { name: /^Workspace:/ }).click();
      await page.getByRole("menu").waitFor();
    },
  },
  {
    name: "waterfall",
    over: pageNamed("performance requests"),
    open: async (page) => {
      await page.locator("main .data-open").first().click();
      await page.getByRole("dialog").getByRole("table", { name: "Where the time went" }).waitFor();
    },
  },
  {
    name: "plan",
    over: pageNamed("performance statements"),
    open: async (page) => {
      await page.locator("main .data-open").first().click();
      await page.getByRole("dialog").getByRole("heading", { name: "Plan" }).waitFor();
    },
  },
  {
    name: "price",
    over: pageNamed("settings prices"),
    open: async (page) => {
      await page.getByRole("button", { name: "Set a price" }).click();
      await page.getByRole("dialog").getByLabel("Model").waitFor();
    },
  },
  {
    name: "route",
    over: pageNamed("settings routes"),
    open: async (page) => {
      await page.getByRole("button", { name: "New route" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Time limits, hedging and kept answers" }).click();
      await page.getByRole("dialog").getByRole("switch").first().waitFor();
    },
  },
  {
    name: "question before deleting",
    over: pageNamed("settings general"),
    open: async (page) => {
      await page
        .getByRole("main")
        .getByRole("button", { name: /delete/i })
        .first()
        .click();
      await page.getByRole("dialog").or(page.getByRole("alertdialog")).first().waitFor();
    },
  },
];

/** Goes to a page of the table and waits until it is there. */
async function visit(page: Page, entry: PageEntry, place: Place): Promise<void> {
  await page.goto(entry.path(place));
  await entry.ready(page);
}

/**
 * Opens pages of the table one after the other, in one browser page for visitors and one for the administrator: a profile for
 * each would load and compile everything again.
 */
export function walker(on: Suite, options?: BrowserContextOptions) {
  const pages = new Map<boolean, Promise<Page>>();
  return async (entry: PageEntry, place: Place): Promise<Page> => {
    const visitor = entry.visitor === true;
    if (!pages.has(visitor)) pages.set(visitor, on.open(visitor ? undefined : place.ada, options));
    const page = (await pages.get(visitor)) as Page;
    await visit(page, entry, place);
    return page;
  };
}

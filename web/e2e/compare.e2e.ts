/** Comparisons, with the models that are made of rules: from their choice to the standings. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { findings } from "./axe";
import { box, choose, conversationOf, DESKTOP, PHONE, screenshot, suite, TABLET } from "./harness";
import { addModels, addPerson, BEN, compare, messages } from "./people";

const on = suite();

const ECHO = { model: "mock/echo", label: "Echo" };
const WARM = { model: "mock/lorem", label: "Warm", settings: { temperature: 1.2 } };
const COLD = { model: "mock/lorem", label: "Cold", settings: { temperature: 0, system_prompt: "Be short." } };
/** Of a connection of their own: one that fails again and again is not asked for a while, with whatever else it has. */
const FAILING = { model: "refusing/fail", label: "Failing" };
const REFUSING = { status: 400 };
const SILENT = { model: "mock/silent", label: "Silent" };
/** Writes for minutes: what happens meanwhile happens in the middle of the answer, however slow the machine is. */
const LONG = { tokens: 10_000, tokens_per_second: 25 };
const WAIT = { timeout: 15_000 };
const QUESTION = "What is a lighthouse for?";

beforeAll(async () => {
  await addModels(on.ada, "refusing", REFUSING);
});

const lane = (page: Page, name: string) => page.getByRole("article", { name: `Answer of ${name}`, exact: true });

/** Nothing for axe to find, nothing wider than the screen; and pictures for whoever wants them. */
async function look(page: Page, name: string): Promise<void> {
  expect(await findings(page)).toEqual([]);
  for (const size of [DESKTOP, TABLET, PHONE]) {
    await page.setViewportSize(size);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(size.width);
    for (const colorScheme of process.env.LOOK ? (["light", "dark"] as const) : []) {
      await page.emulateMedia({ colorScheme });
      await screenshot(page, `${name}-${size.width}-${colorScheme}`);
    }
  }
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: "light" });
}

async function open(id: string): Promise<Page> {
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/c/${id}`);
  await box(page).waitFor();
  return page;
}

/** Begins a comparison without waiting for its end. */
async function begin(models: object[], options: object = {}): Promise<string> {
  const body = { prompt: QUESTION, models, ...options };
  const { conversation } = await on.ada.api.post(`/api/workspaces/${on.ada.workspace.id}/comparisons`, body);
  return conversation.id;
}

/** Waits until nothing is being written any more. */
const settled = (page: Page) => page.getByRole("button", { name: "Send", exact: true }).waitFor();

/** Waits until a lane has at least so many words. */
const words = (page: Page, name: string, count: number) =>
  page.waitForFunction(
    ([label, wanted]) => {
      const article = document.querySelector(`article[aria-label="Answer of ${label}"] .prose`);
      return (article?.textContent ?? "").split(/\s+/).filter(Boolean).length >= wanted;
    },
    [name, count] as const,
  );

/** How many answers a lane of a conversation has been given, those that were written anew counted too. */
const answersOf = async (conversation: string, number: number) =>
  (await messages(on.ada, conversation)).filter((message) => message.lane === number).length;

test("models are chosen, the same one twice with other settings, and one question goes to all", async () => {
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/compare`);
  const models = page.getByRole("region", { name: "Models" });
  await models.getByText("2 of at most 12").waitFor();
  await models
    .getByRole("button", { name: /once more/ })
    .first()
    .click();
  await models.getByText("3 of at most 12").waitFor();
  await models
    .getByRole("button", { name: /^Settings of/ })
    .nth(1)
    .click();
  await page.getByRole("textbox", { name: "Name in this comparison" }).fill("Twin");
  await page.getByRole("spinbutton", { name: "Temperature" }).fill("0.4");
  await page.keyboard.press("Escape");
  await models.getByText("Temperature 0.4").waitFor();
  await look(page, "compare-start");
  await page.getByRole("textbox", { name: "Question" }).fill(QUESTION);
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await page.waitForURL(/\/c\//);
  await lane(page, "Twin").waitFor();
  await settled(page);
  const { lanes } = await on.ada.api.get(`/api/conversations/${conversationOf(page)}`);
  expect(lanes).toHaveLength(3);
  expect(lanes[1]).toMatchObject({ label: "Twin", settings: { temperature: 0.4 } });
  expect(lanes[1].model).toBe(lanes[0].model);
});

test("a set of models has a name, by which it is chosen again", async () => {
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/compare`);
  const models = page.getByRole("region", { name: "Models" });
  await models
    .getByRole("button", { name: /once more/ })
    .first()
    .click();
  await models.getByText("3 of at most 12").waitFor();
  await models.getByRole("button", { name: "Saved sets" }).click();
  await page.getByRole("menuitem", { name: "Save this set…" }).click();
  await page.getByRole("textbox", { name: "Name of the set" }).fill("Twins");
  await page.keyboard.press("Enter");
  // Known again by what is in it.
  await models.getByRole("button", { name: /Twins/ }).waitFor();
  const other = await on.open(on.ada);
  await other.goto(`/w/${on.ada.workspace.slug}/compare`);
  await other.getByText("2 of at most 12").waitFor();
  await other.getByRole("button", { name: "Saved sets" }).click();
  await other
    .getByRole("menuitemradio", { name: /Twins/ })
    .or(other.getByRole("menuitem", { name: /Twins/ }))
    .click();
  await other.getByText("3 of at most 12").waitFor();
  // It is everybody's: asked about first, and then changed for them.
  const set = (name: string) => other.getByRole("button", { name, exact: true });
  const stored = () => on.ada.api.get(`/api/workspaces/${on.ada.workspace.id}/presets`);
  await choose(other, set("Twins"), "Rename “Twins”…");
  await other.getByRole("textbox", { name: "Name of the set" }).fill("Pair");
  await other.keyboard.press("Enter");
  await set("Pair").waitFor();
  await other
    .getByRole("button", { name: /^Leave out/ })
    .first()
    .click();
  await choose(other, set("Saved sets"), "Put these models into “Pair”…");
  await other.getByRole("dialog").getByRole("button", { name: "Replace the models" }).click();
  await set("Pair").waitFor();
  expect((await stored())[0]).toMatchObject({ name: "Pair", models: [{}, {}] });
  // To save a set under a name that there is, is to replace its models.
  await other
    .getByRole("button", { name: /once more/ })
    .first()
    .click();
  await choose(other, set("Saved sets"), "Save this set…");
  await other.getByRole("textbox", { name: "Name of the set" }).fill("Pair");
  await other.keyboard.press("Enter");
  await other.getByRole("dialog").getByRole("button", { name: "Replace the models" }).click();
  await set("Pair").waitFor();
  expect((await stored())[0].models).toHaveLength(3);
  // Asked about first, and then gone.
  await choose(other, set("Pair"), "Delete “Pair”…");
  await other.getByRole("dialog").getByRole("button", { name: "Delete set" }).click();
  await other.getByRole("dialog").waitFor({ state: "hidden" });
  expect(await on.ada.api.get(`/api/workspaces/${on.ada.workspace.id}/presets`)).toEqual([]);
});

test("before it is asked, a question says what it will cost and what it draws on; the next one begins with the same models", async () => {
  await addModels(on.ada, "priced", { prices: { "*": { input: 100_000, output: 1_000_000 } } });
  const who = await addPerson(on.stoa.url, on.ada, BEN);
  await who.api.patch("/api/auth/preferences", { default_model: "priced/echo" });
  const page = await on.open(who);
  await page.goto(`/w/${who.workspace.slug}/compare`);
  const models = page.getByRole("region", { name: "Models" });
  // That of new conversations, and another one.
  await models.getByRole("listitem").first().getByTitle("priced/echo").waitFor();
  await models.getByText("2 of at most 12").waitFor();
  await page.getByRole("textbox", { name: "Question" }).fill(QUESTION);
  const cost = page.locator(".compare-cost");
  await cost.getByText("and at most").waitFor();
  await choose(
    page,
    page.getByRole("button", { name: "Attach files, or choose what to draw on" }),
    "Draw on all memories",
  );
  await page.getByRole("list", { name: "The next answer draws on" }).getByText("All memories").waitFor();
  await look(page, "compare-start-cost");
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await page.waitForURL(/\/c\//);
  const made = await who.api.get(`/api/conversations/${conversationOf(page)}`);
  expect(made.collection).toMatchObject({ memories: true });
  await who.api.patch("/api/auth/preferences", { default_model: "mock/lorem" });
  await page.goto(`/w/${who.workspace.slug}/compare`);
  await models.getByRole("listitem").first().getByTitle("priced/echo").waitFor();
});

test("whoever may only read a workspace is told so where a comparison begins", async () => {
  const page = await on.open(on.ada);
  await page.route("**/api/auth/me", async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    for (const workspace of body.data.workspaces) workspace.role = "observer";
    await route.fulfill({ response, json: body });
  });
  await page.goto(`/w/${on.ada.workspace.slug}/compare`);
  await page.getByText("You may read this workspace, but not write in it.").waitFor();
  expect(await page.getByRole("textbox", { name: "Question" }).count()).toBe(0);
  expect(await page.getByRole("button", { name: "Compare", exact: true }).count()).toBe(0);
});

test("lanes are shown side by side with their figures; one that failed says why in its place, and is tried again", async () => {
  const { id } = await compare(on.ada, QUESTION, [ECHO, WARM, COLD, FAILING]);
  const page = await open(id);
  await lane(page, "Echo").getByText(QUESTION).waitFor();
  await lane(page, "Warm").getByText("100 tokens").waitFor();
  await page.getByText("Own system prompt").waitFor();
  await look(page, "comparison");
  await lane(page, "Failing").getByRole("button", { name: "Try again" }).click();
  await expect.poll(() => answersOf(id, 3), WAIT).toBe(2);
  await settled(page);
  await lane(page, "Failing").getByRole("button", { name: "Try again" }).waitFor();
  expect(await answersOf(id, 0)).toBe(1);
});

test("an answer that is written anew takes the place of the one before, and keeps it after a reload", async () => {
  const connection = await addModels(on.ada, "anew", { tokens: 3 });
  const { id } = await compare(on.ada, QUESTION, [ECHO, { model: "anew/lorem", label: "Anew" }]);
  const page = await open(id);
  await lane(page, "Anew").getByText("lorem ipsum dolor", { exact: true }).waitFor();
  await on.ada.api.patch(`/api/connections/${connection.id}`, { settings: { tokens: 5 } });
  await page.getByRole("button", { name: "Let Anew answer again" }).click();
  await lane(page, "Anew").getByText("lorem ipsum dolor sit amet", { exact: true }).waitFor();
  await settled(page);
  await page.reload();
  await lane(page, "Anew").getByText("lorem ipsum dolor sit amet", { exact: true }).waitFor();
  expect(await lane(page, "Anew").count()).toBe(1);
  expect(await answersOf(id, 1)).toBe(2);
});

test("lanes are followed by one stream, across a reload; one is stopped, then all", async () => {
  await addModels(on.ada, "long", LONG);
  const id = await begin([ECHO, { model: "long/lorem", label: "Long" }, FAILING, SILENT]);
  const page = await open(id);
  await lane(page, "Echo").getByText(QUESTION).waitFor();
  await lane(page, "Failing").getByRole("button", { name: "Try again" }).waitFor();
  await words(page, "Long", 10);
  await look(page, "comparison-running");
  await page.reload();
  await words(page, "Long", 40);
  const [begun] = await lane(page, "Long").locator(".prose").allTextContents();
  // From its beginning, nothing twice.
  expect(begun?.trim().replace(/\s+/g, " ")).toMatch(/^lorem ipsum dolor sit amet consectetur adipiscing elit sed do/);
  await page.getByRole("button", { name: "Stop Silent" }).click();
  await lane(page, "Silent").and(page.locator("[data-status=cancelled]")).waitFor();
  expect(await lane(page, "Long").getAttribute("aria-busy")).toBe("true");
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await lane(page, "Long").and(page.locator("[data-status=cancelled]")).waitFor();
  await settled(page);
  await words(page, "Long", 40);
});

test("a server that dies in mid-answer leaves what was said, and the page finds out", async () => {
  await addModels(on.ada, "dying", LONG);
  const id = await begin([ECHO, { model: "dying/lorem", label: "Dying" }]);
  const page = await open(id);
  await lane(page, "Echo").getByText(QUESTION).waitFor();
  await words(page, "Dying", 20);
  await on.stoa.kill();
  await on.stoa.start();
  await lane(page, "Dying").getByRole("button", { name: "Try again" }).waitFor();
  await settled(page);
  await lane(page, "Echo").getByText(QUESTION).waitFor();
  expect(await lane(page, "Echo").getAttribute("data-status")).toBe("complete");
});

test("a blind comparison has letters; votes are cast, changed and given a reason, then it is revealed", async () => {
  const { id, question } = await compare(on.ada, QUESTION, [ECHO, WARM, COLD], { blind: true });
  const page = await open(id);
  await lane(page, "A").waitFor();
  expect(await page.getByText(/mock|Warm|Cold|Echo/i).count()).toBe(0);
  const vote = async () => (await messages(on.ada, id)).find((message) => message.id === question)?.vote;
  await page.getByRole("button", { name: "B is best" }).click();
  await page.getByText("You found B best.").waitFor();
  await expect.poll(vote, WAIT).toMatchObject({ verdict: "best", lanes: [1] });
  await page.getByRole("button", { name: "C is best" }).click();
  await page.getByText("You found these as good as each other: B, C.").waitFor();
  await expect.poll(vote, WAIT).toMatchObject({ verdict: "tie", lanes: [1, 2] });
  await page.getByRole("textbox", { name: "Why?" }).fill("Short and right");
  await page.keyboard.press("Tab");
  await page.getByRole("textbox", { name: "Tags, divided by commas" }).fill("Lamps");
  await page.keyboard.press("Enter");
  await expect
    .poll(vote, WAIT)
    .toMatchObject({ verdict: "tie", lanes: [1, 2], reason: "Short and right", tags: ["lamps"] });
  await look(page, "comparison-voted");
  await page.getByRole("button", { name: "Reveal the models" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Reveal the models" }).click();
  for (const name of ["Echo", "Warm", "Cold"]) await lane(page, name).waitFor();
  await page.getByRole("button", { name: "Warm is best" }).waitFor({ state: "detached" });
  // What is asked after that can be voted on.
  await box(page).fill("And in fog?");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("button", { name: "Warm is best" }).click();
  await page.getByText("You found Warm best.").waitFor();
  expect(await page.getByRole("button", { name: "Warm is best" }).count()).toBe(1);
});

test("the next question goes to those lanes that are chosen", async () => {
  const { id } = await compare(on.ada, QUESTION, [ECHO, WARM, COLD]);
  const page = await open(id);
  await page.getByRole("button", { name: "To all" }).click();
  await page.getByRole("checkbox", { name: "Cold" }).uncheck();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "To 2 of 3" }).waitFor();
  await box(page).fill("And in fog?");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByText("Asked only Echo, Warm").waitFor();
  await lane(page, "Echo").getByText("And in fog?").waitFor();
  await settled(page);
  await page.getByText("Was not asked this.").waitFor();
  expect((await messages(on.ada, id)).filter((message) => message.lane != null)).toHaveLength(5);
});

test("one lane goes on as a chat of its own", async () => {
  const { id } = await compare(on.ada, QUESTION, [ECHO, WARM]);
  const page = await open(id);
  await page.getByRole("button", { name: "Go on with Echo alone" }).click();
  await page.waitForURL((url) => !url.pathname.endsWith(id));
  await page.locator(".lane.answer").first().waitFor({ state: "detached" });
  await page.locator(".answer").getByText(QUESTION).waitFor();
  expect(await page.locator(".answer").count()).toBe(1);
  await box(page).fill("And in fog?");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.locator(".answer").getByText("And in fog?").waitFor();
});

test("a comparison that is longer than a page of the server is shown whole, twelve lanes in their order", async () => {
  const models = Array.from({ length: 12 }, (_, number) => ({ model: "mock/echo", label: `No ${number + 1}` }));
  const { id } = await compare(on.ada, "Question 1", models);
  // More than a hundred messages, and more than the fifty of the other page.
  for (let number = 2; number <= 9; number += 1)
    await on.ada.api.post("/api/compare", { prompt: `Question ${number}`, conversation: id });
  const page = await open(id);
  await lane(page, "No 12").nth(8).getByText("Question 9").waitFor();
  const shown = await page
    .locator(".lanes-turn")
    .evaluateAll((turns) =>
      turns.map((turn) =>
        [...turn.querySelectorAll(".lane.answer .prose")].map(({ textContent }) => textContent?.trim()),
      ),
    );
  expect(shown).toEqual(Array.from({ length: 9 }, (_, index) => Array(12).fill(`Question ${index + 1}`)));
});

test("on a phone one lane is shown, and its tab leads to another", async () => {
  const { id } = await compare(on.ada, QUESTION, [ECHO, WARM]);
  const page = await on.open(on.ada, { viewport: PHONE, hasTouch: true });
  await page.goto(`/w/${on.ada.workspace.slug}/c/${id}`);
  await lane(page, "Echo").getByText(QUESTION).waitFor();
  await lane(page, "Warm").waitFor({ state: "hidden" });
  await page.getByRole("button", { name: /^Warm/ }).click();
  await lane(page, "Warm").getByText("lorem ipsum").waitFor();
});

test("models of one name say where they come from, and a swipe brings the tab of its lane along", async () => {
  await addModels(on.ada, "twin", {});
  const { id } = await compare(on.ada, QUESTION, ["mock/echo", "twin/echo", "mock/lorem", "twin/lorem"]);
  const page = await on.open(on.ada, { viewport: PHONE, hasTouch: true });
  await page.goto(`/w/${on.ada.workspace.slug}/c/${id}`);
  const tabs = page.getByRole("navigation", { name: "Models of this comparison" }).getByRole("button");
  await expect
    .poll(() => tabs.allTextContents())
    .toEqual([
      "Mock: echo · Mock",
      "Mock: echo · twin mock models",
      "Mock: lorem ipsum · Mock",
      "Mock: lorem ipsum · twin mock models",
    ]);
  await lane(page, "Mock: echo · Mock").getByText(QUESTION).waitFor();
  for (let step = 0; step < 3; step += 1) await swipe(page);
  await lane(page, "Mock: lorem ipsum · twin mock models").getByText("lorem ipsum").waitFor();
  const tab = await tabs.last().boundingBox();
  expect((tab?.x ?? PHONE.width) + (tab?.width ?? 0)).toBeLessThanOrEqual(PHONE.width);
});

/** To the left, on the question: leads to the next lane. */
async function swipe(page: Page): Promise<void> {
  await page.locator(".lanes-question").evaluate((target) => {
    const at = (clientX: number) => [new Touch({ identifier: 1, target, clientX, clientY: 200 })];
    const send = (type: string, touches: Touch[], changedTouches: Touch[]) =>
      target.dispatchEvent(new TouchEvent(type, { bubbles: true, touches, changedTouches }));
    send("touchstart", at(300), at(300));
    send("touchend", [], at(100));
  });
}

test("the standings are a chart and a table, of all votes or of those with a tag", async () => {
  const workspace = await on.ada.api.post("/api/workspaces", { name: "Standings" });
  const here = { ...on.ada, workspace: { id: workspace.id, slug: workspace.slug } };
  for (const [best, tag] of [
    [0, "rivers"],
    [0, "rivers"],
    [1, "lakes"],
  ] as const) {
    const { question } = await compare(here, QUESTION, [ECHO, WARM]);
    await on.ada.api.raw("PUT", `/api/messages/${question}/vote`, { verdict: "best", lanes: [best], tags: [tag] });
  }
  const page = await on.open(on.ada);
  await page.goto(`/w/${workspace.slug}/leaderboard`);
  const rows = page.getByRole("region", { name: "Figures of the models" }).locator("tbody tr");
  await rows.getByText("2 / 0 / 1").waitFor();
  await rows.getByText("1 / 0 / 2").waitFor();
  await page.getByRole("combobox", { name: "Votes with the tag" }).selectOption("rivers");
  await rows.getByText("2 / 0 / 0").waitFor();
  await rows.getByText("0 / 0 / 2").waitFor();
  await look(page, "leaderboard");
});

test("a lane that has answered again shows what it had answered before, which does not count", async () => {
  const { id } = await compare(on.ada, QUESTION, [ECHO, WARM]);
  const page = await open(id);
  await page.getByRole("button", { name: "Let Warm answer again" }).click();
  await settled(page);
  const warm = lane(page, "Warm");
  await warm.getByText("2 of 2").waitFor();
  await warm.getByRole("button", { name: "Earlier answer of Warm" }).click();
  await warm.getByText("1 of 2").waitFor();
  await warm.getByText("the latest answer counts").waitFor();
  // Nothing can be done with it but reading and copying.
  expect(await warm.getByRole("button", { name: /is best|alone|answer again/ }).count()).toBe(0);
  await look(page, "comparison-versions");
  await warm.getByRole("button", { name: "Later answer of Warm" }).click();
  await warm.getByRole("button", { name: "Warm is best" }).waitFor();
});

test("the cheapest model that is not worse is found, and one click makes it the default", async () => {
  await addModels(on.ada, "dear", { prices: { "*": { input: 100_000, output: 1_000_000 } } });
  const workspace = await on.ada.api.post("/api/workspaces", { name: "Thrift" });
  const here = { ...on.ada, workspace: { id: workspace.id, slug: workspace.slug } };
  for (let vote = 0; vote < 12; vote += 1) {
    const { question } = await compare(here, QUESTION, ["mock/echo", "dear/echo"]);
    await on.ada.api.raw("PUT", `/api/messages/${question}/vote`, { verdict: "best", lanes: [0] });
  }
  const page = await on.open(on.ada);
  await page.goto(`/w/${workspace.slug}/leaderboard`);
  // Nothing is as good as the best.
  await page.getByText("no cheaper model is as good").waitFor();
  await page.getByRole("combobox", { name: "As good as" }).selectOption("dear/echo");
  await page.getByText(/^An answer costs|is the cheapest of those/).waitFor();
  await look(page, "leaderboard-cheapest");
  await page.getByRole("button", { name: "Use it for my new conversations" }).click();
  await page.getByText("Your new conversations begin with it already.").waitFor();
  await expect
    .poll(async () => (await on.ada.api.get("/api/auth/me")).preferences.default_model, WAIT)
    .toBe("mock/echo");
  await page.getByRole("button", { name: "Use it for everybody" }).click();
  await page.getByText("It is the default model of this Stoa already.").waitFor();
  expect((await on.ada.api.get("/api/settings")).default_model).toBe("mock/echo");
});

test("the cheapest model that is not worse is made the rule for a tag", async () => {
  await addModels(on.ada, "costly", { prices: { "*": { input: 100_000, output: 1_000_000 } } });
  const workspace = await on.ada.api.post("/api/workspaces", { name: "Rules" });
  const here = { ...on.ada, workspace: { id: workspace.id, slug: workspace.slug } };
  for (let vote = 0; vote < 12; vote += 1) {
    const { question } = await compare(here, QUESTION, ["mock/echo", "costly/echo"]);
    await on.ada.api.raw("PUT", `/api/messages/${question}/vote`, { verdict: "best", lanes: [0], tags: ["sums"] });
  }
  const page = await on.open(on.ada);
  await page.goto(`/w/${workspace.slug}/leaderboard`);
  await page.getByRole("combobox", { name: "As good as" }).selectOption("costly/echo");
  await page.getByText("Choose a tag above").waitFor();
  await page.getByRole("combobox", { name: "Votes with the tag" }).selectOption("sums");
  await page.getByRole("combobox", { name: "As good as" }).selectOption("costly/echo");
  await page.getByRole("button", { name: "Make it the routing rule for #sums" }).click();
  await page.getByText("Until now route/rule-sums is the rule").waitFor();
  await look(page, "leaderboard-rule");
  const routes = await on.ada.api.get(`/api/workspaces/${workspace.id}/routes`);
  expect(routes[0]).toMatchObject({ model: "route/rule-sums", tag: "sums", strategy: "order" });
  expect(routes[0].targets.map(({ model }: { model: string }) => model)).toEqual(["mock/echo", "costly/echo"]);
});

/** Routes: put together, ordered by keyboard and pointer, changed and deleted; what is wrong is said where it is. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { findings } from "./axe";
import { answer, box, choose, chooseModel, goTo, PHONE, screenshot, suite } from "./harness";
import { addModels, addPerson, BEN } from "./people";

const on = suite();
const dialog = (page: Page) => page.getByRole("dialog");
const row = (page: Page, name: string) => page.getByRole("listitem").filter({ hasText: name }).first();
const targets = (page: Page) =>
  dialog(page)
    .getByRole("list", { name: "Models" })
    .getByRole("combobox")
    .evaluateAll((selects) => (selects as unknown as { value: string }[]).map(({ value }) => value));

async function openRoutes(page: Page, name = "routes"): Promise<void> {
  await page.goto(`/w/${on.ada.workspace.slug}/settings/${name}`);
}

test("a route is put together, ordered, changed, switched off and deleted", async () => {
  await addModels(on.ada, "spare", { tokens: 5 });
  const page = await on.open(on.ada);
  await openRoutes(page);
  await page.getByText("No routes yet").waitFor();
  await page.getByRole("button", { name: "New route" }).click();
  const make = dialog(page).getByRole("button", { name: "New route" });
  await make.click();
  await dialog(page)
    .getByText(/^Letters, digits/)
    .waitFor();
  await dialog(page).getByText("Choose a model.").waitFor();
  expect(await dialog(page).getByLabel("Name").getAttribute("aria-invalid")).toBe("true");
  await dialog(page).getByLabel("Name").fill("steady");
  await dialog(page).getByText("It is called route/steady.").waitFor();
  await dialog(page).getByRole("combobox", { name: "Model 1" }).selectOption("mock/echo");
  for (const model of ["spare/echo", "spare/lorem"]) {
    await dialog(page).getByRole("button", { name: "Add a model" }).click();
    await dialog(page).getByRole("combobox").last().selectOption(model);
  }
  // By the keyboard: the focus goes along, and what moved is said.
  const handle = dialog(page).getByRole("button", { name: /^Move .*, 3 of 3/ });
  await handle.press("ArrowUp");
  expect(await targets(page)).toEqual(["mock/echo", "spare/lorem", "spare/echo"]);
  await page.keyboard.press("ArrowUp");
  expect(await targets(page)).toEqual(["spare/lorem", "mock/echo", "spare/echo"]);
  await dialog(page)
    .getByText(/ is now 1 of 3\.$/)
    .waitFor();
  // By the pointer.
  const [first, last] = await Promise.all(
    [/, 1 of 3/, /, 3 of 3/].map((name) => dialog(page).getByRole("button", { name }).boundingBox()),
  );
  if (!first || !last) throw new Error("no handles");
  await page.mouse.move(first.x + 8, first.y + 8);
  await page.mouse.down();
  await page.mouse.move(first.x + 8, last.y + last.height, { steps: 8 });
  await screenshot(page, "a model of a route, dragged");
  await page.mouse.up();
  expect(await targets(page)).toEqual(["mock/echo", "spare/echo", "spare/lorem"]);

  await dialog(page).getByRole("button", { name: "Time limits, hedging and kept answers" }).click();
  await dialog(page).getByLabel("Seconds until the first word", { exact: true }).fill("0,01");
  await make.click();
  await dialog(page).getByText("A number from 0.1 to 600").waitFor();
  await dialog(page).getByLabel("Seconds until the first word", { exact: true }).fill("2,5");
  await dialog(page)
    .getByRole("switch", { name: /^Ask a second model/ })
    .click();
  expect(await findings(page)).toEqual([]);
  await screenshot(page, "a new route");
  await make.click();
  const steady = row(page, "route/steady");
  await steady.getByText("first word within 2.5 s · a second one after 2 s").waitFor();
  const [made] = await on.ada.api.get(`/api/workspaces/${on.ada.workspace.id}/routes`);
  expect(made).toMatchObject({ hedge_after_ms: 2_000 });

  await choose(page, steady.getByRole("button", { name: "Actions for route/steady" }), "Change…");
  await dialog(page).getByText("By weight").click();
  await dialog(page)
    .getByLabel(/^Weight of/)
    .first()
    .fill("3");
  await dialog(page).getByRole("button", { name: "Remove" }).last().click();
  await dialog(page).getByRole("button", { name: "Save" }).click();
  await steady.getByText("75 %").waitFor();
  expect(await findings(page)).toEqual([]);
  await screenshot(page, "routes");
  await steady.getByRole("switch", { name: "Use route/steady" }).click();
  await steady.getByText("Off", { exact: true }).waitFor();

  await page.getByRole("button", { name: "New route" }).click();
  await dialog(page).getByLabel("Name").fill("steady");
  await dialog(page).getByRole("combobox", { name: "Model 1" }).selectOption("mock/echo");
  await make.click();
  await dialog(page).getByText("There is a route of this name already.").waitFor();
  await page.keyboard.press("Escape");
  await choose(page, steady.getByRole("button", { name: "Actions for route/steady" }), "Delete…");
  await dialog(page).getByRole("button", { name: "Delete route" }).click();
  await page.getByText("No routes yet").waitFor();
});

test("a route of the installation is there for everybody, in the picker and to answer", async () => {
  const page = await on.open(on.ada);
  await openRoutes(page, "all-routes");
  await page.getByRole("button", { name: "New route" }).click();
  await dialog(page).getByLabel("Name").fill("everywhere");
  await dialog(page).getByRole("combobox", { name: "Model 1" }).selectOption("mock/echo");
  await dialog(page).getByRole("button", { name: "New route" }).click();
  await row(page, "route/everywhere").waitFor();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize(PHONE);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
  await screenshot(page, "routes, on a phone");

  const ben = await addPerson(on.stoa.url, on.ada, BEN);
  const other = await on.open(ben);
  await other.goto(`/w/${ben.workspace.slug}/settings/routes`);
  await row(other, "route/everywhere").waitFor();
  expect(await other.getByRole("switch").count()).toBe(0);
  await goTo(other, ben);
  await chooseModel(other, "route/everywhere");
  await box(other).fill("Along the route");
  await box(other).press("Enter");
  await answer(other).getByText("Along the route").waitFor();
});

test("a conversation, a comparison and a batch begin with a tag, which stands where models are", async () => {
  const { api, workspace } = on.ada;
  // So many models that they are searched for.
  await addModels(on.ada, "further", { tokens: 5 });
  const routes = `/api/workspaces/${workspace.id}/routes`;
  const rule = await api.post(routes, { name: "thrifty", tag: "code", targets: [{ model: "mock/echo" }] });
  const offered = (page: Page, name: string) =>
    page.getByRole("group", { name }).getByRole("option", { name: /^#code/ });

  const page = await on.open(on.ada);
  await goTo(page, on.ada);
  await page.getByRole("button", { name: /^Model:/ }).click();
  const field = page.getByRole("combobox", { name: "Find a model" });
  await field.fill("#letters");
  await page.getByText("No route is the rule for #letters.").waitFor();
  await field.fill("#co");
  await page.getByRole("option", { name: /^#code/ }).waitFor();
  expect(await page.getByRole("option").count()).toBe(1);
  await field.fill("");
  await offered(page, "By tag").waitFor();
  expect(await findings(page)).toEqual([]);
  await screenshot(page, "tags among the models");
  await offered(page, "By tag").click();
  await page.getByRole("button", { name: "Model: thrifty" }).waitFor();
  await box(page).fill("By its tag");
  await box(page).press("Enter");
  await answer(page).getByText("By its tag").waitFor();
  const id = page.url().split("/c/")[1];
  expect((await api.get(`/api/conversations/${id}`)).model).toBe("route/thrifty");

  for (const place of ["compare", "batches?batch=new"]) {
    await page.goto(`/w/${workspace.slug}/${place}`);
    await page.getByRole("button", { name: "Add a model" }).click();
    // Used a moment ago, it may stand with those that were.
    await page.getByRole("option", { name: /^#code/ }).click();
    await page.getByRole("listitem").filter({ hasText: "thrifty" }).waitFor();
  }

  const german = await on.open(on.ada, { locale: "de-DE" });
  await german.goto(`/w/${workspace.slug}`);
  await german.getByRole("button", { name: /^Modell:/ }).click();
  await offered(german, "Nach Schlagwort").waitFor();
  await api.raw("DELETE", `/api/routes/${rule.id}`);
});

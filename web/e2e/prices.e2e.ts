/** Prices: an administrator sets one, plans the next, changes and removes it, and takes over a list out of a spreadsheet. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { findings } from "./axe";
import { choose, PHONE, screenshot, suite } from "./harness";
import { addModels } from "./people";

const on = suite();
const dialog = (page: Page) => page.getByRole("dialog");
const group = (page: Page, pattern: string) => page.getByRole("rowgroup", { name: pattern, exact: true });

async function openPrices(): Promise<Page> {
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/settings/prices`);
  return page;
}

test("a price is set, planned, changed and removed, and models cost what it says", async () => {
  await addModels(on.ada, "paid", { tokens: 5 });
  const page = await openPrices();
  await page.getByText("No prices yet").waitFor();
  await page.getByRole("button", { name: "Set a price" }).click();
  await dialog(page).getByRole("button", { name: "Set price" }).click();
  await dialog(page).getByText("A name or a pattern without blanks, at most 200 characters.").waitFor();
  await dialog(page).getByLabel("Model").fill("paid/*");
  await dialog(page)
    .getByText(/^Now: paid\//)
    .waitFor();
  await dialog(page).getByLabel("Input", { exact: true }).fill("2,50");
  await dialog(page).getByLabel("Output").fill("10");
  await dialog(page).getByLabel("Cached input").fill("0.075");
  expect(await findings(page)).toEqual([]);
  await screenshot(page, "a new price");
  await dialog(page).getByRole("button", { name: "Set price" }).click();
  const paid = group(page, "paid/*");
  await paid.getByText("$0.075").waitFor();
  await expect
    .poll(async () => {
      const models = await on.ada.api.get(`/api/models?workspace=${on.ada.workspace.id}`);
      return models.find(({ id }: { id: string }) => id === "paid/echo")?.output_price_micros;
    })
    .toBe(10_000_000);

  // The next one begins with the same amounts.
  await paid.getByRole("button", { name: "New price for paid/*" }).click();
  await dialog(page).getByText("From a day on").click();
  await dialog(page).getByRole("button", { name: "Set price" }).click();
  await dialog(page).getByText("Choose a day and a time.").waitFor();
  await dialog(page).getByLabel("Day and time").fill("2099-01-01T00:00");
  await dialog(page).getByLabel("Output").fill("8");
  await dialog(page).getByRole("button", { name: "Set price" }).click();
  await paid.getByText("From 1 Jan 2099").waitFor();
  expect(await paid.getByRole("row").count()).toBe(3);

  await paid.getByRole("button", { name: "New price for paid/*" }).click();
  await dialog(page).getByText("From a day on").click();
  await dialog(page).getByLabel("Day and time").fill("2099-01-01T00:00");
  await dialog(page).getByRole("button", { name: "Set price" }).click();
  await dialog(page).getByText("There is a price for this from this moment on already.").waitFor();
  await page.keyboard.press("Escape");

  await choose(page, paid.getByRole("button", { name: /^Actions for paid\/\*, 1 Jan 2099/ }), "Change…");
  await dialog(page).getByLabel("Note").fill("As announced");
  await dialog(page).getByRole("button", { name: "Save" }).click();
  await paid.getByText("As announced").waitFor();
  await choose(page, paid.getByRole("button", { name: /^Actions for paid\/\*, 1 Jan 2099/ }), "Remove…");
  await dialog(page).getByRole("button", { name: "Remove price" }).click();
  await paid.getByText("From 1 Jan 2099").waitFor({ state: "detached" });
});

test("a list is taken over as a whole, or its faults are named by line", async () => {
  const page = await openPrices();
  await page.getByRole("button", { name: "Import…" }).click();
  const table = dialog(page).getByLabel("Table");
  await table.fill("pattern,input,output\nno/such,1,x");
  await dialog(page).getByText("Line 2: output is no amount.").waitFor();
  await screenshot(page, "a list of prices with a fault");
  const lines = [
    "pattern,valid_from,input,output,note",
    "no/such*,2026-01-01,3,15,The first",
    "no/such*,2026-06-01,2.5,12,",
    "no/such*,2099-06-01,2,10,",
    "mock/echo,,0.1,0.2,For trying",
  ];
  await table.fill(lines.join("\n"));
  await dialog(page).getByText("4 prices can be imported.").waitFor();
  expect(await findings(page)).toEqual([]);
  await dialog(page).getByRole("button", { name: "Import 4 prices" }).click();
  const made = group(page, "no/such*");
  await made.getByText("No model that you see has such a name now.").waitFor();
  await made.getByText("Now", { exact: true }).waitFor();
  expect(await made.getByText("$15.00").count()).toBe(0);
  await made.getByRole("button", { name: "1 earlier price" }).click();
  await made.getByText("$15.00").waitFor();
  expect(await findings(page)).toEqual([]);
  await screenshot(page, "prices");
  await page.emulateMedia({ colorScheme: "dark" });
  await screenshot(page, "prices, dark");
  await page.setViewportSize(PHONE);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
  await screenshot(page, "prices, on a phone");
  await page.getByRole("searchbox", { name: "Search patterns and notes" }).fill("trying");
  await made.waitFor({ state: "detached" });
  await group(page, "mock/echo").waitFor();

  // The same again is there already.
  await page.getByRole("button", { name: "Import…" }).click();
  await table.fill(lines.slice(0, 2).join("\n"));
  await dialog(page).getByRole("button", { name: "Import 1 price" }).click();
  await dialog(page)
    .getByText(/Nothing was imported/)
    .waitFor();
});

/** Budgets: an admin sets one, calls beyond it are refused in place, members see what is left, observers of it change nothing. */
import { expect, test } from "vitest";
import { answer, box, goTo, screenshot, suite } from "./harness";
import { addModels, addPerson, converse } from "./people";

const on = suite();

test("a budget is set, spent, raised and removed", async () => {
  const who = await addPerson(on.stoa.url, on.ada, {
    name: "Una",
    email: "una@example.com",
    password: "a password of una",
  });
  // A word read costs 0.10, a word written 1.00.
  await addModels(on.ada, "paid", { prices: { "*": { input: 100_000, output: 1_000_000 } } });
  const page = await on.open(who);
  await page.goto(`/w/${who.workspace.slug}/settings/budgets`);
  await page.getByText("Nothing is limited").waitFor();
  await page.getByRole("button", { name: "Set a budget" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Set a budget" }).click();
  await dialog.getByText(/^A number between 0 and/).waitFor();
  await dialog.getByLabel("Amount in US dollars").fill("2,50");
  await dialog.getByRole("button", { name: "Set a budget" }).click();
  const meter = page.getByRole("meter");
  await expect.poll(() => meter.getAttribute("aria-valuetext")).toMatch(/0\.00 of .*2\.50$/);

  await converse(who, ["one two three"], { model: "paid/echo" });
  await page.reload();
  await expect.poll(async () => Number(await meter.getAttribute("aria-valuenow"))).toBeGreaterThan(2_500_000 - 1);
  await screenshot(page, "a budget that is used up");

  // The next question is refused where it was asked, and the text is there still.
  const chat = await on.open(who);
  const [first] = await who.api.get(`/api/workspaces/${who.workspace.id}/conversations`);
  await goTo(chat, who, first.id);
  await box(chat).fill("four");
  await box(chat).press("Enter");
  await chat
    .getByText(/budget .*used up/i)
    .first()
    .waitFor();

  await page.getByRole("button", { name: /^Change the budget/ }).click();
  await dialog.getByLabel("Amount in US dollars").fill("1000");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect.poll(() => meter.getAttribute("aria-valuetext")).toMatch(/ of .*1,000\.00$/);
  await box(chat).fill("five");
  await box(chat).press("Enter");
  await answer(chat).getByText("five").waitFor();

  await page.getByRole("button", { name: /^Remove the budget/ }).click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await page.getByText("Nothing is limited").waitFor();
});

test("an administrator sets a budget for a person, who sees that it is not theirs to change", async () => {
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/settings/all-budgets`);
  await page.getByRole("button", { name: "Set a budget" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("For whom").selectOption("user");
  await dialog.getByLabel("Email address").fill("nobody@example.com");
  await dialog.getByLabel("Each").selectOption("day");
  await dialog.getByLabel("Amount in US dollars").fill("3");
  await dialog.getByLabel("When it is used up").selectOption("cheaper");
  await dialog.getByLabel("Cheaper model").selectOption("mock/echo");
  const send = dialog.getByRole("button", { name: "Set a budget" });
  await send.click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("Email address").fill(on.ada.email);
  await send.click();
  await page.getByText(/from 80 % on, mock\/echo answers/).waitFor();
  await page.getByRole("button", { name: /^Remove the budget: Ada/ }).waitFor();
});

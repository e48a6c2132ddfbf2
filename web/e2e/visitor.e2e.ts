/** A visitor without an account tries the mock models, while an administrator lets them; nothing of it is kept. */
import { expect, test } from "vitest";
import { findings } from "./axe";
import { suite } from "./harness";

const on = suite();
const WAIT = { timeout: 15_000 };

const anonymous = async () => (await on.ada.api.get("/api/settings")).anonymous;

test("an administrator lets visitors in, who ask some models side by side and leave nothing", async () => {
  const visitor = await on.open();
  await visitor.goto("/try");
  await visitor.getByText("Not without an account").waitFor();
  await visitor.goto("/login");
  await visitor.getByRole("button", { name: "Log in", exact: true }).waitFor();
  expect(await visitor.getByRole("link", { name: "Try it without an account" }).count()).toBe(0);

  const settings = await on.open(on.ada);
  await settings.goto(`/w/${on.ada.workspace.slug}/settings/installation`);
  const panel = settings.getByRole("region", { name: "Without logging in" });
  await panel.getByRole("switch", { name: "Try the mock models" }).click();
  await panel.getByLabel("Questions an address may ask in a minute").fill("0");
  await panel.getByRole("button", { name: "Save" }).click();
  await panel.getByText(/^A whole number from 1 to/).waitFor();
  await panel.getByLabel("Questions an address may ask in a minute").fill("2");
  await panel.getByRole("button", { name: "Save" }).click();
  await expect.poll(anonymous, WAIT).toEqual({ mock_mode: true, requests_per_minute: 2 });

  await visitor.reload();
  await visitor.getByRole("link", { name: "Try it without an account" }).click();
  await visitor.waitForURL("**/try");
  await visitor.getByLabel("Your question").fill("What is a lighthouse for?");
  await visitor.getByRole("button", { name: "Ask" }).click();
  const echo = visitor.getByRole("article", { name: "Answer of mock/echo" });
  await echo.getByText("What is a lighthouse for?").waitFor();
  await echo.getByText(/^First word after/).waitFor();
  await visitor.getByRole("article", { name: "Answer of mock/lorem" }).getByText("lorem ipsum").waitFor();
  expect(await findings(visitor)).toEqual([]);
  // Whoever asks more than an address may is told so, and can read on.
  for (let more = 0; more < 2; more += 1) {
    await visitor.getByRole("button", { name: "Ask" }).waitFor();
    await visitor.getByRole("button", { name: "Ask" }).click();
  }
  await visitor.getByRole("main").getByRole("alert").first().waitFor();
  expect(await on.ada.api.get(`/api/workspaces/${on.ada.workspace.id}/conversations`)).toEqual([]);
});

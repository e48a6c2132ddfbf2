/** A company gateway of agents: connected by its form, its agents chatted with, and files sent to one, with what can go wrong. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { findings } from "./axe";
import { type Gateway, startGateway } from "./gateway";
import { answer, box, choose, chooseModel, goTo, PHONE, screenshot, send, suite } from "./harness";

const on = suite();
let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.close());

test("a gateway is connected, and its settings are changed without asking for its secrets again", async () => {
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/settings/system-connections`);
  await page.getByRole("button", { name: /^Company gateway/ }).click();
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByText("Where is the server?").waitFor();
  await page.getByText("The gateway wants to know the client.").waitFor();
  await screenshot(page, "a gateway that is not complete");
  await page.getByLabel("Address", { exact: true }).fill(gateway.url);
  await page.getByLabel("Token", { exact: true }).fill("token-0123456789");
  await page.getByLabel("Client", { exact: true }).fill("stoa");
  await page.getByLabel("User’s email address").fill("stoa@example.com");
  await page.getByRole("switch", { name: "Agents look into their knowledge" }).click();
  await page.getByText("More settings").click();
  await page.getByLabel("Requests a minute").fill("many");
  await page.getByText("A whole number, at least 1.").waitFor();
  await page.getByLabel("Requests a minute").fill("60");
  expect(await findings(page)).toEqual([]);
  await screenshot(page, "a gateway");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByText("FabriX is connected. 1 model can be used now.").waitFor();
  expect(gateway.headers).toMatchObject({
    "x-fabrix-client": "stoa",
    "x-openapi-token": "token-0123456789",
    "x-generative-ai-user-email": "stoa@example.com",
  });

  const row = page.getByRole("listitem").filter({ hasText: "FabriX" });
  await choose(page, row.getByRole("button", { name: "More about “FabriX”" }), "Edit…");
  const form = page.getByRole("form", { name: /^Edit/ });
  await form.getByText("Client and user are stored.").waitFor();
  await form.getByRole("switch", { name: "Agents look into their knowledge" }).click();
  await form.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved").waitFor();
  const stored = await on.ada.api.get("/api/connections");
  const found = stored.find((each: { kind: string }) => each.kind === "fabrix");
  expect(found.settings).toEqual({ rag: false, requests_per_minute: 60 });
  expect(found.headers.sort()).toEqual(["x-fabrix-client", "x-generative-ai-user-email"]);
  await on.ada.api.patch(`/api/connections/${found.id}`, { settings: { rag: true } });
});

test("a file goes to the agent with progress, a message waits for it, and a refusal says why", async () => {
  const page = await on.open(on.ada);
  await goTo(page, on.ada);
  await chooseModel(page, "agents/travel");
  const add = page.getByRole("button", { name: "Attach files, or choose what to draw on" });
  const sendFile = async (name: string, bytes = 2_000) => {
    const chooser = page.waitForEvent("filechooser");
    await choose(page, add, /^Send a file to Travel desk/);
    await (await chooser).setFiles({ name, mimeType: "application/pdf", buffer: Buffer.alloc(bytes, "x") });
  };
  gateway.files("waits");
  await box(page).fill("How do I get there?");
  await sendFile("plan.pdf", 300_000);
  const chips = page.getByRole("list", { name: "For Travel desk" });
  await chips.getByText("Being taken").waitFor();
  const sendButton = page.getByRole("button", { name: "Send", exact: true });
  expect(await sendButton.isDisabled()).toBe(true);
  expect(await sendButton.getAttribute("title")).toBe("Wait until the files have been sent");
  await screenshot(page, "a file on its way to an agent");
  gateway.files("takes");
  await chips.getByText("Sent").waitFor();
  expect(gateway.received).toBeGreaterThan(300_000);

  gateway.files("refuses");
  await sendFile("map.pdf");
  await page.getByText(/map\.pdf: .*FabriX answered 500: the shelf is full/).waitFor();
  await sendFile("empty.pdf", 0);
  await page.getByText("empty.pdf is empty.").waitFor();
  expect(await findings(page)).toEqual([]);
  await screenshot(page, "a file that an agent did not take");
  await page.setViewportSize(PHONE);
  await screenshot(page, "a file that an agent did not take, on a phone");
  gateway.files("takes");
  await page.getByRole("button", { name: "Send map.pdf again" }).click();
  await expect.poll(() => chips.getByText("Sent").count()).toBe(2);

  await send(page, "How do I get there?");
  await answer(page).getByText("Take the train.").waitFor();
  await expect.poll(() => chips.count()).toBe(0);
});

test("a model that is no agent is sent no files", async () => {
  const page = await on.open(on.ada);
  await goTo(page, on.ada);
  await chooseModel(page, "mock/echo");
  await page.getByRole("button", { name: "Attach files, or choose what to draw on" }).click();
  await page.getByRole("menuitem", { name: /^Attach files…/ }).waitFor();
  expect(await page.getByRole("menuitem", { name: /^Send a file/ }).count()).toBe(0);
});

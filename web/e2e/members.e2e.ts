/** Other people: an invitation as a link, what a role may do, and what a page learns when the role changes. */
import { expect, test } from "vitest";
import { answer, box, list, screenshot, send, settled, suite } from "./harness";
import { addPerson, BEN, converse, type Person } from "./people";

const on = suite();
let count = 0;

/** A workspace of several, of which Ada is the owner, with one conversation. */
async function makeTeam(): Promise<{ here: Person; conversation: string }> {
  count += 1;
  const team = await on.ada.api.post("/api/workspaces", { name: `Lighthouse ${count}` });
  const here = { ...on.ada, workspace: { id: team.id, slug: team.slug } };
  const conversation = await converse(here, ["What is a lighthouse for?"], { title: "Lighthouses" });
  return { here, conversation };
}

test("somebody new registers by a link, reads as an observer, and writes as soon as it is allowed", async () => {
  const { here, conversation } = await makeTeam();
  const members = await on.open(here);
  await members.goto(`/w/${here.workspace.slug}/settings/members`);
  await members.getByRole("textbox", { name: "Email address" }).fill(BEN.email);
  await members.getByLabel("Role", { exact: true }).selectOption("observer");
  await members.getByRole("button", { name: "Create link" }).click();
  const link = await members.getByLabel(`Link for ${BEN.email}`).inputValue();
  expect(link).toContain("/invitation/");
  await screenshot(members, "invitation-link");

  const page = await on.open();
  await page.goto(link);
  await page.getByRole("heading", { name: "Ada Lovelace invites you" }).waitFor();
  await page.getByText("You read everything and change nothing.").waitFor();
  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByLabel("Name").fill(BEN.name);
  await expect.poll(() => page.getByLabel("Email").inputValue()).toBe(BEN.email);
  await page.getByLabel("Password", { exact: true }).fill(BEN.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("button", { name: "Accept" }).click();
  await page.waitForURL(`**/w/${here.workspace.slug}**`);

  await list(page).getByRole("link", { name: "Lighthouses" }).click();
  await answer(page).getByText("What is a lighthouse for?").waitFor();
  await page.getByText("You may read this workspace, but not write in it.").waitFor();
  expect(await box(page).count()).toBe(0);
  for (const name of ["Edit", "Regenerate", "More"])
    expect(await page.getByRole("main").getByRole("button", { name, exact: true }).count(), name).toBe(0);
  await expect.poll(() => page.getByRole("main").getByRole("button", { name: "Copy", exact: true }).count()).toBe(2);
  await screenshot(page, "observer");

  await members.getByLabel(`Role of ${BEN.name}`).selectOption("member");
  await members.getByText(`${BEN.name}: Member`).waitFor();
  // Without a reload: the page is told.
  await box(page).waitFor();
  await send(page, "Now I may");
  await settled(page);
  expect(page.url()).toContain(conversation);
});

test("somebody with an account accepts an invitation, and declines another", async () => {
  const cleo = await addPerson(on.stoa.url, on.ada, {
    name: "Cleo",
    email: "cleo@example.com",
    password: "queen of the nile",
  });
  const invite = async () => {
    const { here } = await makeTeam();
    const path = `/api/workspaces/${here.workspace.id}/invitations`;
    const { token } = await on.ada.api.post(path, { email: cleo.email, role: "member" });
    return { here, token };
  };
  const [first, second] = [await invite(), await invite()];
  const page = await on.open(cleo);
  await page.goto(`/invitation/${first.token}`);
  await page.getByRole("button", { name: "Accept" }).click();
  await page.waitForURL(`**/w/${first.here.workspace.slug}**`);
  await list(page).getByRole("link", { name: "Lighthouses" }).waitFor();
  await page.goto(`/invitation/${second.token}`);
  await page.getByRole("button", { name: "Decline" }).click();
  await page.getByText(/You have declined/).waitFor();
  const { workspaces } = await cleo.api.get("/api/auth/me");
  expect(workspaces.map(({ id }: { id: string }) => id)).not.toContain(second.here.workspace.id);
  await page.goto("/invitation/nothing-like-it");
  await page.getByRole("heading", { name: "This invitation is not open" }).waitFor();
});

test("whoever was removed sees nothing of the workspace any more", async () => {
  const { here, conversation } = await makeTeam();
  const dana = await addPerson(on.stoa.url, on.ada, {
    name: "Dana",
    email: "dana@example.com",
    password: "a short goodbye",
  });
  const path = `/api/workspaces/${here.workspace.id}`;
  const { token } = await on.ada.api.post(`${path}/invitations`, { email: dana.email, role: "member" });
  await dana.api.post(`/api/invitations/${token}/accept`);
  const page = await on.open(dana);
  await page.goto(`/w/${here.workspace.slug}/c/${conversation}`);
  await answer(page).getByText("What is a lighthouse for?").waitFor();

  const owner = await on.open(here);
  await owner.goto(`/w/${here.workspace.slug}/settings/members`);
  await owner.getByRole("button", { name: "More about Dana" }).click();
  await owner.getByRole("menuitem", { name: /Remove from workspace/ }).click();
  await owner.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await owner.getByText("Dana no longer belongs to the workspace.").waitFor();
  await page.reload();
  await page.getByText("There is nothing here").waitFor();
  expect((await dana.api.raw("GET", `/api/conversations/${conversation}`)).status).toBe(404);
});

test("a workspace is made, renamed against somebody else's change, and deleted by its name", async () => {
  const page = await on.open(on.ada);
  await page.goto(`/w/${on.ada.workspace.slug}/settings/new-workspace`);
  await page.getByLabel("Name", { exact: true }).fill("Night watch");
  await page.getByRole("button", { name: "Create workspace" }).click();
  await page.waitForURL(/night-watch/);
  const slug = /\/w\/([^/]+)/.exec(page.url())?.[1] ?? "";
  await page.goto(`/w/${slug}/settings/general`);
  const name = page.getByLabel("Name", { exact: true });
  await expect.poll(() => name.inputValue()).toBe("Night watch");
  await name.fill("Mine");
  await on.ada.api.patch(`/api/workspaces/${slug}`, { name: "Theirs" });
  await page.getByRole("main").getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText(/Somebody else has changed this/).waitFor();
  await expect.poll(() => name.inputValue()).toBe("Mine");
  await page.getByRole("button", { name: "Save mine" }).click();
  await expect.poll(async () => (await on.ada.api.get(`/api/workspaces/${slug}`)).name).toBe("Mine");

  await page.getByRole("main").getByRole("button", { name: "Delete workspace" }).click();
  const dialog = page.getByRole("dialog");
  expect(await dialog.getByRole("button", { name: "Delete workspace" }).isDisabled()).toBe(true);
  await dialog.getByRole("textbox").fill("Mine");
  await dialog.getByRole("button", { name: "Delete workspace" }).click();
  await page.waitForURL((url) => !url.pathname.includes(slug));
  expect((await on.ada.api.raw("GET", `/api/workspaces/${slug}`)).status).toBe(404);
});

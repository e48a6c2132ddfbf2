import { expect, test } from "vitest";
import { type Command, type Found, optionsFor } from "./entries";

const command = (group: string, label: string, keywords?: string): Command => ({
  id: label,
  group,
  label,
  keywords,
  icon: "plus",
  run: () => {},
});
const found = (title: string): Found => ({ id: title, title, run: () => {} });
const commands = [
  command("Do", "New conversation"),
  command("Do", "Log out"),
  command("Go to", "API keys"),
  command("Go to", "Profile", "name account"),
];
const shape = (q: string, conversations: Found[]) =>
  optionsFor(q, commands, conversations, "Found").map(({ name, options }) => [name, ...options.map((o) => o.label)]);

test("nothing typed: recent conversations, then everything as it came", () => {
  expect(shape("", [found("Zebra"), found("Ape")])).toEqual([
    ["Found", "Zebra", "Ape"],
    ["Do", "New conversation", "Log out"],
    ["Go to", "API keys", "Profile"],
  ]);
});

test("the group with the best match comes first", () => {
  expect(shape("api", [found("Why is the api slow?")])).toEqual([
    ["Go to", "API keys"],
    ["Found", "Why is the api slow?"],
  ]);
  expect(shape("account", [])).toEqual([["Go to", "Profile"]]);
});

test("what stands in texts comes below what is called by these words, in the server's order", () => {
  const within = (title: string): Found => ({
    ...found(title),
    group: "Within",
    snippet: [{ text: "log", hit: true }],
  });
  expect(shape("log", [within("Zebra"), within("Log of the watch"), found("Log book")])).toEqual([
    ["Do", "Log out"],
    ["Found", "Log book"],
    ["Within", "Zebra", "Log of the watch"],
  ]);
});

test("what the server has found is shown, last when nothing in it is seen to match", () => {
  expect(shape("log", [found("ΛΟΓ")])).toEqual([
    ["Do", "Log out"],
    ["Found", "ΛΟΓ"],
  ]);
});

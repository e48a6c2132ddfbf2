import { expect, test } from "vitest";
import type { ModelRoute } from "../../api/types";
import { rulesOf } from "./rules";

const route = (id: string, tag: string | null, enabled = true) => ({ id, tag, enabled }) as ModelRoute;

test("a tag has one rule: the workspace's own before that of the installation", () => {
  const rules = rulesOf([
    route("own", "code"),
    route("plain", null),
    route("theirs", "code"),
    route("more", "letters"),
  ]);
  expect([...rules]).toEqual([
    ["own", "code"],
    ["more", "letters"],
  ]);
});

test("one that is switched off is the rule for nothing", () => {
  expect([...rulesOf([route("own", "code", false), route("theirs", "code")])]).toEqual([["theirs", "code"]]);
});

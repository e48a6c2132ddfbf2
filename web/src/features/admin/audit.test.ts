import { expect, test } from "vitest";
import { changesOf, titleOf } from "./audit";
import { texts } from "./audit-texts";

test("an action is said in words, and one that is not known as it is", () => {
  expect(titleOf("user.created", texts.en)).toBe("Account: created");
  expect(titleOf("settings.updated", texts.en)).toBe("Application settings: changed");
  expect(titleOf("teapot.boiled", texts.en)).toBe("teapot.boiled");
});

test("what changed is told field by field", () => {
  expect(
    changesOf({
      name: { from: "Ada", to: "Ada Lovelace" },
      is_admin: { to: true },
      models: { from: null, to: ["a/*", "b"] },
      api_key: {},
    }),
  ).toEqual([
    { field: "name", from: "Ada", to: "Ada Lovelace", secret: false },
    { field: "is_admin", from: undefined, to: "true", secret: false },
    { field: "models", from: "", to: "a/*, b", secret: false },
    { field: "api_key", from: undefined, to: "", secret: true },
  ]);
});

test("of something new only what it has", () => {
  const detail = { tag: { to: null }, spec: { to: { retries: 0, cache: null } }, key: {} };
  expect(changesOf(detail).map(({ field }) => field)).toEqual(["spec.retries", "key"]);
});

test("of a group only what is different", () => {
  const change = {
    from: { mock_mode: false, requests_per_minute: 10 },
    to: { mock_mode: true, requests_per_minute: 10 },
  };
  expect(changesOf({ anonymous: change })).toEqual([
    { field: "anonymous.mock_mode", from: "false", to: "true", secret: false },
  ]);
});

test("what is made of several things is said in words, and a time as the reader writes it", () => {
  const targets = [{ model: "a/b", weight: 3, first_token_timeout_ms: null }, { model: "c/d" }];
  const [told, from] = changesOf({ targets: { to: targets }, valid_from: { to: "2026-11-22T12:43:44.37Z" } });
  expect(told?.to).toBe("model a/b, weight 3; model c/d");
  expect(from?.to).toMatch(/2026/);
  expect(from?.to).not.toContain("T12");
});

test("what is no detail says nothing", () => {
  for (const detail of [null, undefined, "text", [], { field: "text" }]) expect(changesOf(detail)).toEqual([]);
});

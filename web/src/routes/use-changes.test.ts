import { expect, test } from "vitest";
import { queriesOf } from "./use-changes";

test("a change names what is read again, and nothing else", () => {
  expect(queriesOf({ what: "conversation", conversation: "conv_1" })).toEqual([
    ["conversation", "conv_1"],
    ["conversations"],
  ]);
  expect(queriesOf({ what: "conversations" })).toEqual([["conversations"]]);
  expect(queriesOf({ what: "models" })).toEqual([["models"], ["connections"], ["routes"], ["prices"]]);
});

test("a run that is followed is never read again, whatever has changed", () => {
  expect(queriesOf({ what: "all" }).map(([first]) => first)).not.toContain("run");
});

test("what a newer server may say is passed over", () => {
  expect(queriesOf({ what: "of the future" as "all" })).toEqual([]);
});

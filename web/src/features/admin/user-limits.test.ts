import { expect, test } from "vitest";
import { changedLimits, faultyLimits, typedLimits } from "./user-limits";

const user = { requests_per_minute: 60, tokens_per_minute: null, concurrent: null };

test("only changed limits are sent, and an empty field takes one away", () => {
  const typed = typedLimits(user);
  expect(typed).toEqual({ requests_per_minute: "60", tokens_per_minute: "", concurrent: "" });
  expect(changedLimits(user, typed)).toEqual({});
  expect(changedLimits(user, { ...typed, requests_per_minute: " ", concurrent: "4" })).toEqual({
    requests_per_minute: null,
    concurrent: 4,
  });
});

test("a limit is a whole number within what the server takes", () => {
  const typed = { requests_per_minute: "1000001", tokens_per_minute: "1.5", concurrent: "0" };
  expect(faultyLimits(typed)).toEqual(new Set(["requests_per_minute", "tokens_per_minute", "concurrent"]));
  expect(faultyLimits({ requests_per_minute: "", tokens_per_minute: "1000000000", concurrent: "1" })).toEqual(
    new Set(),
  );
});

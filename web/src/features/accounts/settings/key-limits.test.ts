import { expect, test } from "vitest";
import { faultyRates, NO_LIMITS, readLimits, typedLimits } from "./key-limits";

test("limits come back as they went", () => {
  const limits = { models: ["openai/*", "mock/echo"], requests_per_minute: 60, tokens_per_minute: null, concurrent: 4 };
  expect(readLimits(typedLimits(limits))).toEqual(limits);
  expect(readLimits(typedLimits({}))).toEqual(readLimits(NO_LIMITS));
});

test("nothing written is no limit, and no model named is every model", () => {
  expect(readLimits(NO_LIMITS)).toEqual({
    models: null,
    requests_per_minute: null,
    tokens_per_minute: null,
    concurrent: null,
  });
  expect(readLimits({ ...NO_LIMITS, models: " , " }).models).toBeNull();
  expect(readLimits({ ...NO_LIMITS, models: "a/* b/c;a/*" }).models).toEqual(["a/*", "b/c"]);
});

test("what is no whole number within its bounds is a fault", () => {
  const typed = { ...NO_LIMITS, requests_per_minute: "0", tokens_per_minute: "2.5", concurrent: "10001" };
  expect(faultyRates(typed)).toEqual(new Set(["requests_per_minute", "tokens_per_minute", "concurrent"]));
  expect(faultyRates({ ...NO_LIMITS, requests_per_minute: " 1000000 " })).toEqual(new Set());
});

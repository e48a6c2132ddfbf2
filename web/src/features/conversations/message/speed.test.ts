import { expect, test } from "vitest";
import { tokensPerSecond } from "./speed";

test.each([
  ["without the wait", { completion_tokens: 200, latency_ms: 5_000, first_token_ms: 1_000 }, 50],
  ["a slow one to one digit", { completion_tokens: 31, latency_ms: 10_000, first_token_ms: 0 }, 3.1],
  ["when the first word was not measured", { completion_tokens: 100, latency_ms: 2_000, first_token_ms: null }, 50],
  ["not for what came all at once", { completion_tokens: 100, latency_ms: 50, first_token_ms: 10 }, undefined],
  ["not for a word or two", { completion_tokens: 2, latency_ms: 2_000, first_token_ms: 10 }, undefined],
  ["not when nothing was measured", { completion_tokens: 100, latency_ms: null, first_token_ms: null }, undefined],
])("%s", (_name, message, expected) => {
  expect(tokensPerSecond(message)).toBe(expected);
});

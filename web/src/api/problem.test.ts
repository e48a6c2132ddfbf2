import { expect, test } from "vitest";
import { speak } from "../i18n/catalogue";
import { ApiError, explain, fieldErrors, isFinal, readProblem, Unreachable } from "./problem";

test("every kind of failure reads as a sentence", () => {
  expect(explain(new Unreachable())).toBe("The server can not be reached.");
  expect(explain(new ApiError(401, "wrong_credentials", "no such row"))).toBe("Email or password is wrong.");
  expect(explain(new ApiError(429, "rate_limited", "Try again in 30 s."))).toBe("Try again in 30 s.");
  expect(explain(new ApiError(502, "upstream_error", "Mock answered 500."))).toBe(
    "The model's provider answered with an error. Mock answered 500.",
  );
  expect(explain({ code: "interrupted", detail: "" })).toBe("The answer was interrupted. What had arrived is kept.");
  expect(explain({ code: "of the future", detail: "The server explains it." })).toBe("The server explains it.");
  expect(explain({ code: "of the future", detail: "" })).toBe("Something went wrong.");
  expect(explain(new TypeError("x is undefined"))).toBe("Something went wrong in this page. Reload it and try again.");
});

test("a time in what the server adds is one that people read", () => {
  const told = explain(new ApiError(402, "budget_exceeded", "It begins anew at 2026-11-23T00:00:00.000000Z; wait."));
  expect(told).toMatch(/^The budget is used up\. It begins anew at .*2026.*; wait\.$/);
  expect(told).not.toContain("T00:00");
});

test("a fault of the server shows its number, not its inside", () => {
  expect(explain(new ApiError(500, "internal", "stack trace", [], "req_7"))).toBe(
    "Something went wrong in the server. If it goes on, tell your administrator this number: req_7.",
  );
});

test("field errors go to their fields", () => {
  const error = new ApiError(422, "invalid", "", [{ field: "email", message: "is no address" }]);
  expect(fieldErrors(error)).toEqual({ email: "is no address" });
  expect(fieldErrors(new Unreachable())).toEqual({});
});

test("a common rule is told in the reader's language, another by the server's message", async () => {
  const error = new ApiError(422, "invalid", "", [
    { field: "password", message: "needs at least 8 characters", rule: "too_short", limit: 8 },
    { field: "scopes", message: "name at least one", rule: "other" },
  ]);
  expect(fieldErrors(error)).toEqual({ password: "At least 8 characters, please.", scopes: "name at least one" });
  await speak("de");
  expect(fieldErrors(error).password).toBe("Bitte mindestens 8 Zeichen.");
  await speak("en");
});

test("asking again helps only where it can", () => {
  const final = (status: number) => isFinal(new ApiError(status, "x", ""));
  expect([400, 401, 404, 409, 422].map(final)).toEqual([true, true, true, true, true]);
  expect([408, 429, 500, 503].map(final)).toEqual([false, false, false, false]);
  expect(isFinal(new Unreachable())).toBe(false);
});

test("a failed response that is no problem document still is an ApiError", async () => {
  const error = await readProblem(new Response("<h1>Bad gateway</h1>", { status: 502 }));
  expect(error).toMatchObject({ status: 502, code: "unavailable" });
});

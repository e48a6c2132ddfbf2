import { expect, test } from "vitest";
import { ApiError, Unreachable } from "../../api/problem";
import { check, refusal } from "./enter-check";
import { texts } from "./enter-texts";

const t = texts.en;
const typed = { name: "Ada", email: "ada@example.com", password: "correct horse" };

test("what is right is sent", () => {
  expect(check(typed, true, t)).toEqual({});
  expect(check({ ...typed, name: "" }, false, t)).toEqual({});
});

test("all faults are told at once, each at its field", () => {
  expect(check({ name: "", email: "ada", password: "short" }, true, t)).toEqual({
    name: t.nameMissing,
    email: t.emailWrong,
    password: t.passwordShort,
  });
});

test("logging in does not judge an old password, but needs one", () => {
  expect(check({ ...typed, password: "short" }, false, t)).toEqual({});
  expect(check({ ...typed, password: "" }, false, t)).toEqual({ password: t.passwordMissing });
});

test("a taken address is a matter of its field", () => {
  expect(refusal(new ApiError(409, "already_exists", "There is one."), t)).toEqual({ fields: { email: t.emailTaken } });
});

test("too many attempts say how long to wait", () => {
  const limited = new ApiError(429, "rate_limited", "…", [], undefined, 125_000);
  expect(refusal(limited, t).sentence).toBe("Too many failed attempts. Try again in 2 min 5 s.");
  expect(refusal(new ApiError(429, "rate_limited", "…"), t).sentence).toBe(t.tooManySoon);
});

test("anything else is explained, or shown at the field that the server names", () => {
  expect(refusal(new Unreachable(), t).sentence).toMatch(/can not be reached/);
  const invalid = new ApiError(422, "invalid", "", [{ field: "email", message: "is not an email address" }]);
  expect(refusal(invalid, t)).toEqual({ fields: { email: "is not an email address" } });
});

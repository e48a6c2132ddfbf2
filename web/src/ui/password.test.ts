import { expect, test } from "vitest";
import { generatePassword, looksLikeEmail, passwordStrength } from "./password";

test("the strength of a password is its length, unless it repeats itself", () => {
  expect(passwordStrength("")).toBe(0);
  expect(passwordStrength("seven77")).toBe(0);
  expect(passwordStrength("password")).toBe(1);
  expect(passwordStrength("a longer one")).toBe(2);
  expect(passwordStrength("correct horse battery")).toBe(3);
  expect(passwordStrength("aaaaaaaaaaaaaaaaaaaa")).toBe(1);
});

test("an emoji is one character, as the server counts", () => {
  expect(passwordStrength("🔑🔑🔑🔑🔑🔑🔑")).toBe(0);
});

test("a generated password is strong, readable and never the same", () => {
  const made = generatePassword();
  expect(made).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
  expect(made).not.toMatch(/[lo01]/);
  expect(passwordStrength(made)).toBe(3);
  expect(generatePassword()).not.toBe(made);
});

test("an address is recognised as the server does", () => {
  expect(looksLikeEmail(" ada@example.com ")).toBe(true);
  expect(looksLikeEmail("ada@localhost")).toBe(true);
  for (const wrong of ["", "ada", "ada@", "@example.com", "a b@example.com", "a@b@c"])
    expect(looksLikeEmail(wrong)).toBe(false);
});

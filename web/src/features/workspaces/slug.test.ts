import { expect, test } from "vitest";
import { isSlug, slugOf } from "./slug";

test("a name becomes its words in small letters", () => {
  expect(slugOf("Research & Development")).toBe("research-development");
  expect(slugOf("Büro 7")).toBe("b-ro-7");
  expect(slugOf("研究")).toBe("");
  expect(slugOf("x".repeat(60))).toHaveLength(40);
});

test("a slug is letters, digits, - and _, and begins with a letter or digit", () => {
  for (const good of ["team", "Team-7", "7_up", "x".repeat(64)]) expect(isSlug(good), good).toBe(true);
  for (const bad of ["", "-team", "büro", "a b", "x".repeat(65)]) expect(isSlug(bad), bad).toBe(false);
});

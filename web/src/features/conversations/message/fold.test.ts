import { expect, test } from "vitest";
import { foldOf } from "./fold";

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`).join("\n");

test.each([
  ["nothing", ""],
  ["a sentence", "Why is the sky blue?"],
  ["twelve lines", lines(12)],
  ["a few more than twelve", lines(15)],
  ["a long paragraph", "word ".repeat(160)],
])("%s is shown whole", (_name, text) => {
  expect(foldOf(text)).toBeUndefined();
});

test("many lines are cut after the twelfth", () => {
  expect(foldOf(lines(16))).toBe(lines(12));
  expect(foldOf(lines(5_000))).toBe(lines(12));
});

test("one line without an end is cut too", () => {
  const fold = foldOf("x".repeat(1_000_000));
  expect(fold?.length).toBeGreaterThan(500);
  expect(fold?.length).toBeLessThan(1_000);
});

test("lines that are wrapped count as many", () => {
  const paragraph = "word ".repeat(60).trim();
  const fold = foldOf([paragraph, paragraph, paragraph, paragraph].join("\n"));
  expect(fold?.startsWith(`${paragraph}\n${paragraph}\n`)).toBe(true);
  expect(fold?.length).toBeLessThan(paragraph.length * 3);
});

test("a character of two places is not cut in half", () => {
  for (const offset of ["", "x"]) {
    const fold = foldOf(offset + "🏛".repeat(2_000)) ?? "";
    expect(() => encodeURIComponent(fold)).not.toThrow();
  }
});

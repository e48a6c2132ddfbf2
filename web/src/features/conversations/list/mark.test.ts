import { expect, test } from "vitest";
import { cutAt } from "./mark";

test("every second part is what was searched for", () => {
  expect(cutAt("Rust and rust", "RUST")).toEqual(["", "Rust", " and ", "rust", ""]);
  expect(cutAt("Über Äpfel", "äpf")).toEqual(["Über ", "Äpf", "el"]);
});

test("signs are signs, and nothing is found in nothing", () => {
  expect(cutAt("What is a.b?", "a.b")).toEqual(["What is ", "a.b", "?"]);
  expect(cutAt("What is aXb?", "a.b")).toEqual(["What is aXb?"]);
  expect(cutAt("(a+b)", "(a+b)")).toEqual(["", "(a+b)", ""]);
  expect(cutAt("Title", "  ")).toEqual(["Title"]);
});

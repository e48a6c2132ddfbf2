import { expect, test } from "vitest";
import { changedLimits, readSize, readTypes, typedOf } from "./limits";

const NOW = { max_bytes: 10 * 2 ** 30, allowed_types: [], refused_types: ["text/html"] };

test("a size is shown in the largest unit that it is whole in", () => {
  expect(typedOf(NOW)).toMatchObject({ size: "10", unit: "GiB", refused: "text/html" });
  expect(typedOf({ ...NOW, max_bytes: 25 * 2 ** 20 })).toMatchObject({ size: "25", unit: "MiB" });
  expect(typedOf({ ...NOW, max_bytes: 1_500_000 })).toMatchObject({ size: "1.43", unit: "MiB" });
});

test("a size is read with either decimal sign, and only within what the server takes", () => {
  expect(readSize({ size: "1,5", unit: "GiB" })).toBe(1.5 * 2 ** 30);
  expect(readSize({ size: "51", unit: "GiB" })).toBeUndefined();
  expect(readSize({ size: "", unit: "MiB" })).toBeUndefined();
  expect(readSize({ size: "many", unit: "MiB" })).toBeUndefined();
});

test("types are read however they are divided", () => {
  expect(readTypes(" image/*, Application/PDF;image/*\ntext/plain")).toEqual([
    "image/*",
    "application/pdf",
    "text/plain",
  ]);
});

test("only what is different is changed; a size that was shown rounded is not", () => {
  const odd = { ...NOW, max_bytes: 1_500_000 };
  expect(changedLimits(odd, typedOf(odd))).toEqual({});
  expect(changedLimits(NOW, { ...typedOf(NOW), size: "1", allowed: "image/*", refused: "" })).toEqual({
    max_bytes: 2 ** 30,
    allowed_types: ["image/*"],
    refused_types: [],
  });
});

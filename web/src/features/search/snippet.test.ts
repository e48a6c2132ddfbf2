import { expect, test } from "vitest";
import { shownPieces } from "./snippet";

const plain = (text: string) => ({ text, hit: false });
const hit = (text: string) => ({ text, hit: true });

test("neighbours of one kind are one piece, and nothing empty is left", () => {
  expect(shownPieces([plain("a "), plain("b "), hit("c"), plain(""), hit("d"), plain(" e")])).toEqual([
    plain("a b "),
    hit("cd"),
    plain(" e"),
  ]);
  expect(shownPieces([])).toEqual([]);
});

test("blanks and lines are one blank, also where two pieces meet, and none at the ends", () => {
  expect(shownPieces([plain("\n  The\n\nfoghorn "), hit(" sounds"), plain("  ")])).toEqual([
    plain("The foghorn "),
    hit("sounds"),
  ]);
});

test("the marks of headings and of emphasis are left out", () => {
  expect(shownPieces([plain("begin. ## The "), hit("lamp"), plain(" is **bright**, C# and #5")])).toEqual([
    plain("begin. The "),
    hit("lamp"),
    plain(" is bright, C# and #5"),
  ]);
});

test("a hit stays whole and in its place", () => {
  const pieces = [hit("Fog"), plain("horn, "), hit("fog")];
  expect(shownPieces(pieces)).toEqual(pieces);
});

import { expect, test } from "vitest";
import { plainOf } from "./plain";

test.each([
  ["By **whoever** has *the* watch, see `rota`.", "By whoever has the watch, see rota."],
  ["# Oil\n> on [Monday](https://example.com/x)", "Oil\non Monday"],
  ["~~Never~~ ![a lamp](lamp.png) lit", "Never a lamp lit"],
])("%s is read without its marks", (snippet, plain) => expect(plainOf(snippet)).toBe(plain));

test("what only looks like a mark stays", () => {
  for (const text of ["2 * 3 * 4", "C# and #lamps", "a_b_c", "5 > 3", "** open", "[1] and (2)"])
    expect(plainOf(text)).toBe(text);
});

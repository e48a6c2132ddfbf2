import { expect, test } from "vitest";
import { lex } from "./lex";
import { mend, mended } from "./mend";
import { samples } from "./samples";

test.each([
  ["bold that is still open", "one **two", "one **two**"],
  ["emphasis in it", "**one *two", "**one *two***"],
  ["a mark that has only begun", "one **", "one"],
  ["half a mark", "**one*", "**one**"],
  ["a strike", "~~one", "~~one~~"],
  ["code", "one `two **", "one `two **`"],
  ["code that has only begun", "one `", "one"],
  ["a link's text", "see [the page", "see the page"],
  ["a link's address", "see [the page](https://exam", "see the page"],
  ["an image", "![a picture](https://exam", "a picture"],
  ["the last item of a list", "- **one**\n- *two", "- **one**\n- *two*"],
  ["a cell", "| a | b |\n|--|--|\n| **c", "| a | b |\n|--|--|\n| **c**"],
  ["a heading that may be a list", "one\n-", "one"],
])("%s looks finished", (_name, source, expected) => {
  expect(mended(source)).toBe(expected);
});

test.each([
  "plain text",
  "2 * 3 and 4 * 5",
  "snake_case and __init__",
  "**done** and `code` and [link](https://example.com)",
  "[1] and [x]",
  "a \\*b",
  "- ```js\n  let a = b ** c",
  "`a ** b`",
])("%s is left as it is", (source) => {
  expect(mended(source)).toBe(source);
});

test("every beginning of every sample still has one last block, which is only shorter or the same", () => {
  for (const text of Object.values(samples)) {
    for (let end = 1; end <= text.length; end += 1) {
      const { tokens, links } = lex(text.slice(0, end), {});
      const last = tokens.at(-1);
      if (last) expect(mend(last, links).raw.length).toBeGreaterThanOrEqual(0);
    }
  }
});

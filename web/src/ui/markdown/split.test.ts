import { expect, test } from "vitest";
import { lex } from "./lex";
import { samples } from "./samples";
import { blocksOf, type Split, split } from "./split";

const whole = (text: string) => lex(text.replace(/\r\n?/g, "\n"), {}).tokens;

function grow(text: string, cuts: Iterable<number>, check: (text: string, state: Split) => void) {
  let state: Split | undefined;
  for (const cut of cuts) {
    const now = text.slice(0, cut);
    state = split(state, now);
    check(now, state);
  }
  return state as Split;
}

/** Repeatable: the same cuts in each run. */
function random(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % below;
  };
}

function* everyCut(text: string) {
  for (let cut = 1; cut <= text.length; cut += 1) yield cut;
}

function* someCuts(text: string, next: (below: number) => number) {
  for (let cut = 1 + next(12); cut < text.length; cut += 1 + next(12)) yield cut;
  yield text.length;
}

const same = (text: string, state: Split) => expect(blocksOf(state), JSON.stringify(text)).toEqual(whole(text));

test.each(Object.entries(samples))("every beginning of %s has the blocks of the whole", (_name, text) => {
  grow(text, everyCut(text), same);
});

test("texts put together at random, cut at random, have the blocks of the whole", () => {
  const next = random(7);
  const parts = Object.values(samples).flatMap((text) => text.split(/(?<=\n\n)/));
  for (let round = 0; round < 100; round += 1) {
    const text = Array.from({ length: 6 }, () => parts[next(parts.length)] + "\n".repeat(next(3))).join("");
    grow(text, someCuts(text, next), same);
  }
});

test("lines put together at random, cut at random, have the blocks of the whole", () => {
  const next = random(11);
  const lines = Object.values(samples).flatMap((text) => text.split("\n"));
  for (let round = 0; round < 400; round += 1) {
    const text = Array.from({ length: 8 }, () => lines[next(lines.length)]).join("\n");
    grow(text, someCuts(text, next), same);
  }
});

test("a text that is not the earlier one with more behind it is parsed anew", () => {
  const before = split(undefined, "# One\n\nTwo\n\nThree");
  const after = split(before, "# Other\n\nTwo\n\nThree");
  expect(blocksOf(after)).toEqual(whole("# Other\n\nTwo\n\nThree"));
  expect(split(after, "").segments).toEqual([]);
});

test("the same text is the same state", () => {
  const state = split(undefined, "# One\n\nTwo");
  expect(split(state, "# One\n\nTwo")).toBe(state);
});

test("what arrives costs the last block, not the text", () => {
  const paragraph = "Some words of **prose** that make up a paragraph with `code` in it.\n\n";
  const text = paragraph.repeat(300);
  let [lexed, longest] = [0, 0];
  grow(text, someCuts(text, random(3)), (_text, state) => {
    lexed += state.lexed;
    longest = Math.max(longest, state.lexed);
  });
  expect(longest).toBeLessThan(2 * paragraph.length);
  expect(lexed).toBeLessThan(12 * text.length);
});

test("settled blocks stay the same objects, so that they are not drawn again", () => {
  const text = Object.values(samples).slice(0, 6).join("\n\n");
  let before: readonly unknown[] = [];
  grow(text, everyCut(text), (_text, state) => {
    const settled = state.segments.flatMap((segment) => segment.tokens);
    before.forEach((token, index) => {
      expect(settled[index]).toBe(token);
    });
    before = settled;
  });
  expect(before.length).toBeGreaterThan(30);
});

test("a definition parses again only what refers to it", () => {
  const filler = "Nothing refers to anything here.\n\n".repeat(200);
  const before = split(undefined, `See [a].\n\n${filler}[a]`);
  const after = split(before, `See [a].\n\n${filler}[a]: https://example.com`);
  expect(after.lexed).toBeLessThan(200);
  expect(JSON.stringify(blocksOf(after)[0])).toContain("https://example.com");
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CHARS_MAX, charsOf, draftOf, fillOf } from "./draft";

const stored = new Map<string, string>();

beforeEach(() => {
  stored.clear();
  vi.useFakeTimers();
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => stored.get(name) ?? null,
    setItem: (name: string, text: string) => stored.set(name, text),
    removeItem: (name: string) => stored.delete(name),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const KEY = "stoa:draft:cnv_1";
let count = 0;
/** A conversation of its own for each test: drafts that are on their way outlast it. */
const fresh = () => {
  count += 1;
  return `cnv_${count}_fresh`;
};

test("what was typed is stored after a moment, and at once when the composer goes", () => {
  const draft = draftOf("ws", "cnv_1");
  const leave = draft.subscribe(() => {});
  draft.type("one");
  draft.type("one two");
  expect(stored.get(KEY)).toBeUndefined();
  vi.advanceTimersByTime(400);
  expect(stored.get(KEY)).toBe("one two");
  draft.type("one two three");
  leave();
  expect(stored.get(KEY)).toBe("one two three");
  expect(draftOf("ws", "cnv_1").read()).toBe("one two three");
});

test("drafts of conversations do not mix, nor do new ones of two workspaces", () => {
  for (const [workspace, conversation] of [
    ["a", undefined],
    ["b", undefined],
    ["a", "cnv_2"],
  ] as const) {
    draftOf(workspace, conversation).put(`${workspace} ${conversation}`);
  }
  expect(draftOf("a", undefined).read()).toBe("a undefined");
  expect(draftOf("b", undefined).read()).toBe("b undefined");
  expect(draftOf("a", "cnv_2").read()).toBe("a cnv_2");
});

test("a text on its way is out of the box but not out of the store, and gone when it was taken", () => {
  const id = fresh();
  const draft = draftOf("ws", id);
  draft.put("  question  ");
  expect(draft.leave()).toBe("question");
  expect(draft.read()).toBe("");
  expect(stored.get(`stoa:draft:${id}`)).toBe("question");
  draft.taken();
  expect(stored.has(`stoa:draft:${id}`)).toBe(false);
});

test("a text that did not arrive comes back before what was typed since", () => {
  const id = fresh();
  const draft = draftOf("ws", id);
  draft.put("question");
  draft.leave();
  draft.type("more");
  draft.restore();
  expect(draft.read()).toBe("question\nmore");
  expect(stored.get(`stoa:draft:${id}`)).toBe("question\nmore");
});

test("a text that is on its way while its composer is gone is found again by the next one", () => {
  const id = fresh();
  const first = draftOf("ws", id);
  const leave = first.subscribe(() => {});
  first.put("question");
  first.leave();
  leave();
  const second = draftOf("ws", id);
  expect(second.read()).toBe("");
  const seen: string[] = [];
  second.subscribe(() => seen.push(second.read()));
  first.restore();
  expect(seen).toEqual(["question"]);
});

test("what was typed behind the first message moves to the conversation it began", () => {
  const id = fresh();
  const before = draftOf(fresh(), undefined);
  before.put("first");
  before.leave();
  before.type("second");
  before.taken(draftOf("ws", id));
  expect(before.read()).toBe("");
  expect(draftOf("ws", id).read()).toBe("second");
});

test("listeners learn who wrote", () => {
  const draft = draftOf("ws", fresh());
  const by: string[] = [];
  draft.subscribe((who) => by.push(who));
  draft.type("a");
  draft.put("b");
  draft.leave();
  expect(by).toEqual(["keyboard", "program", "program"]);
});

test("the fill is what buttons and counter depend on; near the limit a character is one, whatever it takes", () => {
  const fill = (text: string) => fillOf(text, charsOf(text));
  expect(fill("")).toBe("blank");
  expect(fill(" \n\t ")).toBe("blank");
  expect(fill(" a ")).toBe("some");
  expect(fill("a".repeat(CHARS_MAX * 0.9))).toBe("near");
  expect(fill("a".repeat(CHARS_MAX))).toBe("near");
  expect(fill("a".repeat(CHARS_MAX + 1))).toBe("over");
  expect(fill("😀".repeat(CHARS_MAX / 2 + 1))).toBe("some");
  expect(fill("😀".repeat(CHARS_MAX * 0.95))).toBe("near");
  expect(charsOf("😀".repeat(CHARS_MAX))).toBe(CHARS_MAX);
});

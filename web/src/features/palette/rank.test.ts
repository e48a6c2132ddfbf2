import { describe, expect, test } from "vitest";
import { match, rank } from "./rank";

const order = (query: string, ...texts: string[]) => rank(query, texts, (text) => [text]).map(({ item }) => item);

describe("what matches", () => {
  test("every word, in any order, anywhere", () => {
    expect(match("api key", "API keys")).toBeDefined();
    expect(match("keys api", "API keys")).toBeDefined();
    expect(match("api door", "API keys")).toBeUndefined();
  });

  test("the first letters of words, and pieces of them", () => {
    expect(match("nc", "New conversation")?.ranges).toEqual([
      [0, 1],
      [4, 5],
    ]);
    expect(match("necon", "New conversation")?.ranges).toEqual([
      [0, 2],
      [4, 7],
    ]);
    // Scattered letters are not what anybody meant.
    expect(match("nvt", "New conversation")).toBeUndefined();
  });

  test("case and accents do not matter, and places are those of the text", () => {
    expect(match("uber", "Über Äpfel")?.ranges).toEqual([[0, 4]]);
    expect(match("ÄPF", "Über Äpfel")?.ranges).toEqual([[5, 8]]);
    expect(match("apfel", "Über Äpfel")?.ranges).toEqual([[5, 10]]);
    expect(match("straße", "Die Straße")?.ranges).toEqual([[4, 10]]);
  });

  test("other words for the same thing", () => {
    const found = match("dark", "Theme: night", "dark appearance");
    expect(found?.ranges).toEqual([]);
    expect(match("look", "Theme: night", "dark appearance")).toBeUndefined();
  });

  test("nothing typed matches everything", () => {
    expect(match("", "Anything")?.ranges).toEqual([]);
    expect(match("  ", "Anything")).toBeDefined();
  });

  test("signs are signs", () => {
    expect(match("c++", "C++ and (brackets)")?.ranges).toEqual([[0, 3]]);
    expect(match("(br", "C++ and (brackets)")).toBeDefined();
    expect(match("[", "C++ and (brackets)")).toBeUndefined();
  });
});

describe("the order", () => {
  test("whole, beginning, a word, inside, letters", () => {
    expect(order("key", "Monkey", "API key", "Keyboard", "Key", "Kind, eager, young")).toEqual([
      "Key",
      "Keyboard",
      "API key",
      "Monkey",
      "Kind, eager, young",
    ]);
  });

  test("the title before other words for it", () => {
    const items = [
      { label: "Preferences", keywords: "language" },
      { label: "Language: Deutsch", keywords: "" },
    ];
    expect(rank("lang", items, (each) => [each.label, each.keywords])[0]?.item.label).toBe("Language: Deutsch");
  });

  test("the shorter of two that match alike, and equals as they came", () => {
    expect(order("new", "New workspace for a team", "New workspace")).toEqual([
      "New workspace",
      "New workspace for a team",
    ]);
    expect(order("a", "ab", "ac")).toEqual(["ab", "ac"]);
    expect(order("", "bb", "aa")).toEqual(["bb", "aa"]);
  });
});

test("a long text with much repetition is quick", () => {
  const started = performance.now();
  match("aaaaaaaaaaaaaaaaaaab", "a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a");
  expect(performance.now() - started).toBeLessThan(500);
});

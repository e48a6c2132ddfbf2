import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isClosed } from "./code-block";
import { languageOf } from "./languages";
import { type Kind, spansOf } from "./spans";

const kindOf = async (code: string, language: string, piece: string): Promise<Kind | undefined> =>
  (await spansOf(code, language))?.find(([, text]) => text.includes(piece))?.[0];

test("no character is lost or added", async () => {
  const code = 'fn main() { // <b>&amp;</b>\n\tlet s = "ünï🏛";\n}\n\n';
  for (const language of ["rust", "html", "markdown", "python", "json", "yaml", "sql", "php"]) {
    expect((await spansOf(code, language))?.map(([, text]) => text).join(""), language).toBe(code);
  }
});

test.each<[string, string, string, Kind]>([
  ["let x = 1", "js", "let", "keyword"],
  ["x = 'y'", "py", "'y'", "string"],
  ["# note", "python", "# note", "comment"],
  ["fn run() {}", "rs", "run", "name"],
  ["+ new", "diff", "+ new", "added"],
  ["- old", "diff", "- old", "removed"],
  ["<p>x</p><script>let y = 2</script>", "html", "let", "keyword"],
  ["SELECT 1", "postgres", "SELECT", "keyword"],
])("in %j (%s), %j is coloured", async (code, language, piece, kind) => {
  expect(await kindOf(code, language, piece)).toBe(kind);
});

test("a language that is not known has no colours, whatever it is called", async () => {
  for (const name of ["", "nonsense", "constructor", "__proto__", "toString"]) {
    expect(await spansOf("x", name), name).toBeUndefined();
  }
});

test("every language that is offered has a grammar", async () => {
  const source = readFileSync(new URL("./languages.ts", import.meta.url), "utf8");
  const names = [...source.matchAll(/^ {2}"?([^\s":]+)"?: (?:\(\)|")/gm)].map((match) => match[1] as string);
  expect(names.length).toBeGreaterThan(100);
  for (const name of names) expect(languageOf(name)?.needs[0]?.[0], name).toBeTruthy();
  await Promise.all(names.map(async (name) => expect(await spansOf("a = 1", name), name).toBeDefined()));
});

test.each<[string, boolean]>([
  ["```js\nx\n```", true],
  ["```js\nx\n```\n", true],
  ["```js\nx\n````", true],
  ["```js\nx", false],
  ["```js\nx\n``", false],
  ["````\n```", false],
  ["~~~\nx\n```", false],
  ["~~~\nx\n~~~", true],
  ["```", false],
  ["    indented", true],
])("the fence %j is closed: %s", (raw, closed) => {
  expect(isClosed(raw)).toBe(closed);
});

/**
 * Nothing that a person reads or hears stands in the code: every component is parsed, and words in JSX, or in attributes that
 * are shown or spoken, fail. And German is German: a message equal to the English one is named here or is a mistake.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import type { Catalogue } from "./catalogue";

const ROOT = join(import.meta.dirname, "..");
const SPOKEN = new Set(["aria-label", "aria-description", "title", "placeholder", "alt", "label", "hint", "about"]);
/** Names that are the same in every language. */
const NAMES = new Set(["Stoa"]);

function filesEnding(end: string): string[] {
  return readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(end));
}

function wordsIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), "utf8"), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const report = (node: ts.Node, text: string) => {
    const words = text.trim();
    if (!/\p{L}{2}/u.test(words) || NAMES.has(words)) return;
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${file}:${line + 1} ${words}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) report(node, node.text);
    if (ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText()) && node.initializer) {
      if (ts.isStringLiteral(node.initializer)) report(node, node.initializer.text);
      else if (ts.isJsxExpression(node.initializer) && node.initializer.expression)
        literals(node.initializer.expression, report);
    }
    if (ts.isJsxExpression(node) && node.expression && !ts.isJsxAttribute(node.parent))
      literals(node.expression, report);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The literal that an expression in JSX comes to, also behind a condition: `open ? "Hide" : "Show"`. */
function literals(node: ts.Expression, report: (node: ts.Node, text: string) => void): void {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) report(node, node.text);
  else if (ts.isConditionalExpression(node)) {
    literals(node.whenTrue, report);
    literals(node.whenFalse, report);
  } else if (ts.isBinaryExpression(node)) literals(node.right, report);
  else if (ts.isParenthesizedExpression(node)) literals(node.expression, report);
  else if (ts.isTemplateExpression(node)) {
    report(node, node.head.text);
    for (const span of node.templateSpans) report(node, span.literal.text.replace(/ · Stoa$/, ""));
  }
}

test("the components have no words of their own", () => {
  const files = filesEnding(".tsx").filter((file) => !file.includes(".test."));
  expect(files.length).toBeGreaterThan(20);
  expect(files.flatMap(wordsIn)).toEqual([]);
});

/** Messages that are the same in both languages, because they are names or words that German has taken over. */
const SAME = new Set<string>(JSON.parse(readFileSync(join(import.meta.dirname, "same-in-german.json"), "utf8")));

function messages(value: unknown, path: string[] = []): [string, string][] {
  if (typeof value === "string") return [[path.join("."), value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => messages(inner, [...path, key]));
}

test("German is not left in English", async () => {
  const files = filesEnding("texts.ts").filter((file) => !file.startsWith("i18n"));
  expect(files.length).toBeGreaterThan(4);
  const left: string[] = [];
  for (const file of files) {
    const { texts } = (await import(join(ROOT, file))) as { texts: Catalogue<unknown> };
    const german = new Map(messages(await texts.load("de")));
    for (const [path, message] of messages(texts.en)) {
      const same = german.get(path) === message && /\p{L}{2}/u.test(message) && !SAME.has(message);
      if (same) left.push(`${file} ${path}: ${message}`);
    }
  }
  expect(left).toEqual([]);
});

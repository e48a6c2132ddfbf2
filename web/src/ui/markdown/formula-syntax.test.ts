import type { Token } from "marked";
import { expect, test } from "vitest";
import { buildFormula } from "./draw-formula";
import { lex } from "./lex";

function formulas(source: string): string[] {
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === "object" && value !== null) {
      const token = value as Token & { display?: boolean; text?: string };
      if (token.type === "formula") found.push(`${token.display ? "display" : "inline"} ${token.text}`);
      else Object.values(value).forEach(walk);
    }
  };
  walk(lex(source, {}).tokens);
  return found;
}

test.each([
  ["$x$", ["inline x"]],
  ["a $x_1$, $y_2$ b", ["inline x_1", "inline y_2"]],
  ["\\(a*b\\) and \\[c*d\\]", ["inline a*b", "display c*d"]],
  ["$$\na\n- b\n+ c\n$$", ["display a\n- b\n+ c"]],
  ["\\[\na\n= b\n\\]", ["display a\n= b"]],
  ["so $$a$$ it is", ["display a"]],
  ["$2 \\times 3$", ["inline 2 \\times 3"]],
  ["$\\text{5\\$}$", ["inline \\text{5\\$}"]],
  ["**$x$** and [$y$](https://example.com)", ["inline x", "inline y"]],
  ["- item\n\n  $$\n  a\n  $$", ["display a"]],
  ["| $a$ |\n|--|\n| $b$ |", ["inline a", "inline b"]],
])("%j has formulas", (source, expected) => {
  expect(formulas(source)).toEqual(expected);
});

test.each([
  "$5 and $6",
  "from $5-$10",
  "it is $5 more than 6$ now",
  "$ x$ and $x $",
  "US$5 and AU$6",
  "a$b$c",
  "`$x$`",
  "```\n$x$\n```",
  "    $x$",
  "\\$x\\$",
  "$x",
  "$$x",
  "$$\nx\n\ny\n$$",
  "\\\\(x\\\\)",
  "$PATH and `$HOME`",
  "$$$$",
  "$$",
])("%j has none", (source) => {
  expect(formulas(source)).toEqual([]);
});

test("a drawn formula has no style attribute, which the page's policy would refuse", () => {
  const styles: string[] = [];
  const walk = (node: { attributes?: Record<string, string>; children?: unknown[] }): void => {
    expect(node.attributes?.style).toBeUndefined();
    if (node.attributes?.["data-style"]) styles.push(node.attributes["data-style"]);
    node.children?.forEach((child) => {
      walk(child as typeof node);
    });
  };
  walk(buildFormula("\\vec{v} \\overrightarrow{AB} \\bold{x} \\oiint \\fcolorbox{red}{blue}{x}", true));
  expect(styles.length).toBeGreaterThan(0);
});

test("what is not TeX, and what never ends, is refused", () => {
  for (const source of ["\\frac{a", "\\nosuchcommand", "\\def\\a{\\a\\a}\\a"]) {
    expect(() => buildFormula(source, false)).toThrow();
  }
});

test("a formula cannot lead anywhere or load anything", () => {
  for (const source of [
    "\\href{javascript:alert(1)}{x}",
    "\\includegraphics{https://example.com/x.png}",
    "\\htmlStyle{a}{x}",
  ]) {
    let said = "";
    try {
      said = JSON.stringify(buildFormula(source, false));
    } catch {
      continue;
    }
    expect(said).not.toMatch(/"href"|"src"/);
  }
});

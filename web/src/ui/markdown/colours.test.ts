/** The colours of code reach the contrast that small text needs, on the ground it stands on, in both themes. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

function pairs(css: string, name: RegExp): [string, string, string][] {
  return [...css.matchAll(/--([\w-]+): light-dark\((#[\da-f]{6}), (#[\da-f]{6})\)/g)]
    .filter((match) => name.test(match[1] as string))
    .map((match) => [match[1] as string, match[2] as string, match[3] as string]);
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const [ground] = pairs(read("../tokens.css"), /^sunken$/);

test.each(pairs(read("./prose.css"), /^code-/))("%s can be read", (_name, light, dark) => {
  expect(contrast(light, ground?.[1] as string)).toBeGreaterThanOrEqual(4.5);
  expect(contrast(dark, ground?.[2] as string)).toBeGreaterThanOrEqual(4.5);
});

test("every kind of code has its colour", () => {
  const css = read("./prose.css");
  const kinds = [...(read("./spans.ts").match(/export type Kind =[^;]*/)?.[0] ?? "").matchAll(/"(\w+)"/g)];
  expect(kinds.length).toBeGreaterThan(5);
  for (const [, kind] of kinds) expect(css).toContain(`.code-${kind} {`);
});

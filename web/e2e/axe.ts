/** What axe finds on a page, as the tests of accessibility ask for it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Finding {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}
type Axe = { run(context: object, options: object): Promise<{ violations: Finding[] }> };

/** Asks axe about everything in the light, and about colours again in the dark: nothing else depends on the theme. */
export async function findings(page: Page): Promise<string[]> {
  // The guards at the ends of a menu take the focus only to pass it on; axe sees what can be focused and is hidden.
  // Through the debugger, because the page's own policy forbids scripts that it did not bring.
  await page.evaluate(AXE);
  const found: string[] = [];
  for (const [colorScheme, runOnly] of [
    ["light", undefined],
    ["dark", ["color-contrast"]],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(
      (options) =>
        (globalThis as unknown as { axe: Axe }).axe.run({ exclude: ["[data-base-ui-focus-guard]"] }, options),
      runOnly ? { runOnly: [...runOnly], resultTypes: ["violations"] } : { resultTypes: ["violations"] },
    );
    for (const { id, impact, nodes } of violations) {
      if (impact !== "serious" && impact !== "critical") continue;
      for (const node of nodes) found.push(`${colorScheme}: ${id}: ${node.html}\n${node.failureSummary}`);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  return found;
}

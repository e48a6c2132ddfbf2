/**
 * Draws the icons of the installed page from the mark in `public/favicon.svg`; run it by hand when the mark changes and
 * commit what it writes. `CHROMIUM` names the browser that draws.
 */
import { readFile, writeFile } from "node:fs/promises";
import { chromium } from "playwright-core";

const folder = new URL("../public/", import.meta.url);
const svg = await readFile(new URL("favicon.svg", folder), "utf8");
const [, colour] = /rx="7" fill="(#\w+)"/.exec(svg) ?? [];
if (!colour) throw new Error("favicon.svg has no ground to take the colour from");

/** The mark on a ground to the edges: systems cut their own shape out of it, and the middle 80 % always stay. */
const whole = (scale) =>
  svg
    .replace(/<rect[^>]*\/>/, `<rect width="32" height="32" fill="${colour}"/>`)
    .replace("<path ", `<path transform="translate(16 16) scale(${scale}) translate(-16 -16)" `);

const icons = [
  { file: "icon-192.png", size: 192, svg },
  { file: "icon-512.png", size: 512, svg },
  { file: "icon-maskable-512.png", size: 512, svg: whole(0.86) },
  { file: "apple-touch-icon.png", size: 180, svg: whole(0.9) },
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
for (const icon of icons) {
  const page = await browser.newPage({ viewport: { width: icon.size, height: icon.size } });
  const drawing = icon.svg.replace("<svg ", `<svg width="${icon.size}" height="${icon.size}" `);
  await page.setContent(`<body style="margin:0">${drawing}</body>`);
  const bytes = await page.locator("svg").screenshot({ omitBackground: true });
  await writeFile(new URL(icon.file, folder), bytes);
  await page.close();
  console.log(`${icon.file}: ${bytes.length} bytes`);
}
await browser.close();

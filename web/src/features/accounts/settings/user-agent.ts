/**
 * A browser's description of itself in two words a person knows. Browsers name their ancestors too, so the order matters:
 * whoever claims to be several is the first of them here.
 */
const BROWSERS: [name: string, sign: RegExp][] = [
  ["Edge", /\bEdg(?:e|A|iOS)?\//],
  ["Opera", /\b(?:OPR|Opera)\//],
  ["Samsung Internet", /\bSamsungBrowser\//],
  ["Vivaldi", /\bVivaldi\//],
  ["Firefox", /\b(?:Firefox|FxiOS)\//],
  ["Chrome", /\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//],
  ["Safari", /\bSafari\//],
  ["curl", /^curl\//],
  ["Python", /^(?:python-|Python\/|OpenAI\/Python|aiohttp)/i],
  ["Node.js", /^(?:node|undici|axios)/i],
];

const SYSTEMS: [name: string, sign: RegExp][] = [
  ["iPhone", /\biPhone\b/],
  ["iPad", /\biPad\b/],
  ["Android", /\bAndroid\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\bMac OS X\b|\bMacintosh\b/],
  ["Linux", /\bLinux\b|\bX11\b/],
];

export interface Device {
  browser?: string;
  system?: string;
  /** Held in the hand. */
  mobile: boolean;
}

export function readUserAgent(agent: string | null | undefined): Device {
  const find = (list: [string, RegExp][]) => list.find(([, sign]) => sign.test(agent ?? ""))?.[0];
  const system = find(SYSTEMS);
  return {
    browser: find(BROWSERS),
    system,
    mobile: system === "iPhone" || system === "iPad" || system === "Android",
  };
}

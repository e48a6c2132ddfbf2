/** No serious or critical finding of axe, on any page or anything that opens over one, in both themes; and on a phone. */
import { beforeAll, expect, test } from "vitest";
import { findings } from "./axe";
import { PHONE, suite } from "./harness";
import { furnish, OVERLAYS, PAGES, type Place, walker } from "./pages";

const on = suite({ keep: true });
const walk = walker(on);
const walkOnPhone = walker(on, { viewport: PHONE, hasTouch: true, isMobile: true });
let place: Place;

beforeAll(async () => {
  place = await furnish(on);
});

test.each(PAGES)("$name", async (entry) => {
  expect(await findings(await walk(entry, place))).toEqual([]);
});

test.each(OVERLAYS)("$name, open", async ({ over, open }) => {
  const page = await walk(over, place);
  await open(page);
  expect(await findings(page)).toEqual([]);
});

const ON_A_PHONE = PAGES.filter(({ name }) => /^(login|new|conversation|settings (profile|members))$/.test(name));

test.each(ON_A_PHONE)("$name, on a phone", async (entry) => {
  expect(await findings(await walkOnPhone(entry, place))).toEqual([]);
});

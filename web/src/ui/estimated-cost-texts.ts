/** The words of what something will cost. */
import { catalogue } from "../i18n/catalogue";

const en = {
  expected: "It will cost about",
  most: "and at most",
  unpriced: (names: readonly string[]) => `No price is known for ${names.join(", ")}: what those cost is not counted.`,
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./estimated-cost-texts.de"));

/** The words of what visitors may do. */
import { catalogue } from "../../i18n/catalogue";
import { number } from "../../i18n/format";

const en = {
  title: "Without logging in",
  about: "What somebody may do who has no account.",
  mock: "Try the mock models",
  mockHint:
    "The log-in page offers to ask the mock models, side by side. They cost nothing, no other model is asked, and nothing is kept.",
  requests: "Questions an address may ask in a minute",
  requestsHint: "What is more is refused until the minute has passed.",
  between: (most: number) => `A whole number from 1 to ${number(most)}`,
  save: "Save",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./visitors-texts.de"));

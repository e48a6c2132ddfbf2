/** The words of what limits a user. */
import { catalogue } from "../../i18n/catalogue";
import { number } from "../../i18n/format";

const en = {
  entry: "Limits…",
  title: (name: string) => `Limits of ${name}`,
  about:
    "They count all calls of models by this user together, on pages and with keys. What keys and budgets limit goes on to hold.",
  rates: {
    requests_per_minute: "Requests a minute",
    tokens_per_minute: "Tokens a minute",
    concurrent: "Requests at once",
  },
  are: {
    requests_per_minute: (count: number) => (count === 1 ? "1 request a minute" : `${number(count)} requests a minute`),
    tokens_per_minute: (count: number) => (count === 1 ? "1 token a minute" : `${number(count)} tokens a minute`),
    concurrent: (count: number) => `${number(count)} at once`,
  },
  unlimited: "Without a limit",
  between: (most: number) => `A whole number from 1 to ${number(most)}`,
  saved: (name: string) => `The limits of ${name} are saved.`,
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./user-limits-texts.de"));

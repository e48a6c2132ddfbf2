import { number } from "../../i18n/format";
import type { Texts } from "./user-limits-texts";

const de: Texts = {
  entry: "Grenzen …",
  title: (name) => `Grenzen von ${name}`,
  about:
    "Sie gelten für alle Aufrufe von Modellen durch diese Person zusammen, auf Seiten und mit Schlüsseln. Was Schlüssel und Budgets begrenzen, gilt weiter.",
  rates: {
    requests_per_minute: "Anfragen in der Minute",
    tokens_per_minute: "Tokens in der Minute",
    concurrent: "Anfragen zugleich",
  },
  are: {
    requests_per_minute: (count) =>
      count === 1 ? "1 Anfrage in der Minute" : `${number(count)} Anfragen in der Minute`,
    tokens_per_minute: (count) => (count === 1 ? "1 Token in der Minute" : `${number(count)} Tokens in der Minute`),
    concurrent: (count) => `${number(count)} zugleich`,
  },
  unlimited: "Ohne Grenze",
  between: (most) => `Eine ganze Zahl von 1 bis ${number(most)}`,
  saved: (name) => `Die Grenzen von ${name} sind gespeichert.`,
};

export default de;

import { number } from "../../i18n/format";
import type { Texts } from "./visitors-texts";

const de: Texts = {
  title: "Ohne Anmeldung",
  about: "Was jemand darf, der kein Konto hat.",
  mock: "Mock-Modelle ausprobieren",
  mockHint:
    "Die Anmeldeseite bietet an, die Mock-Modelle nebeneinander zu fragen. Sie kosten nichts, kein anderes Modell wird gefragt, und nichts wird behalten.",
  requests: "Fragen, die eine Adresse in einer Minute stellen darf",
  requestsHint: "Was darüber ist, wird abgelehnt, bis die Minute vorbei ist.",
  between: (most) => `Eine ganze Zahl von 1 bis ${number(most)}`,
  save: "Speichern",
};

export default de;

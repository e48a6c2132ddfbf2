import { number } from "../../../i18n/format";
import type { Texts } from "./try-texts";

const de: Texts = {
  title: "Ausprobieren",
  lead: "Stellen Sie mehreren Modellen dieselbe Frage und sehen Sie ihre Antworten nebeneinander. Es sind Mock-Modelle: Sie folgen Regeln, kosten nichts und zeigen, wie es sich anfühlt. Nichts, was Sie schreiben, wird behalten.",
  logIn: "Anmelden",
  question: "Ihre Frage",
  models: (chosen, most) => `Modelle, ${number(chosen)} von höchstens ${number(most)}`,
  ask: "Fragen",
  stop: "Anhalten",
  empty: "Schreiben Sie eine Frage.",
  noModel: "Wählen Sie mindestens ein Modell.",
  answers: "Antworten nebeneinander",
  answerOf: (name) => `Antwort von ${name}`,
  waiting: "Warten auf das erste Wort",
  nothing: "Keine Antwort.",
  firstWord: (time) => `Erstes Wort nach ${time}`,
  perSecond: (tokens) => `${tokens} Tokens/s`,
  tokens: (count) => (count === 1 ? "1 Token" : `${number(count)} Tokens`),
  closed: "Nicht ohne Konto",
  closedWhy: "Die Administration kann Besucher die Mock-Modelle ausprobieren lassen. Hier muss man sich anmelden.",
};

export default de;

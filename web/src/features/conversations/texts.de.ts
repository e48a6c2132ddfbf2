import { number } from "../../i18n/format";
import type { Texts } from "./texts";

const de: Texts = {
  newConversation: "Neue Unterhaltung",
  messages: "Nachrichten",
  beginning: "Hier beginnt die Unterhaltung",
  loadingOlder: "Ältere Nachrichten werden geladen …",
  olderFailed: "Ältere Nachrichten konnten nicht geladen werden. Noch einmal versuchen",
  toEnd: "Zum Ende",
  newText: "Neuer Text",
  writing: "Eine Antwort wird geschrieben.",
  written: "Die Antwort ist fertig.",
  textKept: (why) => `${why} Ihr Text bleibt erhalten.`,
  readOnly: "Sie können in diesem Arbeitsbereich lesen, aber nicht schreiben.",
  empty: "Hier wurde noch nichts geschrieben.",

  you: "Sie",
  answerFrom: (model) => `Antwort von ${model}`,
  model: "Modell",
  showAll: "Alles anzeigen",
  showLess: "Weniger anzeigen",
  waiting: "Warten auf das erste Wort",
  thinking: "Denkt nach …",
  reasoning: "Überlegungen",
  words: (count) => (count === 1 ? "1 Wort" : `${number(count)} Wörter`),
  tokens: (count) => (count === 1 ? "1 Token" : `${number(count)} Tokens`),

  regenerate: "Neu schreiben",
  continue: "Fortsetzen",
  tryAgain: "Noch einmal versuchen",
  earlierVersion: "Frühere Fassung",
  laterVersion: "Spätere Fassung",
  versionOf: (index, count) => `${number(index)} von ${number(count)}`,
};

export default de;

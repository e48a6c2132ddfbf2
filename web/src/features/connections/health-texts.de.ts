import type { Texts } from "./health-texts";

const de: Texts = {
  title: "Zustand der Anbieter",
  about: "Welche Verbindungen funktionieren, und wie die Modelle dahinter antworten.",
  manage: "Anbieterverbindungen",
  trouble: "Braucht Aufmerksamkeit",
  none: "Von keiner eingeschalteten Verbindung ist ein Fehler bekannt.",
  unsaid: "Warum, hat sie nicht gesagt.",
  lastWell: (when) => `Zuletzt funktioniert hat sie ${when}.`,
  neverWell: "Funktioniert hat sie noch nie.",
  list: "Verbindungen",
  since: (span) =>
    `Die der Installation, die dieses Arbeitsbereichs und Ihre eigenen. Aufrufe sind die dieses Servers seit seinem Start (${span}).`,
  connection: "Verbindung",
  state: "Zustand",
  calls: "Aufrufe",
  errors: "Gescheitert",
  part: (count, part) => `${count} (${part})`,
  firstWord: "Erstes Wort, p95",
  speed: "Tokens/s",
  cost: "Kosten",
  read: "Modelle gelesen",
  nothing: "–",
};

export default de;

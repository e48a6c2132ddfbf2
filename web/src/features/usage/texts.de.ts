import type { Texts } from "./texts";

const de: Texts = {
  title: "Verbrauch",
  about: {
    me: "Was Ihre Aufrufe von Modellen ausmachen, in allen Arbeitsbereichen und mit Ihren API-Schlüsseln.",
    workspace: "Was die Aufrufe von Modellen aller in diesem Arbeitsbereich ausmachen.",
    installation: "Was die Aufrufe von Modellen aller ausmachen, hier und über die API.",
  },
  range: "Zeitraum",
  ranges: { week: "7 Tage", month: "30 Tage", quarter: "90 Tage", year: "Ein Jahr" },
  none: "Keine Aufrufe in dieser Zeit",
  noneYet: "Antworten, Titel und Suchen werden eine Minute nach ihrem Ende gezählt.",
  daily: "Tag für Tag",
  utc: "Tage beginnen um Mitternacht UTC. Die letzte Minute kann noch fehlen.",
  parts: "Im Einzelnen",
  divided: "Aufgeteilt nach",
  by: { model: "Modell", purpose: "Zweck", workspace: "Arbeitsbereich", user: "Person" },
  byOf: {
    model: "Verbrauch nach Modell",
    purpose: "Verbrauch nach Zweck",
    workspace: "Verbrauch nach Arbeitsbereich",
    user: "Verbrauch nach Person",
  },
  purposes: {
    chat: "Antworten",
    embeddings: "Suchindex",
    title: "Titel von Unterhaltungen",
    close: "Erinnerungen aus Unterhaltungen",
    query: "Fragen für die Suche",
    batch: "Stapel",
  },
  gone: { workspace: "Gelöschter Arbeitsbereich", user: "Gelöschtes Konto" },
  nobody: { workspace: "Außerhalb von Arbeitsbereichen", user: "Niemand" },
  cost: "Kosten",
  calls: "Aufrufe",
  failures: "Gescheitert",
  read: "Gelesen",
  written: "Geschrieben",
  tokens: "Tokens",
  perCall: (cost) => `${cost} je Aufruf`,
  failed: (count, part) => `${count} gescheitert (${part})`,
  noneFailed: "Keiner gescheitert",
  firstWord: "Erstes Wort",
  speed: "Tokens/s",
  unknown: "–",
};

export default de;

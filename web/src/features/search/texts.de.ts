import { number } from "../../i18n/format";
import type { Texts } from "./texts";

const de: Texts = {
  title: "Suche",
  field: "Alles in diesem Arbeitsbereich durchsuchen",
  placeholder: "Alles hier durchsuchen",
  clear: "Leeren",
  kinds: "Wo gesucht wird",
  kind: { memory: "Erinnerungen", file: "Dateien", message: "Nachrichten", command: "Befehle" },
  one: { memory: "Erinnerung", file: "Datei", message: "Nachricht", command: "Befehl" },
  mode: "Wie gesucht wird",
  modes: { hybrid: "Wörter und Bedeutung", vector: "Nur Bedeutung", text: "Nur Wörter" },
  layout: "Anordnung",
  layouts: { list: "Bestes zuerst", groups: "Nach Art" },
  results: "Ergebnisse",
  count: (count) => (count === 1 ? "1 Stelle" : `${number(count)} Stellen`),
  page: (page) => `Seite ${number(page)}`,
  untitled: "Unterhaltung ohne Titel",
  pending: (count) =>
    count === 1 ? "1 weitere wird nach Bedeutung erfasst" : `${number(count)} weitere werden nach Bedeutung erfasst`,
  textOnly: "nur nach Wörtern gefunden, denn für die Bedeutung ist kein Modell zur Hand",
  start: "Wonach suchen Sie?",
  startWhy: "Eine Suche über alles, was gemerkt ist, was in den Dateien steht und was gesagt wurde.",
  status: (passages) =>
    passages === 1 ? "1 Stelle lässt sich hier finden." : `${number(passages)} Stellen lassen sich hier finden.`,
  nothing: (q) => `Für „${q}“ wurde nichts gefunden`,
  nothingWhy: "Versuchen Sie weniger oder andere Wörter, oder suchen Sie überall.",
  everywhere: "Überall suchen",
};

export default de;

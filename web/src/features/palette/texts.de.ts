import { number } from "../../i18n/format";
import type { Texts } from "./texts";

const de: Texts = {
  title: "Befehle",
  placeholder: "Suchen oder Befehl ausführen",
  results: "Ergebnisse",
  count: (n: number) => (n === 0 ? "Nichts gefunden" : n === 1 ? "1 Ergebnis" : `${number(n)} Ergebnisse`),
  recent: "Letzte Unterhaltungen",
  conversations: "Unterhaltungen",
  nothing: (q: string) => `Nichts heißt „${q}“`,
  nothingWhy: "Gesucht wird in Unterhaltungen, Erinnerungen, Dateien, Seiten, Arbeitsbereichen und Befehlen.",
  notSearched: "Das Gespeicherte ließ sich nicht durchsuchen.",
  current: "In Kraft",
  choose: "auswählen",
  run: "öffnen",
  close: "schließen",
  sheet: "Tastenkürzel",
  page: "Auf dieser Seite",
  writing: "Beim Schreiben",
  send: "Nachricht senden",
  newLine: "Neue Zeile",
};

export default de;

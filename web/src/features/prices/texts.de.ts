import { number } from "../../i18n/format";
import type { Texts } from "./texts";

const prices = (count: number) => (count === 1 ? "1 Preis" : `${number(count)} Preise`);

const de: Texts = {
  title: "Preise",
  about:
    "Was eine Million Tokens kostet, in US-Dollar, und ab wann. Ein Aufruf kostet, was bei seinem Beginn galt; was berechnet ist, bleibt.",
  list: "Nach Modell",
  search: "Muster und Notizen durchsuchen",
  create: "Preis festlegen",
  import: "Importieren …",
  emptyTitle: "Noch keine Preise",
  empty:
    "Ohne Preis kosten Modelle hier nichts, wenn ihre Verbindung nichts anderes sagt. Budgets und die Kosten von Antworten brauchen Preise.",
  nothingTitle: "Nichts gefunden",
  nothing: (q) => `Kein Muster und keine Notiz enthält „${q}“.`,
  count: (shown, more) => (more ? `Die ersten ${prices(shown)}` : prices(shown)),
  from: "Gültig",
  input: "Eingabe",
  output: "Ausgabe",
  cachedInput: "Aus dem Cache",
  cacheWrite: "In den Cache",
  actions: "Aktionen",
  since: (when) => `Seit ${when}`,
  begins: (when) => `Ab ${when}`,
  now: "Jetzt",
  soon: (when) => `Beginnt ${when}`,
  past: "Vorbei",
  by: (name) => `von ${name}`,
  noModel: "Kein Modell, das Sie sehen, heißt zurzeit so.",
  next: "Neuer Preis …",
  nextFor: (pattern) => `Neuer Preis für ${pattern}`,
  earlier: (count) => (count === 1 ? "1 früherer Preis" : `${number(count)} frühere Preise`),
  more: (pattern, when) => `Aktionen für ${pattern}, ${when}`,
  change: "Ändern …",
  remove: "Entfernen …",

  changeTitle: "Preis ändern",
  pattern: "Modell",
  patternHint:
    "So, wie es hier heißt; * steht für beliebige Zeichen. Ein genauer Name gilt vor einem Muster, ein längeres Muster vor einem kürzeren.",
  patternWrong: (max) => `Ein Name oder Muster ohne Leerzeichen, höchstens ${number(max)} Zeichen.`,
  matches: (names, others) => (others === 0 ? `Zurzeit: ${names}` : `Zurzeit: ${names} und ${number(others)} weitere`),
  ownPrices: (count) =>
    count === 1
      ? "Eines davon hat einen Preis seiner Verbindung, und der gilt."
      : `${number(count)} davon haben einen Preis ihrer Verbindung, und der gilt.`,
  when: "Gültig",
  whenChoices: { now: "Ab jetzt", date: "Ab einem Tag" },
  date: "Tag und Uhrzeit",
  dateHint: "In Ihrer Zeit. Liegt er zurück, ändert das nichts an dem, was berechnet ist.",
  dateMissing: "Wählen Sie Tag und Uhrzeit.",
  dateTaken: "Dafür gibt es ab diesem Augenblick schon einen Preis.",
  amounts: "Eine Million Tokens, in US-Dollar",
  amountWrong: (max) => `Eine Zahl zwischen 0 und ${number(max)}`,
  asInput: "Wie Eingabe",
  cachedInputHint: "Was der Anbieter schon gelesen hatte.",
  cacheWriteHint: "Was dort abgelegt wird, um noch einmal gelesen zu werden.",
  note: "Notiz",
  notePlaceholder: "Zum Beispiel, woher er stammt",
  begunNote: "Dieser Preis gilt schon. Was vorher berechnet wurde, bleibt.",
  setPrice: "Preis festlegen",
  saved: "Der Preis ist gespeichert.",

  removeTitle: (pattern, when) => `Preis von ${pattern} entfernen, ${when}?`,
  removeText:
    "Aufrufe kosten dann, was der Preis davor sagt, oder ein anderes Muster, oder nichts. Was berechnet ist, bleibt.",
  removeAction: "Preis entfernen",
  removed: "Der Preis ist entfernt.",

  importTitle: "Preise importieren",
  importText:
    "Eine Tabelle mit Überschriften, aus einer Tabellenkalkulation (CSV). Sie wird ganz übernommen oder gar nicht.",
  columnsNeeded: "Spalten: pattern, input, output",
  columnsOther: "und nach Wunsch valid_from, cached_input, cache_write, note",
  file: "Datei wählen …",
  table: "Tabelle",
  tablePlaceholder: "pattern;valid_from;input;output\nopenai/gpt-5*;2026-12-01;1,25;10",
  ready: (count) => `${prices(count)} ${count === 1 ? "lässt" : "lassen"} sich importieren.`,
  importAction: (count) => `${prices(count)} importieren`,
  importing: "Wird importiert …",
  imported: (count) => `${prices(count)} importiert.`,
  importTaken: "Einen davon gibt es schon: dasselbe Muster ab demselben Augenblick. Es wurde nichts importiert.",
  line: (line, what) => `Zeile ${number(line)}: ${what}`,
  wrong: {
    column: (about) => `„${about}“ ist keine bekannte Spalte.`,
    missing: (about) => `Die Spalte ${about} fehlt.`,
    pattern: () => "Das Muster fehlt oder enthält ein Leerzeichen.",
    valid_from: () => "Der Tag wird so geschrieben: 2026-12-01, mit Uhrzeit so: 2026-12-01T09:00Z.",
    amount: (about) => `${about} ist kein Betrag.`,
    many: (about) => `${about} Zeilen sind zu viele auf einmal; höchstens 500 gehen.`,
  },
  faultsMore: (count) => `Und ${number(count)} weitere.`,
};

export default de;

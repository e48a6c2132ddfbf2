import { number } from "../../i18n/format";
import type { Texts } from "./start-texts";

const prompts = (count: number) => (count === 1 ? "1 Frage" : `${number(count)} Fragen`);
const models = (count: number) => (count === 1 ? "1 Modell" : `${number(count)} Modelle`);

const de: Texts = {
  title: "Neuer Stapel",
  lead: "Viele Fragen an ein oder mehrere Modelle. Er läuft von selbst weiter, auch wenn Sie gehen oder der Server neu startet.",
  back: "Alle Stapel",
  name: "Name",
  nameNone: "Wie die erste Frage beginnt",
  what: "Was gefragt wird",
  kinds: { prompts: "Fragen", table: "Eine Tabelle", conversations: "Frühere Unterhaltungen" },
  prompts: "Fragen, eine je Zeile",
  promptsPlaceholder: "Wozu dient ein Leuchtturm?\nWann wird die Lampe angezündet?",
  promptCount: prompts,
  csvFile: "CSV-Datei",
  csvHint: "Ihre erste Zeile nennt die Spalten. Höchstens 8 MB.",
  csvPaste: "Oder ihren Text einfügen",
  csvRows: (rows, columns) =>
    `${rows === 1 ? "1 Zeile" : `${number(rows)} Zeilen`}, ${columns === 1 ? "1 Spalte" : `${number(columns)} Spalten`}`,
  csvBeginning: "Anfang der Tabelle",
  csvTooLarge: "Die Datei hat mehr als 8 MB.",
  csvUnreadable: "Die Datei konnte nicht gelesen werden.",
  template: "Frage",
  templateHint: "Jede Zeile ergibt eine Frage. Die Spalten stehen darin in Klammern.",
  insert: "Spalte einfügen",
  insertOf: (column) => `Spalte ${column} einfügen`,
  unknown: (names) => `Die Tabelle hat keine Spalte ${names.map((name) => `„${name}“`).join(", ")}`,
  firstPrompt: "Die erste Frage",
  expected: "Spalte mit einer Antwort zum Danebenlegen",
  expectedNone: "Keine",
  expectedHint: "Sie steht neben dem, was die Modelle sagen, und kein Modell sieht sie.",
  last: "Wie viele",
  lastHint:
    "Ihre letzten Unterhaltungen, die eine Antwort haben. Die letzte Frage einer jeden wird noch einmal gestellt, mit allem davor, wie es war.",
  chosen: (count) =>
    count === 1
      ? "Eine Unterhaltung: Ihre letzte Frage wird noch einmal gestellt, mit allem davor, wie es war."
      : `${number(count)} Unterhaltungen: Die letzte Frage einer jeden wird noch einmal gestellt, mit allem davor, wie es war.`,
  lastInstead: "Stattdessen meine letzten Unterhaltungen nehmen",
  models: "Modelle",
  modelCount: (count, max) => `${number(count)} von höchstens ${number(max)}`,
  modelName: "Name in diesem Stapel",
  more: "Einstellungen für alle Modelle",
  temperature: "Temperatur",
  temperatureNone: "Wie beim Modell",
  maxTokens: "Höchstens Tokens je Antwort",
  system: "System-Prompt",
  systemColumns: "Auch darin können Spalten in Klammern stehen.",
  concurrency: "Aufrufe gleichzeitig",
  concurrencyHint: (most) => `Von 1 bis ${number(most)}. Mehr ist schneller; was ein Anbieter erlaubt, gilt trotzdem.`,
  estimate: "Vor dem Start",
  calls: (items, lanes, cells) =>
    `${prompts(items)} × ${models(lanes)} = ${cells === 1 ? "1 Aufruf" : `${number(cells)} Aufrufe`}`,
  free: "Er kostet nichts.",
  estimating: "Wird berechnet …",
  tooMany: (cells, most) =>
    `Das sind ${number(cells)} Aufrufe; ein Stapel hat höchstens ${number(most)}. Nehmen Sie weniger Fragen oder Modelle.`,
  hindrances: {
    noPrompt: "Schreiben Sie eine Frage",
    noTable: "Wählen Sie eine CSV-Datei",
    noTemplate: "Schreiben Sie die Frage",
    noModel: "Wählen Sie ein Modell",
    unusable: "Eines der Modelle ist zurzeit nicht verfügbar",
    wrongNumber: "Eine der Zahlen ist nicht möglich",
  },
  start: "Starten",
  starting: "Wird gestartet …",
};

export default de;

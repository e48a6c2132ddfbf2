import { number } from "../../i18n/format";
import type { Texts } from "./texts";

const prompts = (count: number) => (count === 1 ? "1 Frage" : `${number(count)} Fragen`);
const models = (count: number) => (count === 1 ? "1 Modell" : `${number(count)} Modelle`);

const de: Texts = {
  title: "Stapel",
  new: "Neuer Stapel",
  search: "Namen durchsuchen",
  list: "Stapel dieses Arbeitsbereichs",
  none: "Noch keine Stapel",
  noneWhy:
    "Stellen Sie mehreren Modellen viele Fragen auf einmal, oder fragen Sie frühere Unterhaltungen ein anderes Modell.",
  noneFound: (q) => `Kein Stapel heißt „${q}“`,
  size: (rows, lanes) => `${prompts(rows)} × ${models(lanes)}`,
  sources: { prompts: "Fragen", csv: "Tabelle", conversations: "Unterhaltungen" },
  status: {
    running: "Läuft",
    paused: "Angehalten",
    completed: "Fertig",
    cancelled: "Abgebrochen",
    failed: "Stehengeblieben",
  },
  answered: (done, cells) => `${number(done)} von ${number(cells)} beantwortet`,
  failedCount: (count) => `${number(count)} gescheitert`,
  waitingCount: (count) => `${number(count)} warten`,
  progress: "Wie weit er ist",
  back: "Alle Stapel",
  menu: "Mehr zu diesem Stapel",
  rename: "Umbenennen …",
  renameTitle: "Diesen Stapel umbenennen",
  newName: "Neuer Name",
  pause: "Anhalten",
  resume: "Weiter",
  stop: "Abbrechen",
  stopNow: "Stapel abbrechen",
  stopTitle: "Diesen Stapel abbrechen?",
  stopNote:
    "Was gerade beantwortet wird, bricht ab. Was beantwortet ist, bleibt, und Sie können ihn später weiterlaufen lassen.",
  retry: (count) => (count === 1 ? "Den gescheiterten noch einmal" : `${number(count)} gescheiterte noch einmal`),
  delete: "Löschen …",
  deleteTitle: "Diesen Stapel löschen?",
  deleteNote: (name) =>
    `„${name}“ und alle seine Antworten sind endgültig weg. Was er gekostet hat, bleibt im Verbrauch.`,
  deleteNow: "Stapel löschen",
  exportAs: {
    csv: "Als CSV exportieren",
    json: "Als JSON exportieren",
    markdown: "Als Markdown exportieren",
    html: "Als HTML exportieren",
    pdf: "Als PDF exportieren",
  },
  standing: {
    requested: "Er ist angehalten. Was unterwegs war, wurde noch beendet.",
    key_revoked:
      "Er ist angehalten: Der API-Schlüssel, mit dem gefragt wurde, ist widerrufen oder abgelaufen. Setzen Sie ihn fort, geht es in Ihrem Namen weiter.",
    member_left:
      "Er ist angehalten: Für wen gefragt wurde, darf in diesem Arbeitsbereich keine Modelle mehr fragen. Setzen Sie ihn fort, geht es in Ihrem Namen weiter.",
    user_disabled:
      "Er ist angehalten: Das Konto, für das gefragt wurde, ist abgeschaltet. Setzen Sie ihn fort, geht es in Ihrem Namen weiter.",
  },
  show: "Zeilen",
  filters: { all: "Alle", failed: "Gescheitert", pending: "Wartend" },
  noRows: { failed: "Nichts ist gescheitert", pending: "Nichts wartet" },
  grid: "Antworten nach Frage und Modell",
  prompt: "Frage",
  rowNumber: (position) => `Zeile ${number(position + 1)}`,
  reference: "Zum Vergleich",
  original: "Ursprüngliche Antwort",
  originalOf: (model) => `Ursprüngliche Antwort von ${model}`,
  perLane: (done, failed) =>
    failed ? `${number(done)} beantwortet, ${number(failed)} gescheitert` : `${number(done)} beantwortet`,
  mean: (time) => `${time} im Mittel`,
  pending: "Wartet",
  failed: "Gescheitert",
  noWords: "Keine Worte",
  cutOff: "An der Grenze der Tokens beendet",
  answeredBy: (model) => `Beantwortet von ${model}`,
  attempts: "Versuche",
  latency: "Dauer",
  firstToken: "Erstes Wort nach",
  cost: "Kosten",
  tokens: "Länge",
  tokenCount: (count) => (count === 1 ? "1 Token" : `${number(count)} Tokens`),
  temperatureIs: (value) => `Temperatur ${number(value)}`,
  tokensMax: (count) => `Höchstens ${number(count)} Tokens`,
  ownPrompt: "Eigener System-Prompt",
  cellPanel: "Eine Zeile ganz",
  previousRow: "Vorige Zeile",
  nextRow: "Nächste Zeile",
  oneModel: "Modell",
  allModels: "Alle Modelle",
  columns: "Spalten der Tabelle",
  before: (turns) => (turns === 1 ? "1 Nachricht davor" : `${number(turns)} Nachrichten davor`),
  roles: { user: "Frage", assistant: "Antwort", system: "System-Prompt" },
  openConversation: "Unterhaltung öffnen",
  readOnly: "Sie können in diesem Arbeitsbereich lesen, aber nicht schreiben.",
  help: {
    group: "In einem Stapel",
    move: "Bewegen",
    open: "Öffnen",
  },
};

export default de;

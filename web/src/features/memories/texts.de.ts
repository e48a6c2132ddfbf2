import { number } from "../../i18n/format";
import type { Texts } from "./texts";

const de: Texts = {
  title: "Erinnerungen",
  new: "Neue Erinnerung",
  more: "Mehr",
  import: "Importieren…",
  export: "Exportieren",
  exportAs: {
    md: "Als Markdown exportieren",
    jsonl: "Als JSON-Zeilen exportieren",
    csv: "Als Tabelle (CSV) exportieren",
  },
  lists: "Welche Erinnerungen",
  tabs: { active: "Behalten", proposed: "Eingang", rejected: "Abgelehnt" },
  search: "Titel durchsuchen",
  tag: "Schlagwort",
  allTags: "Alle Schlagwörter",
  tagged: (tag, count) => `${tag} (${number(count)})`,
  order: "Reihenfolge",
  orders: {
    "-updated_at": "Zuletzt geändert",
    "-created_at": "Neueste zuerst",
    created_at: "Älteste zuerst",
    title: "Nach Titel",
    "-last_used_at": "Zuletzt benutzt",
  },
  list: "Erinnerungen",
  select: (title) => `„${title}“ auswählen`,
  selected: (count) => `${number(count)} ausgewählt`,
  selectAll: "Alle gezeigten auswählen",
  selectNone: "Auswahl aufheben",
  addTag: "Schlagwort hinzufügen",
  add: "Hinzufügen",
  delete: "Löschen",
  deleted: (count, title) => (count === 1 ? `„${title}“ gelöscht` : `${number(count)} Erinnerungen gelöscht`),
  undo: "Rückgängig",
  count: (count) => (count === 1 ? "1 Erinnerung" : `${number(count)} Erinnerungen`),

  empty: {
    active: "Noch ist nichts gemerkt",
    proposed: "Nichts zu entscheiden",
    rejected: "Nichts wurde abgelehnt",
  },
  emptyWhy: {
    active:
      "Schreiben Sie auf, was Antworten wissen sollen: wie Sie arbeiten, wer wer ist, was beschlossen wurde. Unterhaltungen können darauf zurückgreifen.",
    proposed:
      "Was beim Abschließen einer Unterhaltung vorgeschlagen wird, wartet hier, bis Sie es annehmen oder ablehnen.",
    rejected: "Was Sie im Eingang ablehnen, bleibt hier und wird nirgends benutzt.",
  },
  noneFound: "Keine Erinnerung passt dazu",
  noneFoundWhy: "Suchen Sie nach anderen Wörtern oder nehmen Sie das Schlagwort weg.",
  showAll: "Alle zeigen",

  updated: (ago) => `Geändert ${ago}`,
  created: (when) => `Geschrieben ${when}`,
  used: (ago) => `Benutzt ${ago}`,
  unused: "Noch nicht benutzt",
  past: "Nicht mehr gültig",
  future: (date) => `Gültig ab ${date}`,
  until: (date) => `Gültig bis ${date}`,
  versionNow: (version) => `Fassung ${number(version)}`,

  accept: "Annehmen",
  reject: "Ablehnen",
  acceptOne: (title) => `„${title}“ annehmen`,
  rejectOne: (title) => `„${title}“ ablehnen`,
  accepted: (title) => `„${title}“ ist gemerkt`,
  rejected: (title) => `„${title}“ abgelehnt`,
  proposedNote: "Aus einer Unterhaltung vorgeschlagen. Nirgends benutzt, bis Sie es annehmen.",
  rejectedNote: "Abgelehnt. Wird nirgends benutzt.",

  memory: "Erinnerung",
  edit: "Bearbeiten",
  editing: "Erinnerung bearbeiten",
  name: "Titel",
  nameHint: "Bleibt er leer, die erste Zeile des Textes.",
  text: "Text",
  textHint: "In Markdown.",
  write: "Schreiben",
  preview: "Vorschau",
  nothingYet: "Noch ist nichts geschrieben.",
  tags: "Schlagwörter",
  tagsHint: "Die Eingabetaste fügt ein Schlagwort hinzu.",
  removeTag: (tag) => `Schlagwort ${tag} entfernen`,
  validity: "Gültig",
  validFrom: "Gültig ab",
  validUntil: "Gültig bis",
  validHint: "Leer: immer.",
  required: "Hier muss etwas stehen.",
  openFailed: "Diese Erinnerung ließ sich nicht öffnen.",

  sources: "Stammt aus",
  sourceKinds: { message: "Einer Nachricht", file: "Einer Datei", url: "Einer Seite" },
  versions: "Frühere Fassungen",
  version: (version, when) => `Fassung ${number(version)}, ${when}`,
  lookingAt: (version) => `Sie lesen Fassung ${number(version)}.`,
  restore: "Diese Fassung wiederherstellen",
  restored: (version) => `Fassung ${number(version)} wiederhergestellt`,
  toNow: "Zurück zur jetzigen",

  importTitle: "Erinnerungen importieren",
  importAbout:
    "Jeder Abschnitt eines Dokuments, jede Zeile einer Tabelle und jeder Eintrag einer JSON-Datei wird eine Erinnerung, die weiß, woher sie kommt.",
  importFrom: "Von",
  importWays: { file: "Dateien", url: "Eine Adresse" },
  importFile: "Dateien",
  importKinds: "Markdown, Text, HTML, PDF, DOCX, CSV oder JSON.",
  importUrl: "Adresse",
  importUrlHint: "Eine öffentliche Seite. Adressen in Ihrem Netz werden abgelehnt.",
  importUrlExample: "https://example.com/seite",
  importStart: "Importieren",
  importSending: "Wird gesendet …",
  importReading: (name, index, count) =>
    count === 1 ? `${name} wird gelesen` : `${name} wird gelesen, ${number(index)} von ${number(count)}`,
  importLater: "Im Hintergrund weitermachen",
  imported: (count) =>
    count === 0
      ? "Keine Erinnerung wurde importiert."
      : count === 1
        ? "1 Erinnerung importiert"
        : `${number(count)} Erinnerungen importiert`,
  importFailed: (why) => `Der Import ist fehlgeschlagen. ${why}`,
  importRest: "Dies ließ sich nicht importieren:",
  done: "Fertig",
};

export default de;

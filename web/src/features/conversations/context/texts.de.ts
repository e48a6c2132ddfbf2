import { number } from "../../../i18n/format";
import type { Texts } from "./texts";

const de: Texts = {
  title: "Was Antworten wissen",
  collection: "Antworten stützen sich auf",
  collectionNote: "Bevor eine Antwort geschrieben wird, wird hier gesucht, was zur Frage passt, und zitiert.",
  everything: "Alles",
  everythingNote: "Alle Erinnerungen, Dateien und Nachrichten dieses Arbeitsbereichs",
  memories: "Alle Erinnerungen",
  memoriesNote: "Was auf der Seite der Erinnerungen behalten ist",
  files: "Ordner oder Dateien",
  filesNone: "Keine",
  choose: "Wählen…",
  chooseTitle: "Auf einen Ordner oder Dateien stützen",
  chooseFolder: (name) => `Alles in „${name}“`,
  chooseFiles: (count) => (count === 1 ? "Diese Datei" : `Diese ${number(count)} Dateien`),
  removeFile: (name) => `Nicht auf ${name} stützen`,
  gone: "Gelöscht",

  beside: "Immer zur Hand",
  besideNote: "Diese Erinnerungen bekommt jede Antwort.",
  besideNone: "Noch keine. Fügen Sie hier eine hinzu oder nehmen Sie einen Vorschlag an.",
  paused: "Ausgesetzt",
  pause: (title) => `„${title}“ aussetzen`,
  resume: (title) => `„${title}“ wieder aufnehmen`,
  remove: (title) => `„${title}“ entfernen`,
  add: (title) => `„${title}“ hinzufügen`,
  addField: "Erinnerung hinzufügen",
  noneFound: "Keine Erinnerung heißt so.",
  suggested: "Vorgeschlagen",
  suggestedNote: "Sie passen zu dem, worüber gesprochen wird.",
  state: (active, paused) =>
    paused === 0 ? `${number(active)} aktiv` : `${number(active)} aktiv, ${number(paused)} ausgesetzt`,

  closeTitle: "In einer Erinnerung festhalten",
  closeNote:
    "Liest die Unterhaltung und schlägt vor, was zu behalten ist. Der Vorschlag kommt in den Eingang, wo Sie ihn annehmen oder ablehnen.",
  closeAction: "Erinnerung vorschlagen",
  closing: "Die Unterhaltung wird gelesen…",
  closed: "Eine Erinnerung ist vorgeschlagen. Sie wartet im Eingang.",
  closeFailed: (why) => `Es ließ sich nichts vorschlagen. ${why}`,
  toInbox: "Zum Eingang",
};

export default de;
